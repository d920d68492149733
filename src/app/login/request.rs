//! The request that a response says it answers.

use crate::{
    app::{Error, random::Secret},
    domain::{Timestamp, connection::Connection, session::PendingRequest},
    saml::response::{ReceivedResponse, RequestState},
    store::Tx,
};

/// The pending request that a response refers to.
pub(super) enum Request {
    Unsolicited,
    Pending(PendingRequest),
    Unknown(&'static str),
}

impl Request {
    pub(super) fn find(
        tx: &mut Tx<'_>,
        connection: &Connection,
        received: &ReceivedResponse,
        browser: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Some(id) = received.in_response_to() else { return Ok(Self::Unsolicited) };
        let Some(request) = tx.pending_request(connection.id, id)? else {
            return Ok(Self::Unknown(
                "no login with this ID is under way on this connection, or it has come back already",
            ));
        };
        if request.expires_at <= now {
            return Ok(Self::Unknown("the login with this ID was begun too long ago"));
        }
        let Some(browser) = browser.and_then(Secret::from_text) else {
            return Ok(Self::Unknown("this browser has no cookie of a login that it has begun"));
        };
        if !openssl::memcmp::eq(&browser.hash, &request.browser_hash) {
            return Ok(Self::Unknown("the login with this ID was begun in another browser"));
        }
        Ok(Self::Pending(request))
    }

    pub(super) fn pending(&self) -> Option<&PendingRequest> {
        match self {
            Self::Pending(request) => Some(request),
            Self::Unsolicited | Self::Unknown(_) => None,
        }
    }

    pub(super) fn state(&self) -> RequestState<'_> {
        match self {
            Self::Unsolicited => RequestState::Unsolicited,
            Self::Pending(request) => RequestState::Pending(&request.id),
            Self::Unknown(reason) => RequestState::Unknown(reason),
        }
    }
}
