//! Properties of every posted message: it causes no panic, and only signed bytes
//! sign a person in.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use super::kit::{AES256_GCM, Encryption, IDP_KEY, Message, SP_KEY, Setting, Sign, failed};
use crate::{
    domain::{attributes::NameMatch, check::CheckResult},
    saml::response::Verdict,
};

static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let message = Message::new();
    let encrypted =
        Encryption::new(AES256_GCM).encrypt(&message.assertion(true, &IDP_KEY), &SP_KEY);
    let mut seeds = vec![message.around(&encrypted, false, &IDP_KEY)];
    seeds.push(message.around(&encrypted, true, &IDP_KEY));
    seeds
        .extend([Sign::Response, Sign::Assertion, Sign::Both].map(|w| message.signed(w, &IDP_KEY)));
    seeds
});

/// What an attacker puts into a message.
const PIECES: [&str; 16] = [
    "<",
    ">",
    "\"",
    "&",
    "&#0;",
    "<!-- -->",
    "<?x?>",
    "]]>",
    "<![CDATA[",
    "</saml:Subject>",
    "<saml:Assertion ID=\"_a2\"/>",
    " ID=\"_a1\"",
    " xmlns=\"urn:x\"",
    "\0",
    "é",
    "eve@example.com",
];

/// Asserts that an accepted message has the signed claims.
fn assert_signed(verdict: &Verdict) -> Result<(), TestCaseError> {
    failed(verdict);
    if let Some(assertion) = &verdict.assertion {
        prop_assert_eq!(&assertion.subject.name_id, "ada@example.com");
        prop_assert_eq!(&assertion.id, "_a1");
        let teams: Vec<_> = assertion.attributes.values("teamName", NameMatch::Name).collect();
        prop_assert_eq!(teams, ["Ops", "Night & Day"]);
    } else {
        let failed = |check: &crate::domain::check::Check| check.result == CheckResult::Failed;
        prop_assert!(verdict.checks.iter().any(failed));
    }
    Ok(())
}

/// The nearest place where a text can be cut.
fn nearest_boundary(text: &str, fraction: f64) -> usize {
    let mut at = (text.len() as f64 * fraction) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_text_is_rejected(field in "\\PC{0,200}") {
        prop_assert!(Setting::new().verify_field(&field).assertion.is_none());
    }

    #[test]
    fn arbitrary_bytes_are_rejected(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let field = STANDARD.encode(bytes);
        prop_assert!(Setting::new().verify_field(&field).assertion.is_none());
    }

    #[test]
    fn replaced_byte_never_signs_in_another_person(
        seed in 0_usize..5, at in 0.0..1.0_f64, byte in any::<u8>(),
    ) {
        let mut bytes = SEEDS[seed].clone().into_bytes();
        let index = (bytes.len() as f64 * at) as usize;
        bytes[index] = byte;
        assert_signed(&Setting::new().verify_field(&STANDARD.encode(bytes)))?;
    }

    #[test]
    fn inserted_fragment_never_signs_in_another_person(
        seed in 0_usize..5, at in 0.0..1.0_f64, piece in 0..PIECES.len(),
    ) {
        let mut text = SEEDS[seed].clone();
        text.insert_str(nearest_boundary(&text, at), PIECES[piece]);
        assert_signed(&Setting::new().verify(&text))?;
    }

    #[test]
    fn copied_or_removed_part_never_signs_in_another_person(
        seed in 0_usize..5, from in 0.0..1.0_f64, to in 0.0..1.0_f64, at in 0.0..1.0_f64,
    ) {
        let text = &SEEDS[seed];
        let (from, to) = (nearest_boundary(text, from.min(to)), nearest_boundary(text, from.max(to)));
        let mut copied = text.clone();
        copied.insert_str(nearest_boundary(text, at), &text[from..to]);
        assert_signed(&Setting::new().verify(&copied))?;
        let mut shortened = text.clone();
        shortened.replace_range(from..to, "");
        assert_signed(&Setting::new().verify(&shortened))?;
    }
}
