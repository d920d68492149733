//! A response that a browser posts again (Back, a double click) while it holds the
//! session that it opened.

use openssl::{memcmp, sha::sha256};

use super::form_post::PostedResponse;
use crate::{
    app::{Error, random::Secret},
    domain::{Timestamp, session::OpeningResponse},
    saml::response::ReceivedResponse,
    store::Tx,
};

/// Returns the redirect target of the browser's session, if this response opened it.
/// Both responses must be identical byte by byte.
///
/// The browser proves that it holds the session by the session's cookie, or, as a
/// cross-site POST does not carry that, by the cookie with which it began the login.
/// Any other browser gets the error that the response was used already.
pub(super) fn find_redirect(
    tx: &mut Tx<'_>,
    received: &ReceivedResponse,
    posted: &PostedResponse<'_>,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let found = tx.session_of_response(posted.connection, digest(received), now)?;
    let Some((token_hash, OpeningResponse { browser_hash, redirect_to: go_to, .. })) = found else {
        return Ok(None);
    };
    let holds = |cookie: Option<&str>, hash: Option<[u8; 32]>| {
        let pair = cookie.and_then(Secret::from_text).zip(hash);
        pair.is_some_and(|(secret, hash)| memcmp::eq(&secret.hash, &hash))
    };
    let holds = holds(posted.session, Some(token_hash)) || holds(posted.browser, browser_hash);
    Ok(holds.then_some(go_to))
}

/// What a session remembers of the response that opens it.
pub(super) fn opened_by(
    received: &ReceivedResponse,
    posted: &PostedResponse<'_>,
    go_to: &str,
) -> OpeningResponse {
    OpeningResponse {
        response_hash: digest(received),
        browser_hash: posted.browser.and_then(Secret::from_text).map(|secret| secret.hash),
        redirect_to: go_to.to_owned(),
    }
}

fn digest(received: &ReceivedResponse) -> [u8; 32] {
    sha256(received.xml().as_bytes())
}
