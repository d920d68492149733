//! People log in through a real browser, by the pages that they see.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    tools::{Program, chromium, root},
    usher::Usher,
};

/// What the connection checks before it lets somebody new in.
const GUARD: &str = "role";

/// A variable of the environment that has the test write the pictures of the
/// documents.
const WRITE: &str = "USHER_TEST_WRITE_PICTURES";

/// The pictures of the documents, each with the page that it shows.
const PICTURES: [(&str, &str); 3] =
    [("sign-in", "sign-in"), ("signed-in", "signed-in"), ("explained-failure", "rejected")];

fn artifacts() -> PathBuf {
    root().join("target/artifacts/browser")
}

/// A login of each kind, each in a browser that has never been here.
fn visits() -> Value {
    let (usher, idp) = Usher::start_with_test_identity_provider("Test identity provider", GUARD);
    let job = json!({
        "chromium": chromium(),
        "artifacts": artifacts(),
        "sign_in_url": usher.address("signin?account=default"),
        "session_url": usher.address("session"),
        "identity_provider": idp,
        "connection": "Test identity provider",
        "send": "Sign and send",
        "visits": [
            { "name": "signed-in", "example": "First login with team", "keyboard": true, "pictures": true },
            { "name": "signed-in-again", "example": "The same person again", "keyboard": false },
            { "name": "fallback", "example": "Malformed values", "keyboard": false },
            { "name": "rejected", "example": "Missing guard attribute", "keyboard": false },
        ],
    });
    Program::Browser.ask(&job).unwrap()
}

/// One test, because a browser is slow to start: the newcomer's tour, from the
/// sign-in page over the identity provider to the signed-in or the error page.
#[test]
fn tour_works_in_a_real_browser() {
    let message = visits();
    let visit = |name: &str| &message["visits"][name];

    let first = visit("signed-in");
    assert_contains(
        first,
        "signed-in",
        &["Ada Lovelace", "ada.lovelace@example.com", "Analytical Engine"],
    );
    assert_eq!(first["session"]["body"]["user"]["role"], "USER");
    assert_eq!(first["session"]["body"]["teams"][0]["role"], "ADMIN");

    // Other attributes change nothing at the second login.
    let again = visit("signed-in-again");
    assert_contains(again, "signed-in-again", &["Ada Lovelace", "Analytical Engine"]);
    for stored in ["user", "teams"] {
        assert_eq!(again["session"]["body"][stored], first["session"]["body"][stored]);
    }
    assert_ne!(again["session"]["body"]["id"], first["session"]["body"]["id"]);

    let fallback = visit("fallback");
    assert_contains(fallback, "fallback", &["Grace Hopper"]);
    assert_eq!(fallback["session"]["body"]["user"]["role"], "STAKEHOLDER");

    let rejected = visit("rejected");
    assert_contains(rejected, "rejected", &["account admin"]);
    assert_eq!(rejected["session"]["status"], 401);
    let reference =
        rejected["pages"]["rejected"]["url"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_contains(rejected, "rejected", &[reference]);

    for name in ["signed-in", "signed-in-again", "fallback", "rejected"] {
        is_sound(visit(name), name);
    }
    for picture in ["sign-in", "signed-in", "rejected"] {
        for screen in ["desktop", "phone"] {
            for scheme in ["light", "dark"] {
                let file = artifacts().join(format!("{picture}-{screen}-{scheme}.png"));
                assert!(file.is_file(), "{} is kept", file.display());
            }
        }
    }
    if std::env::var_os(WRITE).is_some() {
        write_pictures();
    }
}

/// Writes the pictures that the README shows.
fn write_pictures() {
    let folder = root().join("docs/images");
    fs::create_dir_all(&folder).unwrap();
    for (name, page) in PICTURES {
        let taken = artifacts().join(format!("{page}-picture.png"));
        fs::copy(taken, folder.join(format!("{name}.png"))).unwrap();
    }
}

/// The page has these words.
fn assert_contains(visit: &Value, page: &str, words: &[&str]) {
    let text = visit["pages"][page]["text"].as_str().unwrap();
    for word in words {
        assert!(text.contains(word), "{page} says {word:?}: {text}");
    }
}

/// Nothing that the browser, axe, or a person on a phone would complain of.
fn is_sound(visit: &Value, name: &str) {
    assert_eq!(visit["complaints"], json!([]), "{name}: the browser's console is quiet");
    for answer in visit["answers"].as_array().unwrap() {
        let url = answer["url"].as_str().unwrap();
        let status = answer["status"].as_u64().unwrap();
        assert!(
            url.starts_with("http://127.0.0.1:"),
            "{name}: nothing comes from elsewhere: {url}"
        );
        assert!(status < 400 || url.contains("/signin/error/"), "{name}: {status} from {url}");
    }
    for (page, facts) in visit["pages"].as_object().unwrap() {
        assert_eq!(facts["problems"], json!([]), "{page} is accessible, and fits");
        assert_eq!(facts["language"], "en", "{page}");
        assert_ne!(facts["title"], "", "{page}");
        assert_eq!(facts["headings"].as_array().unwrap().len(), 1, "{page} has one main heading");
    }
    for cookie in visit["cookies"].as_array().unwrap() {
        assert_eq!(cookie["httpOnly"], true, "{name}: {cookie}");
    }
}
