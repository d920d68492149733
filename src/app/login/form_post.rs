//! The form that a browser posts.

use super::request::SealedRequest;
use crate::domain::id::ConnectionId;

/// The form that a browser posted to the assertion consumer service.
#[derive(Debug, Clone, Copy)]
pub struct PostedResponse<'a> {
    /// The connection that received the response.
    pub connection: ConnectionId,
    /// The form's `SAMLResponse`.
    pub saml_response: Option<&'a str>,
    /// The form's `RelayState`.
    pub relay_state: Option<&'a str>,
    /// A field that the form has more than once, and how often.
    pub repeated: Option<(&'static str, usize)>,
    /// Whether the form has the field `wresult` of WS-Federation.
    pub has_wresult: bool,
    /// The login requests in the browser's cookies.
    pub requests: &'a [SealedRequest],
    /// The session's cookie, if the browser has sent one.
    pub session: Option<&'a str>,
}
