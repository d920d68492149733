//! `usher demo`: Usher with everything that is needed to try it, a test
//! identity provider included.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use secrecy::ExposeSecret;

use super::{
    CliError, key,
    log::Log,
    output, serve,
    setup::{self, CreatePolicy, Setup},
};
use crate::{
    app::{
        App, Error,
        accounts::{self, AccountChanges},
        api_keys::{self, CreatedApiKey, NewApiKey},
        callers::Caller,
        connections::{self, ConnectionUpdate, IdpFields},
        scim_clients,
        service_provider::{self, ServiceProviderAddresses},
    },
    config::SettingsLayer,
    domain::{
        account::Account,
        api_key::Scopes,
        connection::{Connection, ProvisioningPolicy, SamlPolicy},
        connection_patch::ConnectionPatch,
        etag::IfMatch,
    },
    http,
    testidp::{self, ServiceProviderSettings, TestIdp},
};

/// Where the test identity provider is, below the base URL.
const PATH: &str = "test-idp";

/// The name of the demo's connection.
const CONNECTION: &str = "Test identity provider";

/// The name of the demo's key.
const KEY: &str = "demo";

/// The guard attribute of the demo's connection.
const GUARD: &str = "role";

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The folder of the demo's database and keys
    #[arg(long, default_value = "usher-data", value_name = "FOLDER")]
    folder: PathBuf,
}

impl Demo {
    pub(super) fn run(self, setup: Setup) -> Result<(), CliError> {
        let setup = self.with_defaults(setup)?;
        let config = setup.config()?;
        let log = Log::start(&config)?;
        let socket = serve::bind(&config)?;
        let app = setup::open_or_create(&config, CreatePolicy::Missing, || {
            setup::open_database(&config)
        })?;
        app.db.migrate()?;
        app.prepare()?;
        check_is_demo_database(&app)?;
        let account = accounts::find_by_slug(&app, accounts::DEFAULT_SLUG)?;
        let idp = self.identity_provider(&app)?;
        let connection = ensure_connection(&app, &account, &idp)?;
        let certificate = service_provider::load_signing_certificate(&app, &account)?;
        let pages = testidp::page_routes(build_state(&app, idp, &connection, certificate));
        self.greet(&app, &account, &create_fresh_key(&app, &account)?)?;
        let reload = move || serve::reload(&setup, &log);
        http::run(app, socket, serve::server_options(&config), reload, pages)
            .map_err(CliError::io("serving"))
    }

    /// The demo's own defaults: everything in its folder, a quiet log, and the
    /// address that a browser on this machine finds it by.
    fn with_defaults(&self, setup: Setup) -> Result<Setup, CliError> {
        std::fs::create_dir_all(&self.folder).map_err(CliError::io(self.folder.display()))?;
        let database = format!("sqlite:{}", self.folder.join("usher.sqlite").display());
        let listen = setup.layer.listen.as_deref().and_then(|text| text.parse().ok());
        let defaults = SettingsLayer {
            base_url: listen
                .map(|listen: SocketAddr| format!("http://localhost:{}", listen.port())),
            database: Some(database.into()),
            secret_key_file: Some(self.folder.join("usher.key")),
            log: Some("warn".into()),
            ..SettingsLayer::default()
        };
        // A configuration file, if one is named, goes before these.
        match &setup.file {
            Some(_) => Ok(setup),
            None => Ok(Setup { layer: setup.layer.merge_over(defaults), ..setup }),
        }
    }

    /// The test identity provider, with its stored key.
    fn identity_provider(&self, app: &App) -> Result<TestIdp, CliError> {
        let entity_id = format!("{}{PATH}", app.settings.base_url);
        let key_file = self.folder.join("test-idp.key");
        testidp::load_or_generate(&key_file, &entity_id, app.now())
            .map_err(|error| CliError::Other(error.to_string()))
    }

    fn greet(&self, app: &App, account: &Account, key: &CreatedApiKey) -> Result<(), CliError> {
        let base = &app.settings.base_url;
        let folder = self.folder.display();
        // The path by which it was started, because it may not be on the `PATH`.
        let usher = std::env::args().next().unwrap_or_else(|| "usher".into());
        output::write(&format!(
            "Usher is running. Open {base} and sign in with the test identity provider.\n\n\
             In another terminal, see what each login checked and decided:\n\
             \x20 {usher} --database sqlite:{folder}/usher.sqlite --secret-key-file {folder}/usher.key attempt list\n\
             \x20 {usher} --database sqlite:{folder}/usher.sqlite --secret-key-file {folder}/usher.key attempt show\n\n\
             To administer the account by a program, use this key. Each start creates a new key\n\
             and ends the previous one:\n\
             \x20 curl -H 'Authorization: Bearer {}' {base}api/v1/me\n\
             The whole API is documented at {base}docs.\n\n\
             To push users and groups by SCIM, as an identity provider does, use the same key:\n\
             \x20 base URL  {base}scim/v2\n\
             \x20 key       {}\n\n\
             The account is {:?}. The data is in the folder {folder}.\n\
             For trying only: the test identity provider lets any visitor sign in as any user.\n\
             Ctrl-C ends it.",
            key.text.expose_secret(),
            key.text.expose_secret(),
            account.slug
        ))
    }
}

/// Rejects a database that was not created by the demo. The test identity provider lets any
/// visitor log in as any user, and its key stays in the demo's folder.
fn check_is_demo_database(app: &App) -> Result<(), CliError> {
    let accounts = accounts::list(app)?;
    let mut connections = Vec::new();
    for account in &accounts {
        connections.extend(connections::list(app, account)?);
    }
    let is_fresh = accounts.len() == 1 && connections.is_empty();
    if is_fresh || connections.iter().any(|connection| connection.name == CONNECTION) {
        return Ok(());
    }
    let reason = "the database is in use without a test identity provider, and the demo would let any visitor sign in. Leave out --config, --database and USHER_DATABASE";
    Err(CliError::Config(reason.into()))
}

/// Creates a key with all scopes. Each start creates a new one, because the secret of the
/// previous one is not stored.
fn create_fresh_key(app: &App, account: &Account) -> Result<CreatedApiKey, CliError> {
    let caller = Caller::command_line(account.id);
    for key_record in key::list_all(app, &caller, Some(&format!("name eq \"{KEY}\"")))? {
        api_keys::delete(app, &caller, key_record.key.id, &IfMatch::Unconditional, true)?;
    }
    // The SCIM client stays, with its external IDs.
    let scim_client = match scim_clients::find_by_id_or_name(app, &caller, KEY) {
        Ok(client) => Some(client.id),
        Err(Error::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let (name, scopes) = (KEY.to_owned(), Scopes::full());
    let new = NewApiKey { name, scopes, scim_client, dialect: None, expires_at: None };
    Ok(api_keys::create_as_operator(app, &caller, &new)?)
}

/// Returns the demo's connection: created at the first start, later updated to the
/// identity provider's key.
fn ensure_connection(app: &App, account: &Account, idp: &TestIdp) -> Result<Connection, CliError> {
    let metadata = idp.metadata_xml().map_err(|error| CliError::Other(error.to_string()))?;
    let existing =
        connections::list(app, account)?.into_iter().find(|candidate| candidate.name == CONNECTION);
    let idp = IdpFields { metadata: Some(metadata), ..IdpFields::default() };
    match existing {
        Some(existing) => {
            // The identity provider signs with the new key already.
            let update = ConnectionUpdate { idp, force: true, ..ConnectionUpdate::default() };
            let caller = Caller::command_line(account.id);
            Ok(connections::update(app, &caller, existing.id, &update)?.after)
        }
        None => {
            let mapping = testidp::form::mapped_fields();
            let provisioning = ProvisioningPolicy {
                check_provision_attribute: Some(GUARD.into()),
                mapping: mapping.map(|target| (target, target.to_string())).collect(),
                ..ProvisioningPolicy::default()
            };
            let patch = ConnectionPatch {
                name: Some(CONNECTION.into()),
                ..ConnectionPatch::from_policies(&SamlPolicy::default(), &provisioning)
            };
            let new = ConnectionUpdate { patch, idp, ..ConnectionUpdate::default() };
            let caller = Caller::command_line(account.id);
            let changes = AccountChanges {
                name: Some("Example Inc.".into()),
                contact: Some(Some("admin@example.com".into())),
                recreate_deleted: None,
            };
            accounts::update(app, &caller, &IfMatch::Unconditional, &changes)?;
            Ok(connections::create(app, &caller, &new)?)
        }
    }
}

fn build_state(
    app: &App,
    idp: TestIdp,
    connection: &Connection,
    certificate: Vec<u8>,
) -> testidp::TestIdpState {
    let ServiceProviderAddresses { entity_id, acs, login: _ } =
        ServiceProviderAddresses::new(&app.settings.base_url, connection.id);
    let clock = app.clock.clone();
    testidp::TestIdpState {
        idp,
        service_providers: vec![ServiceProviderSettings {
            entity_id,
            acs_url: acs,
            certificate: Some(certificate),
        }],
        clock: Arc::new(move || clock.now()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::accounts::NewAccount,
        config::Config,
        domain::{Timestamp, connection::IdentityProvider},
    };

    const SECRET_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn open_fresh(folder: &tempfile::TempDir) -> App {
        let database = format!("sqlite:{}", folder.path().join("usher.sqlite").display());
        let layer = SettingsLayer {
            database: Some(database.into()),
            secret_key: Some(SECRET_KEY.to_owned().into()),
            ..SettingsLayer::default()
        };
        let config = Config::new(layer).unwrap();
        let database = || setup::open_database(&config);
        let app = setup::open_or_create(&config, CreatePolicy::Missing, database).unwrap();
        app.db.migrate().unwrap();
        app.prepare().unwrap();
        app
    }

    fn create_idp(app: &App) -> TestIdp {
        let now: Timestamp = app.now();
        TestIdp::generate("http://localhost:8080/test-idp", "http://localhost:8080/test-idp", now)
            .unwrap()
    }

    fn existing_idps(app: &App) -> Vec<IdentityProvider> {
        let account = accounts::find_by_slug(app, accounts::DEFAULT_SLUG).unwrap();
        let all = connections::list(app, &account).unwrap();
        all.into_iter().map(|connection| connection.idp).collect()
    }

    #[test]
    fn demo_starts_on_an_empty_database_or_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let app = open_fresh(&folder);
        let account = accounts::find_by_slug(&app, accounts::DEFAULT_SLUG).unwrap();
        check_is_demo_database(&app).unwrap();
        ensure_connection(&app, &account, &create_idp(&app)).unwrap();
        check_is_demo_database(&app).unwrap();
        assert_eq!(existing_idps(&app).len(), 1);
    }

    #[test]
    fn demo_does_not_touch_a_database_with_other_accounts() {
        let folder = tempfile::tempdir().unwrap();
        let app = open_fresh(&folder);
        let account = accounts::find_by_slug(&app, accounts::DEFAULT_SLUG).unwrap();
        let connection = ensure_connection(&app, &account, &create_idp(&app)).unwrap();
        let patch = ConnectionPatch { name: Some("Okta".into()), ..ConnectionPatch::default() };
        let renamed = ConnectionUpdate { patch, ..ConnectionUpdate::default() };
        let caller = Caller::command_line(account.id);
        connections::update(&app, &caller, connection.id, &renamed).unwrap();
        assert!(matches!(check_is_demo_database(&app), Err(CliError::Config(_))));

        let folder = tempfile::tempdir().unwrap();
        let app = open_fresh(&folder);
        let new = NewAccount { slug: "acme".into(), name: "Acme".into(), contact: None };
        accounts::create(&app, new).unwrap();
        assert!(
            matches!(check_is_demo_database(&app), Err(CliError::Config(_))),
            "another account"
        );
        assert_eq!(existing_idps(&app), []);
    }
}
