//! Servers of other projects, which a benchmark measures beside Usher.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

/// Longer than a peer takes to start on any machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The files of the peers of one benchmark.
pub(crate) struct PeerFiles {
    /// Their scripts, and the lists of their packages.
    sources: PathBuf,
    /// Their packages.
    packages: PathBuf,
}

/// A peer; stopped when it is dropped.
pub(crate) struct RunningPeer {
    child: Child,
    /// The address at which it listens.
    pub(crate) address: SocketAddr,
}

impl PeerFiles {
    /// Installs the packages of the peers of a benchmark, such as `scim`.
    pub(crate) fn install(bench: &str) -> Self {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let sources = benches.join(bench).join("peers");
        let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{bench}-peers"));
        let status = Command::new(benches.join("support/install-peers"))
            .args([&sources, &packages])
            .status();
        assert!(status.expect("bash is installed").success(), "the peers can't be installed");
        Self { sources, packages }
    }

    /// A command that runs a program of the Python packages.
    pub(crate) fn python(&self, program: &str) -> Command {
        let mut command = Command::new(self.packages.join("venv/bin").join(program));
        command.current_dir(&self.sources);
        command
    }

    /// A command that runs a script with the Node.js packages.
    pub(crate) fn node(&self, script: &str) -> Command {
        // A module finds its packages beside itself.
        fs::copy(self.sources.join(script), self.packages.join(script)).expect("a copy");
        let mut command = Command::new("node");
        command.arg(self.packages.join(script)).env("NODE_ENV", "production");
        command
    }
}

impl RunningPeer {
    /// Starts a peer on a free port of 127.0.0.1, and waits until it listens.
    pub(crate) fn start(name: &str, command: impl FnOnce(SocketAddr) -> Command) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = socket.local_addr().expect("an address");
        drop(socket);
        let child = command(address).spawn().expect("the peer starts");
        let running = Self { child, address };
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begin.elapsed() < START_TIMEOUT, "{name} does not start");
            thread::sleep(Duration::from_millis(20));
        }
        running
    }

    /// The ID of its process.
    #[allow(dead_code, reason = "only the benchmark of logins needs it")]
    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for RunningPeer {
    fn drop(&mut self) {
        // SIGTERM, so that a peer ends its workers.
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
