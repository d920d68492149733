//! Who calls, proved before anything of the request's body is read.

use std::marker::PhantomData;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{Method, header},
    web,
};
use futures_util::future::LocalBoxFuture;

use crate::{
    app::callers::{self, Caller},
    domain::api_key::Scope,
    http::{State, blocking, cookies::Kind, problem::Problem, request_id, session::same_origin},
};

/// What a handler needs of its caller.
pub(super) trait Needs: 'static {
    /// The scope. `None`: whoever has proved who they are.
    const SCOPE: Option<Scope>;
}

macro_rules! needs {
    ($($name:ident),* $(,)?) => {
        /// The scopes as types, to stand in a handler's signature.
        pub(in crate::http) mod scope {$(
            pub(in crate::http) enum $name {}

            impl super::Needs for $name {
                const SCOPE: Option<crate::domain::api_key::Scope> =
                    Some(crate::domain::api_key::Scope::$name);
            }
        )*

            /// Nothing but proof of who it is.
            pub(in crate::http) enum Nothing {}

            impl super::Needs for Nothing {
                const SCOPE: Option<crate::domain::api_key::Scope> = None;
            }
        }
    };
}

needs!(
    UsersRead,
    UsersWrite,
    TeamsRead,
    TeamsWrite,
    ConnectionsRead,
    ConnectionsWrite,
    AttemptsRead,
    AuditRead,
    KeysRead,
    KeysWrite,
    AccountRead,
    AccountWrite,
);

/// A caller who may do what `N` says, as an argument of a handler.
///
/// It takes nothing of the body, so a handler reads it after this: see
/// [`Body`](super::body::Body). If the body was long in coming, the caller is
/// proved once more when all of it is there.
pub(in crate::http) struct Auth<N> {
    /// The caller.
    pub(super) caller: Caller,
    needs: PhantomData<N>,
}

impl<N: Needs> FromRequest for Auth<N> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = prove(&request).await?;
            if let Some(scope) = N::SCOPE {
                caller.require(scope)?;
            }
            Ok(Self { caller, needs: PhantomData })
        })
    }
}

/// A key says who calls; without one, the session of an administrator.
pub(in crate::http) async fn prove(request: &HttpRequest) -> Result<Caller, Problem> {
    let state = request.app_data::<web::Data<State>>().ok_or(Problem::NoCredentials)?;
    let app = state.app.clone();
    let id = request_id::id(request);
    if request.headers().contains_key(header::AUTHORIZATION) {
        let key = bearer(request).map_err(Problem::Authorization)?.to_owned();
        let caller = blocking::run(move || callers::by_key(&app, &key, id)).await?;
        return caller.ok_or(Problem::BadCredentials);
    }
    let base = &state.app.settings.base_url;
    let cookie = Kind::Session.read(request, base).ok_or(Problem::NoCredentials)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        same_origin(request, base)?;
    }
    let caller = blocking::run(move || callers::by_session(&app, &cookie, id)).await?;
    caller.ok_or(Problem::NoCredentials)
}

/// The secret of `Authorization: Bearer …` (RFC 6750, section 2.1). If there is
/// none, what is wrong with the header; nothing of it is repeated.
fn bearer(request: &HttpRequest) -> Result<&str, &'static str> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err("is given more than once");
    };
    let Ok(value) = value.to_str() else { return Err("has characters that no key has") };
    let value = value.trim();
    let is_bearer = |word: &str| word.eq_ignore_ascii_case("bearer");
    match value.split_once(' ').map(|(scheme, rest)| (scheme, rest.trim())) {
        None if value.is_empty() => Err("is empty"),
        None if is_bearer(value) => Err("has no key behind Bearer"),
        None => Err("has no scheme in front of the key"),
        Some((scheme, _)) if !is_bearer(scheme) => Err("must have the scheme Bearer"),
        Some((_, rest)) => match rest.split_once(' ') {
            None if is_bearer(rest) => Err("says Bearer twice, without a key"),
            None => Ok(rest),
            Some((word, _)) if is_bearer(word) => Err("says Bearer twice"),
            Some(_) => Err("has a blank within the key"),
        },
    }
}
