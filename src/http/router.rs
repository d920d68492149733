//! Everything that is served, on one screen.

use actix_web::{
    Resource, Route, guard,
    http::{Method, header::Allow},
    web,
};

use super::{assets, health, login, metadata, reply, session, visit, well_known};

/// Adds the addresses of Usher to a server.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(at("/", &[Method::GET]).route(get().to(visit::home)))
        .service(at("/signin", &[Method::GET]).route(get().to(visit::sign_in)))
        .service(at("/signin/error/{reference}", &[Method::GET]).route(get().to(visit::error)))
        .service(at("/signout", &[Method::POST]).route(web::post().to(visit::sign_out)))
        .service(at("/signedout", &[Method::GET]).route(get().to(visit::signed_out)))
        .service(at("/saml/{connection}/metadata", &[Method::GET]).route(get().to(metadata::get)))
        .service(at("/saml/{connection}/login", &[Method::GET]).route(get().to(login::begin)))
        .service(at("/saml/{connection}/acs", &[Method::POST]).route(web::post().to(login::acs)))
        .service(
            at("/session", &[Method::GET, Method::DELETE])
                .route(get().to(session::get))
                .route(web::delete().to(session::delete)),
        )
        .service(at("/session/token", &[Method::POST]).route(web::post().to(session::token)))
        .service(at("/.well-known/jwks.json", &[Method::GET]).route(get().to(well_known::jwks)))
        .service(at("/healthz", &[Method::GET]).route(get().to(health::alive)))
        .service(at("/readyz", &[Method::GET]).route(get().to(health::ready)))
        .configure(assets::routes)
        .default_service(web::to(reply::no_such_page));
}

/// `GET`, and `HEAD`, which is answered alike but for the body (RFC 9110 9.3.2).
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// An address that answers 405 with `Allow` (RFC 9110 15.5.6) to any other
/// method; actix-web by itself would answer 404.
fn at(path: &str, methods: &[Method]) -> Resource {
    let mut allowed = methods.to_vec();
    if allowed.contains(&Method::GET) {
        allowed.push(Method::HEAD);
    }
    let resource = web::resource(path);
    resource.default_service(web::to(move || {
        let allowed = allowed.clone();
        async move { reply::method_not_allowed(Allow(allowed)) }
    }))
}
