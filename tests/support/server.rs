//! The real server, on a port of its own, with one account and one connection.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
};

use actix_web::dev::ServerHandle;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use openssl::x509::X509;
use reqwest::{Response, Url};
use usher::{
    app::{
        App, Settings, accounts,
        callers::Caller,
        clock::Clock,
        connections::{self, ConnectionUpdate, IdpFields},
        random,
        sealing::Sealer,
    },
    domain::{
        Timestamp,
        account::Account,
        attempt::Attempt,
        connection::{Connection, ProvisioningPolicy, SamlPolicy},
        connection_patch::ConnectionPatch,
        email::Email,
        id::{AccountId, ConnectionId, KeyId},
        lists::Listing,
        provisioning::ExistingUser,
    },
    http,
    store::{Db, KeyOwner, KeyPurpose, PoolOptions, StoreError, StoredKey},
    testidp::request::Query,
};

use super::{
    browser::{Browser, location},
    db::{TestDb, options},
    forge::Key,
};

/// The connection that a server is to have.
pub(crate) struct Setup {
    pub(crate) idp_entity_id: String,
    pub(crate) sso_url: String,
    /// DER.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) saml: SamlPolicy,
    pub(crate) provisioning: ProvisioningPolicy,
}

/// Options of a server that most tests leave at their defaults.
pub(crate) struct TestServerOptions {
    /// The public address; its own, on its port, if `None`.
    pub(crate) base_url: Option<&'static str>,
    /// Changes other settings.
    pub(crate) change: fn(&mut Settings),
    pub(crate) pool: PoolOptions,
}

impl Default for TestServerOptions {
    fn default() -> Self {
        Self { base_url: None, change: |_| {}, pool: options() }
    }
}

/// A clock that stands still until it is told to go on.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<Timestamp>>);

/// A server, which stops when it is dropped.
pub(crate) struct Server {
    /// Where it is reached, without a slash at the end.
    pub(crate) address: String,
    pub(crate) clock: TestClock,
    pub(crate) app: App,
    pub(crate) account: Account,
    pub(crate) connection: Connection,
    running: Option<(ServerHandle, JoinHandle<()>)>,
    db: Arc<TestDb>,
}

/// The request that a browser brings to the identity provider.
#[derive(Debug, Clone)]
pub(crate) struct AuthnRequest {
    pub(crate) id: String,
    pub(crate) sp_entity_id: String,
    pub(crate) acs_url: String,
    pub(crate) relay_state: String,
}

impl TestClock {
    pub(crate) fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Server {
    /// Starts one on a fresh database.
    pub(crate) fn start(db: TestDb, setup: Setup) -> Self {
        Self::start_in(db, setup, TestServerOptions::default())
    }

    /// Starts one on a fresh database, set up otherwise.
    pub(crate) fn start_in(db: TestDb, setup: Setup, options: TestServerOptions) -> Self {
        let TestServerOptions { base_url, change, pool } = options;
        let start = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = TestClock(Arc::new(Mutex::new(start)));
        let (socket, address) = listen();
        let mut settings = settings(base_url.unwrap_or(&address));
        change(&mut settings);
        let app = app(db.address(), &pool, Arc::new(settings), &clock);
        let contact = Some("admin@example.com");
        let account = add_account(&app, accounts::DEFAULT_SLUG, "A test's account", contact);
        app.prepare().unwrap();
        let connection = connect(&app, &account, "A test's identity provider", setup);
        let running = Some(run(&app, socket));
        Self { address, clock, app, account, connection, running, db: Arc::new(db) }
    }

    /// Another server on the same database, with the same public address.
    pub(crate) fn replica(&self) -> Self {
        self.replica_by(self.db.address(), &options())
    }

    /// The same, which reaches the database by another address.
    pub(crate) fn replica_by(&self, database: &str, pool: &PoolOptions) -> Self {
        let settings = Arc::clone(&self.app.settings);
        self.serve(app(database, pool, settings, &self.clock))
    }

    /// Another server on the same database, with another secret key.
    pub(crate) fn replica_with_key(&self, secret_key: &str) -> Self {
        let settings = Arc::clone(&self.app.settings);
        let app = app(self.db.address(), &options(), settings, &self.clock);
        let sealer = Sealer::new(&secret_key.to_owned().into()).unwrap();
        self.serve(App { sealer: Arc::new(sealer), ..app })
    }

    fn serve(&self, app: App) -> Self {
        let (socket, address) = listen();
        Self {
            running: Some(run(&app, socket)),
            address,
            clock: self.clock.clone(),
            app,
            account: self.account.clone(),
            connection: self.connection.clone(),
            db: Arc::clone(&self.db),
        }
    }

    /// The database, to read or change it without the server.
    pub(crate) fn db(&self) -> &TestDb {
        // What is recorded behind the responses is there, too.
        self.app.usage.flush_within(std::time::Duration::from_secs(30));
        &self.db
    }

    /// Makes another account, without a connection.
    pub(crate) fn add_account(&self, slug: &str, name: &str, contact: Option<&str>) -> Account {
        add_account(&self.app, slug, name, contact)
    }

    /// Makes another connection of an account.
    pub(crate) fn connect(&self, account: &Account, name: &str, setup: Setup) -> Connection {
        connect(&self.app, account, name, setup)
    }

    /// An address of the connection at this server.
    pub(crate) fn saml(&self, endpoint: &str) -> String {
        self.saml_of(&self.connection, endpoint)
    }

    /// An address of some connection at this server.
    pub(crate) fn saml_of(&self, connection: &Connection, endpoint: &str) -> String {
        format!("{}/saml/{}/{endpoint}", self.address, connection.id)
    }

    /// Begins a login, and reads what the browser is sent off with.
    pub(crate) async fn begin_login(&self, browser: &Browser) -> AuthnRequest {
        self.begin_login_at(browser, &self.saml("login")).await
    }

    /// Begins a login at an address, and reads what the browser is sent off
    /// with.
    pub(crate) async fn begin_login_at(&self, browser: &Browser, address: &str) -> AuthnRequest {
        let response = browser.get(address).await;
        assert!(response.status().is_redirection(), "{response:?}");
        let url = Url::parse(location(&response)).unwrap();
        let query = Query::parse(url.query().unwrap()).unwrap();
        let request = query.parse_request().unwrap().unwrap();
        AuthnRequest {
            id: request.id,
            sp_entity_id: request.issuer,
            acs_url: request.acs_url.unwrap(),
            relay_state: query.relay_state.unwrap(),
        }
    }

    /// Posts a response as a browser does for an identity provider.
    pub(crate) async fn post_acs(
        &self,
        browser: &Browser,
        saml_response: Option<&str>,
        relay_state: Option<&str>,
    ) -> Response {
        let saml_response = saml_response.map(|value| ("SAMLResponse", value));
        let relay_state = relay_state.map(|value| ("RelayState", value));
        let fields: Vec<_> = [saml_response, relay_state].into_iter().flatten().collect();
        browser.post_form(&self.saml("acs"), &fields).await
    }

    /// The certificate that our metadata asks to encrypt for.
    pub(crate) async fn encryption_certificate(&self) -> X509 {
        let metadata = Browser::new().get(&self.saml("metadata")).await.text().await.unwrap();
        let document = roxmltree::Document::parse(&metadata).unwrap();
        let key = document.descendants().find(|node| node.attribute("use") == Some("encryption"));
        let certificate =
            key.unwrap().descendants().find(|node| node.tag_name().name() == "X509Certificate");
        let text: String = certificate.unwrap().text().unwrap().split_whitespace().collect();
        X509::from_der(&BASE64_STANDARD.decode(text).unwrap()).unwrap()
    }

    /// The attempts so far, the newest first.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        let all = Listing::first(1_000);
        let page = self.app.db.read(|tx| tx.list_attempts(self.account.id, &all));
        page.map_err(|error: StoreError| error).unwrap().items
    }

    /// The user of this address, if there is one.
    pub(crate) fn user(&self, email: &str) -> Option<ExistingUser> {
        let email = email.parse::<Email>().unwrap();
        let (account, connection) = (self.account.id, self.connection.id);
        let found =
            self.app.db.read(|tx| tx.existing_user_by_email(account, connection, email.key()));
        found.map_err(|error: StoreError| error).unwrap()
    }
}

impl Server {
    /// Disables a connection.
    pub(crate) fn disable_connection(&self, id: ConnectionId) {
        let patch = ConnectionPatch { enabled: Some(false), ..ConnectionPatch::default() };
        let update = ConnectionUpdate { patch, ..ConnectionUpdate::default() };
        let caller = Caller::command_line(self.account.id);
        connections::update(&self.app, &caller, id, &update).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((handle, thread)) = self.running.take() {
            // The command is sent at once; what is returned waits for the end.
            drop(handle.stop(false));
            thread.join().unwrap();
        }
    }
}

fn listen() -> (TcpListener, String) {
    let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    (socket, address)
}

fn connect(app: &App, account: &Account, name: &str, setup: Setup) -> Connection {
    let Setup { idp_entity_id, sso_url, certificates, saml, provisioning } = setup;
    let idp = IdpFields {
        entity_id: Some(idp_entity_id),
        sso_url: Some(sso_url),
        certificates: Some(certificates),
        ..IdpFields::default()
    };
    let policies = ConnectionPatch::from_policies(&saml, &provisioning);
    let patch = ConnectionPatch { name: Some(name.into()), ..policies };
    let new = ConnectionUpdate { patch, idp, ..ConnectionUpdate::default() };
    connections::create(app, &Caller::command_line(account.id), &new).unwrap()
}

fn settings(base_url: &str) -> Settings {
    Settings {
        base_url: Url::parse(base_url).unwrap(),
        session_lifetime: TimeDelta::hours(12),
        request_lifetime: TimeDelta::minutes(10),
        token_lifetime: TimeDelta::minutes(5),
        token_audience: base_url.to_owned(),
        landing: "/".into(),
        return_origins: Vec::new(),
        attempt_retention: TimeDelta::days(30),
        second_opinion: false,
    }
}

fn app(database: &str, pool: &PoolOptions, settings: Arc<Settings>, clock: &TestClock) -> App {
    let clock = clock.clone();
    let secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned().into();
    App::new(
        Db::open(database, pool).unwrap(),
        Clock::new(move || clock.now()),
        Arc::new(Sealer::new(&secret).unwrap()),
        settings,
    )
}

/// An account as `accounts::create` would make it, but with keys that are there
/// already: making two takes longer than most tests.
fn add_account(app: &App, slug: &str, name: &str, contact: Option<&str>) -> Account {
    let now = app.now();
    let account = Account {
        id: random::generate_id(AccountId::new, now).unwrap(),
        slug: slug.into(),
        name: name.into(),
        contact: contact.map(Into::into),
        recreate_deleted: false,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let own = Key::service_provider(now);
    let private = own.private.private_key_to_pkcs8().unwrap();
    let keys = [KeyPurpose::SamlSigning, KeyPurpose::SamlEncryption].map(|purpose| {
        let id = random::generate_id(KeyId::new, now).unwrap();
        StoredKey {
            id,
            owner: KeyOwner::Account(account.id),
            purpose,
            public: own.der(),
            sealed_private: app.sealer.seal(&format!("key/{id}"), &private).unwrap(),
            created_at: now,
            retired_at: None,
        }
    });
    let added = app.db.write(|tx| {
        tx.insert_account(&account)?;
        keys.iter().try_for_each(|key| tx.insert_key(key))
    });
    added.map_err(|error: StoreError| error).unwrap();
    account
}

fn run(app: &App, socket: TcpListener) -> (ServerHandle, JoinHandle<()>) {
    let app = app.clone();
    let (send, receive) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = http::serve(app, socket, Some(1), |_| {}).unwrap();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    (receive.recv().unwrap(), thread)
}
