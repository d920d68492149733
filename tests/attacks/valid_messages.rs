//! The forge's valid messages: XMLSec verifies them, and the program lets
//! them in. Else an attack could fail for the wrong reason.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use openssl::nid::Nid;
use proptest::{prelude::*, sample::Index};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider as _, ReduceMode};

use crate::{
    direct::{DirectVerifier, failed_checks},
    forge::{Algorithm, Cipher, Hash, Key, Signed, Transport, encrypt::encrypted, message::valid},
    scene::{AttackScene, ForgedMessage, SELF, VICTIM, replaced},
};

const ALL_SIGNED: [Signed; 3] = [Signed::Assertion, Signed::Response, Signed::Both];

fn verifies(xml: &str, key: &Key) -> bool {
    let certificate = CertificateDer::from(key.der());
    Crypto::reduce_xml_to_signed(xml, &[certificate], ReduceMode::PreDigest).is_ok()
}

/// The person whom the program lets in with a message.
fn find_signed_in_person(direct: &DirectVerifier, forged: &ForgedMessage) -> Option<String> {
    let verdict = direct.examine(forged);
    assert_eq!(verdict.assertion.is_none(), !failed_checks(&verdict.checks).is_empty());
    verdict.assertion.map(|assertion| assertion.subject.name_id)
}

fn is_let_in(direct: &DirectVerifier, xml: String) {
    let body = xml.clone();
    assert_eq!(find_signed_in_person(direct, &xml.into()).as_deref(), Some(SELF), "{body}");
}

fn signed_with(key: Key, algorithm: Algorithm) {
    let direct = DirectVerifier::with_key(key);
    let (context, key) = (&direct.scene.context, &direct.scene.idp);
    for signed in ALL_SIGNED {
        let xml = valid(context, SELF, key, algorithm, signed);
        assert!(verifies(&xml, key), "{signed:?}: {xml}");
        assert!(!verifies(&replaced(&xml, SELF, VICTIM), key), "{signed:?}");
        is_let_in(&direct, xml);
    }
}

#[test]
fn rsa_sha256_is_accepted() {
    signed_with(Key::identity_provider(crate::direct::now()), Algorithm::Rsa(Hash::Sha256));
}

#[test]
fn rsa_sha384_is_accepted() {
    signed_with(Key::identity_provider(crate::direct::now()), Algorithm::Rsa(Hash::Sha384));
}

#[test]
fn rsa_sha512_is_accepted() {
    signed_with(Key::identity_provider(crate::direct::now()), Algorithm::Rsa(Hash::Sha512));
}

#[test]
fn ecdsa_p256_sha256_is_accepted() {
    let key = Key::ec(Nid::X9_62_PRIME256V1, crate::direct::now());
    signed_with(key, Algorithm::Ecdsa(Hash::Sha256));
}

#[test]
fn ecdsa_p384_sha384_is_accepted() {
    signed_with(Key::ec(Nid::SECP384R1, crate::direct::now()), Algorithm::Ecdsa(Hash::Sha384));
}

#[test]
fn ecdsa_p384_sha512_is_accepted() {
    signed_with(Key::ec(Nid::SECP384R1, crate::direct::now()), Algorithm::Ecdsa(Hash::Sha512));
}

#[test]
fn sha1_is_accepted_until_the_date_of_the_connection() {
    let mut direct = DirectVerifier::new();
    direct.policy.sha1_until = Some(crate::direct::now() + chrono::TimeDelta::days(1));
    let context = &direct.scene.context;
    for signed in ALL_SIGNED {
        let xml = valid(context, SELF, &direct.scene.idp, Algorithm::Rsa(Hash::Sha1), signed);
        is_let_in(&direct, xml);
    }
}

#[test]
fn encryption_inside_and_outside_of_signed_content_is_accepted() {
    for transport in [Transport::Oaep, Transport::OaepSha256] {
        for cipher in [Cipher::Aes128Gcm, Cipher::Aes256Gcm] {
            encrypted_with(&DirectVerifier::new(), &ALL_SIGNED, cipher, transport);
        }
    }
}

#[test]
fn cbc_in_a_signed_response_is_accepted_if_allowed() {
    let mut direct = DirectVerifier::new();
    direct.policy.allow_cbc = true;
    for cipher in [Cipher::Aes128Cbc, Cipher::Aes256Cbc] {
        encrypted_with(&direct, &[Signed::Response, Signed::Both], cipher, Transport::Oaep);
    }
}

fn encrypted_with(direct: &DirectVerifier, each: &[Signed], cipher: Cipher, transport: Transport) {
    let scene = &direct.scene;
    for signed in each {
        let assertion = scene.assertion();
        let plain = match signed {
            Signed::Assertion | Signed::Both => assertion.signed(&scene.idp),
            Signed::Response => assertion.xml(""),
        };
        let response = scene.response(encrypted(&plain, &scene.encryption, cipher, transport));
        is_let_in(
            direct,
            match signed {
                Signed::Assertion => response.xml(""),
                Signed::Response | Signed::Both => response.signed(&scene.idp),
            },
        );
    }
}

#[test]
fn unsolicited_response_is_accepted_if_allowed() {
    let mut direct = DirectVerifier::new();
    direct.policy.idp_initiated = true;
    direct.scene.context.request = None;
    for signed in ALL_SIGNED {
        is_let_in(&direct, direct.scene.valid_response(signed));
    }
}

#[test]
fn name_split_by_cdata_is_read_whole() {
    let direct = DirectVerifier::new();
    let mut assertion = direct.scene.assertion();
    let whole = format!("{VICTIM}.evil.example");
    assertion.subject.name_id.clone_from(&whole);
    let xml = direct.scene.response(assertion.signed(&direct.scene.idp)).xml("");
    for pieces in [
        format!("{VICTIM}<![CDATA[.evil.example]]>"),
        format!("<![CDATA[{VICTIM}]]>.evil.example"),
        format!("{VICTIM}&#46;evil.example"),
    ] {
        let xml = replaced(&xml, &whole, &pieces);
        assert!(verifies(&xml, &direct.scene.idp), "{xml}");
        if let Some(name) = find_signed_in_person(&direct, &xml.into()) {
            assert_eq!(name, whole);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// After a change of any byte, Usher signs in the signed person or nobody.
    #[test]
    fn changed_byte_never_changes_the_subject(
        each in 0..ALL_SIGNED.len(),
        at in any::<Index>(),
        byte in prop_oneof![any::<u8>(), Just(b'<'), Just(b' '), Just(b'"'), Just(b'_')],
    ) {
        let direct = DirectVerifier::new();
        let mut bytes = direct.scene.valid_response(ALL_SIGNED[each]).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let name = find_signed_in_person(&direct, &ForgedMessage::bytes(&bytes));
        prop_assert!(name.is_none() || name.as_deref() == Some(SELF));
    }
}

macro_rules! all_attacks {
    ($($kind:ident { $($attack:ident => [$($check:literal),*],)* })*) => {
        [$($((stringify!($kind), stringify!($attack), crate::$kind::$attack as Forge),)*)*]
    };
}

type Forge = fn(&AttackScene) -> ForgedMessage;

/// Attacks besides those on the contents whose signature is genuine, and
/// covers what it says.
const STILL_SIGNED: [&str; 17] = [
    "sha1",
    "sha1_digest",
    "xsw3",
    "xsw4",
    "second_assertion",
    "second_encrypted_assertion",
    "assertion_in_advice",
    "no_assertion",
    "comment_in_name_id",
    "comment_in_attribute",
    "instruction_in_name_id",
    "instruction_in_attribute",
    "element_in_name_id",
    "ten_thousand_attributes",
    "empty_reference",
    "several_references",
    "cbc_that_is_not_allowed",
];

#[test]
fn untouched_signatures_of_forged_messages_are_valid() {
    let direct = DirectVerifier::new();
    let mut verified = Vec::new();
    for (kind, attack, forge) in crate::table::each_attack!(all_attacks) {
        if kind != "contents" && !STILL_SIGNED.contains(&attack) {
            continue;
        }
        let field = forge(&direct.scene).field.unwrap();
        let xml = String::from_utf8(BASE64_STANDARD.decode(field).unwrap()).unwrap();
        let certificate = CertificateDer::from(direct.scene.idp.der());
        let result = Crypto::verify_signed_xml(&xml, &certificate, Some("ID"));
        assert!(result.is_ok(), "{attack}: {result:?} {xml}");
        verified.push(attack);
    }
    assert!(STILL_SIGNED.iter().all(|attack| verified.contains(attack)), "{verified:?}");
}
