//! Sessions, and the requests that lead to them.

use chrono::TimeDelta;

use super::{
    Timestamp,
    connection::MAX_SKEW_SECONDS,
    id::{AccountId, AttemptId, ConnectionId, SessionId, UserId},
};

/// A signed-in user. Found by the hash of its cookie; ended at once by
/// disabling or deleting the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Never changes; is `sid` in tokens.
    pub id: SessionId,
    /// The account of the user.
    pub account: AccountId,
    /// The user.
    pub user: UserId,
    /// The connection.
    pub connection: ConnectionId,
    /// The attempt.
    pub attempt: AttemptId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it expires: after `session_hours`, or at the identity provider's
    /// `SessionNotOnOrAfter` if that is sooner.
    pub expires_at: Timestamp,
}

/// The response that opened a session, so that a browser that posts it again gets the same
/// redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningResponse {
    /// SHA-256 of the response's XML.
    pub response_hash: [u8; 32],
    /// The redirect target of the login.
    pub redirect_to: String,
}

/// A login request that has not been answered yet. It can be answered once. Only the
/// browser that began it stores it, in a sealed cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    /// The `ID` of the `AuthnRequest`, which `InResponseTo` must equal.
    pub id: String,
    /// The connection.
    pub connection: ConnectionId,
    /// The handle that was sent as `RelayState`.
    pub relay_state: String,
    /// The target after the login: a path of Usher, or an allowed URL.
    pub return_to: Option<String>,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl PendingRequest {
    /// Until when it is remembered that the request was answered. The clocks of other
    /// servers may be behind.
    #[must_use]
    pub fn remember_until(&self) -> Timestamp {
        self.expires_at + TimeDelta::seconds(i64::from(MAX_SKEW_SECONDS))
    }
}
