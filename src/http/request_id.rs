//! The ID of each request. It connects the response, the log and the audit log.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use tracing_actix_web::RequestId;

use super::problem::Problem;

/// The response header that contains the request ID.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Returns the ID of a request, as in the log.
pub(super) fn find_request_id(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(ToString::to_string)
}

/// The middleware that adds the request ID to each response and each problem.
pub(super) async fn add_request_id(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = find_request_id(request.request());
    let mut response = next.call(request).await?.map_into_boxed_body();
    let Some(id) = id else { return Ok(response) };
    let problem = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Problem>())
        .map(|problem| problem.response_to(response.request(), &id));
    if let Some(problem_response) = problem {
        response = response.into_response(problem_response.map_into_boxed_body());
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}
