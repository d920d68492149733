//! Lists, as a caller asks for them: raw texts in, a [`Listing`] or all faults
//! out; and the cursors between one page and the next.

use std::ops::RangeInclusive;

use super::Error;
use crate::domain::{
    fault::Fault,
    filter::Attribute,
    listing::{Listing, MAX_COUNT, Page, Position},
};

/// What a caller asks of a list, as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// What is on the list, in the grammar of [`crate::domain::filter`].
    pub filter: Option<String>,
    /// The attribute by which it is sorted.
    pub sort_by: Option<String>,
    /// `ascending` or `descending`.
    pub sort_order: Option<String>,
    /// The most on a page.
    pub count: Option<String>,
    /// Where the page before ended, as [`cursor`] has written it.
    pub cursor: Option<String>,
    /// Whether all are to be counted.
    pub total: Option<bool>,
}

/// Reads what a caller asks of a list. `counts` says how many may be asked for.
///
/// # Errors
/// All faults, each named after its query parameter: `filter`, `sortBy`,
/// `sortOrder`, `count`, `cursor`.
pub fn read<A: Attribute>(
    query: &Query,
    counts: RangeInclusive<u32>,
) -> Result<Listing<A>, Vec<Fault>> {
    let _ = (query, counts);
    Err(Vec::new())
}

/// Writes the cursor with which the same query goes on behind a page.
#[must_use]
pub fn cursor<A: Attribute>(query: &Query, next: &Position) -> String {
    let _ = (query, next, A::RESOURCE);
    String::new()
}

/// A page, and the cursor that leads to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The page.
    pub page: Page<T>,
    /// Leads to the next page; `None` on the last.
    pub cursor: Option<String>,
}

/// Reads a list as a query asks for it: up to [`MAX_COUNT`] on a page.
///
/// # Errors
/// [`Error::Invalid`] with every fault of the query, and those of `read_page`.
pub fn list<A: Attribute, T>(
    query: &Query,
    read_page: impl FnOnce(&Listing<A>) -> Result<Page<T>, Error>,
) -> Result<Listed<T>, Error> {
    let listing = read::<A>(query, 1..=MAX_COUNT).map_err(Error::Invalid)?;
    let page = read_page(&listing)?;
    let cursor = page.next.as_ref().map(|next| cursor::<A>(query, next));
    Ok(Listed { page, cursor })
}
