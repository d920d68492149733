//! A response that a browser posts again (Back, a double click) while it holds the
//! session that it opened.

use openssl::{memcmp, sha::sha256};

use super::{form_post::PostedResponse, request::Request};
use crate::{
    app::random::Secret,
    domain::{Timestamp, session::OpeningResponse},
    saml::response::ReceivedResponse,
    store::{StoreError, Tx},
};

/// A posted response, which may have opened a session before.
pub(super) struct Resubmission<'a> {
    pub(super) posted: &'a PostedResponse<'a>,
    pub(super) received: &'a ReceivedResponse,
    pub(super) request: &'a Request,
}

impl Resubmission<'_> {
    /// Returns the redirect target of the browser's session, if this response opened it.
    /// Both responses must be identical byte by byte.
    ///
    /// The browser proves that it holds the session by the session's cookie, or, as a
    /// cross-site POST does not carry that, by the cookie of the request that the response
    /// answers. Any other browser gets the error that the response was used already.
    pub(super) fn find_redirect(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let hash = digest(self.received);
        let found = tx.session_of_response(self.posted.connection, hash, now)?;
        Ok(found.filter(|(token_hash, _)| self.is_proved(token_hash)).map(|(_, target)| target))
    }

    fn is_proved(&self, token_hash: &[u8; 32]) -> bool {
        let session = self.posted.session.and_then(Secret::from_text);
        self.request.pending().is_some()
            || session.is_some_and(|session| memcmp::eq(&session.hash, token_hash))
    }

    /// The digest of a response, which the session that it opens stores.
    pub(super) fn opened_by(&self, redirect_to: &str) -> OpeningResponse {
        OpeningResponse {
            response_hash: digest(self.received),
            redirect_to: redirect_to.to_owned(),
        }
    }
}

fn digest(received: &ReceivedResponse) -> [u8; 32] {
    sha256(received.xml().as_bytes())
}
