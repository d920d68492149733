//! Every form field is accepted, or rejected by exactly one check.
#![no_main]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use usher::saml::response::decode;

fn check(field: &str) {
    if let Err(checks) = decode(Some(field)) {
        assert_eq!(checks.failed().count(), 1);
    }
}

fuzz_target!(|data: &[u8]| {
    check(&STANDARD.encode(data));
    if let Ok(text) = std::str::from_utf8(data) {
        check(text);
    }
});
