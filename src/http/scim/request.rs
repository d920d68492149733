//! What every handler asks of a request: who it is from, what it holds, what
//! list it wants.

use std::time::Duration;

use actix_web::{HttpRequest, web};
use serde_json::Value;

use super::{problem::ScimProblem, reply::SCIM_JSON};
use crate::{
    app::{
        self, App,
        listing::Query,
        scim::{self, Kind, ListRequest, Start},
    },
    domain::lists::Order,
    http::{
        api::body::{Body, JSON, has_too_many_values},
        auth::{Authorized, scope},
        blocking::{DEADLINE, run_within},
    },
    scim::{
        bulk::MAX_BYTES,
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        json,
        search::{self, Search, Searched},
    },
};

/// A SCIM client, as an argument of a handler.
pub(in crate::http) type Client = Authorized<scope::Scim>;

/// The address of SCIM, without a slash at its end.
pub(super) fn base(app: &App) -> String {
    format!("{}/scim/v2", app.settings.base_url.as_str().trim_end_matches('/'))
}

/// The most values of a body: members of groups come in great number.
const MAX_VALUES: usize = 250_000;

/// The JSON of a body.
pub(super) async fn read(body: Body) -> Result<Value, ScimProblem> {
    let bytes = body.bytes(&[SCIM_JSON, JSON], MAX_BYTES).await?;
    let read = move || {
        if has_too_many_values(&bytes, MAX_VALUES) {
            let detail = format!("the body has more than {MAX_VALUES} values");
            return Err(ScimErrorType::TooMany.because(detail));
        }
        json::read(&bytes).map_err(|fault| {
            let detail = format!("the body can't be read: {}", fault.reason);
            ScimErrorType::InvalidSyntax.because(detail)
        })
    };
    let read = web::block(read).await;
    Ok(read.map_err(|_| ScimProblem::Other(super::Problem::Cancelled))??)
}

async fn apart_within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, ScimProblem> + Send + 'static,
) -> Result<T, ScimProblem> {
    run_within(limit, work).await.map_err(ScimProblem::from)?
}

/// The query of a body.
pub(super) async fn posted(
    client: &Client,
    body: Body,
) -> Result<(Search, CompatibilityFixes), ScimProblem> {
    let mut fixes = CompatibilityFixes::of(client.caller.dialect());
    let search = Search::of_body(&read(body).await?, &mut fixes)?;
    Ok((search, fixes))
}

/// Does what a request asks for, apart, and counts what of it was fixed.
pub(super) async fn run<T: Send + 'static>(
    client: Client,
    work: impl FnOnce(&Client, &mut CompatibilityFixes) -> Result<T, ScimProblem> + Send + 'static,
) -> Result<(T, CompatibilityFixes), ScimProblem> {
    let fixes = CompatibilityFixes::of(client.caller.dialect());
    carry_on_within(DEADLINE, client, fixes, work).await
}

/// The same, within a limit.
pub(super) async fn carry_out_within<T: Send + 'static>(
    limit: Duration,
    client: Client,
    work: impl FnOnce(&Client, &mut CompatibilityFixes) -> Result<T, ScimProblem> + Send + 'static,
) -> Result<(T, CompatibilityFixes), ScimProblem> {
    let fixes = CompatibilityFixes::of(client.caller.dialect());
    carry_on_within(limit, client, fixes, work).await
}

/// The same as [`run`], after something was fixed already.
pub(super) async fn run_with<T: Send + 'static>(
    client: Client,
    fixes: CompatibilityFixes,
    work: impl FnOnce(&Client, &mut CompatibilityFixes) -> Result<T, ScimProblem> + Send + 'static,
) -> Result<(T, CompatibilityFixes), ScimProblem> {
    carry_on_within(DEADLINE, client, fixes, work).await
}

async fn carry_on_within<T: Send + 'static>(
    limit: Duration,
    client: Client,
    mut fixes: CompatibilityFixes,
    work: impl FnOnce(&Client, &mut CompatibilityFixes) -> Result<T, ScimProblem> + Send + 'static,
) -> Result<(T, CompatibilityFixes), ScimProblem> {
    apart_within(limit, move || {
        let done = work(&client, &mut fixes)?;
        // What was asked for is done: that it was not counted takes nothing back.
        let counted = scim::compatibility::count(&client.app, &client.caller, &fixes.kinds());
        if let Err(error) = counted
            && !matches!(error, app::Error::Unavailable(_))
        {
            tracing::warn!(error = %error, "what was fixed in a SCIM request was not counted");
        }
        Ok((done, fixes))
    })
    .await
}

/// What is wrong with a list: the one thing that is left to find is its cursor.
pub(super) fn of_list(error: app::Error) -> ScimProblem {
    match error {
        app::Error::Invalid(faults) => {
            let message = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            ScimErrorType::InvalidCursor.because(message).into()
        }
        other => other.into(),
    }
}

/// The query of an address.
pub(super) fn search(request: &HttpRequest) -> Result<Search, ScimProblem> {
    let pairs: Vec<_> = url::form_urlencoded::parse(request.query_string().as_bytes()).collect();
    let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    Ok(Search::of_parameters(pairs)?)
}

/// What a query asks of a list of ours. Looks up what the client calls things,
/// so it blocks.
pub(super) fn list_request<A: Searched>(
    client: &Client,
    of: Kind,
    search: &Search,
    fixes: &mut CompatibilityFixes,
) -> Result<ListRequest<A>, ScimProblem> {
    let filter = search::filter::<A>(search, fixes)?;
    let mut called =
        |text: &str| scim::called(&client.app, &client.caller, of, text).map_err(ScimProblem::from);
    let condition = match &filter {
        None => None,
        Some(filter) => Some(search::condition::<A, ScimProblem>(filter, &mut called)?),
    };
    let sort = search.sort_by.as_deref().map(search::sorted::<A>).transpose()?;
    let start = match &search.cursor {
        Some(_) => Start::Cursor,
        None => Start::Behind(search.start - 1),
    };
    let order = if search.order == Order::Descending { "descending" } else { "ascending" };
    let written = Query {
        filter: search.filter.clone(),
        sort_by: search.sort_by.clone(),
        sort_order: Some(order.to_owned()),
        cursor: search.cursor.clone().filter(|cursor| !cursor.is_empty()),
        ..Query::default()
    };
    let (order, count) = (search.order, search.count);
    Ok(ListRequest { condition, sort, order, count, start, written })
}
