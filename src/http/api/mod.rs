//! `/api/v1`: the admin API. What is served stands here, on one screen.

mod auth;
mod body;
mod conditional;
mod keys;
mod once;
mod page;
mod query;
mod wire;

use std::{fmt::Display, str::FromStr};

use actix_web::{
    Resource,
    http::{Method, header::Allow},
    web,
};

use super::{problem::Problem, router::read};
use crate::app::Error;

/// The methods of a collection.
const COLLECTION: &[Method] = &[Method::GET, Method::HEAD, Method::POST];

/// Adds the addresses of the admin API to a server.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    let api = web::scope("/api/v1")
        .service(
            at("/keys", COLLECTION)
                .route(read().to(keys::list))
                .route(web::post().to(keys::create)),
        )
        .service(
            at("/keys/{id}", &[Method::GET, Method::HEAD, Method::DELETE])
                .route(read().to(keys::get))
                .route(web::delete().to(keys::delete)),
        )
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
fn id<T: FromStr>(thing: &'static str, text: &(impl Display + ?Sized)) -> Result<T, Problem> {
    let text = text.to_string();
    text.parse().map_err(|_| Problem::App(Error::not_found(thing, text)))
}
