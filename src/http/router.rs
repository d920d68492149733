//! Everything that is served, on one screen.

use actix_web::{
    Resource, Route, guard,
    http::{Method, header::Allow},
    web,
};

use super::{
    api, assets, docs, health, login, metadata, page_handlers, reply, scim, session, well_known,
};

/// The methods of an address that only tells.
const READ: &[Method] = &[Method::GET, Method::HEAD];

/// Adds the addresses of Usher to a server.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(at("/", READ).route(read().to(page_handlers::home)))
        .service(at("/signin", READ).route(read().to(page_handlers::sign_in)))
        .service(at("/signin/error/{reference}", READ).route(read().to(page_handlers::error)))
        .service(at("/signout", &[Method::POST]).route(web::post().to(page_handlers::sign_out)))
        .service(at("/signedout", READ).route(read().to(page_handlers::signed_out)))
        .service(at("/saml/{connection}/metadata", READ).route(read().to(metadata::get)))
        // Begins something, so it is no address to be asked for its headers.
        .service(at("/saml/{connection}/login", &[Method::GET]).route(web::get().to(login::begin)))
        .service(at("/saml/{connection}/acs", &[Method::POST]).route(web::post().to(login::acs)))
        .service(
            at("/session", &[Method::GET, Method::HEAD, Method::DELETE])
                .route(read().to(session::get))
                .route(web::delete().to(session::delete)),
        )
        .service(at("/session/token", &[Method::POST]).route(web::post().to(session::token)))
        .service(at("/.well-known/jwks.json", READ).route(read().to(well_known::jwks)))
        .service(at("/healthz", READ).route(read().to(health::alive)))
        .service(at("/readyz", READ).route(read().to(health::ready)))
        .configure(api::routes)
        .configure(scim::routes)
        .configure(docs::routes)
        .configure(assets::routes)
        .default_service(web::to(reply::no_such_page));
}

/// `GET`, and `HEAD` (RFC 9110 9.3.2), which the server answers without the
/// body.
pub(super) fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// An address that answers 405 with `Allow` (RFC 9110 15.5.6) to any other
/// method; actix-web by itself would answer 404.
fn at(path: &str, methods: &'static [Method]) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        reply::method_not_allowed(Allow(methods.to_vec()))
    }))
}
