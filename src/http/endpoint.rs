//! A path with its methods and handlers.

use std::fmt;

use actix_web::{
    FromRequest, Handler, HttpRequest, Resource, Responder, Route, guard,
    http::{Method, header::Allow},
    web,
};

use super::{
    api::body::Body,
    auth::{Access, Authorized, Requirement},
};

/// An argument of a handler.
pub(super) trait Argument: FromRequest {
    /// Whom the argument lets in.
    const ACCESS: Access = Access::Public;
}

impl Argument for HttpRequest {}
impl Argument for Body {}
impl Argument for web::Payload {}
impl<T: 'static> Argument for web::Data<T> {}
impl<T: serde::de::DeserializeOwned> Argument for web::Path<T> {}
impl<R: Requirement> Argument for Authorized<R> {
    const ACCESS: Access = R::ACCESS;
}

/// The arguments of a handler.
pub(super) trait Arguments: FromRequest + 'static {
    /// Whom the handler serves.
    const ACCESS: Access;
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<$($argument: Argument + 'static),*> Arguments for ($($argument,)*) {
            const ACCESS: Access = Access::Public$(.and($argument::ACCESS))*;
        }
    };
}
arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);

/// A path with its methods, and a handler for each method.
pub struct Endpoint {
    path: String,
    methods: Vec<(Method, Access)>,
    resource: Resource,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.path, self.methods)
    }
}

impl Endpoint {
    /// A path that answers no method yet.
    pub(super) fn new(path: &str) -> Self {
        Self { path: path.to_owned(), methods: Vec::new(), resource: web::resource(path) }
    }

    /// The path, with the names of its parameters in braces.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The methods, as `Allow` lists them, and whom each serves.
    #[must_use]
    pub fn methods(&self) -> &[(Method, Access)] {
        &self.methods
    }

    /// Handles `GET`, and `HEAD` (RFC 9110, section 9.3.2), which the server
    /// answers without the body.
    pub(super) fn get<F: Handler<A, Output: Responder>, A: Arguments>(self, handler: F) -> Self {
        let route = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
        self.route::<A>(&[Method::GET, Method::HEAD], route.to(handler))
    }

    /// Handles `GET` but not `HEAD`, for a request that has side effects.
    pub(super) fn get_only<F: Handler<A, Output: Responder>, A: Arguments>(
        self,
        handler: F,
    ) -> Self {
        self.route::<A>(&[Method::GET], web::get().to(handler))
    }

    /// Handles `POST`.
    pub(super) fn post<F: Handler<A, Output: Responder>, A: Arguments>(self, handler: F) -> Self {
        self.route::<A>(&[Method::POST], web::post().to(handler))
    }

    /// Handles `PUT`.
    pub(super) fn put<F: Handler<A, Output: Responder>, A: Arguments>(self, handler: F) -> Self {
        self.route::<A>(&[Method::PUT], web::put().to(handler))
    }

    /// Handles `PATCH`.
    pub(super) fn patch<F: Handler<A, Output: Responder>, A: Arguments>(self, handler: F) -> Self {
        self.route::<A>(&[Method::PATCH], web::patch().to(handler))
    }

    /// Handles `DELETE`.
    pub(super) fn delete<F: Handler<A, Output: Responder>, A: Arguments>(self, handler: F) -> Self {
        self.route::<A>(&[Method::DELETE], web::delete().to(handler))
    }

    fn route<A: Arguments>(mut self, methods: &[Method], route: Route) -> Self {
        self.methods.extend(methods.iter().map(|method| (method.clone(), A::ACCESS)));
        self.resource = self.resource.route(route);
        self
    }

    /// Converts the endpoint into a resource of actix-web. `reject` answers any other
    /// method with 405 and `Allow` (RFC 9110, section 15.5.6). By default, actix-web
    /// would answer 404.
    pub(super) fn into_resource<R: Responder + 'static>(self, reject: fn(Allow) -> R) -> Resource {
        let allow: Vec<_> = self.methods.into_iter().map(|(method, _)| method).collect();
        self.resource.default_service(web::to(move || {
            let response = reject(Allow(allow.clone()));
            async move { response }
        }))
    }
}

/// Lists endpoints: each path with its handlers by method.
macro_rules! endpoints {
    ($($path:literal { $($method:ident: $handler:path),+ $(,)? })+) => {
        vec![$($crate::http::endpoint::Endpoint::new($path)$(.$method($handler))+),+]
    };
}
pub(super) use endpoints;
