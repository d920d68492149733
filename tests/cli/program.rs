//! Running the program, and reading what it says.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;
use usher::{app::clock::Clock, domain::Timestamp, testidp::TestIdp};

use crate::support::forge::Key;

/// A folder with nothing in it but what the test puts there. The program runs
/// in it, with nothing in its environment.
pub(crate) struct Folder {
    folder: TempDir,
    /// What stands in the environment, but for the `PATH`.
    environment: Vec<(&'static str, String)>,
    /// What the program is started by, with its arguments. Nothing, if empty.
    starter: Vec<&'static str>,
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Now: the program's clock is the machine's.
pub(crate) fn now() -> Timestamp {
    Clock::system().now()
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new(), starter: Vec::new() }
    }

    /// One with a database in it, where the program looks for it.
    pub(crate) fn migrated() -> Self {
        let folder = Self::new();
        folder.run(&["migrate"]);
        folder
    }

    /// With a variable in the environment.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// In which a write behind the limit of a file's size fails, and does not end
    /// the program.
    pub(crate) fn ignoring_file_size_signal(self) -> Self {
        Self { starter: vec!["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""], ..self }
    }

    /// In which a file of the program becomes no longer than 100 blocks, as on a disk
    /// that is full.
    pub(crate) fn with_a_full_disk(self) -> Self {
        let line = "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"";
        Self { starter: vec!["sh", "-c", line], ..self }
    }

    /// In which the permissions of files hold for the program, also if the test
    /// runs as root.
    pub(crate) fn obeying_file_permissions(self) -> Self {
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let starter =
            if is_root { vec!["setpriv", "--bounding-set=-dac_override"] } else { vec![] };
        Self { starter, ..self }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file; its name, from inside the folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path().join(name), content).unwrap();
        name.into()
    }

    /// The program, about to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_usher");
        let line = [&self.starter, &[program][..], arguments].concat();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).current_dir(self.path()).env_clear().env("COLUMNS", "200");
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program.
    pub(crate) fn usher(&self, arguments: &[&str]) -> CommandOutput {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        CommandOutput { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// Runs the program, which must succeed. Returns its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.usher(arguments);
        assert_eq!(output.code, Some(0), "{arguments:?}: {output:#?}");
        assert_eq!(output.err, "", "{arguments:?}");
        output.out
    }

    /// Runs the program with `--json`, and parses its output.
    pub(crate) fn run_json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.run(&arguments)).unwrap()
    }

    /// Runs the program, which must fail without output. Returns its messages.
    pub(crate) fn run_failing(&self, arguments: &[&str]) -> String {
        let output = self.usher(arguments);
        assert!(matches!(output.code, Some(1 | 2)), "{arguments:?}: {output:#?}");
        assert_eq!(output.out, "", "{arguments:?}");
        assert!(!output.err.contains("panicked"), "{output:#?}");
        output.err
    }
}

/// An identity provider whose key is there already.
pub(crate) fn identity_provider() -> TestIdp {
    let key = Key::identity_provider(now());
    let private = key.private.private_key_to_pkcs8().unwrap();
    let (entity_id, sso_url) = ("https://idp.example/entity", "https://idp.example/sso");
    TestIdp::from_der(entity_id, sso_url, &private, &key.der()).unwrap()
}

/// The rows of a table as the program draws it, each with its cells. The first
/// is its head.
pub(crate) fn rows(table: &str) -> Vec<Vec<&str>> {
    let cells = table.lines().map(|line| line.split("  "));
    cells.map(|cells| cells.map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect()
}
