//! `/scim/v2`: SCIM 2.0 (RFC 7643, 7644, 9865), for identity providers. Over
//! the same use cases as the admin API.

mod address;
mod bulk;
pub(super) mod contract;
mod discovery;
mod groups;
mod me;
mod problem;
mod reply;
mod request;
mod root;
mod users;

use actix_web::{
    HttpResponse, Resource, ResponseError as _,
    http::{Method, header::Allow},
    web,
};

pub(super) use self::address::normalize;
use self::problem::ScimProblem;
use super::problem::Problem;

/// The answer to a request that no handler gets.
pub(super) fn answer(problem: Problem) -> HttpResponse {
    ScimProblem::Other(problem).error_response()
}

/// Adds the addresses of SCIM to a server.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    let scim = web::scope("/scim/v2")
        .configure(discovery::routes)
        .configure(users::routes)
        .configure(groups::routes)
        .configure(me::routes)
        .configure(root::routes)
        .configure(bulk::routes)
        .default_service(web::to(|| async {
            Err::<&str, _>(ScimProblem::Other(Problem::NoSuchPage))
        }));
    config.service(scim);
}

/// The methods of one resource.
const ONE: &[Method] = &[Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE];

/// An address that answers 405 with `Allow` to any other method.
fn at(path: &str, methods: &'static [Method]) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        let allow = Allow(methods.to_vec());
        Err::<&str, _>(ScimProblem::Other(Problem::MethodNotAllowed(allow)))
    }))
}
