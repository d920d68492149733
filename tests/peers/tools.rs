//! Programs that are not ours: how they are found, and how they are asked.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

/// The programs of this folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Pysaml2,
    Samlp,
    Samlify,
    PyJwt,
    Jose,
    Browser,
    Docs,
}

impl Program {
    fn file(self) -> &'static str {
        match self {
            Self::Pysaml2 => "pysaml2_idp.py",
            Self::Samlp => "samlp_idp.mjs",
            Self::Samlify => "samlify_idp.mjs",
            Self::PyJwt => "verify_token.py",
            Self::Jose => "verify_token.mjs",
            Self::Browser => "browser.mjs",
            Self::Docs => "docs.mjs",
        }
    }

    fn command(self) -> Command {
        let file = root().join("tests/peers").join(self.file());
        let mut command;
        if self.file().ends_with(".py") {
            command = Command::new(tools().join("venv/bin/python"));
            // Old names that the packages use of one another.
            command.args(["-W", "ignore"]);
        } else {
            command = Command::new("node");
            command.arg("--no-deprecation");
        }
        command.arg(file).env("USHER_TEST_TOOLS", tools());
        command
    }

    /// Gives the program a job and takes its answer, or what it says of its
    /// failure.
    pub(crate) fn ask(self, job: &Value) -> Result<Value, String> {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{self:?} does not start: {error}. {ADVICE}"));
        let job = serde_json::to_vec(job).unwrap();
        child.stdin.take().unwrap().write_all(&job).unwrap();
        let output = child.wait_with_output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).expect("the answer is JSON"))
    }
}

const ADVICE: &str = "Run scripts/test-tools, which says what is missing.";

/// The folder of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `scripts/test-tools` puts the packages.
fn tools() -> PathBuf {
    let folder = root().join("target/test-tools");
    assert!(folder.join("stamp").is_file(), "{} is not complete. {ADVICE}", folder.display());
    folder
}

/// The browser.
pub(crate) fn chromium() -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("no Chromium in PATH ({names:?}). {ADVICE}"))
}
