//! Each attack on the verification itself, without a server around it.

use usher::{
    domain::{
        Timestamp,
        check::{CheckId, Checks},
        connection::SamlPolicy,
    },
    saml::{
        keys::DecryptionKey,
        response::{Examination, Expectations, RequestState, Verdict, decode, examine, verify},
    },
};

use crate::{
    forge::{Key, MessageContext},
    scene::{AttackScene, ForgedMessage},
};

/// An identity provider, and a service provider that has asked it.
pub(crate) struct DirectVerifier {
    pub(crate) scene: AttackScene,
    pub(crate) certificates: Vec<Vec<u8>>,
    decryption: DecryptionKey,
    pub(crate) policy: SamlPolicy,
    pub(crate) subject_attribute: Option<&'static str>,
}

/// The moment of every message.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

impl DirectVerifier {
    /// One whose identity provider has an RSA-2048 key.
    pub(crate) fn new() -> Self {
        Self::with_key(Key::identity_provider(now()))
    }

    /// One whose identity provider has this key.
    pub(crate) fn with_key(idp: Key) -> Self {
        let own = Key::service_provider(now());
        let private = own.private.private_key_to_der().unwrap();
        let context = MessageContext {
            idp_entity_id: "https://idp.example/entity".into(),
            sp_entity_id: "https://sp.example/saml/1/metadata".into(),
            acs_url: "https://sp.example/saml/1/acs".into(),
            request: Some("_request".into()),
            now: now(),
        };
        Self {
            certificates: vec![idp.der()],
            decryption: DecryptionKey::from_der(&private).unwrap(),
            policy: SamlPolicy::default(),
            subject_attribute: None,
            scene: AttackScene { context, idp, encryption: own.certificate },
        }
    }

    /// What the program makes of a message.
    pub(crate) fn examine(&self, forged: &ForgedMessage) -> Verdict {
        let received = match decode(forged.field.as_deref()) {
            Ok(received) => received,
            Err(checks) => return Verdict { checks, assertion: None, claims: None },
        };
        let request = match received.in_response_to() {
            None => RequestState::Unsolicited,
            Some(id) if Some(id) == self.scene.context.request.as_deref() => {
                RequestState::Pending(id)
            }
            Some(_) => RequestState::Unknown("no such request"),
        };
        let expected = |second_opinion| Expectations {
            idp_entity_id: &self.scene.context.idp_entity_id,
            certificates: &self.certificates,
            sp_entity_id: &self.scene.context.sp_entity_id,
            acs_url: &self.scene.context.acs_url,
            policy: &self.policy,
            subject_attribute: self.subject_attribute,
            request,
            ignored: &[],
            decryption_keys: std::slice::from_ref(&self.decryption),
            second_opinion,
        };
        assert_same_judgement(
            examine(&received, &expected(false), now()),
            examine(&received, &expected(true), now()),
        );
        verify(&received, &expected(false), now())
    }
}

/// Asserts that the XML security library comes to the same result about the signatures of
/// a message, where it can come to one.
fn assert_same_judgement(own: Examination, both: Examination) {
    let judgement = |examination: &Examination| {
        let mut checks = examination.checks.iter();
        checks.find(|check| check.id == CheckId::SignatureKey).unwrap().clone()
    };
    let both = judgement(&both);
    if !both.actual.contains("does not support") {
        assert_eq!(judgement(&own), both);
    }
}

/// The names of the checks that failed.
pub(crate) fn failed_checks(checks: &Checks) -> Vec<&str> {
    checks.failed().map(|check| check.id.as_str()).collect()
}

fn assert_attack_fails(kind: &str, forge: fn(&AttackScene) -> ForgedMessage, checks: &[&str]) {
    let direct = DirectVerifier::new();
    let forged = forge(&direct.scene);
    let verdict = direct.examine(&forged);
    assert_eq!(verdict.assertion, None);
    let failed = failed_checks(&verdict.checks);
    assert!(checks.iter().all(|check| failed.contains(check)), "{:#?}", verdict.checks);
    assert!(kind != "contents" || failed == checks, "{:#?}", verdict.checks);
    assert!(!forged.was_called(), "somebody was called");
}

macro_rules! direct_tests {
    ($($kind:ident { $($attack:ident => [$($check:literal),*],)* })*) => {$(
        mod $kind {
            $(
                #[test]
                fn $attack() {
                    super::assert_attack_fails(stringify!($kind), crate::$kind::$attack, &[$($check),*]);
                }
            )*
        }
    )*};
}

crate::table::each_attack!(direct_tests);
