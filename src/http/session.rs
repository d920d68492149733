//! `/session`: the current session, sign-out, and tokens for other services.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use url::Url;

use super::{AppState, api::custom_attributes, blocking, cookies::CookieKind, problem::Problem};
use crate::{
    app::{
        sessions::{self, SignedInUser},
        tokens,
    },
    domain::Timestamp,
};

/// The response body of the current session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionBody {
    id: String,
    account: String,
    user: UserBody,
    teams: Vec<TeamBody>,
    created_at: String,
    expires_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserBody {
    id: String,
    email: String,
    first_name: String,
    last_name: String,
    role: &'static str,
    attributes: Map<String, Json>,
}

#[derive(Serialize)]
struct TeamBody {
    id: String,
    name: String,
    role: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenBody {
    token: String,
    token_type: &'static str,
    expires_at: String,
}

/// `GET /session`
pub(super) async fn get(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let signed_in = load_current(&state, &request).await?.ok_or(Problem::NotSignedIn)?;
    let SignedInUser { session, account, user, teams } = signed_in;
    let teams = teams.into_iter().map(|(team, role)| TeamBody {
        id: team.id.to_string(),
        name: team.name.to_string(),
        role: role.effective.as_str(),
    });
    Ok(private_response().json(SessionBody {
        id: session.id.to_string(),
        account: account.slug,
        user: UserBody {
            id: user.id.to_string(),
            email: user.email.to_string(),
            first_name: user.profile.first_name,
            last_name: user.profile.last_name,
            role: user.role.as_str(),
            attributes: custom_attributes::to_response(user.profile.custom),
        },
        teams: teams.collect(),
        created_at: format_timestamp(session.created_at),
        expires_at: format_timestamp(session.expires_at),
    }))
}

/// `DELETE /session`
pub(super) async fn delete(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&request, &state.app.settings.base_url)?;
    end(&state, &request).await?;
    Ok(HttpResponse::NoContent()
        .cookie(CookieKind::Session.build_removal(&state.app.settings.base_url))
        .finish())
}

/// `POST /session/token`
pub(super) async fn create_token(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&request, &state.app.settings.base_url)?;
    let signed_in = load_current(&state, &request).await?.ok_or(Problem::NotSignedIn)?;
    let app = state.app.clone();
    let token = blocking::run(move || tokens::issue(&app, &signed_in)).await?;
    let body = TokenBody {
        token: token.text,
        token_type: "Bearer",
        expires_at: format_timestamp(token.expires_at),
    };
    Ok(private_response().json(body))
}

/// Loads the session of the request's cookie.
pub(super) async fn load_current(
    state: &AppState,
    request: &HttpRequest,
) -> Result<Option<SignedInUser>, Problem> {
    let Some(cookie) = CookieKind::Session.read(request, &state.app.settings.base_url) else {
        return Ok(None);
    };
    let app = state.app.clone();
    blocking::run(move || sessions::find_current(&app, &cookie)).await
}

/// Ends the session of a request's cookie, if there is one.
pub(super) async fn end(state: &AppState, request: &HttpRequest) -> Result<(), Problem> {
    let Some(cookie) = CookieKind::Session.read(request, &state.app.settings.base_url) else {
        return Ok(());
    };
    let app = state.app.clone();
    blocking::run(move || sessions::end(&app, &cookie)).await
}

/// Requires that a request with side effects comes from our own site. Browsers
/// send one of two headers that a page of another site cannot change.
pub(super) fn require_same_origin(request: &HttpRequest, base: &Url) -> Result<(), Problem> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_same_origin =
        match (header(header::ORIGIN), header(header::HeaderName::from_static("sec-fetch-site"))) {
            (Some(origin), _) => origin == base.origin().ascii_serialization(),
            (None, Some(site)) => site == "same-origin",
            (None, None) => false,
        };
    if is_same_origin { Ok(()) } else { Err(Problem::CrossSite) }
}

/// Formats a timestamp as RFC 3339 in UTC.
fn format_timestamp(timestamp: Timestamp) -> String {
    timestamp.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// A response that must not be cached.
fn private_response() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}
