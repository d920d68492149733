//! The other SCIM servers.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use ureq::http::Method;

use crate::{
    client::{Request, ScimServer},
    requests::user_body,
};

/// Longer than a peer takes to start on any machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Peer {
    Scim2Server,
    Scimmy,
}

/// A peer; stopped when it is dropped.
pub(crate) struct RunningPeer {
    child: Child,
    pub(crate) base: String,
}

/// Installs the peers' packages; where they are.
pub(crate) fn install() -> PathBuf {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scim-peers");
    let done = Command::new(sources().join("install")).arg(&packages).status();
    assert!(done.expect("bash is there").success(), "the peers can't be installed");
    packages
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scim/peers")
}

impl Peer {
    pub(crate) const ALL: [Self; 2] = [Self::Scim2Server, Self::Scimmy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scim2Server => "scim2-server",
            Self::Scimmy => "scimmy-routers",
        }
    }

    pub(crate) fn start(self, packages: &Path) -> RunningPeer {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listen = socket.local_addr().expect("an address");
        drop(socket);
        let mut command = match self {
            Self::Scim2Server => {
                let mut command = Command::new(packages.join("venv/bin/python"));
                command.arg(sources().join("scim2.py"));
                command
            }
            Self::Scimmy => {
                // A module finds its packages beside itself.
                let script = packages.join("scimmy.mjs");
                fs::copy(sources().join("scimmy.mjs"), &script).expect("a copy");
                let mut command = Command::new("node");
                command.arg(script).env("NODE_ENV", "production");
                command
            }
        };
        let child = command.arg(listen.port().to_string()).spawn().expect("the peer starts");
        let running = RunningPeer { child, base: format!("http://{listen}/v2") };
        let begin = Instant::now();
        while std::net::TcpStream::connect(listen).is_err() {
            assert!(begin.elapsed() < START_TIMEOUT, "{} does not start", self.name());
            thread::sleep(Duration::from_millis(20));
        }
        running
    }
}

impl Drop for RunningPeer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Creates a number of users. Returns their IDs.
pub(crate) fn create_users(server: &ScimServer, users: u64) -> Vec<String> {
    (0..users)
        .map(|number| {
            let body = user_body(&format!("user{number:07}@example.com"));
            let made = server.send_and_parse(&Request::with(Method::POST, "/Users".into(), body));
            made["id"].as_str().expect("an id").to_owned()
        })
        .collect()
}

/// Makes a group of so many members; its id. Who is not there is made up: a
/// peer does not look.
pub(crate) fn create_group(server: &ScimServer, users: &[String], size: usize) -> String {
    let unknown_users =
        (users.len()..).map(|number| format!("00000000-0000-4000-8000-{number:012}"));
    let members: Vec<_> = users
        .iter()
        .cloned()
        .chain(unknown_users)
        .take(size)
        .map(|id| json!({"value": id}))
        .collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": format!("Group of {size}"),
        "members": members,
    });
    let made = server.send_and_parse(&Request::with(
        Method::POST,
        "/Groups?excludedAttributes=members".into(),
        body,
    ));
    made["id"].as_str().expect("an id").to_owned()
}
