//! The start of a login: the redirect to the identity provider.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use url::Url;

use crate::{
    app::{
        App, Error, key_pairs,
        random::{self, Secret},
        service_provider::{self, ServiceProviderAddresses},
    },
    domain::{id::ConnectionId, return_to, session::PendingRequest},
    saml::request::{AuthnRequest, build_redirect_url},
};

/// A request to log in.
#[derive(Debug, Clone, Copy)]
pub struct LoginRequest<'a> {
    /// Through which connection.
    pub connection: ConnectionId,
    /// Where the person wants to go afterwards. Ignored unless it is allowed.
    pub return_to: Option<&'a str>,
    /// The browser's cookie of an earlier login request.
    pub browser: Option<&'a str>,
}

/// A login that has begun.
#[derive(Debug)]
pub enum LoginStart {
    /// The browser goes to its identity provider.
    Redirect {
        /// Where to: the SSO URL with the signed request.
        url: Url,
        /// The cookie that ties the response to this browser.
        browser: Secret,
    },
    /// The connection is disabled.
    Disabled,
}

/// Begins a login: remembers the request, signs it, and says where to send
/// the browser (Bindings 3.4, HTTP Redirect).
///
/// # Errors
/// [`Error::NotFound`] if there is no such connection.
pub fn begin(app: &App, login: &LoginRequest<'_>) -> Result<LoginStart, Error> {
    let now = app.now();
    let (account, connection) = service_provider::find_connection(app, login.connection)?;
    if !connection.enabled {
        return Ok(LoginStart::Disabled);
    }
    // One cookie for all tabs of a browser, so that one login does not undo another.
    let browser = match login.browser.and_then(Secret::from_text) {
        Some(secret) => secret,
        None => Secret::new()?,
    };
    let request = PendingRequest {
        // An xs:ID may not begin with a digit.
        id: format!("_{}", hex::encode(random::generate_bytes::<20>()?)),
        account: account.id,
        connection: connection.id,
        browser_hash: browser.hash,
        relay_state: BASE64_URL_SAFE_NO_PAD.encode(random::generate_bytes::<16>()?),
        return_to: login.return_to.and_then(|text| {
            return_to::parse_allowed(text, &app.settings.base_url, &app.settings.return_origins)
        }),
        created_at: now,
        expires_at: now + app.settings.request_lifetime,
    };
    let addresses = ServiceProviderAddresses::new(&app.settings.base_url, connection.id);
    let message = AuthnRequest {
        id: &request.id,
        issue_instant: now,
        sp_entity_id: &addresses.entity_id,
        acs_url: &addresses.acs,
        sso_url: &connection.idp.sso_url,
        policy: &connection.saml,
        relay_state: &request.relay_state,
    };
    let url = build_redirect_url(&message, &key_pairs::load_signing_key(app, account.id)?)
        .map_err(|error| Error::internal("writing a request", error))?;
    app.db.write_for(account.id, |tx| tx.insert_pending_request(&request).map_err(Error::from))?;
    Ok(LoginStart::Redirect { url, browser })
}
