//! Searches for the IDs of users: the members of a team, the users with a text or value in
//! the index table `user_values`, or those in a part of an index of the table `users`.

use std::ops::Bound;

use diesel::{dsl::sql, prelude::*, sql_types::Nullable};

use super::{
    Conn, PositionRow, Result, ScanQuery, column::DB, members, position, position_columns,
};
use crate::{
    domain::{
        id::{AccountId, TeamId},
        lists::{
            IndexScan, Key, ListAttribute, PagePosition, ScanBound, SortOrder, UserAttribute, equal,
        },
        multi_valued::{MultiValuedField, SubAttribute},
        profile_field::ProfileField,
    },
    store::{
        rows::custom_field,
        schema::{user_values, users},
        sql::{Text, TextValue, Uuid, UuidValue},
    },
};

/// The maximum number of characters of a key in the index `user_values_by_key`.
const INDEXED_CHARS: usize = 255;

/// The IDs of users that one search finds.
pub(super) enum UserIds {
    /// The members of a team.
    Members(TeamId),
    /// The users with a stored text or value of this key.
    Stored {
        /// The name of the attribute.
        field: String,
        /// The key.
        key: String,
    },
    /// The users of a scan over an index of the table `users`.
    Columns(Box<IndexScan<UserAttribute>>),
}

impl UserIds {
    /// The searches for the users who have a value.
    pub(super) fn searches(by: UserAttribute, key: &Key) -> Vec<Self> {
        match (by, key) {
            (UserAttribute::Team, Key::Id(team)) => vec![Self::Members(TeamId::from(*team))],
            (UserAttribute::Profile(field), Key::Text(text)) if by.has_value_index() => {
                vec![Self::Stored { field: field.as_str().to_owned(), key: text.clone() }]
            }
            (UserAttribute::Custom(name, sub_attribute), Key::Text(text)) => {
                vec![Self::Stored { field: custom_field(name, sub_attribute), key: text.clone() }]
            }
            (UserAttribute::Value(field, SubAttribute::Value), Key::Text(text)) => {
                let stored = Self::Stored { field: field.as_str().to_owned(), key: text.clone() };
                let default =
                    default_scan(field, by, key).map(|scan| Self::Columns(Box::new(scan)));
                std::iter::once(stored).chain(default).collect()
            }
            _ => vec![Self::Columns(Box::new(IndexScan::for_value(by, key.clone())))],
        }
    }

    /// The first IDs in the part of a scan. Its residual condition is ignored.
    pub(super) fn load(
        &self,
        conn: &mut Conn,
        account: AccountId,
        part: &IndexScan<UserAttribute>,
        limit: i64,
    ) -> Result<Vec<UuidValue>> {
        match self {
            Self::Members(team) => members::ids(conn, account, *team, &part.to_id_scan(), limit),
            Self::Stored { field, key } => load_stored(conn, account, (field, key), part, limit),
            Self::Columns(scan) => {
                let (from, to) = (part.from.clone(), part.to.clone());
                let scan = IndexScan { from, to, order: part.order, ..(**scan).clone() };
                let found = users::table.select(position_columns(&scan)).into_boxed().limit(limit);
                let query = ScanQuery::new(account, &scan, true);
                let found: Vec<PositionRow> = query.apply_to(found).load(conn)?;
                let ids = found.into_iter().map(|row| UuidValue(position(row).id));
                // The search for a unique value has no bounds.
                Ok(ids.filter(|id| part.contains(&id_position(id.0))).collect())
            }
        }
    }
}

/// The first IDs with a stored text or value, in the part of a scan.
fn load_stored(
    conn: &mut Conn,
    account: AccountId,
    (field, key): (&str, &str),
    part: &IndexScan<UserAttribute>,
    limit: i64,
) -> Result<Vec<UuidValue>> {
    let mut query = stored_ids(account, field, key).limit(limit);
    for (bound, is_start) in [(&part.from, true), (&part.to, false)] {
        query = match (row_of(bound), is_start) {
            (None, _) => query,
            (Some((id, true)), true) => query.filter(user_values::user_id.ge(id)),
            (Some((id, false)), true) => query.filter(user_values::user_id.gt(id)),
            (Some((id, true)), false) => query.filter(user_values::user_id.le(id)),
            (Some((id, false)), false) => query.filter(user_values::user_id.lt(id)),
        };
    }
    let query = match part.order {
        SortOrder::Ascending => query.order(user_values::user_id.asc()),
        SortOrder::Descending => query.order(user_values::user_id.desc()),
    };
    Ok(query.distinct().load(conn)?)
}

/// The scan of the users who have a value by default, because their list is not stored.
fn default_scan(
    field: MultiValuedField,
    by: UserAttribute,
    key: &Key,
) -> Option<IndexScan<UserAttribute>> {
    let column = match field {
        MultiValuedField::Emails => UserAttribute::Profile(ProfileField::Email),
        MultiValuedField::PhoneNumbers => UserAttribute::MobileE164,
        _ => return None,
    };
    let residual = Some(equal(by, key));
    Some(IndexScan { residual, ..IndexScan::for_value(column, key.clone()) })
}

type StoredIds<'a> = user_values::BoxedQuery<'a, DB, Uuid>;

/// The IDs of the users with a stored text or value of a key.
fn stored_ids<'a>(account: AccountId, field: &str, key: &str) -> StoredIds<'a> {
    let first: String = key.chars().take(INDEXED_CHARS).collect();
    let is_cut = first.chars().count() == INDEXED_CHARS;
    let indexed = sql::<Nullable<Text>>("substr(user_values.value_key, 1, 255)");
    let query = user_values::table
        .select(user_values::user_id)
        .into_boxed()
        .filter(user_values::account_id.eq(UuidValue(account.as_uuid())))
        .filter(user_values::field.eq(TextValue::new(field)))
        .filter(indexed.eq(TextValue(first)));
    if is_cut { query.filter(user_values::value_key.eq(TextValue::new(key))) } else { query }
}

/// The ID of the row at a bound, and whether the row is included.
fn row_of(bound: &Bound<ScanBound>) -> Option<(UuidValue, bool)> {
    match bound {
        Bound::Included(ScanBound::Row(row)) => Some((UuidValue(row.id), true)),
        Bound::Excluded(ScanBound::Row(row)) => Some((UuidValue(row.id), false)),
        _ => None,
    }
}

/// The position of a user in a scan by ID.
pub(super) fn id_position(id: uuid::Uuid) -> PagePosition {
    PagePosition { key: None, id }
}
