//! Pages of lists.

use actix_web::HttpRequest;

use super::query;
use crate::{
    app::{
        self, App,
        callers::Caller,
        listing::{self, ListQuery},
    },
    domain::lists::{COUNT_RANGE, ListAttribute, Page},
    http::{auth::Authorized, problem::Problem},
};

/// A page of a list, with the cursor of the next page.
pub(super) struct PageResponse<T> {
    /// The items.
    pub(super) items: Vec<T>,
    /// The cursor of the next page.
    pub(super) next_cursor: Option<String>,
    /// The number of items that meet the filter, if `total` is true.
    pub(super) total: Option<u64>,
}

/// Parses and validates a list query, so that its errors can be combined with those of
/// the path.
///
/// # Errors
/// Returns [`Problem::Query`] with every error.
pub(super) fn parse_checked_list_query<A: ListAttribute>(
    request: &HttpRequest,
) -> Result<ListQuery, Problem> {
    let query = query::parse_list_query(request)?;
    listing::parse::<A>(&query, COUNT_RANGE).map_err(Problem::Query)?;
    Ok(query)
}

/// Reads a page of a list. An error of the query is one of the address, not of a
/// body.
pub(super) async fn read<R: 'static, T: Send + 'static>(
    auth: Authorized<R>,
    query: ListQuery,
    list: impl FnOnce(&App, &Caller, &ListQuery) -> Result<app::listing::ListPage<T>, app::Error>
    + Send
    + 'static,
) -> Result<PageResponse<T>, Problem> {
    let result = auth.run(move |app, caller| list(app, caller, &query)).await;
    let app::listing::ListPage { page: Page { items, next: _, total }, cursor } = match result {
        Err(Problem::App(app::Error::Invalid(faults))) => return Err(Problem::Query(faults)),
        other => other?,
    };
    Ok(PageResponse { items, next_cursor: cursor, total })
}
