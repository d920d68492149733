//! Usher as these tests meet it: a server on a port of its own, connections,
//! and browsers that keep cookies and show nothing.

use std::{
    net::TcpListener,
    sync::{Arc, mpsc},
    thread,
};

use actix_web::{dev::ServerHandle, web};
use chrono::TimeDelta;
use reqwest::{Client, StatusCode, header, redirect};
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use url::Url;
use usher::{
    app::{
        App, Settings, accounts,
        api_keys::{self, NewApiKey},
        callers::Caller,
        clock::Clock,
        connections::{self, ConnectionUpdate, IdpFields},
        sealing::Sealer,
        service_provider::ServiceProviderAddresses,
    },
    domain::{
        account::Account,
        api_key::Scopes,
        connection::{Connection, ProvisioningPolicy, SamlPolicy},
        connection_patch::ConnectionPatch,
        filter::Condition,
        lists::{AttemptAttribute, Listing},
    },
    http,
    store::{Db, PoolOptions, StoreError},
    testidp::{self, ServiceProviderSettings, TestIdp},
};

use crate::identity_provider::Answer;

/// A server, until it is dropped.
pub(crate) struct Usher {
    app: App,
    account: Account,
    server: ServerHandle,
    _folder: TempDir,
}

/// What has to be ready before the server is.
struct PreparedServer {
    app: App,
    account: Account,
    socket: TcpListener,
    folder: TempDir,
}

impl Usher {
    /// Starts a server with an empty database.
    pub(crate) fn start() -> Self {
        ready().serve(|_| {})
    }

    /// Starts a server with a connection to the test identity provider, which
    /// is told apart from Usher by its path. Its address comes back as well.
    pub(crate) fn start_with_test_identity_provider(name: &str, guard: &str) -> (Self, String) {
        let ready = ready();
        let address = format!("{}test-idp", ready.app.settings.base_url);
        let idp = TestIdp::generate(&address, &address, ready.app.now()).unwrap();
        let provisioning = ProvisioningPolicy {
            check_provision_attribute: Some(guard.into()),
            ..ProvisioningPolicy::default()
        };
        let metadata = idp.metadata_xml().unwrap();
        let connection = ready.connect(name, &metadata, SamlPolicy::default(), provisioning);
        let ServiceProviderAddresses { entity_id, acs, .. } =
            ServiceProviderAddresses::new(&ready.app.settings.base_url, connection.id);
        let clock = ready.app.clock.clone();
        let state = web::Data::new(testidp::TestIdpState {
            idp,
            service_providers: vec![ServiceProviderSettings {
                entity_id,
                acs_url: acs,
                certificate: None,
            }],
            clock: Arc::new(move || clock.now()),
        });
        (ready.serve(move |config| testidp::add_routes(config, state.clone())), address)
    }

    /// Makes a connection as an operator does who has an identity provider's
    /// metadata.
    pub(crate) fn connect(&self, metadata: &str, saml: SamlPolicy) -> Connection {
        connect(
            &self.app,
            &self.account,
            "A connection",
            metadata,
            saml,
            ProvisioningPolicy::default(),
        )
    }

    /// An address of Usher's.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.app.settings.base_url)
    }

    /// A key that opens everything in its account.
    pub(crate) fn key(&self) -> String {
        let new = NewApiKey {
            name: "A test".into(),
            scopes: Scopes::full(),
            scim_client: None,
            dialect: None,
            expires_at: None,
        };
        let caller = Caller::command_line(self.account.id);
        let made = api_keys::create_as_operator(&self.app, &caller, &new).unwrap();
        made.text.expose_secret().to_owned()
    }

    /// The `aud` of its tokens.
    pub(crate) fn token_audience(&self) -> &str {
        &self.app.settings.token_audience
    }

    /// The metadata that it publishes for the identity provider of a connection.
    pub(crate) async fn metadata(&self, connection: &Connection) -> String {
        let address = self.address(&format!("saml/{}/metadata", connection.id));
        let response = reqwest::get(address).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.text().await.unwrap()
    }

    /// A browser without a past.
    pub(crate) fn browser(&self) -> Browser {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            // People take their time at the identity provider, and so may its
            // program: a kept connection may be closed by then.
            .pool_max_idle_per_host(0)
            .build();
        Browser { client: client.unwrap(), base: self.app.settings.base_url.clone() }
    }

    /// What the latest attempt on a connection came to, for a failure's words.
    pub(crate) fn last_attempt(&self, connection: &Connection) -> String {
        let of_it = Condition::Id(AttemptAttribute::Connection, connection.id.as_uuid());
        let listing = Listing { condition: Some(of_it), ..Listing::first(1) };
        let page = self.app.db.read(|tx| tx.list_attempts(self.account.id, &listing));
        format!("{:#?}", page.map_err(|error: StoreError| error).unwrap().items)
    }
}

impl Drop for Usher {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

fn ready() -> PreparedServer {
    let folder = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = Url::parse(&format!("http://{}/", socket.local_addr().unwrap())).unwrap();
    let db = format!("sqlite:{}", folder.path().join("usher.sqlite").display());
    let app = App::new(
        Db::open(&db, &PoolOptions::default()).unwrap(),
        Clock::system(),
        Arc::new(Sealer::from_file(&folder.path().join("usher.key")).unwrap()),
        Arc::new(Settings {
            session_lifetime: TimeDelta::hours(12),
            request_lifetime: TimeDelta::minutes(10),
            token_lifetime: TimeDelta::minutes(5),
            token_audience: "https://product.example".into(),
            landing: "/".into(),
            return_origins: Vec::new(),
            attempt_retention: TimeDelta::days(90),
            second_opinion: true,
            base_url,
        }),
    );
    app.db.migrate().unwrap();
    app.prepare().unwrap();
    let account = accounts::find_by_slug(&app, accounts::DEFAULT_SLUG).unwrap();
    PreparedServer { app, account, socket, folder }
}

impl PreparedServer {
    fn connect(
        &self,
        name: &str,
        metadata: &str,
        saml: SamlPolicy,
        provisioning: ProvisioningPolicy,
    ) -> Connection {
        connect(&self.app, &self.account, name, metadata, saml, provisioning)
    }

    /// On a thread of its own: the tests wait for programs, and the programs
    /// for the server.
    fn serve<F>(self, more: F) -> Usher
    where
        F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
    {
        let Self { app, account, socket, folder } = self;
        let (sender, receiver) = mpsc::channel();
        let serving = app.clone();
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = http::serve(serving, socket, Some(1), more).unwrap();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Usher { app, account, server: receiver.recv().unwrap(), _folder: folder }
    }
}

fn connect(
    app: &App,
    account: &Account,
    name: &str,
    metadata: &str,
    saml: SamlPolicy,
    provisioning: ProvisioningPolicy,
) -> Connection {
    let idp = IdpFields { metadata: Some(metadata.into()), ..IdpFields::default() };
    // Names are unique, and some tests connect several times.
    let others = connections::list(app, account).unwrap().len();
    let name = if others == 0 { name.into() } else { format!("{name} {others}") };
    let policies = ConnectionPatch::from_policies(&saml, &provisioning);
    let patch = ConnectionPatch { name: Some(name), ..policies };
    let new = ConnectionUpdate { patch, idp, ..ConnectionUpdate::default() };
    connections::create(app, &Caller::command_line(account.id), &new).unwrap()
}

/// A browser that shows nothing.
pub(crate) struct Browser {
    client: Client,
    base: Url,
}

impl Browser {
    /// Begins a login; where the browser is sent.
    pub(crate) async fn begin(&self, connection: &Connection, return_to: Option<&str>) -> String {
        let mut address = ServiceProviderAddresses::new(&self.base, connection.id).login;
        if let Some(return_to) = return_to {
            address = Url::parse_with_params(&address, [("return_to", return_to)]).unwrap().into();
        }
        let response = self.client.get(address).send().await.unwrap();
        location(&response)
    }

    /// Posts an identity provider's answer; where the browser is sent.
    pub(crate) async fn post(&self, response: &Answer) -> String {
        let mut form = vec![("SAMLResponse", &response.saml_response)];
        form.extend(response.relay_state.as_ref().map(|relay_state| ("RelayState", relay_state)));
        let response = self.client.post(&response.acs_url).form(&form).send().await.unwrap();
        location(&response)
    }

    /// Who is signed in.
    pub(crate) async fn session(&self) -> Option<Value> {
        let response = self.client.get(self.base.join("session").unwrap()).send().await.unwrap();
        match response.status() {
            StatusCode::OK => Some(response.json().await.unwrap()),
            StatusCode::UNAUTHORIZED => None,
            other => panic!("GET /session answers {other}"),
        }
    }

    /// A token for other services.
    pub(crate) async fn token(&self) -> String {
        let request = self.client.post(self.base.join("session/token").unwrap());
        let origin = self.base.origin().ascii_serialization();
        let response = request.header(header::ORIGIN, origin).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let response: Value = response.json().await.unwrap();
        response["token"].as_str().unwrap().to_owned()
    }
}

fn location(answer: &reqwest::Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{} redirects", answer.url());
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}
