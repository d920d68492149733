//! The service of a server: every route, and the responses of unknown paths.

use actix_web::{http::header::Allow, middleware::from_fn, web};

use super::{
    api::path_resources::report_targets,
    assets, docs, html_response,
    problem::Problem,
    router::{API, SCIM, api_endpoints, page_endpoints, scim_endpoints},
    scim,
};

/// Adds every route to a server.
pub fn add_routes(config: &mut web::ServiceConfig) {
    let reject_method = |allow: Allow| Err::<&str, _>(Problem::MethodNotAllowed(allow));
    let mut api_scope = web::scope(API).wrap(from_fn(report_targets));
    for endpoint in api_endpoints() {
        api_scope = api_scope.service(endpoint.into_resource(reject_method));
    }
    let mut scim_scope = web::scope(SCIM);
    for endpoint in scim_endpoints() {
        scim_scope = scim_scope.service(endpoint.into_resource(scim::method_not_allowed));
    }
    for endpoint in page_endpoints().into_iter().chain(assets::endpoints()) {
        config.service(endpoint.into_resource(html_response::method_not_allowed));
    }
    for endpoint in docs::endpoints() {
        config.service(endpoint.into_resource(reject_method));
    }
    config
        .service(
            api_scope.default_service(web::to(|| async { Err::<&str, _>(Problem::UnknownPath) })),
        )
        .service(scim_scope.default_service(web::to(|| async { scim::not_found() })))
        .default_service(web::to(html_response::no_such_page));
}
