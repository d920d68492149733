//! Pages of lists.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::{ApiResult, query};
use crate::{
    app::{
        self, App,
        callers::Caller,
        listing::{self, ListQuery},
    },
    domain::lists::{COUNT_RANGE, ListAttribute, Page},
    http::{auth::Authorized, problem::Problem},
};

/// A page in the contract.
pub(super) trait PageBody {
    /// The schema of an item.
    type Item;

    /// Creates a page. `next_cursor` leads to the next one; `total` is the number of
    /// items that match the filter, if the request asks for it.
    fn new(items: Vec<Self::Item>, next_cursor: Option<String>, total: Option<u64>) -> Self;
}

/// Declares the schema of a page: its visibility, its name, the schema of an item, its
/// description, and that of its items.
macro_rules! page_schema {
    ($visibility:vis $name:ident, $item:ty, $description:literal, $items:literal) => {
        #[doc = $description]
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        $visibility struct $name {
            #[doc = $items]
            items: Vec<$item>,
            /// Leads to the next page; absent on the last.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            next_cursor: Option<String>,
            /// The number of items that match the filter, if `total` is true.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, value_type = Option<i64>, minimum = 0)]
            total: Option<u64>,
        }

        impl $crate::http::api::page::PageBody for $name {
            type Item = $item;

            fn new(
                items: Vec<$item>,
                next_cursor: Option<String>,
                total: Option<u64>,
            ) -> Self {
                Self { items, next_cursor, total }
            }
        }
    };
}
pub(super) use page_schema;

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

/// Responds with a page of the list that the query of the request asks for.
pub(super) async fn list<P, R, T>(
    auth: &Authorized<R>,
    list: impl FnOnce(&App, &Caller, &ListQuery) -> Result<app::listing::ListPage<T>, app::Error>
    + Send
    + 'static,
) -> ApiResult
where
    P: PageBody + Serialize,
    R: 'static,
    T: Into<P::Item> + Send + 'static,
{
    respond::<P, _, _>(auth, query::parse_list_query(&auth.request)?, list).await
}

/// Responds with a page of a list. An error of the query is one of the address, not of
/// a body.
pub(super) async fn respond<P, R, T>(
    auth: &Authorized<R>,
    query: ListQuery,
    list: impl FnOnce(&App, &Caller, &ListQuery) -> Result<app::listing::ListPage<T>, app::Error>
    + Send
    + 'static,
) -> ApiResult
where
    P: PageBody + Serialize,
    R: 'static,
    T: Into<P::Item> + Send + 'static,
{
    let result = auth.run(move |app, caller| list(app, caller, &query)).await;
    let app::listing::ListPage { page: Page { items, next: _, total }, cursor } = match result {
        Err(Problem::App(app::Error::Invalid(errors))) => return Err(Problem::Query(errors)),
        other => other?,
    };
    let items = items.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(P::new(items, cursor, total)))
}
