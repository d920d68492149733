//! The real program, with its demo's account and connection, and another
//! account; and the scripts that are run against it.

use std::{path::Path, process::Command};

use crate::{program::Folder, running::RunningServer};

/// Where the program keeps what it needs, inside its folder.
const RETAINED: [&str; 4] = ["--database", "sqlite:usher.sqlite", "--secret-key-file", "usher.key"];

/// A server, until it is dropped.
pub(crate) struct Usher {
    folder: Folder,
    pub(crate) running: RunningServer,
}

impl Usher {
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let running = RunningServer::demo(&folder);
        Self { folder, running }
    }

    /// The key of the demo's account, as the demo prints it.
    pub(crate) fn key(&self) -> &str {
        let key = self.running.output.iter().find_map(|line| line.split("Bearer ").nth(1));
        key.and_then(|rest| rest.split('\'').next()).expect("the demo prints a key")
    }

    /// The first key of another account.
    pub(crate) fn key_of_another_account(&self) -> String {
        let create = [&["account", "create", "other"][..], &RETAINED].concat();
        let made = self.folder.run_json(&create);
        made["apiKey"]["secret"].as_str().expect("the account comes with a key").to_owned()
    }

    /// A script of `tests`, about to be run against the server.
    pub(crate) fn script(&self, name: &str) -> Command {
        let mut script = script(name);
        script.env("USHER_URL", self.running.url("")).env("USHER_API_KEY", self.key());
        script
    }
}

/// A script of `tests`, about to be run.
pub(crate) fn script(name: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut script = Command::new(root.join("tests").join(name));
    script.current_dir(root);
    script
}

/// Runs a script, which must go well.
#[track_caller]
pub(crate) fn must(mut script: Command) {
    let output = script.output().expect("the script starts");
    let message = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script:?}: {}\n{message}\n{complained}", output.status);
}
