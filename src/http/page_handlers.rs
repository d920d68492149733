//! Handlers of the pages: home, sign-in, error, sign-out.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;

use super::{
    State, blocking,
    cookies::Kind,
    pages::{
        self, ChooseAccount, ErrorPage, SignIn, SignedIn, SignedOut, error_kind::ErrorPageKind,
    },
    problem::Problem,
    reply, session,
};
use crate::{
    app::{Error, accounts, attempts, connections},
    domain::{account::Account, attempt::Reference, connection::Connection},
};

/// `GET /`: shows who is signed in, or redirects to the sign-in page.
pub(super) async fn home(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    match session::current(&state, &request).await {
        Ok(Some(signed_in)) => {
            let page = SignedIn {
                account: &signed_in.account,
                user: &signed_in.user,
                teams: &signed_in.teams,
                session: &signed_in.session,
                now: state.app.now(),
            };
            pages::answer(StatusCode::OK, pages::signed_in(&page))
        }
        Ok(None) => reply::see_other("/signin"),
        Err(problem) => reply::failed(&problem),
    }
}

#[derive(Deserialize, Default)]
struct SignInQuery {
    account: Option<String>,
    return_to: Option<String>,
}

/// `GET /signin`: shows the ways to sign in to an account. If the request names no
/// account, the page is that of the only account, or asks for the account.
pub(super) async fn sign_in(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let query = web::Query::<SignInQuery>::from_query(request.query_string());
    let SignInQuery { account, return_to } = query.map(web::Query::into_inner).unwrap_or_default();
    // An empty form field counts as absent.
    let named =
        account.filter(|slug| !slug.trim().is_empty()).map(|slug| slug.trim().to_lowercase());
    let app = state.app.clone();
    let slug = named.clone();
    let found = blocking::run(move || {
        let Some(account) = choose(&app, slug.as_deref())? else { return Ok(None) };
        let connections = connections::list(&app, &account)?;
        Ok(Some((account, connections)))
    });
    let return_to = return_to.as_deref();
    match found.await {
        Ok(Some((account, connections))) => ways_in(&account, &connections, return_to),
        Ok(None) => {
            let page = ChooseAccount { unknown: named.as_deref(), return_to };
            let status = if named.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
            pages::answer(status, pages::choose_account(&page))
        }
        Err(problem) => reply::failed(&problem),
    }
}

fn ways_in(account: &Account, connections: &[Connection], return_to: Option<&str>) -> HttpResponse {
    pages::answer(StatusCode::OK, pages::sign_in(&SignIn { account, connections, return_to }))
}

/// Finds the account to sign in to. Returns `None` if the page must ask for it.
fn choose(app: &crate::app::App, slug: Option<&str>) -> Result<Option<Account>, Error> {
    match slug {
        Some(slug) => match accounts::by_slug(app, slug) {
            Ok(account) => Ok(Some(account)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        },
        None => {
            let mut all = accounts::list(app)?;
            Ok(if all.len() == 1 { all.pop() } else { None })
        }
    }
}

/// `GET /signin/error/{reference}`: explains why a login failed.
pub(super) async fn error(state: web::Data<State>, path: web::Path<String>) -> HttpResponse {
    let Some(reference) = Reference::parse(&path) else {
        return reply::error_page(ErrorPageKind::UnknownReference, None, None);
    };
    let app = state.app.clone();
    match blocking::run(move || attempts::for_error_page(&app, &reference)).await {
        Ok((attempt, account)) => match ErrorPageKind::of_attempt(&attempt) {
            Some(kind) => {
                let reference = Some(attempt.reference.as_str());
                let page = ErrorPage { kind, account: Some(&account), reference, return_to: None };
                pages::answer(kind.status(), pages::error(&page))
            }
            // The attempt succeeded, so there is no error to explain.
            None => reply::see_other("/"),
        },
        Err(Problem::App(Error::NotFound { .. })) => {
            reply::error_page(ErrorPageKind::UnknownReference, None, None)
        }
        Err(problem) => reply::failed(&problem),
    }
}

/// `POST /signout`: ends the session, for browsers without scripts.
pub(super) async fn sign_out(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let base = &state.app.settings.base_url;
    if let Err(problem) = session::same_origin(&request, base) {
        return reply::failed(&problem);
    }
    match session::end(&state, &request).await {
        Ok(()) => {
            let mut response = reply::see_other("/signedout");
            // Of our own making, so it can't be refused.
            let _ = response.add_cookie(&Kind::Session.clear(base));
            response
        }
        Err(problem) => reply::failed(&problem),
    }
}

/// `GET /signedout`: confirms that the user is signed out.
pub(super) async fn signed_out() -> HttpResponse {
    pages::answer(StatusCode::OK, pages::signed_out(&SignedOut { account: None }))
}
