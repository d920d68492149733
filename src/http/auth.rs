//! The caller of a request: authenticated and authorized before the body is read.

use std::{marker::PhantomData, str::FromStr, sync::Arc, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, ResponseError,
    dev::Payload,
    http::{Method, header},
    web,
};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::{
    AppState,
    blocking::{self, DEADLINE},
    cookies::CookieKind,
    problem::Problem,
    request_id,
    session::require_same_origin,
};
use crate::{
    app::{
        self, App,
        callers::{self, Caller},
    },
    domain::api_key::Scope,
};

/// Who may send a request to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Callers who prove who they are.
    Authenticated,
    /// Callers with the scope.
    Scope(Scope),
}

impl Access {
    /// Combines the requirements of two handler arguments. At most one is a restriction.
    pub(super) const fn and(self, other: Self) -> Self {
        match self {
            Self::Public => other,
            Self::Authenticated | Self::Scope(_) => self,
        }
    }
}

/// What an operation requires of its caller, as a type in the handler's signature.
pub(super) trait Requirement: 'static {
    /// Who may call.
    const ACCESS: Access;
    /// How the interface of the operation answers errors.
    type Problem: From<Problem> + ResponseError + 'static;
}

/// The requirements of operations.
pub(super) mod scope {
    use super::{Access, Problem, Requirement, Scope};
    use crate::http::scim::problem::ScimProblem;

    macro_rules! scopes {
        ($($name:ident: $problem:ty),* $(,)?) => {$(
            pub(in crate::http) enum $name {}

            impl Requirement for $name {
                const ACCESS: Access = Access::Scope(Scope::$name);
                type Problem = $problem;
            }
        )*};
    }

    scopes!(
        UsersRead: Problem,
        UsersWrite: Problem,
        TeamsRead: Problem,
        TeamsWrite: Problem,
        ConnectionsRead: Problem,
        ConnectionsWrite: Problem,
        AttemptsRead: Problem,
        AuditRead: Problem,
        KeysRead: Problem,
        KeysWrite: Problem,
        AccountRead: Problem,
        AccountWrite: Problem,
        Scim: ScimProblem,
    );

    /// No scope: every caller who proves who they are.
    pub(in crate::http) enum NoScope {}

    impl Requirement for NoScope {
        const ACCESS: Access = Access::Authenticated;
        type Problem = Problem;
    }
}

/// A request with the context of the use cases and a caller who meets a requirement, as an
/// argument of a handler.
///
/// It reads nothing of the body, so a handler reads it after this: see
/// [`Body`](super::api::body::Body). A body may take long to arrive: the use case
/// authenticates the caller again in its transaction.
pub(super) struct Authorized<R> {
    pub(super) app: App,
    pub(super) caller: Arc<Caller>,
    pub(super) request: HttpRequest,
    requirement: PhantomData<fn() -> R>,
}

impl<R> Clone for Authorized<R> {
    fn clone(&self) -> Self {
        let Self { app, caller, request, requirement } = self;
        let (app, caller, request) = (app.clone(), Arc::clone(caller), request.clone());
        Self { app, caller, request, requirement: *requirement }
    }
}

impl<R: Requirement> FromRequest for Authorized<R> {
    type Error = R::Problem;
    type Future = LocalBoxFuture<'static, Result<Self, R::Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(authorize(request, R::ACCESS).await?) })
    }
}

impl<R: 'static> Authorized<R> {
    /// The same caller, whose use cases write nothing: each fails instead of committing
    /// a transaction.
    pub(super) fn into_rehearsal(self) -> Self {
        Self { app: self.app.into_rehearsal(), ..self }
    }

    /// The parameters of the path, decoded.
    pub(super) fn path<T: DeserializeOwned + Default + 'static>(&self) -> T {
        let path = web::Path::<T>::extract(&self.request).into_inner();
        path.map(web::Path::into_inner).unwrap_or_default()
    }

    /// Parses the ID that is the only parameter of the path. A text that is not an ID is not
    /// found.
    pub(super) fn parse_id<T: FromStr>(&self, thing: &'static str) -> Result<T, Problem> {
        let text: String = self.path();
        text.parse().map_err(|_| Problem::App(app::Error::not_found(thing, text)))
    }

    /// Runs a use case on the blocking pool, within [`DEADLINE`].
    ///
    /// # Errors
    /// Those of [`run_within`](Self::run_within).
    pub(super) async fn run<T: Send + 'static>(
        &self,
        use_case: impl FnOnce(&App, &Caller) -> Result<T, app::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.run_within(DEADLINE, use_case).await
    }

    /// Runs a use case on the blocking pool, within a limit.
    ///
    /// # Errors
    /// Those of the use case, that it took too long, or that the pool is stopping.
    pub(super) async fn run_within<T: Send + 'static>(
        &self,
        limit: Duration,
        use_case: impl FnOnce(&App, &Caller) -> Result<T, app::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (app, caller) = (self.app.clone(), Arc::clone(&self.caller));
        Ok(blocking::run_within(limit, move || use_case(&app, &caller)).await??)
    }
}

async fn authorize<R>(request: HttpRequest, access: Access) -> Result<Authorized<R>, Problem> {
    let mut caller = authenticate(&request).await?;
    if let Access::Scope(scope) = access {
        if scope == Scope::Scim {
            caller = caller.into_scim_client();
        }
        caller.require(scope)?;
    }
    request.extensions_mut().insert(caller.clone());
    let (app, caller) = (app(&request)?.clone(), Arc::new(caller));
    Ok(Authorized { app, caller, request, requirement: PhantomData })
}

fn app(request: &HttpRequest) -> Result<&App, Problem> {
    let state = request.app_data::<web::Data<AppState>>();
    state.map(|state| &state.app).ok_or(Problem::NoCredentials)
}

/// Authenticates the caller by a key, or else by the session of an administrator.
///
/// # Errors
/// Returns why the caller is rejected.
pub(super) async fn authenticate(request: &HttpRequest) -> Result<Caller, Problem> {
    let (app, id) = (app(request)?.clone(), request_id::find_request_id(request));
    if request.headers().contains_key(header::AUTHORIZATION) {
        let key = parse_bearer(request).map_err(Problem::Authorization)?.to_owned();
        let caller = blocking::run(move || callers::authenticate_key(&app, &key, id)).await?;
        return caller.ok_or(Problem::BadCredentials);
    }
    let base = &app.settings.base_url;
    let cookie = CookieKind::Session.read(request, base).ok_or(Problem::NoCredentials)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        require_same_origin(request, base)?;
    }
    let caller = blocking::run(move || callers::authenticate_session(&app, &cookie, id)).await?;
    caller.ok_or(Problem::NoCredentials)
}

/// Parses the secret of `Authorization: Bearer …` (RFC 6750, section 2.1). The error
/// says what is wrong with the header, and never repeats its value.
fn parse_bearer(request: &HttpRequest) -> Result<&str, &'static str> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err("is given more than once");
    };
    let Ok(value) = value.to_str() else { return Err("has characters that no key has") };
    let value = value.trim();
    let is_bearer = |word: &str| word.eq_ignore_ascii_case("bearer");
    match value.split_once(' ').map(|(scheme, rest)| (scheme, rest.trim())) {
        None if value.is_empty() => Err("is empty"),
        None if is_bearer(value) => Err("has no key after Bearer"),
        None => Err("has no scheme in front of the key"),
        Some((scheme, _)) if !is_bearer(scheme) => Err("must have the scheme Bearer"),
        Some((_, rest)) => match rest.split_once(' ') {
            None if is_bearer(rest) => Err("says Bearer twice, without a key"),
            None => Ok(rest),
            Some((word, _)) if is_bearer(word) => Err("says Bearer twice"),
            Some(_) => Err("has a space in the key"),
        },
    }
}
