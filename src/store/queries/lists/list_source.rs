//! A trait for resources that can be listed.

use super::{
    super::{Conn, Result},
    column::{Column, RowPredicate, Sql},
};
use crate::{
    domain::{
        custom_attribute::CustomAttributeName,
        filter::{Condition, CustomValueCondition, ValueCondition},
        lists::{IndexScan, ListAttribute, PagePosition},
        multi_valued::MultiValuedField,
    },
    store::sql::Uuid,
};

/// Items, each with its position.
pub(super) type Rows<I> = Result<Vec<(PagePosition, I)>>;

/// The items of a page, and the position after which the next page begins.
pub(super) type ItemPage<I> = (Vec<I>, Option<PagePosition>);

/// A resource that can be listed, represented by its attributes.
pub(super) trait ListSource: ListAttribute {
    /// The table of the rows.
    type Table: diesel::Table;
    /// The type of an item.
    type Item;
    /// The owner of a list: an account, or a team.
    type Scope: Copy;

    /// The column of an attribute.
    fn column(self) -> Column<Self::Table>;

    /// Whether some value of a multi-valued attribute meets a condition. `None`: the
    /// resource has no such attribute.
    fn any_value(_: MultiValuedField, _: &ValueCondition) -> Option<RowPredicate<Self::Table>> {
        None
    }

    /// Whether some value of a custom attribute meets a condition. `None`: the resource has
    /// no custom attributes.
    fn any_custom_value(
        _: CustomAttributeName,
        _: &CustomValueCondition,
    ) -> Option<RowPredicate<Self::Table>> {
        None
    }

    /// The column of the ids.
    fn id() -> Sql<Self::Table, Uuid>;

    /// The account column, if the indexes begin with it.
    fn account() -> Option<Sql<Self::Table, Uuid>>;

    /// Returns the first items of a scan, and the position after which the next page
    /// begins, if the resource has its own way to find them.
    fn page_by_ids(
        _: &mut Conn,
        _: Self::Scope,
        _: &IndexScan<Self>,
        _count: usize,
    ) -> Result<Option<ItemPage<Self::Item>>> {
        Ok(None)
    }

    /// Loads the first rows of an index scan.
    fn load_rows(
        conn: &mut Conn,
        scope: Self::Scope,
        scan: &IndexScan<Self>,
        limit: i64,
    ) -> Rows<Self::Item>;

    /// Returns the position of the row that has this many rows of the scan before it.
    /// The residual condition is ignored.
    fn load_position(
        conn: &mut Conn,
        scope: Self::Scope,
        scan: &IndexScan<Self>,
        before: i64,
    ) -> Result<Option<PagePosition>>;

    /// The approximate number of bytes of an item's texts, without the fields that every
    /// item has.
    fn bytes(item: &Self::Item) -> usize;

    /// How many rows meet a condition.
    fn count_rows(
        conn: &mut Conn,
        scope: Self::Scope,
        condition: Option<&Condition<Self>>,
    ) -> Result<i64>;
}
