//! Requests that offer another protocol (RFC 9110, section 7.8). Usher speaks
//! none on a connection that has begun with HTTP/1.1, and answers as if it had
//! not been offered. actix-web closes such a connection behind the answer: the
//! answer has to say so (RFC 9112, section 9.6), or the client sends its next
//! request on a connection that is about to be closed. Java's client offers
//! HTTP/2 with each request over plain http, and lost some of them so.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::ConnectionType,
    middleware::Next,
};

/// Says of the connection of a declined offer that it is closed.
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
