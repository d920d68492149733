//! RSA-PSS where the connection allows it: what a valid identity provider
//! signs is let in, and no attack is.

use openssl::nid::Nid;
use usher::domain::check::CheckId;

use crate::{
    direct::{DirectVerifier, failed_checks, now},
    forge::{Algorithm, Hash, Key, Parameters, Signed, message::valid, xml::element},
    scene::{ForgedMessage, SELF, VICTIM, find_element, replaced},
};

const ALL_SIGNED: [Signed; 3] = [Signed::Assertion, Signed::Response, Signed::Both];
const PSS: Algorithm = Algorithm::Pss(Hash::Sha256);

fn allowing() -> DirectVerifier {
    let mut direct = DirectVerifier::new();
    direct.policy.allow_rsa_pss = true;
    direct
}

fn by(direct: &DirectVerifier, algorithm: Algorithm, signed: Signed) -> String {
    valid(&direct.scene.context, SELF, &direct.scene.idp, algorithm, signed)
}

#[track_caller]
fn is_let_in(direct: &DirectVerifier, xml: String) {
    let verdict = direct.examine(&ForgedMessage::from(xml));
    assert_eq!(failed_checks(&verdict.checks), [""; 0], "{:#?}", verdict.checks);
    assert_eq!(verdict.assertion.unwrap().subject.name_id, SELF);
}

#[track_caller]
fn is_stopped(direct: &DirectVerifier, xml: String, by: &str) {
    let verdict = direct.examine(&ForgedMessage::from(xml));
    assert_eq!(verdict.assertion, None);
    assert!(failed_checks(&verdict.checks).contains(&by), "{:#?}", verdict.checks);
}

#[test]
fn pss_with_each_strong_hash_is_accepted() {
    let direct = allowing();
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        let stated = Parameters::for_hash(hash);
        let mixed = Parameters { mask: Hash::Sha512, salt: 20, ..stated };
        for algorithm in
            [Algorithm::Pss(hash), Algorithm::PssWith(stated), Algorithm::PssWith(mixed)]
        {
            for signed in ALL_SIGNED {
                is_let_in(&direct, by(&direct, algorithm, signed));
            }
        }
    }
}

#[test]
fn other_signatures_are_accepted_as_before() {
    let direct = allowing();
    for signed in ALL_SIGNED {
        is_let_in(&direct, by(&direct, Algorithm::Rsa(Hash::Sha256), signed));
    }
}

#[test]
fn pss_and_pkcs1_may_sign_one_document() {
    let direct = allowing();
    let scene = &direct.scene;
    let assertion = scene.assertion();
    for (inner, outer) in [(PSS, crate::scene::RSA), (crate::scene::RSA, PSS)] {
        let signed = assertion.xml(&assertion.signature(&scene.idp, inner).xml());
        let response = scene.response(signed);
        is_let_in(&direct, response.xml(&response.signature(&scene.idp, outer).xml()));
    }
}

#[test]
fn changed_content_under_a_pss_signature_is_rejected() {
    let direct = allowing();
    for signed in ALL_SIGNED {
        let xml = by(&direct, PSS, signed);
        is_stopped(&direct, replaced(&xml, SELF, VICTIM), "signature.key");
        is_stopped(&direct, replaced(&xml, ">USER<", ">ADMIN<"), "signature.key");
        is_stopped(&direct, replaced(&xml, "Name=\"role\"", "Name=\"rule\""), "signature.key");
    }
}

#[test]
fn a_changed_assertion_with_its_digest_is_rejected() {
    let direct = allowing();
    let scene = &direct.scene;
    let assertion = scene.assertion();
    let signature = assertion.signature(&scene.idp, PSS).xml();
    let evil = crate::forge::Assertion::valid(&scene.context, VICTIM);
    let old = Hash::Sha256.digest(assertion.xml("").as_bytes());
    let new = Hash::Sha256.digest(evil.xml("").as_bytes());
    let xml = scene.response(evil.xml(&replaced(&signature, &old, &new))).xml("");
    is_stopped(&direct, xml, "signature.key");
}

#[test]
fn another_key_is_rejected() {
    let mut direct = allowing();
    let attacker = direct.scene.attacker();
    for signed in ALL_SIGNED {
        let xml = valid(&direct.scene.context, SELF, &attacker, PSS, signed);
        is_stopped(&direct, xml, "signature.key");
    }
    direct.certificates = vec![Key::ec(Nid::X9_62_PRIME256V1, now()).der()];
    is_stopped(&direct, by(&direct, PSS, Signed::Both), "signature.key");
    direct.certificates = Vec::new();
    is_stopped(&direct, by(&direct, PSS, Signed::Both), "signature.key");
}

#[test]
fn weak_or_odd_parameters_are_rejected() {
    let direct = allowing();
    let good = Parameters::for_hash(Hash::Sha256);
    for algorithm in [
        Algorithm::Pss(Hash::Sha1),
        Algorithm::PssWith(Parameters::for_hash(Hash::Sha1)),
        Algorithm::PssWith(Parameters { mask: Hash::Sha1, ..good }),
        Algorithm::PssWith(Parameters { salt: 33, ..good }),
        Algorithm::PssWith(Parameters { trailer: "2", ..good }),
        Algorithm::PssWith(Parameters { trailer: "", ..good }),
    ] {
        is_stopped(&direct, by(&direct, algorithm, Signed::Assertion), "signature.algorithm");
    }
    for uri in ["sha224-rsa-MGF1", "sha3-256-rsa-MGF1", "md5-rsa-MGF1", "rsa-pss2"] {
        let uri = format!("http://www.w3.org/2007/05/xmldsig-more#{uri}");
        let xml = replaced(&by(&direct, PSS, Signed::Assertion), PSS.uri(), &uri);
        is_stopped(&direct, xml, "signature.algorithm");
    }
}

#[test]
fn parameters_that_were_changed_are_rejected() {
    let direct = allowing();
    let xml =
        by(&direct, Algorithm::PssWith(Parameters::for_hash(Hash::Sha256)), Signed::Assertion);
    let parameters = find_element(&xml, "pss:RSAPSSParams").to_owned();
    for (from, to, check) in [
        (">32<", ">31<", "signature.key"),
        (">32<", ">-1<", "signature.algorithm"),
        (">32<", ">32 31<", "signature.algorithm"),
        (">32<", "><x></x><", "signature.reference"),
        ("#MGF1", "#MGF2", "signature.algorithm"),
        ("</pss:RSAPSSParams>", "<pss:x></pss:x></pss:RSAPSSParams>", "signature.reference"),
    ] {
        is_stopped(&direct, replaced(&xml, from, to), check);
    }
    is_stopped(&direct, replaced(&xml, &parameters, &parameters.repeat(2)), "signature.reference");
    is_stopped(&direct, replaced(&xml, &parameters, ""), "signature.key");
}

#[test]
fn wrapping_under_a_pss_signature_is_rejected() {
    let direct = allowing();
    let scene = &direct.scene;
    let assertion = scene.assertion();
    let signature = assertion.signature(&scene.idp, PSS).xml();
    let genuine = assertion.xml(&signature);
    let evil = scene.unsigned_assertion();
    let same_id = crate::forge::Assertion::valid(&scene.context, VICTIM);
    for (content, check) in [
        (evil.xml("") + &genuine, "assertion.single"),
        (genuine.clone() + &evil.xml(""), "assertion.single"),
        (evil.xml(&signature), "signature.reference"),
        (same_id.xml(&signature), "signature.key"),
        (
            evil.xml(&replaced(
                &signature,
                "</ds:Signature>",
                &format!("{}</ds:Signature>", element("ds:Object", &[], &genuine)),
            )),
            "assertion.single",
        ),
    ] {
        is_stopped(&direct, scene.response(content).xml(""), check);
    }
    let mut response = scene.response(evil.xml(""));
    response.extensions = element("samlp:Extensions", &[], &genuine);
    is_stopped(&direct, response.xml(""), "assertion.single");
    // The outer signature is genuine, and the assertion's is taken off.
    let response = scene.response(genuine.clone());
    let whole = response.xml(&response.signature(&scene.idp, PSS).xml());
    is_stopped(&direct, replaced(&whole, &signature, ""), "signature.key");
}

#[test]
fn pss_without_exclusive_canonicalization_is_rejected_with_the_reason() {
    let direct = allowing();
    let scene = &direct.scene;
    let assertion = scene.assertion();
    let mut signature = assertion.signature(&scene.idp, PSS);
    for reference in &mut signature.references {
        let all = reference.transforms.clone();
        reference.transforms = all.split_inclusive("</ds:Transform>").next().unwrap().to_owned();
    }
    let xml = scene.response(assertion.xml(&signature.xml())).xml("");
    let verdict = direct.examine(&ForgedMessage::from(xml));
    assert_eq!(failed_checks(&verdict.checks), ["signature.key"]);
    let check = verdict.checks.iter().find(|check| check.id == CheckId::SignatureKey).unwrap();
    assert!(check.actual.contains("exclusive canonicalization"), "{}", check.actual);
}
