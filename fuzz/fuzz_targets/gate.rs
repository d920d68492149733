//! Whatever is posted, the gate answers, and with every check.
#![no_main]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use usher::{
    domain::check::CheckResult,
    saml::{checks::ORDER, response::open},
};

fn look(field: &str) {
    if let Err(checks) = open(Some(field)) {
        assert_eq!(checks.len(), ORDER.len());
        let failed = checks.iter().filter(|check| check.result == CheckResult::Failed);
        assert_eq!(failed.count(), 1);
    }
}

fuzz_target!(|data: &[u8]| {
    look(&STANDARD.encode(data));
    if let Ok(text) = std::str::from_utf8(data) {
        look(text);
    }
});
