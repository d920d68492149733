//! A message is accepted only with claims that a signature covers, and the XML security
//! library has the same result.
#![no_main]

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use usher::{
    domain::{attributes::NameMatch, check::CheckId, connection::SamlPolicy},
    saml::{
        keys::DecryptionKey,
        response::{Expectations, RequestState, decode, examine, verify},
    },
};

static CERTIFICATES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| vec![read_key("idp.der")]);
static KEYS: LazyLock<Vec<DecryptionKey>> = LazyLock::new(|| {
    let der = read_key("service-provider.key.der");
    vec![DecryptionKey::from_der(&der).expect("the key of the seeds")]
});
static POLICY: LazyLock<SamlPolicy> =
    LazyLock::new(|| SamlPolicy { allow_cbc: true, allow_rsa_pss: true, ..SamlPolicy::default() });

/// Reads a key that the test of the seeds wrote.
fn read_key(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/keys");
    std::fs::read(format!("{folder}/{name}")).expect("run the test of the seeds first")
}

fuzz_target!(|data: &[u8]| {
    let Ok(received) = decode(Some(&STANDARD.encode(data))) else { return };
    let expected = |second_opinion| Expectations {
        idp_entity_id: "https://idp.example.com/metadata",
        certificates: &CERTIFICATES,
        sp_entity_id: "https://usher.example.com/saml/1/metadata",
        acs_url: "https://usher.example.com/saml/1/acs",
        policy: &POLICY,
        subject_attribute: None,
        request: RequestState::Pending("_request1"),
        ignored: &[],
        decryption_keys: &KEYS,
        second_opinion,
    };
    let now = chrono::DateTime::from_timestamp(1_795_428_000, 0).expect("a moment");
    // The XML security library says the same of the signatures.
    let key_check = |second_opinion| {
        let examination = examine(&received, &expected(second_opinion), now);
        examination.checks.iter().find(|check| check.id == CheckId::SignatureKey).cloned()
    };
    assert_eq!(key_check(false), key_check(true));
    if let Some(assertion) = verify(&received, &expected(false), now).assertion {
        assert_eq!(assertion.id, "_a1");
        assert_eq!(assertion.subject.name_id, "ada@example.com");
        let teams: Vec<_> = assertion.attributes.values("teamName", NameMatch::Name).collect();
        assert_eq!(teams, ["Ops", "Night & Day"]);
    }
});
