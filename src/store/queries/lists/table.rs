//! Lists of a resource with one table. The macros use the types of diesel that are in
//! scope at the call.

/// `ListSource::rows` of a table.
macro_rules! rows {
    ($table:ident, $row:ty, $conn:expr, $account:expr, $walk:expr, $limit:expr) => {{
        let found =
            $table::table.select((<$row>::as_select(), place($walk))).into_boxed().limit($limit);
        let rows: Vec<($row, PositionRow)> =
            ScanQuery::rows($account, $walk, true).put(found).load($conn)?;
        rows.into_iter().map(|(row, at)| Ok((position(at), row.try_into()?))).collect()
    }};
}
pub(super) use rows;

/// `ListSource::place` in a table.
macro_rules! place_in {
    ($table:ident, $conn:expr, $account:expr, $walk:expr, $before:expr) => {{
        let found = $table::table.select(place($walk)).into_boxed().limit(1).offset($before);
        let row: QueryResult<PositionRow> =
            ScanQuery::rows($account, $walk, false).put(found).get_result($conn);
        Ok(row.optional()?.map(position))
    }};
}
pub(super) use place_in;

/// `ListSource::count` of a table.
macro_rules! count {
    ($table:ident, $conn:expr, $account:expr, $condition:expr) => {{
        let all = $table::table
            .count()
            .into_boxed()
            .filter($table::account_id.eq(UuidValue($account.as_uuid())));
        let test = $condition.map(count_filter);
        Ok(test.into_iter().fold(all, |all, test| all.filter(test)).get_result($conn)?)
    }};
}
pub(super) use count;

/// Implements `ListSource` for a resource with one table, listed by account.
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
        ) -> Result<Option<PagePosition>> {
            place_in!($table, conn, of, walk, before)
        }

        fn count(
            conn: &mut Conn,
            of: AccountId,
            condition: Option<&Condition<Self>>,
        ) -> Result<i64> {
            count!($table, conn, of, condition)
        }
    };
}
pub(super) use in_table;

/// How many bytes texts have.
pub(super) fn text_bytes<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}
