//! Handlers of the pages: home, sign-in, error, sign-out.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;

use super::{
    AppState, blocking,
    cookies::CookieKind,
    html_response,
    pages::{
        self, ChooseAccountPage, ErrorPage, SignInPage, SignedInPage, error_kind::ErrorPageKind,
    },
    problem::Problem,
    session,
};
use crate::{
    app::{Error, accounts, attempts, connections},
    domain::{account::Account, attempt::AttemptReference, connection::Connection},
};

/// `GET /`: shows who is signed in, or redirects to the sign-in page.
pub(super) async fn home(state: web::Data<AppState>, request: HttpRequest) -> HttpResponse {
    match session::load_current(&state, &request).await {
        Ok(Some(signed_in)) => {
            let page = SignedInPage {
                account: &signed_in.account,
                user: &signed_in.user,
                teams: &signed_in.teams,
                session: &signed_in.session,
                now: state.app.now(),
            };
            pages::page_response(StatusCode::OK, pages::render_signed_in(&page))
        }
        Ok(None) => html_response::see_other("/signin"),
        Err(problem) => html_response::problem_page(&problem),
    }
}

#[derive(Deserialize, Default)]
struct SignInQuery {
    account: Option<String>,
    return_to: Option<String>,
}

/// `GET /signin`: shows the ways to sign in to an account. If the request names no
/// account, the page is that of the only account, or asks for the account.
pub(super) async fn sign_in(state: web::Data<AppState>, request: HttpRequest) -> HttpResponse {
    let query = web::Query::<SignInQuery>::from_query(request.query_string());
    let SignInQuery { account, return_to } = query.map(web::Query::into_inner).unwrap_or_default();
    // An empty form field counts as absent.
    let requested_slug =
        account.filter(|slug| !slug.trim().is_empty()).map(|slug| slug.trim().to_lowercase());
    let app = state.app.clone();
    let slug = requested_slug.clone();
    let lookup = blocking::run(move || {
        let Some(account) = find_account(&app, slug.as_deref())? else { return Ok(None) };
        let connections = connections::list(&app, &account)?;
        Ok(Some((account, connections)))
    });
    let return_to = return_to.as_deref();
    match lookup.await {
        Ok(Some((account, connections))) => sign_in_response(&account, &connections, return_to),
        Ok(None) => {
            let page = ChooseAccountPage { unknown: requested_slug.as_deref(), return_to };
            let status =
                if requested_slug.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
            pages::page_response(status, pages::render_choose_account(&page))
        }
        Err(problem) => html_response::problem_page(&problem),
    }
}

fn sign_in_response(
    account: &Account,
    connections: &[Connection],
    return_to: Option<&str>,
) -> HttpResponse {
    pages::page_response(
        StatusCode::OK,
        pages::render_sign_in(&SignInPage { account, connections, return_to }),
    )
}

/// Finds the account to sign in to. Returns `None` if the page must ask for it.
fn find_account(app: &crate::app::App, slug: Option<&str>) -> Result<Option<Account>, Error> {
    match slug {
        Some(slug) => match accounts::find_by_slug(app, slug) {
            Ok(account) => Ok(Some(account)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        },
        None => {
            let mut existing = accounts::list(app)?;
            Ok(if existing.len() == 1 { existing.pop() } else { None })
        }
    }
}

/// `GET /signin/error/{reference}`: explains why a login failed.
pub(super) async fn error(state: web::Data<AppState>, path: web::Path<String>) -> HttpResponse {
    let Some(reference) = AttemptReference::parse(&path) else {
        return html_response::error_page(ErrorPageKind::UnknownReference, None, None);
    };
    let app = state.app.clone();
    match blocking::run(move || attempts::find_for_error_page(&app, &reference)).await {
        Ok((attempt, account)) => match ErrorPageKind::of_attempt(&attempt) {
            Some(kind) => {
                let reference = Some(attempt.reference.as_str());
                let page = ErrorPage { kind, account: Some(&account), reference };
                pages::page_response(kind.status(), pages::render_error(&page))
            }
            // The attempt succeeded, so there is no error to explain.
            None => html_response::see_other("/"),
        },
        Err(Problem::App(Error::NotFound { .. })) => {
            html_response::error_page(ErrorPageKind::UnknownReference, None, None)
        }
        Err(problem) => html_response::problem_page(&problem),
    }
}

/// `POST /signout`: ends the session, for browsers without scripts.
pub(super) async fn sign_out(state: web::Data<AppState>, request: HttpRequest) -> HttpResponse {
    let base = &state.app.settings.base_url;
    if let Err(problem) = session::require_same_origin(&request, base) {
        return html_response::problem_page(&problem);
    }
    match session::end(&state, &request).await {
        Ok(()) => {
            let mut response = html_response::see_other("/signedout");
            // Of our own making, so it can't be rejected.
            let _ = response.add_cookie(&CookieKind::Session.build_removal(base));
            response
        }
        Err(problem) => html_response::problem_page(&problem),
    }
}

/// `GET /signedout`: confirms that the user is signed out.
pub(super) async fn signed_out() -> HttpResponse {
    pages::page_response(StatusCode::OK, pages::render_signed_out())
}
