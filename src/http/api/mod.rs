//! `/api/v1`: the admin API. Each module serves and describes one resource.

mod account;
mod attempts;
mod audit;
pub(in crate::http) mod auth;
pub(in crate::http) mod body;
mod body_stream;
pub(in crate::http) mod conditional;
mod connections;
mod deleted_users;
pub(in crate::http) mod deprecation;
mod enums;
mod fields;
mod idempotency;
pub(in crate::http) mod import;
mod keys;
mod me;
mod members;
pub mod openapi;
mod page;
mod partial_body;
mod plan;
mod preview;
mod query;
mod scim_clients;
mod teams;
mod users;
pub(crate) mod views;

use std::{fmt::Display, str::FromStr};

use actix_web::{
    Resource,
    http::{Method, header::Allow},
    web,
};

use super::problem::Problem;
use crate::app::Error;

/// The methods of a collection.
pub(in crate::http) const COLLECTION: &[Method] = &[Method::GET, Method::HEAD, Method::POST];

/// Adds the addresses of the admin API to a server.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    let api = web::scope("/api/v1")
        // Before the users: `import` is no user's id.
        .configure(import::routes)
        .configure(import::jobs::routes)
        .configure(users::routes)
        .configure(deleted_users::routes)
        .configure(members::routes)
        .configure(teams::routes)
        .configure(preview::routes)
        .configure(connections::routes)
        .configure(attempts::routes)
        .configure(audit::routes)
        .configure(keys::routes)
        .configure(scim_clients::routes)
        .configure(account::routes)
        .configure(me::routes)
        .default_service(web::to(|| async { Err::<&str, _>(Problem::NoSuchPage) }));
    config.service(api);
}

/// An address that answers 405 with `Allow` to any other method.
fn at(path: &str, methods: &'static [Method]) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        Err::<&str, _>(Problem::MethodNotAllowed(Allow(methods.to_vec())))
    }))
}

/// The identifier in an address. A text that is none is that of nothing.
pub(in crate::http) fn id<T: FromStr>(
    thing: &'static str,
    text: &(impl Display + ?Sized),
) -> Result<T, Problem> {
    let text = text.to_string();
    text.parse().map_err(|_| Problem::App(Error::not_found(thing, text)))
}
