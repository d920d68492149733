//! The guide's commands are true: each is run, in order, as it stands there.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{client::Api, support::db::TestDb, world::World};

#[test]
fn every_command_of_the_guide_works() {
    let world = World::new(TestDb::sqlite());
    let api = Api::of(&world.server);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/api.md")).unwrap();
    let blocks = commands(&guide);
    assert!(blocks.len() > 10, "the guide has commands");
    let mut script = String::from("set -euo pipefail\n");
    for block in &blocks {
        script.push_str(block);
        script.push('\n');
    }
    let script_file = tempfile::NamedTempFile::new().unwrap();
    fs::write(script_file.path(), script).unwrap();
    let output = Command::new("bash")
        .arg(script_file.path())
        .current_dir(root)
        .env("USHER", &world.server.address)
        .env("KEY", api.key())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (told, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{complained}");
    for wanted in
        ["\"Lovelace\"", "\"STAGED\"", "\"Countess\"", "/status", "\"CREATE\"", "\"CLAIM\""]
    {
        assert!(told.contains(wanted), "{wanted} is not in\n{told}");
    }
}

/// The blocks that are marked as shell.
fn commands(guide: &str) -> Vec<&str> {
    let blocks = guide.split("\n```sh\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap()).collect()
}
