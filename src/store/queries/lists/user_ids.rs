//! Scans of users by their IDs, which one or several searches find.

use diesel::prelude::*;

use super::{
    super::convert_rows,
    Conn, Result, Rows,
    page::{PageBuilder, STRIDES},
    unindexed,
    user_searches::{UserIds, id_position},
};
use crate::{
    domain::{
        id::AccountId,
        lists::{IndexScan, PagePosition, SortOrder, UserAttribute},
        user::User,
    },
    store::{SCAN_LIMIT, rows::UserRow, schema::users, sql::UuidValue},
};

/// How many users one statement loads or counts by their IDs.
const USERS_PER_STATEMENT: usize = 500;

/// How many IDs are read and skipped at once.
const IDS_AT_ONCE: usize = 10_000;

/// A scan of users by their IDs: the union of several searches.
pub(super) struct UserIdScan<'a> {
    searches: Vec<UserIds>,
    scan: &'a IndexScan<UserAttribute>,
}

impl<'a> UserIdScan<'a> {
    /// `None`: the scan is over an index of the table `users`.
    pub(super) fn new(scan: &'a IndexScan<UserAttribute>) -> Option<Self> {
        let values = match (scan.any_of.as_slice(), scan.fixed.as_slice()) {
            ([], [only]) => std::slice::from_ref(only),
            (any_of, _) => any_of,
        };
        let searches: Vec<_> =
            values.iter().flat_map(|(by, key)| UserIds::searches(*by, key)).collect();
        let is_one_index = matches!(searches.as_slice(), [] | [UserIds::Columns(_)]);
        (!is_one_index || !scan.any_of.is_empty()).then_some(Self { searches, scan })
    }

    /// A page of users, and the position after which the next page begins. The IDs of each
    /// part of the scan are read once.
    pub(super) fn page(
        &self,
        conn: &mut Conn,
        account: AccountId,
        count: usize,
    ) -> Result<(Vec<User>, Option<PagePosition>)> {
        let mut builder = PageBuilder::new(count);
        let mut end = None;
        let mut rest = Some(self.scan.clone());
        // Without a residual condition, each of them is on the page.
        let strides = match self.scan.residual {
            None => vec![count + 1],
            Some(_) => STRIDES.into_iter().filter_map(|stride| stride.try_into().ok()).collect(),
        };
        for stride in strides {
            let Some(part) = rest.take().filter(|_| !builder.is_full()) else { break };
            let ids = self.load_ids(conn, account, &part, stride)?;
            for ids in ids.chunks(USERS_PER_STATEMENT) {
                builder.extend::<UserAttribute>(self.load_users(conn, account, ids)?);
                if builder.is_full() {
                    break;
                }
            }
            end = ids.last().filter(|_| ids.len() == stride).map(|last| id_position(last.0));
            rest = end.clone().and_then(|end| part.after(end));
        }
        let (users, cut) = builder.finish::<UserAttribute>();
        Ok((users, cut.or(end)))
    }

    /// The first users of the scan.
    pub(super) fn load_rows(&self, conn: &mut Conn, account: AccountId, limit: i64) -> Rows<User> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut rest = Some(self.scan.clone());
        while let Some(part) = rest.take() {
            let ids = self.load_ids(conn, account, &part, IDS_AT_ONCE)?;
            for ids in ids.chunks(USERS_PER_STATEMENT) {
                found.extend(self.load_users(conn, account, ids)?);
                if found.len() >= limit {
                    found.truncate(limit);
                    return Ok(found);
                }
            }
            rest = rest_after(part, &ids, IDS_AT_ONCE);
        }
        Ok(found)
    }

    /// The users with some IDs who meet the residual condition.
    fn load_users(&self, conn: &mut Conn, account: AccountId, ids: &[UuidValue]) -> Rows<User> {
        let mut query = users::table
            .select(UserRow::as_select())
            .into_boxed()
            .filter(users::account_id.eq(UuidValue(account.as_uuid())))
            .filter(users::id.eq_any(ids.to_vec()));
        if let Some(residual) = &self.scan.residual {
            query = query.filter(unindexed(residual));
        }
        let mut users: Vec<User> = convert_rows(query.load::<UserRow>(conn))?;
        self.sort(&mut users, |user| user.id.as_uuid());
        Ok(users.into_iter().map(|user| (id_position(user.id.as_uuid()), user)).collect())
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
            let limit = left.saturating_add(1).min(IDS_AT_ONCE);
            let ids = self.load_ids(conn, account, &part, limit)?;
            match ids.get(left) {
                Some(id) => return Ok(Some(id_position(id.0))),
                None => left -= ids.len(),
            }
            rest = rest_after(part, &ids, limit);
        }
        Ok(None)
    }

    /// The first IDs of a part of the scan.
    fn load_ids(
        &self,
        conn: &mut Conn,
        account: AccountId,
        part: &IndexScan<UserAttribute>,
        limit: usize,
    ) -> Result<Vec<UuidValue>> {
        let mut ids = Vec::new();
        for search in &self.searches {
            ids.extend(search.load(
                conn,
                account,
                part,
                i64::try_from(limit).unwrap_or(i64::MAX),
            )?);
        }
        self.sort(&mut ids, |id| id.0);
        ids.truncate(limit);
        Ok(ids)
    }

    /// Counts the users of the scan who meet its condition. `None` if there are more than a
    /// page may scan.
    pub(super) fn count_rows(&self, conn: &mut Conn, account: AccountId) -> Result<Option<i64>> {
        let limit = usize::try_from(SCAN_LIMIT).unwrap_or(usize::MAX);
        let ids = self.load_ids(conn, account, self.scan, limit.saturating_add(1))?;
        let Some(residual) = self.scan.residual.as_ref().filter(|_| ids.len() <= limit) else {
            return Ok(i64::try_from(ids.len()).ok().filter(|_| ids.len() <= limit));
        };
        let mut total = 0;
        for ids in ids.chunks(USERS_PER_STATEMENT) {
            let some = users::table
                .count()
                .into_boxed()
                .filter(users::account_id.eq(UuidValue(account.as_uuid())))
                .filter(users::id.eq_any(ids.to_vec()))
                .filter(unindexed(residual));
            total += some.get_result::<i64>(conn)?;
        }
        Ok(Some(total))
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

/// The part of a scan after some of its IDs. `None` if they were fewer than requested.
fn rest_after(
    part: IndexScan<UserAttribute>,
    ids: &[UuidValue],
    limit: usize,
) -> Option<IndexScan<UserAttribute>> {
    let last = ids.last().filter(|_| ids.len() == limit)?;
    part.after(id_position(last.0))
}
