//! The request that a response refers to. The browser that began it has it in a cookie.

mod id;
mod sealed;

pub(super) use self::{
    id::new_id,
    sealed::{find_displaced, seal},
};
pub use sealed::SealedRequest;

use self::id::created_at;
use crate::{
    app::App,
    domain::{Timestamp, connection::Connection, session::PendingRequest},
    saml::response::{ReceivedResponse, RequestState},
};

/// The pending request that a response refers to.
pub(super) enum Request {
    Unsolicited,
    Pending(PendingRequest),
    Unknown(&'static str),
}

const TOO_OLD: &str = "the login with this ID was begun too long ago";

impl Request {
    /// Finds the request among those that the browser has begun. The transaction of the login
    /// checks whether it was answered already.
    pub(super) fn find(
        app: &App,
        connection: &Connection,
        received: &ReceivedResponse,
        browser: &[SealedRequest],
        now: Timestamp,
    ) -> Self {
        let Some(id) = received.in_response_to() else { return Self::Unsolicited };
        let mut cookies = browser.iter().filter(|cookie| cookie.id == id).peekable();
        if cookies.peek().is_none() {
            return Self::Unknown(match created_at(id) {
                Some(created) if created + app.settings.request_lifetime <= now => TOO_OLD,
                Some(_) => {
                    "this browser has no cookie of the login with this ID: it was begun in \
                     another browser, or the cookie was lost"
                }
                None => "Usher has sent no request with this ID",
            });
        }
        let opened = cookies.find_map(|cookie| cookie.open(&app.sealer));
        Self::Unknown(match opened {
            None => "the cookie of this login was changed, or sealed with another secret key",
            Some(request) if request.connection != connection.id => {
                "the login with this ID was begun on another connection"
            }
            Some(request) if request.expires_at <= now => TOO_OLD,
            Some(request) => return Self::Pending(request),
        })
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
