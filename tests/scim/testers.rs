//! Programs that judge a SCIM server, and one that is a SCIM server itself.

use std::{path::Path, process::Command};

use crate::usher::{Usher, must};

/// A Python program of this folder, about to be run as the client with a key.
fn tester(usher: &Usher, key: &str, program: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tester = Command::new(root.join("target/scim-tools/venv/bin/python"));
    tester.arg("-B").arg(root.join("tests/scim").join(program));
    tester.env("USHER_SCIM_URL", usher.running.url("/scim/v2"));
    tester.env("USHER_SCIM_KEY", key);
    tester
}

/// Runs a program against an account without users, as a client of the dialect `STRICT`. It
/// must succeed.
#[track_caller]
fn passes(program: &str) {
    let usher = Usher::start();
    must(tester(&usher, &usher.key_of_another_account(), program));
}

#[test]
fn scim2_tester_reports_no_error() {
    passes("testers/run_scim2_tester.py");
}

#[test]
fn scim_sanity_reports_only_known_differences() {
    passes("testers/run_scim_sanity.py");
}

#[test]
fn every_test_of_the_okta_specification_passes() {
    passes("testers/okta_spec.py");
}

/// Filters, orders and pages beside the reference server.
#[test]
fn answers_agree_with_the_reference_server() {
    passes("differential/compare.py");
}

/// A check that can't fail says nothing: a server that does not know the key
/// must be found out.
#[test]
fn testers_detect_a_server_that_rejects_their_key() {
    let usher = Usher::start();
    let programs = ["run_scim2_tester", "run_scim_sanity", "okta_spec"];
    for program in programs {
        let mut tester = tester(&usher, "usher_wrong", &format!("testers/{program}.py"));
        let output = tester.output().unwrap();
        assert!(!output.status.success(), "{program} believes everything");
    }
}
