//! Lists: pages of what there is, and what is tied to a page of users.
//!
//! A page walks part of one index, and looks at a bounded number of rows. If
//! there is more to hold against them than the index can tell, how far it may
//! go is found first, in the index alone; few rows at a time, as most pages are
//! full soon.

mod attempts_audit;
mod condition;
mod connections_keys;
mod imports;
mod members;
mod row_comparison;
mod scan_sql;
mod teams;
mod user_relations;
mod users;

pub(crate) use attempts_audit::{list_attempts, list_audit};
pub(crate) use connections_keys::{list_api_keys, list_connections, list_scim_clients};
pub(crate) use imports::list_imports;
pub(crate) use members::list_members;
pub(crate) use teams::{list_teams, list_teams_at};
pub(crate) use user_relations::{identities_of_users, teams_of_users};
pub(crate) use users::{list_deleted_users, list_users, list_users_at};

use condition::{Column, Sql, Test, Value, column, nullable};
use scan_sql::{ListRequest, PlaceRow, counted, hidden, place, position};

use super::{Conn, Result};
use crate::{
    domain::{
        filter::Attribute,
        listing::{Listing, Page, Position},
    },
    store::{PAGE_BYTES, listing::IndexScan, sql::Uuid},
};

type DB = <Conn as diesel::Connection>::Backend;

/// Items, each with its position.
type Rows<I> = Result<Vec<(Position, I)>>;

/// How many rows are looked at before it is asked whether the page is full.
/// Together: [`SCAN_LIMIT`](crate::store::SCAN_LIMIT).
const STRIDES: [i64; 3] = [1_000, 4_000, 15_000];

/// A resource of which there are lists, by its attributes.
trait Listed: Attribute {
    /// Where the rows stand.
    type Table: diesel::Table;
    /// What a row is.
    type Item;
    /// Whose list it is.
    type Scope: Copy;

    /// The attribute that has the moment with which an id begins, if there is
    /// one and no index over it.
    const MADE: Option<Self> = None;

    /// Where an attribute's values stand.
    fn column(self) -> Column<Self::Table>;

    /// The column of the ids.
    fn id() -> Sql<Self::Table, Uuid>;

    /// The column of the accounts, if it is what an index begins with.
    fn account() -> Option<Sql<Self::Table, Uuid>>;

    /// The first rows of a walk.
    fn rows(
        conn: &mut Conn,
        scope: Self::Scope,
        walk: &IndexScan<Self>,
        limit: i64,
    ) -> Rows<Self::Item>;

    /// Where the row stands that has so many of the walk before it, whatever
    /// else is held against them.
    fn place(
        conn: &mut Conn,
        scope: Self::Scope,
        walk: &IndexScan<Self>,
        before: i64,
    ) -> Result<Option<Position>>;

    /// How many bytes of text an item has, about, besides those that every item of
    /// the list has.
    fn bytes(item: &Self::Item) -> usize;

    /// How many rows meet a test.
    fn count(conn: &mut Conn, scope: Self::Scope, test: Option<Test<Self::Table>>) -> Result<i64>;
}

/// [`Listed::rows`] of a table.
macro_rules! rows {
    ($table:ident, $row:ty, $conn:expr, $account:expr, $walk:expr, $limit:expr) => {{
        let found =
            $table::table.select((<$row>::as_select(), place($walk))).into_boxed().limit($limit);
        let rows: Vec<($row, PlaceRow)> =
            ListRequest::rows($account, $walk, true).put(found).load($conn)?;
        rows.into_iter().map(|(row, at)| Ok((position(at), row.try_into()?))).collect()
    }};
}
use rows;

/// [`Listed::place`] in a table.
macro_rules! place_in {
    ($table:ident, $conn:expr, $account:expr, $walk:expr, $before:expr) => {{
        let found = $table::table.select(place($walk)).into_boxed().limit(1).offset($before);
        let row: QueryResult<PlaceRow> =
            ListRequest::rows($account, $walk, false).put(found).get_result($conn);
        Ok(row.optional()?.map(position))
    }};
}
use place_in;

/// [`Listed::count`] of a table.
macro_rules! count {
    ($table:ident, $conn:expr, $account:expr, $test:expr) => {{
        let all = $table::table
            .count()
            .into_boxed()
            .filter($table::account_id.eq(Id($account.as_uuid())));
        Ok($test.into_iter().fold(all, |all, test| all.filter(test)).get_result($conn)?)
    }};
}
use count;

/// All of a resource whose rows stand in one table, in lists of accounts.
macro_rules! in_table {
    ($table:ident, $row:ty => $item:ty) => {
        type Table = $table::table;
        type Item = $item;
        type Scope = AccountId;

        fn id() -> Sql<$table::table, Uuid> {
            Box::new($table::id)
        }

        fn account() -> Option<Sql<$table::table, Uuid>> {
            Some(Box::new($table::account_id))
        }

        fn rows(conn: &mut Conn, of: AccountId, walk: &IndexScan<Self>, limit: i64) -> Rows<$item> {
            rows!($table, $row, conn, of, walk, limit)
        }

        fn place(
            conn: &mut Conn,
            of: AccountId,
            walk: &IndexScan<Self>,
            before: i64,
        ) -> Result<Option<Position>> {
            place_in!($table, conn, of, walk, before)
        }

        fn count(conn: &mut Conn, of: AccountId, test: Option<Test<$table::table>>) -> Result<i64> {
            count!($table, conn, of, test)
        }
    };
}
use in_table;

/// A page of a list.
fn page<A: Listed>(
    conn: &mut Conn,
    scope: A::Scope,
    listing: &Listing<A>,
) -> Result<Page<A::Item>> {
    let mut page = Page { items: Vec::new(), next: None, total: None };
    if listing.total {
        let all = A::count(conn, scope, listing.condition.as_ref().map(counted))?;
        page.total = u64::try_from(all).ok();
    }
    let count = usize::try_from(listing.count).unwrap_or(usize::MAX);
    if let Some(walk) = IndexScan::of(listing, A::MADE).filter(|_| count > 0) {
        (page.items, page.next) = walked(conn, scope, walk, count)?;
    }
    Ok(page)
}

/// Where the row stands that has so many rows of a list before it.
fn at<A: Listed>(
    conn: &mut Conn,
    scope: A::Scope,
    listing: &Listing<A>,
    before: u64,
) -> Result<Option<Position>> {
    let mut left = before;
    let mut walk = IndexScan::of(listing, A::MADE);
    while let Some(some) = walk.take() {
        if some.residual.is_none() || some.single {
            return A::place(conn, scope, &some, i64::try_from(left).unwrap_or(i64::MAX));
        }
        // One row more than is to be passed over.
        let count = usize::try_from(left.min(SKIPPED_AT_ONCE)).unwrap_or_default();
        let placed = A::rows(conn, scope, &some, i64::try_from(count + 1).unwrap_or(i64::MAX))?;
        let found = u64::try_from(placed.len()).unwrap_or(u64::MAX);
        let Some((last, _)) = placed.into_iter().last() else { return Ok(None) };
        match left.checked_sub(found) {
            None => return Ok(Some(last)),
            Some(further) => {
                left = further;
                walk = some.behind(last);
            }
        }
    }
    Ok(None)
}

/// How many rows are read at once to be passed over.
const SKIPPED_AT_ONCE: u64 = 1_000;

/// How many bytes texts have.
fn texts<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}

/// The most rows that are read at once. Their texts may be many times as long as
/// those of a page, so a page is read in parts until it is full.
const ROWS_AT_ONCE: usize = 101;

/// A page that is being filled.
struct Filling<I> {
    found: Vec<(Position, I)>,
    bytes: usize,
    count: usize,
}

impl<I> Filling<I> {
    fn is_full(&self) -> bool {
        // One more than is asked for tells whether there is a next page.
        self.found.len() > self.count || self.bytes > PAGE_BYTES
    }

    /// How many rows are read next.
    fn limit(&self) -> usize {
        (self.count - self.found.len() + 1).min(ROWS_AT_ONCE)
    }

    /// Reads a part of the walk until the page is full, or the part is over.
    fn read<A: Listed<Item = I>>(
        &mut self,
        conn: &mut Conn,
        scope: A::Scope,
        mut part: IndexScan<A>,
    ) -> Result<()> {
        while !self.is_full() {
            let limit = self.limit();
            let rows = A::rows(conn, scope, &part, i64::try_from(limit).unwrap_or(i64::MAX))?;
            let is_last = rows.len() < limit;
            self.bytes += rows.iter().map(|(_, item)| A::bytes(item)).sum::<usize>();
            self.found.extend(rows);
            let end = self.found.last().map(|(position, _)| position.clone());
            match end.and_then(|end| part.behind(end)).filter(|_| !is_last) {
                Some(rest) => part = rest,
                None => break,
            }
        }
        Ok(())
    }

    /// What is on the page, and where the next begins if it ends here.
    fn cut<A: Listed<Item = I>>(mut self) -> (Vec<I>, Option<Position>) {
        let mut bytes = 0_usize;
        let fits = |(_, item): &&(Position, I)| {
            bytes = bytes.saturating_add(A::bytes(item));
            bytes <= PAGE_BYTES
        };
        // One item is on a page however long it is.
        let fitting = self.found.iter().take_while(fits).count().max(1).min(self.count);
        let is_cut = fitting < self.found.len();
        self.found.truncate(fitting);
        let end = self.found.last().map(|(position, _)| position.clone()).filter(|_| is_cut);
        (self.found.into_iter().map(|(_, item)| item).collect(), end)
    }
}

/// The first items of a walk, and where it goes on.
fn walked<A: Listed>(
    conn: &mut Conn,
    scope: A::Scope,
    mut walk: IndexScan<A>,
    count: usize,
) -> Result<(Vec<A::Item>, Option<Position>)> {
    let mut filling = Filling { found: Vec::new(), bytes: 0, count };
    let mut seen = None;
    if walk.residual.is_none() || walk.single {
        filling.read(conn, scope, walk)?;
    } else {
        for stride in STRIDES {
            seen = A::place(conn, scope, &walk, stride - 1)?;
            let part = seen.as_ref().map_or_else(|| walk.clone(), |end| walk.up_to(end));
            filling.read(conn, scope, part)?;
            match seen.clone().and_then(|end| walk.clone().behind(end)) {
                Some(rest) if !filling.is_full() => walk = rest,
                _ => break,
            }
        }
    }
    let (items, cut) = filling.cut::<A>();
    Ok((items, cut.or(seen)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn rows_are_read_in_parts_until_the_page_is_full() {
        let rows = |count| (0..count).map(|_| (Position { key: None, id: Uuid::nil() }, ()));
        let mut filling = Filling { found: rows(0).collect(), bytes: 0, count: 1_000 };
        assert_eq!((filling.limit(), filling.is_full()), (ROWS_AT_ONCE, false));
        filling.found.extend(rows(950));
        assert_eq!((filling.limit(), filling.is_full()), (51, false));
        filling.bytes = PAGE_BYTES + 1;
        assert!(filling.is_full());
        (filling.bytes, filling.found) = (0, rows(1_001).collect());
        assert!(filling.is_full());
    }
}
