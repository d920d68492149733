//! Lists of a resource with one table. The macros use the types of diesel that are in
//! scope at the call.

/// `ListSource::load_rows` of a table.
macro_rules! load_rows {
    ($table:ident, $row:ty, $read:expr, $conn:expr, $account:expr, $scan:expr, $limit:expr) => {{
        let found = $table::table
            .select((<$row>::as_select(), position_columns($scan)))
            .into_boxed()
            .limit($limit);
        let rows: Vec<($row, PositionRow)> =
            ScanQuery::new($account, $scan, true).apply_to(found).load($conn)?;
        let (rows, positions): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let read: fn(&mut Conn, Vec<$row>) -> Result<Vec<_>> = $read;
        let items = read($conn, rows)?;
        Ok(positions.into_iter().map(position).zip(items).collect())
    }};
}
pub(super) use load_rows;

/// `ListSource::load_position` in a table.
macro_rules! load_position {
    ($table:ident, $conn:expr, $account:expr, $scan:expr, $before:expr) => {{
        let found =
            $table::table.select(position_columns($scan)).into_boxed().limit(1).offset($before);
        let row: QueryResult<PositionRow> =
            ScanQuery::new($account, $scan, false).apply_to(found).get_result($conn);
        Ok(row.optional()?.map(position))
    }};
}
pub(super) use load_position;

/// `ListSource::count_rows` of a table.
macro_rules! count_rows {
    ($table:ident, $conn:expr, $account:expr, $condition:expr) => {{
        let all = $table::table
            .count()
            .into_boxed()
            .filter($table::account_id.eq(UuidValue($account.as_uuid())));
        let test = $condition.map(count_filter);
        Ok(test.into_iter().fold(all, |all, test| all.filter(test)).get_result($conn)?)
    }};
}
pub(super) use count_rows;

/// Implements `ListSource` for a resource with one table, listed by account.
macro_rules! in_table {
    ($table:ident, $row:ty => $item:ty) => {
        in_table!($table, $row => $item, |_, rows| {
            super::super::convert_rows(Ok::<_, $crate::store::StoreError>(rows))
        });
    };
    // With a function that reads the rows.
    ($table:ident, $row:ty => $item:ty, $read:expr) => {
        type Table = $table::table;
        type Item = $item;
        type Scope = AccountId;

        fn id() -> Sql<$table::table, Uuid> {
            Box::new($table::id)
        }

        fn account() -> Option<Sql<$table::table, Uuid>> {
            Some(Box::new($table::account_id))
        }

        fn load_rows(
            conn: &mut Conn,
            of: AccountId,
            scan: &IndexScan<Self>,
            limit: i64,
        ) -> Rows<$item> {
            load_rows!($table, $row, $read, conn, of, scan, limit)
        }

        fn load_position(
            conn: &mut Conn,
            of: AccountId,
            scan: &IndexScan<Self>,
            before: i64,
        ) -> Result<Option<PagePosition>> {
            load_position!($table, conn, of, scan, before)
        }

        fn count_rows(
            conn: &mut Conn,
            of: AccountId,
            condition: Option<&Condition<Self>>,
        ) -> Result<i64> {
            count_rows!($table, conn, of, condition)
        }
    };
}
pub(super) use in_table;

/// How many bytes texts have.
pub(super) fn text_bytes<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}
