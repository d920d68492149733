//! What a resource is of which there are lists.

use super::{
    super::{Conn, Result},
    column::{Column, Sql, Test},
};
use crate::{
    domain::lists::{IndexScan, ListAttribute, Position},
    store::sql::Uuid,
};

/// Items, each with its position.
pub(super) type Rows<I> = Result<Vec<(Position, I)>>;

/// A resource of which there are lists, by its attributes.
pub(super) trait Listed: ListAttribute {
    /// Where the rows stand.
    type Table: diesel::Table;
    /// What a row is.
    type Item;
    /// Whose list it is.
    type Scope: Copy;

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
