//! Scans of users whose IDs are in another table: the members of a team, or the users with
//! a text or value in the index table `user_values`.

use std::ops::Bound;

use diesel::{dsl::sql, prelude::*, sql_types::Nullable};

use super::{
    super::convert_rows, Conn, PositionRow, Result, Rows, ScanQuery, column::DB,
    condition::to_test, count_filter, load_rows, members, position, position_columns, unindexed,
};
use crate::{
    domain::{
        filter::Condition,
        id::{AccountId, TeamId},
        lists::{
            IndexScan, Key, ListAttribute, PagePosition, ScanBound, SortOrder, UserAttribute, equal,
        },
        multi_valued::{MultiValuedField, ValuePart},
        profile_field::ProfileField,
        user::User,
    },
    store::{
        SCAN_LIMIT,
        rows::UserRow,
        schema::{user_values, users},
        sql::{Text, TextValue, Uuid, UuidValue},
    },
};

/// How many users one statement loads by their IDs.
const USERS_PER_STATEMENT: usize = 500;

/// How many IDs are read and skipped at once.
const IDS_AT_ONCE: i64 = 10_000;

/// The maximum number of characters of a key in the index `user_values_by_key`.
const INDEXED_CHARS: usize = 255;

/// The IDs of users in another table.
#[derive(Clone, Copy)]
pub(super) enum UserIds<'a> {
    /// The members of a team.
    Members(TeamId),
    /// The users with a stored text or value of this key.
    Stored {
        /// The name of the attribute.
        field: &'static str,
        /// The key.
        key: &'a str,
    },
}

/// A scan of users by an attribute that has no column.
pub(super) struct UserIdScan<'a> {
    pub(super) ids: UserIds<'a>,
    /// The scan of the users who have the value by default, if the attribute has a default.
    pub(super) defaults: Option<IndexScan<UserAttribute>>,
    scan: &'a IndexScan<UserAttribute>,
}

impl<'a> UserIdScan<'a> {
    /// `None`: the scan is over an index of the table `users`.
    pub(super) fn new(scan: &'a IndexScan<UserAttribute>) -> Option<Self> {
        let [(by, key)] = scan.fixed.as_slice() else { return None };
        let mut defaults = None;
        let ids = match (by, key) {
            (UserAttribute::Team, Key::Id(team)) => UserIds::Members(TeamId::from(*team)),
            (UserAttribute::Profile(field), Key::Text(key)) if by.has_value_index() => {
                UserIds::Stored { field: field.as_str(), key }
            }
            (UserAttribute::Value(field, ValuePart::Value), Key::Text(text)) => {
                defaults = default_scan(*field, scan, *by, key);
                UserIds::Stored { field: field.as_str(), key: text }
            }
            _ => return None,
        };
        Some(Self { ids, defaults, scan })
    }

    /// The first users of the scan.
    pub(super) fn load_rows(&self, conn: &mut Conn, account: AccountId, limit: i64) -> Rows<User> {
        let mut found = self.load_by_ids(conn, account, limit)?;
        if let Some(scan) = &self.defaults {
            let defaults: Rows<User> = load_rows!(users, UserRow, conn, account, scan, limit);
            let is_ahead =
                |(row, _): &(PagePosition, User)| self.scan.contains(&id_position(row.id));
            found.extend(defaults?.into_iter().filter(is_ahead).map(|(_, user)| user));
            self.sort(&mut found, |user| user.id.as_uuid());
        }
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|user| (id_position(user.id.as_uuid()), user)).collect())
    }

    fn load_by_ids(&self, conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<User>> {
        // Without a residual condition, each of them is on the page. With one, the scan
        // ends after a fixed number of users.
        let id_limit = if self.scan.residual.is_none() { limit } else { SCAN_LIMIT };
        let ids = self.ids.load(conn, account, self.scan, id_limit)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for ids in ids.chunks(USERS_PER_STATEMENT) {
            let mut query = users::table
                .select(UserRow::as_select())
                .into_boxed()
                .filter(users::account_id.eq(UuidValue(account.as_uuid())))
                .filter(users::id.eq_any(ids.to_vec()));
            if let Some(residual) = &self.scan.residual {
                query = query.filter(unindexed(residual));
            }
            let mut batch: Vec<User> = convert_rows(query.load::<UserRow>(conn))?;
            self.sort(&mut batch, |user| user.id.as_uuid());
            found.extend(batch);
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    /// The position of the row that has this many rows before it.
    pub(super) fn load_position(
        &self,
        conn: &mut Conn,
        account: AccountId,
        before: i64,
    ) -> Result<Option<PagePosition>> {
        let mut left = usize::try_from(before).unwrap_or(usize::MAX);
        let mut rest = Some(self.scan.clone());
        while let Some(part) = rest.take() {
            let limit = i64::try_from(left).map_or(IDS_AT_ONCE, |left| (left + 1).min(IDS_AT_ONCE));
            let ids = self.load_ids(conn, account, &part, limit)?;
            match ids.get(left) {
                Some(id) => return Ok(Some(id_position(id.0))),
                None => left -= ids.len(),
            }
            let is_last = i64::try_from(ids.len()).is_ok_and(|count| count < limit);
            rest = ids.last().filter(|_| !is_last).and_then(|last| part.after(id_position(last.0)));
        }
        Ok(None)
    }

    /// The first IDs of a part of the scan.
    fn load_ids(
        &self,
        conn: &mut Conn,
        account: AccountId,
        part: &IndexScan<UserAttribute>,
        limit: i64,
    ) -> Result<Vec<UuidValue>> {
        let mut ids = self.ids.load(conn, account, part, limit)?;
        if let Some(defaults) = &self.defaults {
            let scan =
                IndexScan { from: part.from.clone(), to: part.to.clone(), ..defaults.clone() };
            let found = users::table.select(position_columns(&scan)).into_boxed().limit(limit);
            let found: Vec<PositionRow> =
                ScanQuery::new(account, &scan, true).apply_to(found).load(conn)?;
            let found = found.into_iter().map(|row| UuidValue(position(row).id));
            ids.extend(found.filter(|id| part.contains(&id_position(id.0))));
            self.sort(&mut ids, |id| id.0);
            ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(ids)
    }

    /// Counts the users who meet a condition, all of whom are in the scan. `None`: this
    /// does not count the members of a team.
    pub(super) fn count_rows(
        &self,
        conn: &mut Conn,
        account: AccountId,
        condition: &Condition<UserAttribute>,
    ) -> Result<Option<i64>> {
        let UserIds::Stored { field, key } = self.ids else { return Ok(None) };
        let all = || {
            users::table
                .count()
                .into_boxed()
                .filter(users::account_id.eq(UuidValue(account.as_uuid())))
                .filter(count_filter(condition))
        };
        let stored = all().filter(users::id.eq_any(stored_ids(account, field, key)));
        let stored: i64 = stored.get_result(conn)?;
        let defaults: i64 = match &self.defaults {
            None => 0,
            Some(scan) => {
                let by_column = scan.fixed.iter().map(|(by, key)| to_test(&equal(*by, key)));
                let others = all().filter(users::id.ne_all(stored_ids(account, field, key)));
                by_column.fold(others, |query, test| query.filter(test)).get_result(conn)?
            }
        };
        Ok(Some(stored + defaults))
    }

    /// Sorts by ID, in the direction of the scan, and removes repeated items.
    fn sort<T>(&self, items: &mut Vec<T>, id: impl Fn(&T) -> uuid::Uuid) {
        items.sort_unstable_by_key(|item| id(item));
        items.dedup_by_key(|item| id(item));
        if self.scan.order == SortOrder::Descending {
            items.reverse();
        }
    }
}

/// The scan of the users who have a value by default, because their list is not stored.
fn default_scan(
    field: MultiValuedField,
    scan: &IndexScan<UserAttribute>,
    by: UserAttribute,
    key: &Key,
) -> Option<IndexScan<UserAttribute>> {
    let (column, is_single_row) = match field {
        MultiValuedField::Emails => (UserAttribute::Profile(ProfileField::Email), true),
        MultiValuedField::PhoneNumbers => (UserAttribute::MobileE164, false),
        _ => return None,
    };
    let residual = std::iter::once(equal(by, key)).chain(scan.residual.clone());
    Some(IndexScan {
        fixed: vec![(column, key.clone())],
        residual: Some(Condition::All(residual.collect())),
        is_single_row,
        ..scan.clone()
    })
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

fn id_position(id: uuid::Uuid) -> PagePosition {
    PagePosition { key: None, id }
}

/// The ID of the row at a bound, and whether the row is included.
fn row_of(bound: &Bound<ScanBound>) -> Option<(UuidValue, bool)> {
    match bound {
        Bound::Included(ScanBound::Row(row)) => Some((UuidValue(row.id), true)),
        Bound::Excluded(ScanBound::Row(row)) => Some((UuidValue(row.id), false)),
        _ => None,
    }
}

impl UserIds<'_> {
    /// The first IDs of a scan. Its residual condition is ignored.
    fn load(
        self,
        conn: &mut Conn,
        account: AccountId,
        scan: &IndexScan<UserAttribute>,
        limit: i64,
    ) -> Result<Vec<UuidValue>> {
        let (field, key) = match self {
            Self::Members(team) => {
                return members::ids(conn, account, team, &scan.to_id_scan(), limit);
            }
            Self::Stored { field, key } => (field, key),
        };
        let mut query = stored_ids(account, field, key).limit(limit);
        for (bound, is_start) in [(&scan.from, true), (&scan.to, false)] {
            query = match (row_of(bound), is_start) {
                (None, _) => query,
                (Some((id, true)), true) => query.filter(user_values::user_id.ge(id)),
                (Some((id, false)), true) => query.filter(user_values::user_id.gt(id)),
                (Some((id, true)), false) => query.filter(user_values::user_id.le(id)),
                (Some((id, false)), false) => query.filter(user_values::user_id.lt(id)),
            };
        }
        let query = match scan.order {
            SortOrder::Ascending => query.order(user_values::user_id.asc()),
            SortOrder::Descending => query.order(user_values::user_id.desc()),
        };
        Ok(query.distinct().load(conn)?)
    }
}
