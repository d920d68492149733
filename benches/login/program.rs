//! The whole login: the real program in a process of its own, so that its CPU
//! time is told apart from the client's.

use std::{
    collections::HashMap,
    fs::{self, File},
    net::TcpListener,
    path::Path,
    process::{Child, Command},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use criterion::{Criterion, SamplingMode};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::runtime::Runtime;
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
    domain::{api_key::Scopes, connection_patch::ConnectionPatch},
    store::{Db, PoolOptions},
    testidp::request::Query,
};

use crate::{
    forge::{Algorithm, Facts, Hash, Key, Signed},
    message,
    meter::{Measurement, Meter},
};

const IDP: &str = "https://idp.example.com/metadata";

/// The cookie that ties a login to its browser, where there is no https.
const COOKIE_NAME: &str = "usher-login_";

/// Longer than the program takes to start on any machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Measures requests to the program: one that does nothing, and whole logins.
pub(crate) fn measure(criterion: &mut Criterion, meter: &mut Meter) {
    let mut browser = Browser::start();
    let mut group = criterion.benchmark_group("over HTTP");
    group.sampling_mode(SamplingMode::Flat).sample_size(40);
    group.measurement_time(Duration::from_secs(8));
    meter.measure(&mut group, "GET /healthz", |runs| browser.measure(runs, Browser::get_health));
    // Most of this time goes into making the answers.
    meter.measure(&mut group, "login of a known user, on SQLite", |runs| {
        let mut answers = (0..runs).map(|_| browser.begin_login()).collect::<Vec<_>>().into_iter();
        browser.measure(runs, |browser| {
            browser.post_response(&answers.next().expect("one for each run"))
        })
    });
    meter.measure(&mut group, "beginning a login: a signed request", |runs| {
        browser.measure(runs, |browser| drop(browser.start_login()))
    });
    group.finish();
}

/// The program, and a browser that is at its door.
pub(crate) struct Browser {
    program: Program,
    idp: Key,
    addresses: ServiceProviderAddresses,
    key: String,
    runtime: Runtime,
    client: Client,
    count: u64,
}

/// The form that the browser posts after the login at the identity provider.
pub(crate) struct IdpResponse {
    /// The cookie of the request.
    cookie: String,
    saml_response: String,
    relay_state: String,
}

impl Browser {
    /// Starts the program with an empty database and one connection, and signs
    /// the person in once: from then on they are known.
    pub(crate) fn start() -> Self {
        let program = Program::new();
        let now = Clock::system().now();
        let idp = Key::identity_provider(now);
        let (addresses, key) = program.connect(idp.der());
        let program = program.start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let client = Client::builder().redirect(Policy::none()).no_proxy().build();
        let mut browser = Self {
            program,
            idp,
            addresses,
            key,
            runtime: runtime.expect("a runtime"),
            client: client.expect("a client"),
            count: 0,
        };
        browser.wait();
        let answer = browser.begin_login();
        browser.post_response(&answer);
        browser
    }

    /// Where the program is.
    pub(crate) fn address(&self, path: &str) -> String {
        self.program.address(path)
    }

    /// A key of the admin API that may do everything.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    fn wait(&self) {
        let begin = Instant::now();
        let address = self.program.address("healthz");
        while self.runtime.block_on(self.client.get(&address).send()).is_err() {
            assert!(begin.elapsed() < START_TIMEOUT, "the program does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Measures the CPU time of the program for a number of requests.
    fn measure(&self, runs: u64, mut request: impl FnMut(&Self)) -> Measurement {
        self.measure_together(|browser| (0..runs).for_each(|_| request(browser)))
    }

    /// Measures the CPU time of the program for all that some work requests.
    pub(crate) fn measure_together(&self, requests: impl FnOnce(&Self)) -> Measurement {
        let (before, begin) = (self.program.cpu(), Instant::now());
        requests(self);
        let wall = Some(begin.elapsed());
        Measurement { cpu: cpu_between(&before, &self.program.cpu()), wall }
    }

    fn get_health(&self) {
        let answer = self.send(self.client.get(self.program.address("healthz")));
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// Begins a login, as a browser without cookies.
    fn start_login(&self) -> Response {
        self.send(self.client.get(&self.addresses.login))
    }

    /// Begins a login, and lets the identity provider answer.
    pub(crate) fn begin_login(&mut self) -> IdpResponse {
        let answer = self.start_login();
        let cookie = answer.headers().get(SET_COOKIE).expect("a cookie").to_str().expect("text");
        let (cookie, _) = cookie.split_once(';').expect("a cookie");
        assert!(cookie.starts_with(COOKIE_NAME), "{cookie}");
        let url = Url::parse(location(&answer)).expect("an address");
        let query = Query::parse(url.query().expect("a query")).expect("a query");
        let facts = Facts {
            idp_entity_id: IDP.into(),
            sp_entity_id: self.addresses.entity_id.clone(),
            acs_url: self.addresses.acs.clone(),
            request: Some(query.parse_request().expect("a request").expect("a request").id),
            now: Clock::system().now(),
        };
        self.count += 1;
        let (id, algorithm) = (format!("_assertion{}", self.count), Algorithm::Rsa(Hash::Sha256));
        IdpResponse {
            cookie: cookie.to_owned(),
            saml_response: message::sign_response(
                &facts,
                &id,
                &self.idp,
                algorithm,
                Signed::Assertion,
            ),
            relay_state: query.relay_state.expect("a relay state"),
        }
    }

    /// Brings an answer: the login that is measured.
    pub(crate) fn post_response(&self, response: &IdpResponse) {
        let answer = self.send(self.response_request(response));
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&answer), "/", "nobody was let in");
    }

    /// The request that brings an answer.
    pub(crate) fn response_request(&self, response: &IdpResponse) -> RequestBuilder {
        let IdpResponse { cookie, saml_response, relay_state } = response;
        let fields = [("SAMLResponse", saml_response), ("RelayState", relay_state)];
        self.client.post(&self.addresses.acs).header(COOKIE, cookie).form(&fields)
    }

    /// Runs requests of many clients.
    pub(crate) fn block_on<T>(&self, requests: impl Future<Output = T>) -> T {
        self.runtime.block_on(requests)
    }

    fn send(&self, request: RequestBuilder) -> Response {
        self.block_on(request.send()).expect("an answer")
    }
}

fn location(answer: &Response) -> &str {
    answer.headers().get(LOCATION).map_or("", |location| location.to_str().expect("text"))
}

/// The program with its folder; stopped when it is dropped.
struct Program {
    child: Option<Child>,
    address: String,
    folder: TempDir,
}

impl Program {
    /// One that was not started yet. Its folder is on the disk on which this
    /// is built: one in memory would make every write too cheap.
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = socket.local_addr().expect("an address").to_string();
        Self { child: None, address, folder }
    }

    fn address(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn database(&self) -> String {
        format!("sqlite:{}", self.file("usher.sqlite").display())
    }

    /// Makes the database, a connection and a key of the admin API, as an operator
    /// does beforehand.
    fn connect(&self, certificate: Vec<u8>) -> (ServiceProviderAddresses, String) {
        let base_url = Url::parse(&self.address("")).expect("an address");
        let app = App {
            db: Db::open(&self.database(), &PoolOptions::default()).expect("a database"),
            clock: Clock::system(),
            sealer: Arc::new(Sealer::from_file(&self.file("usher.key")).expect("a key")),
            settings: Arc::new(Settings {
                session_lifetime: TimeDelta::hours(12),
                request_lifetime: TimeDelta::minutes(10),
                token_lifetime: TimeDelta::minutes(5),
                token_audience: "https://product.example.com".into(),
                landing: "/".into(),
                return_origins: Vec::new(),
                attempt_retention: TimeDelta::days(90),
                second_opinion: false,
                base_url: base_url.clone(),
            }),
        };
        app.db.migrate().expect("migrated");
        app.prepare().expect("prepared");
        let account = accounts::find_by_slug(&app, accounts::DEFAULT_SLUG).expect("an account");
        let idp = IdpFields {
            entity_id: Some(IDP.into()),
            sso_url: Some("https://idp.example.com/sso".into()),
            certificates: Some(vec![certificate]),
            ..IdpFields::default()
        };
        let name = Some("An identity provider".into());
        let patch = ConnectionPatch { name, ..ConnectionPatch::default() };
        let new = ConnectionUpdate { patch, idp, ..ConnectionUpdate::default() };
        let caller = Caller::command_line(account.id);
        let connection = connections::create(&app, &caller, &new).expect("a connection");
        let key = NewApiKey {
            name: "bench".into(),
            scopes: Scopes::full(),
            scim_client: None,
            dialect: None,
            expires_at: None,
        };
        let key = api_keys::create_as_operator(&app, &caller, &key).expect("a key");
        (
            ServiceProviderAddresses::new(&base_url, connection.id),
            key.text.expose_secret().to_owned(),
        )
    }

    /// Starts it as an operator does, with nothing but the defaults.
    fn start(mut self) -> Self {
        let log = File::create(self.file("usher.log")).expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        command.arg("serve").args(["--listen", &self.address]);
        command.args(["--base-url", &self.address("")]).args(["--database", &self.database()]);
        command.arg("--secret-key-file").arg(self.file("usher.key")).stderr(log);
        self.child = Some(command.spawn().expect("the program"));
        self
    }

    /// The CPU time of each of its threads so far, in nanoseconds.
    fn cpu(&self) -> HashMap<String, u64> {
        let pid = self.child.as_ref().map_or(0, Child::id);
        let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("Linux, and the program");
        threads.filter_map(|thread| cpu_of_thread(&thread.ok()?.path())).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // If it has ended already, there is nothing to stop.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `None` if the thread has ended meanwhile.
fn cpu_of_thread(thread: &Path) -> Option<(String, u64)> {
    let statistics = fs::read_to_string(thread.join("schedstat")).ok()?;
    let spent = statistics.split(' ').next()?.parse().ok()?;
    Some((thread.display().to_string(), spent))
}

/// The CPU time between two readings. A thread that has ended between them
/// had been idle for long, so that nothing is lost with it.
fn cpu_between(before: &HashMap<String, u64>, after: &HashMap<String, u64>) -> Duration {
    let each = after.iter().map(|(thread, spent)| {
        spent.saturating_sub(before.get(thread).copied().unwrap_or_default())
    });
    Duration::from_nanos(each.sum())
}
