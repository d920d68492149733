//! The commands of the guide and of the README's tour work: each is run unchanged, in
//! order.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{client::ApiClient, support::db::TestDb, world::World};

#[test]
fn every_command_of_the_guide_works() {
    let message = follow("docs/api.md");
    for expected in
        ["\"Lovelace\"", "\"STAGED\"", "\"Countess\"", "/status", "\"CREATE\"", "\"CLAIM\""]
    {
        assert!(message.contains(expected), "{expected} is not in\n{message}");
    }
}

/// Up to the login itself, which needs a browser.
#[test]
fn every_command_of_the_tour_works() {
    let message = follow("README.md");
    for expected in [
        "\"created\": 10",
        "emmy@example.com STAGED Professor Algebra Symmetry",
        "\"CREATE\"",
        "\"CLAIM\"",
        "user.update",
    ] {
        assert!(message.contains(expected), "{expected} is not in\n{message}");
    }
}

/// Up to what is done in the screens of the identity provider.
#[test]
fn every_command_of_the_guides_for_identity_providers_works() {
    for (guide, external_id, fixes) in [
        ("docs/scim/okta.md", "00u1815", &["unknown-attribute"][..]),
        ("docs/scim/entra.md", "ada", &["operation-case", "boolean-as-text"]),
    ] {
        let message = follow(guide);
        for expected in ["ada@example.com USER", "\"origin\": \"SCIM\"", "by SCIM_CLIENT"] {
            assert!(message.contains(expected), "{guide}: {expected} is not in\n{message}");
        }
        for fix in fixes {
            assert!(message.contains(&format!("\"{fix}\"")), "{guide}: {fix} is not in\n{message}");
        }
        let switched = "false\nDISABLED\ntrue\nSTAGED\n";
        let (_, rotated) =
            message.split_once(switched).unwrap_or_else(|| panic!("{guide}\n{message}"));
        assert!(rotated.trim().ends_with(external_id), "{guide}: {rotated}");
    }
}

/// What the commands of a document say, one after the other, to a server of
/// their own.
fn follow(document: &str) -> String {
    let world = World::new(TestDb::sqlite());
    let api = ApiClient::for_server(&world.server);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(document)).unwrap();
    let script = format!("set -euo pipefail\n{}", commands(&text).join("\n"));
    let script_file = tempfile::NamedTempFile::new().unwrap();
    fs::write(script_file.path(), script).unwrap();
    // The generator that the tour has people install.
    let tools = root.join("target/api-tools/venv/bin");
    let path = format!("{}:{}", tools.display(), env::var("PATH").unwrap());
    let output = Command::new("bash")
        .arg(script_file.path())
        .current_dir(root)
        .env("PATH", path)
        .env("USHER", &world.server.address)
        .env("KEY", api.key())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}\n{complained}");
    message
}

/// The blocks that are marked as shell.
fn commands(guide: &str) -> Vec<&str> {
    let blocks = guide.split("\n```sh\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap()).collect()
}
