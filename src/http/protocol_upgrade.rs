//! Requests that offer a protocol upgrade (RFC 9110, section 7.8). Usher ignores the
//! offer. actix-web closes such a connection after the response. The response must
//! say so (RFC 9112, section 9.6), or the client sends its next request on a
//! connection that is about to be closed. Java's client offers HTTP/2 with each
//! request over plain http, and lost requests that way.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::ConnectionType,
    middleware::Next,
};

/// The middleware that ignores an upgrade offer, and announces that the connection
/// is closed.
pub(super) async fn decline<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_offered = request.head().upgrade();
    let mut response = next.call(request).await?;
    if is_offered {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
