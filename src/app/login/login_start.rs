//! The start of a login: the redirect to the identity provider.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use url::Url;

use super::request::{self, SealedRequest};
use crate::{
    app::{
        App, Error, key_pairs, random,
        service_provider::{self, ServiceProviderAddresses},
    },
    domain::{id::ConnectionId, return_to, session::PendingRequest},
    saml::request::{AuthnRequest, build_redirect_url},
};

/// A request to log in.
#[derive(Debug, Clone, Copy)]
pub struct LoginRequest<'a> {
    /// The connection to log in through.
    pub connection: ConnectionId,
    /// The requested redirect target. Ignored unless it is allowed.
    pub return_to: Option<&'a str>,
    /// The login requests in the browser's cookies.
    pub requests: &'a [SealedRequest],
}

/// A login that has begun.
#[derive(Debug)]
pub enum LoginStart {
    /// The browser is redirected to the identity provider.
    Redirect {
        /// The SSO URL with the signed request.
        url: Url,
        /// The cookie that ties the response to this browser.
        request: SealedRequest,
        /// The IDs of the requests whose cookies are removed, to make room for it.
        displaced: Vec<String>,
    },
    /// The connection is disabled.
    Disabled,
}

/// Begins a login: signs the request, seals it for the browser, and says where to send
/// the browser (Bindings 3.4, HTTP Redirect). Writes nothing.
///
/// # Errors
/// [`Error::NotFound`] if there is no such connection.
pub fn begin(app: &App, login: &LoginRequest<'_>) -> Result<LoginStart, Error> {
    let now = app.now();
    let (account, connection) = service_provider::find_connection(app, login.connection)?;
    if !connection.enabled {
        return Ok(LoginStart::Disabled);
    }
    let request = PendingRequest {
        id: request::new_id(now)?,
        connection: connection.id,
        relay_state: BASE64_URL_SAFE_NO_PAD.encode(random::generate_bytes::<16>()?),
        return_to: login.return_to.and_then(|text| {
            return_to::parse_allowed(text, &app.settings.base_url, &app.settings.return_origins)
        }),
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
    let sealed = request::seal(&app.sealer, &request)?;
    let displaced = request::find_displaced(login.requests, &sealed, now);
    Ok(LoginStart::Redirect { url, request: sealed, displaced })
}
