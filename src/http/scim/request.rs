//! Parts of a request: its SCIM client, its body, and its list parameters.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::{problem::ScimProblem, response::SCIM_JSON};
use crate::{
    app::{self, App, callers::Caller, scim::compatibility},
    http::{
        api::body::{Body, JSON, has_too_many_values},
        auth::{Authorized, scope},
        blocking::DEADLINE,
    },
    scim::{
        bulk::MAX_BYTES, compatibility::CompatibilityFixes, error::ScimErrorType, json,
        search::SearchQuery,
    },
};

/// A SCIM client, as an argument of a handler.
pub(in crate::http) type Client = Authorized<scope::Scim>;

/// The result of a handler.
pub(in crate::http) type ScimResult = Result<HttpResponse, ScimProblem>;

/// The maximum number of values of a body. Groups can have many members.
const MAX_VALUES: usize = 250_000;

/// Parses the JSON of a body.
pub(super) async fn read_json(body: Body) -> Result<Value, ScimProblem> {
    let bytes = body.read_bytes(&[SCIM_JSON, JSON], MAX_BYTES).await?;
    let read = move || {
        if has_too_many_values(&bytes, MAX_VALUES) {
            let detail = format!("the body has more than {MAX_VALUES} values");
            return Err(ScimErrorType::TooMany.with_detail(detail));
        }
        json::parse(&bytes).map_err(|error| {
            let detail = format!("the body can't be read: {}", error.reason);
            ScimErrorType::InvalidSyntax.with_detail(detail)
        })
    };
    let read = web::block(read).await;
    Ok(read.map_err(|_| ScimProblem::Other(super::Problem::Cancelled))??)
}

/// The compatibility fixes that the client's dialect allows; none yet.
pub(super) fn fixes(client: &Client) -> CompatibilityFixes {
    CompatibilityFixes::new(client.caller.dialect())
}

/// Parses the search in a body.
pub(super) async fn parse_posted_search(
    client: &Client,
    body: Body,
) -> Result<(SearchQuery, CompatibilityFixes), ScimProblem> {
    let mut fixes = fixes(client);
    let search = SearchQuery::parse_body(&read_json(body).await?, &mut fixes)?;
    Ok((search, fixes))
}

/// Runs a use case within [`DEADLINE`], and counts the fixes of the request.
pub(super) async fn run_counted<T: Send + 'static>(
    client: &Client,
    fixes: CompatibilityFixes,
    use_case: impl FnOnce(&App, &Caller, &mut CompatibilityFixes) -> Result<T, app::Error>
    + Send
    + 'static,
) -> Result<(T, CompatibilityFixes), ScimProblem> {
    run_within(DEADLINE, client, fixes, use_case).await
}

/// Runs a use case within a limit, and counts the fixes of the request.
pub(super) async fn run_within<T: Send + 'static>(
    limit: Duration,
    client: &Client,
    mut fixes: CompatibilityFixes,
    use_case: impl FnOnce(&App, &Caller, &mut CompatibilityFixes) -> Result<T, app::Error>
    + Send
    + 'static,
) -> Result<(T, CompatibilityFixes), ScimProblem> {
    let count_result = move |app: &App, caller: &Caller| {
        let result = use_case(app, caller, &mut fixes)?;
        compatibility::count(app, caller, &fixes);
        Ok((result, fixes))
    };
    Ok(client.run_within(limit, count_result).await?)
}

/// Parses the search in the query of a URL.
pub(super) fn parse_search(request: &HttpRequest) -> Result<SearchQuery, ScimProblem> {
    let pairs: Vec<_> = url::form_urlencoded::parse(request.query_string().as_bytes()).collect();
    let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    Ok(SearchQuery::parse_parameters(pairs)?)
}
