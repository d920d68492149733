//! Attacks on the signature itself: it is missing, somebody else's, or of a
//! kind that proves nothing.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::pkey::PKey;

use crate::{
    forge::{
        Algorithm, Hash, Parameters, Signature, Signed,
        message::valid,
        sign::{self, key_info},
        xml::element,
    },
    scene::{AttackScene, ForgedMessage, RSA, SELF, VICTIM, find_element, replaced},
};

/// Nobody signed.
pub(crate) fn no_signature(scene: &AttackScene) -> ForgedMessage {
    scene.response(scene.unsigned_assertion().xml("")).xml("").into()
}

/// The identity provider signed; the signatures are taken off, and the rest is
/// changed at will.
pub(crate) fn stripped_signature(scene: &AttackScene) -> ForgedMessage {
    let mut xml = scene.valid_response(Signed::Both);
    for _ in 0..2 {
        xml = xml.replacen(&find_element(&xml, "ds:Signature").to_owned(), "", 1);
    }
    replaced(&xml, SELF, VICTIM).into()
}

/// The signature of the response is taken off, and the assertion, which has
/// one, is changed.
pub(crate) fn stripped_response_signature(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    let xml = xml.replacen(&find_element(&xml, "ds:Signature").to_owned(), "", 1);
    replaced(&xml, SELF, VICTIM).into()
}

/// A signature without a value.
pub(crate) fn empty_signature_value(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    let value = find_element(&xml, "ds:SignatureValue").to_owned();
    replaced(&xml, &value, "<ds:SignatureValue></ds:SignatureValue>").into()
}

/// The signed assertion is changed.
pub(crate) fn changed_assertion(scene: &AttackScene) -> ForgedMessage {
    replaced(&scene.valid_response(Signed::Assertion), SELF, VICTIM).into()
}

/// The assertion in a signed response is changed.
pub(crate) fn changed_response(scene: &AttackScene) -> ForgedMessage {
    replaced(&scene.valid_response(Signed::Response), SELF, VICTIM).into()
}

/// The assertion is changed, and the digest is made to fit: the signature over
/// the digest does not.
pub(crate) fn changed_assertion_with_its_digest(scene: &AttackScene) -> ForgedMessage {
    let assertion = scene.assertion();
    let signature = assertion.signature(&scene.idp, RSA).xml();
    let evil = crate::forge::Assertion::valid(&scene.context, VICTIM);
    let old = Hash::Sha256.digest(assertion.xml("").as_bytes());
    let new = Hash::Sha256.digest(evil.xml("").as_bytes());
    scene.response(evil.xml(&replaced(&signature, &old, &new))).xml("").into()
}

/// The signature of a genuine assertion, put into another one of the same ID.
pub(crate) fn transplanted_signature(scene: &AttackScene) -> ForgedMessage {
    let assertion = scene.assertion();
    let signature = assertion.signature(&scene.idp, RSA).xml();
    let evil = crate::forge::Assertion::valid(&scene.context, VICTIM);
    scene.response(evil.xml(&signature)).xml("").into()
}

/// Somebody else signed, and says nothing of their key.
pub(crate) fn other_key(scene: &AttackScene) -> ForgedMessage {
    let evil = scene.unsigned_assertion();
    let mut signature = evil.signature(&scene.attacker(), RSA);
    signature.key_info = String::new();
    scene.response(evil.xml(&signature.xml())).xml("").into()
}

/// Somebody else signed, and names the identity provider's certificate.
pub(crate) fn other_key_under_the_right_certificate(scene: &AttackScene) -> ForgedMessage {
    let evil = scene.unsigned_assertion();
    let mut signature = evil.signature(&scene.attacker(), RSA);
    signature.key_info = key_info(&scene.idp);
    scene.response(evil.xml(&signature.xml())).xml("").into()
}

/// Somebody else signed, and brings their certificate along.
pub(crate) fn key_in_the_message(scene: &AttackScene) -> ForgedMessage {
    let evil = scene.unsigned_assertion();
    let signature = evil.signature(&scene.attacker(), RSA);
    scene.response(evil.xml(&signature.xml())).xml("").into()
}

/// Somebody else signed, and brings their bare key along.
pub(crate) fn key_value_in_the_message(scene: &AttackScene) -> ForgedMessage {
    let (evil, attacker) = (scene.unsigned_assertion(), scene.attacker());
    let rsa = attacker.private.rsa().unwrap();
    let number = |name: &str, number: &openssl::bn::BigNumRef| {
        element(name, &[], &STANDARD.encode(number.to_vec()))
    };
    let value = number("ds:Modulus", rsa.n()) + &number("ds:Exponent", rsa.e());
    let value = element("ds:KeyValue", &[], &element("ds:RSAKeyValue", &[], &value));
    let mut signature = evil.signature(&attacker, RSA);
    signature.key_info = element("ds:KeyInfo", &[], &value);
    scene.response(evil.xml(&signature.xml())).xml("").into()
}

/// A genuine assertion in a response that somebody else signed.
pub(crate) fn response_by_another_key(scene: &AttackScene) -> ForgedMessage {
    let response = scene.response(scene.assertion().signed(&scene.idp));
    response.signed(&scene.attacker()).into()
}

/// A genuine response around an assertion that somebody else signed: an
/// identity provider that passes on what others say.
pub(crate) fn assertion_by_another_key(scene: &AttackScene) -> ForgedMessage {
    let response = scene.response(scene.unsigned_assertion().signed(&scene.attacker()));
    response.signed(&scene.idp).into()
}

/// SHA-1, signed by the identity provider.
pub(crate) fn sha1(scene: &AttackScene) -> ForgedMessage {
    let algorithm = Algorithm::Rsa(Hash::Sha1);
    valid(&scene.context, SELF, &scene.idp, algorithm, Signed::Both).into()
}

/// SHA-1 for the digest alone.
pub(crate) fn sha1_digest(scene: &AttackScene) -> ForgedMessage {
    let assertion = scene.assertion();
    let mut signature = assertion.signature(&scene.idp, RSA);
    for reference in &mut signature.references {
        reference.hash = Hash::Sha1;
        reference.digest = Hash::Sha1.digest(assertion.xml("").as_bytes());
    }
    scene.response(assertion.xml(&signature.xml())).xml("").into()
}

/// RSA-PSS, signed by the identity provider; the connection does not allow it.
pub(crate) fn rsa_pss_that_is_not_allowed(scene: &AttackScene) -> ForgedMessage {
    let algorithm = Algorithm::Pss(Hash::Sha256);
    valid(&scene.context, SELF, &scene.idp, algorithm, Signed::Both).into()
}

/// The same, with parameters in the message.
pub(crate) fn rsa_pss_parameters_that_are_not_allowed(scene: &AttackScene) -> ForgedMessage {
    let algorithm = Algorithm::PssWith(Parameters::for_hash(Hash::Sha512));
    valid(&scene.context, SELF, &scene.idp, algorithm, Signed::Response).into()
}

/// A genuine PKCS #1 signature that is called PSS.
pub(crate) fn pkcs1_under_the_name_of_pss(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    replaced(&xml, RSA.uri(), Algorithm::Pss(Hash::Sha256).uri()).into()
}

/// A genuine PSS signature that is called PKCS #1.
pub(crate) fn pss_under_the_name_of_pkcs1(scene: &AttackScene) -> ForgedMessage {
    let pss = Algorithm::Pss(Hash::Sha256);
    let xml = valid(&scene.context, SELF, &scene.idp, pss, Signed::Assertion);
    replaced(&xml, pss.uri(), RSA.uri()).into()
}

fn hmac(scene: &AttackScene, secret: &[u8]) -> ForgedMessage {
    let evil = scene.unsigned_assertion();
    let method = Algorithm::Hmac(Hash::Sha256);
    let key = PKey::hmac(secret).unwrap();
    let signature = Signature { key, ..evil.signature(&scene.idp, method) };
    scene.response(evil.xml(&signature.xml())).xml("").into()
}

/// HMAC with what everybody knows: the public key.
pub(crate) fn hmac_with_the_public_key(scene: &AttackScene) -> ForgedMessage {
    hmac(scene, &scene.idp.private.public_key_to_pem().unwrap())
}

/// HMAC with what everybody knows: the certificate.
pub(crate) fn hmac_with_the_certificate(scene: &AttackScene) -> ForgedMessage {
    hmac(scene, &scene.idp.der())
}

/// A signature method that nobody knows.
pub(crate) fn no_algorithm(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    let method = sign::algorithm("ds:SignatureMethod", RSA.uri(), "");
    replaced(&xml, &method, &sign::algorithm("ds:SignatureMethod", "none", "")).into()
}
