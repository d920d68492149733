//! The servers at which a browser signs in, each in a process of its own, so that its CPU
//! time is told apart from the client's.

use std::{
    any::Any,
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
use reqwest::Url;
use secrecy::ExposeSecret;
use tempfile::TempDir;
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
};

use crate::{
    database::Database,
    forge::Key,
    peer::{PeerFiles, RunningPeer},
};

/// The entity ID of the identity provider.
pub(crate) const IDP: &str = "https://idp.example.com/metadata";

/// Longer than the program takes to start on any machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running server; stopped when it is dropped.
pub(crate) struct Server {
    /// What it is, and its database.
    pub(crate) name: String,
    /// Where a login begins.
    pub(crate) login: String,
    /// Where a response is posted.
    pub(crate) acs: String,
    /// The entity ID of the service provider.
    pub(crate) entity_id: String,
    /// The ID of its first process.
    process: u32,
    _resources: Box<dyn Any>,
}

/// Another project that lets people in by SAML.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Peer {
    Jackson,
    Python3Saml,
}

impl Peer {
    pub(crate) const ALL: [Self; 2] = [Self::Jackson, Self::Python3Saml];

    fn name(self) -> &'static str {
        match self {
            Self::Jackson => "saml-jackson",
            Self::Python3Saml => "python3-saml",
        }
    }

    fn command(self, files: &PeerFiles, port: u16, folder: &Path) -> Command {
        match self {
            Self::Jackson => {
                let mut command = files.node("jackson.mjs");
                command.arg(port.to_string()).arg(folder);
                command
            }
            Self::Python3Saml => {
                let mut command = files.python("gunicorn");
                let options = ["--workers", "2", "--threads", "4", "--no-control-socket"];
                command.args(options).args(["--log-level", "warning"]);
                command.arg("--bind").arg(format!("127.0.0.1:{port}")).arg("python3_saml:app");
                command.env("BENCH_BASE", format!("http://127.0.0.1:{port}"));
                command.env("BENCH_FOLDER", folder);
                command
            }
        }
    }
}

impl Server {
    /// Starts another project's server that trusts this identity provider.
    pub(crate) fn start_peer(peer: Peer, files: &PeerFiles, idp: &Key) -> Self {
        let folder = temporary_folder();
        let sp = Key::service_provider(Clock::system().now());
        let write = |name, content| fs::write(folder.path().join(name), content).expect("a file");
        write("idp.pem", idp.certificate.to_pem().expect("PEM"));
        write("sp.pem", sp.certificate.to_pem().expect("PEM"));
        write("sp.key", sp.private.private_key_to_pem_pkcs8().expect("PEM"));
        let running = RunningPeer::start(peer.name(), |address| {
            peer.command(files, address.port(), folder.path())
        });
        let base = format!("http://{}", running.address);
        Self {
            name: peer.name().to_owned(),
            login: format!("{base}/login"),
            acs: format!("{base}/acs"),
            entity_id: format!("{base}/metadata"),
            process: running.process_id(),
            _resources: Box::new((running, folder)),
        }
    }

    /// The CPU time of all of its threads so far.
    pub(crate) fn cpu(&self) -> CpuTimes {
        let read = |process: u32| {
            let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten();
            threads.filter_map(|thread| cpu_of_thread(&thread.ok()?.path())).collect::<Vec<_>>()
        };
        CpuTimes(processes_of(self.process).into_iter().flat_map(read).collect())
    }

    /// The most memory that its first process has had, in MiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process));
        let status = status.expect("the program runs");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux");
        peak.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }
}

/// Usher, and what a benchmark of it needs besides.
pub(crate) struct Usher {
    pub(crate) server: Server,
    /// The base address of the program.
    pub(crate) address: String,
    /// A key of the admin API with every scope.
    pub(crate) key: String,
}

impl Usher {
    /// Starts `usher serve` with its defaults, on an empty database with one connection.
    pub(crate) fn start(database: Database, idp: &Key) -> Self {
        let folder = temporary_folder();
        let secret_key = folder.path().join("usher.key");
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listen = socket.local_addr().expect("an address").to_string();
        drop(socket);
        let address = format!("http://{listen}/");
        let base_url = Url::parse(&address).expect("an address");
        let (addresses, key) = connect(&database, &secret_key, &base_url, idp.der());
        let log = File::create(folder.path().join("usher.log")).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_usher"))
            .arg("serve")
            .args(["--listen", &listen, "--base-url", &address])
            .args(["--database", &database.address()])
            .arg("--secret-key-file")
            .arg(&secret_key)
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let server = Server {
            name: format!("Usher, {}", database.name()),
            login: addresses.login,
            acs: addresses.acs,
            entity_id: addresses.entity_id,
            process: child.id(),
            _resources: Box::new((StoppedOnDrop(child), database, folder)),
        };
        let usher = Self { server, address, key };
        usher.wait();
        usher
    }

    fn wait(&self) {
        let begin = Instant::now();
        while ureq::get(format!("{}healthz", self.address)).call().is_err() {
            assert!(begin.elapsed() < START_TIMEOUT, "the program does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Creates the database, a connection and a key of the admin API, as an operator does
/// beforehand. Returns the addresses of the connection, and the key.
fn connect(
    database: &Database,
    secret_key: &Path,
    base_url: &Url,
    certificate: Vec<u8>,
) -> (ServiceProviderAddresses, String) {
    let app = App::new(
        Db::open(&database.address(), &PoolOptions::default()).expect("a database"),
        Clock::system(),
        Arc::new(Sealer::from_file(secret_key).expect("a key")),
        Arc::new(Settings {
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
    );
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
    let addresses = ServiceProviderAddresses::new(base_url, connection.id);
    (addresses, key.text.expose_secret().to_owned())
}

/// A folder on the disk on which this is built: one in memory would make every write too
/// cheap.
fn temporary_folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

struct StoppedOnDrop(Child);

impl Drop for StoppedOnDrop {
    fn drop(&mut self) {
        // If it has ended already, there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The CPU time of each thread, in nanoseconds.
pub(crate) struct CpuTimes(HashMap<String, u64>);

impl CpuTimes {
    /// The CPU time between this reading and a later one. A thread that has ended between
    /// them had been idle for long, so that nothing is lost with it.
    pub(crate) fn until(&self, later: &Self) -> Duration {
        let each = later.0.iter().map(|(thread, spent)| {
            spent.saturating_sub(self.0.get(thread).copied().unwrap_or_default())
        });
        Duration::from_nanos(each.sum())
    }
}

/// `None` if the thread has ended meanwhile.
fn cpu_of_thread(thread: &Path) -> Option<(String, u64)> {
    let statistics = fs::read_to_string(thread.join("schedstat")).ok()?;
    let spent = statistics.split(' ').next()?.parse().ok()?;
    Some((thread.display().to_string(), spent))
}

/// A process and those that it has started.
fn processes_of(process: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    std::iter::once(process).chain(children.flat_map(processes_of)).collect()
}
