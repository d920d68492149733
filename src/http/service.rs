//! What a server serves: every route, and the answers where there is none.

use actix_web::{http::header::Allow, web};

use super::{
    assets, docs,
    problem::Problem,
    reply,
    router::{API, SCIM, api, pages, scim as scim_endpoints},
    scim,
};

/// Adds every route to a server.
pub fn routes(config: &mut web::ServiceConfig) {
    let refuse_api = |allow: Allow| Err::<&str, _>(Problem::MethodNotAllowed(allow));
    let mut api_scope = web::scope(API);
    for endpoint in api() {
        api_scope = api_scope.service(endpoint.into_resource(refuse_api));
    }
    let mut scim_scope = web::scope(SCIM);
    for endpoint in scim_endpoints() {
        scim_scope = scim_scope.service(endpoint.into_resource(scim::method_not_allowed));
    }
    for endpoint in pages().into_iter().chain(assets::endpoints()) {
        config.service(endpoint.into_resource(reply::method_not_allowed));
    }
    for endpoint in docs::endpoints() {
        config.service(endpoint.into_resource(refuse_api));
    }
    config
        .service(
            api_scope.default_service(web::to(|| async { Err::<&str, _>(Problem::NoSuchPage) })),
        )
        .service(scim_scope.default_service(web::to(|| async { scim::not_found() })))
        .default_service(web::to(reply::no_such_page));
}
