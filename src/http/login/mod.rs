//! `/saml/{connection}/login` and `/acs`: the redirect to the identity provider,
//! and the response from it.

mod form;

use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;

use super::{
    AppState, blocking,
    cookies::{self, CookieKind},
    html_response,
    pages::error_kind::ErrorPageKind,
    problem::Problem,
};
use crate::{
    app::{
        Error,
        login::{self, CompletedLogin, LoginRequest, LoginStart, LoginSummary, PostedResponse},
    },
    domain::{check::CheckId, id::ConnectionId},
};

/// The connection in the path.
#[derive(Deserialize)]
pub(super) struct ConnectionPath {
    connection: String,
}

impl ConnectionPath {
    /// The connection's ID.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the text is not an ID.
    pub(super) fn connection(&self) -> Result<ConnectionId, Error> {
        self.connection.parse().map_err(|_| Error::not_found("connection", &self.connection))
    }
}

#[derive(Deserialize)]
pub(super) struct LoginQuery {
    return_to: Option<String>,
}

/// `GET /saml/{connection}/login`
pub(super) async fn begin(
    state: web::Data<AppState>,
    path: web::Path<ConnectionPath>,
    request: HttpRequest,
) -> HttpResponse {
    if is_part_of_page(&request) {
        return html_response::error_page(ErrorPageKind::BadRequest, None, None);
    }
    match try_begin(&state, &path, &request).await {
        Ok(response) => response,
        Err(problem) => html_response::problem_page(&problem),
    }
}

/// Whether a page loads the address for itself, such as an image, instead of leading a
/// person there. Browsers say so (Fetch Metadata, section 2.2). Otherwise any page could begin
/// many logins in a browser, and fill it with cookies.
fn is_part_of_page(request: &HttpRequest) -> bool {
    request.headers().get("sec-fetch-mode").is_some_and(|mode| mode != "navigate")
}

async fn try_begin(
    state: &AppState,
    path: &ConnectionPath,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let connection = path.connection()?;
    let app = state.app.clone();
    let requests = cookies::read_login_requests(request, &app.settings.base_url);
    let query = web::Query::<LoginQuery>::from_query(request.query_string()).ok();
    let return_to = query.and_then(|query| query.into_inner().return_to);
    let begun = blocking::run(move || {
        login::begin(
            &app,
            &LoginRequest { connection, return_to: return_to.as_deref(), requests: &requests },
        )
    });
    match begun.await? {
        LoginStart::Disabled => {
            Ok(html_response::error_page(ErrorPageKind::ConnectionDisabled, None, None))
        }
        LoginStart::Redirect { url, request, displaced } => {
            let settings = &state.app.settings;
            let until = state.app.now() + settings.request_lifetime;
            let mut response = html_response::see_other(url.as_str());
            let cookie = CookieKind::Request(&request.id);
            let set = cookie.build(&settings.base_url, &request.value, until);
            let removed = displaced.iter().map(|id| CookieKind::Request(id));
            let removed = removed.map(|cookie| cookie.build_removal(&settings.base_url));
            for cookie in [set].into_iter().chain(removed) {
                // Of Usher's own making, so it can't be rejected.
                let _ = response.add_cookie(&cookie);
            }
            // The identity provider must not see the page that the person comes from.
            response
                .headers_mut()
                .insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
            Ok(response)
        }
    }
}

/// `POST /saml/{connection}/acs` (Bindings 3.5)
pub(super) async fn acs(
    state: web::Data<AppState>,
    path: web::Path<ConnectionPath>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match try_acs(&state, &path, &request, payload).await {
        Ok(response) => response,
        Err(problem) => html_response::problem_page(&problem),
    }
}

async fn try_acs(
    state: &AppState,
    path: &ConnectionPath,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let connection = path.connection()?;
    let form = form::read_form(request, payload).await;
    let app = state.app.clone();
    let requests = cookies::read_login_requests(request, &app.settings.base_url);
    let session = CookieKind::Session.read(request, &app.settings.base_url);
    let started_at = Instant::now();
    let completed = blocking::run(move || {
        let posted = PostedResponse {
            connection,
            saml_response: form.saml_response.as_deref(),
            relay_state: form.relay_state.as_deref(),
            repeated: form.repeated,
            has_wresult: form.has_wresult,
            requests: &requests,
            session: session.as_deref(),
        };
        login::complete(&app, &posted)
    });
    match completed.await? {
        CompletedLogin::SignedIn { cookie, expires_at, go_to, summary } => {
            log_login(&summary, started_at.elapsed());
            let mut response = html_response::see_other(&go_to);
            // Of our own making, so it can't be rejected.
            let _ = response.add_cookie(&CookieKind::Session.build(
                &state.app.settings.base_url,
                cookie.expose(),
                expires_at,
            ));
            Ok(response)
        }
        CompletedLogin::Failed { summary } => {
            log_login(&summary, started_at.elapsed());
            Ok(html_response::see_other(&format!("/signin/error/{}", summary.reference)))
        }
        CompletedLogin::Resubmitted { redirect_to: go_to } => Ok(html_response::see_other(&go_to)),
    }
}

/// Logs one event for each login. The event does not name the user; the attempt
/// does, for callers who may read it.
fn log_login(summary: &LoginSummary, duration: Duration) {
    let LoginSummary {
        account,
        connection,
        connection_name,
        reference,
        outcome,
        failed_check,
        denial,
    } = summary;
    tracing::info!(
        outcome = outcome.as_str().to_ascii_uppercase().as_str(),
        account = account.as_str(),
        connection = %connection,
        connection_name = connection_name.as_str(),
        attempt = reference.as_str(),
        failed_check = failed_check.map(CheckId::as_str),
        denial,
        duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        "login"
    );
}
