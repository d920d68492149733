//! Usher's side of a connection: the addresses and metadata of the service
//! provider.

use url::Url;

use super::{App, Error, key_pairs};
use crate::{
    domain::{account::Account, connection::Connection, id::ConnectionId},
    saml::metadata,
    store::KeyPurpose,
};

/// The service provider's addresses for one identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceProviderAddresses {
    /// The service provider's entity ID, which is also the URL of its metadata.
    pub entity_id: String,
    /// The URL of the assertion consumer service.
    pub acs: String,
    /// The URL at which a login begins.
    pub login: String,
}

impl ServiceProviderAddresses {
    /// The addresses of a connection below the base URL.
    #[must_use]
    pub fn new(base: &Url, connection: ConnectionId) -> Self {
        Self {
            entity_id: format!("{base}saml/{connection}/metadata"),
            acs: format!("{base}saml/{connection}/acs"),
            login: format!("{base}saml/{connection}/login"),
        }
    }
}

/// Finds an enabled or disabled connection, and the account that has it.
///
/// # Errors
/// [`Error::NotFound`] if there is no such connection.
pub fn find_connection(app: &App, id: ConnectionId) -> Result<(Account, Connection), Error> {
    app.db.read(|tx| {
        let connection = tx.connection(id)?.ok_or_else(|| Error::not_found("connection", id))?;
        let account = tx.account(connection.account)?;
        Ok((account.ok_or_else(|| Error::not_found("account", connection.account))?, connection))
    })
}

/// Our metadata for one identity provider (Metadata 2.4.4), as XML.
///
/// # Errors
/// [`Error::NotFound`] if there is no such connection.
pub fn build_metadata(app: &App, id: ConnectionId) -> Result<String, Error> {
    let (account, _) = find_connection(app, id)?;
    let signing = key_pairs::load_certificates(app, account.id, KeyPurpose::SamlSigning)?;
    let encryption = key_pairs::load_certificates(app, account.id, KeyPurpose::SamlEncryption)?;
    let addresses = ServiceProviderAddresses::new(&app.settings.base_url, id);
    let error_url = format!("{}signin?account={}", app.settings.base_url, account.slug);
    metadata::write_service_provider(&metadata::ServiceProvider {
        entity_id: &addresses.entity_id,
        acs_url: &addresses.acs,
        signing: &signing,
        encryption: &encryption,
        error_url: &error_url,
        display_name: &account.name,
        contact: account.contact.as_deref(),
        valid_until: app.now() + METADATA_LIFETIME,
    })
    .map_err(|error| Error::internal("writing metadata", error))
}

/// The certificate that an account's requests are signed with now, DER.
///
/// # Errors
/// [`Error::NotFound`] if the account has no signing key.
pub fn load_signing_certificate(app: &App, account: &Account) -> Result<Vec<u8>, Error> {
    let mut certificates =
        key_pairs::load_certificates(app, account.id, KeyPurpose::SamlSigning)?.into_iter();
    certificates.next().ok_or_else(|| Error::not_found("signing key of account", &account.slug))
}

/// The cache duration of the metadata.
const METADATA_LIFETIME: chrono::TimeDelta = chrono::TimeDelta::days(7);
