//! Pages of lists.

use actix_web::HttpRequest;

use super::query;
use crate::{
    app::{
        self, App,
        callers::Caller,
        listing::{self, Query},
    },
    domain::lists::{COUNTS, ListAttribute, Page},
    http::{auth::Authorized, problem::Problem},
};

/// A page of a list, with the cursor of the next page.
pub(super) struct Listed<T> {
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
pub(super) fn check<A: ListAttribute>(request: &HttpRequest) -> Result<Query, Problem> {
    let query = query::list(request)?;
    listing::read::<A>(&query, COUNTS).map_err(Problem::Query)?;
    Ok(query)
}

/// Reads a page of a list. An error of the query is one of the address, not of a
/// body.
pub(super) async fn read<R: 'static, T: Send + 'static>(
    auth: Authorized<R>,
    query: Query,
    list: impl FnOnce(&App, &Caller, &Query) -> Result<app::listing::Listed<T>, app::Error>
    + Send
    + 'static,
) -> Result<Listed<T>, Problem> {
    let listed = auth.run(move |app, caller| list(app, caller, &query)).await;
    let app::listing::Listed { page: Page { items, next: _, total }, cursor } = match listed {
        Err(Problem::App(app::Error::Invalid(faults))) => return Err(Problem::Query(faults)),
        other => other?,
    };
    Ok(Listed { items, next_cursor: cursor, total })
}
