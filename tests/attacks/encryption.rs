//! Attacks on and through encryption. Anybody can encrypt for the service
//! provider: that an assertion was encrypted proves nothing.

use crate::{
    forge::{
        Cipher, Key, Signed, Transport,
        encrypt::{assembled, encrypted},
    },
    scene::{AttackScene, ForgedMessage, SELF, VICTIM, replaced},
};

fn forge_encrypted(
    scene: &AttackScene,
    plain: &str,
    cipher: Cipher,
    transport: Transport,
) -> ForgedMessage {
    let content = encrypted(plain, &scene.encryption, cipher, transport);
    scene.response(content).xml("").into()
}

/// Encrypted, and signed by nobody.
pub(crate) fn encrypted_without_signature(scene: &AttackScene) -> ForgedMessage {
    forge_encrypted(scene, &scene.unsigned_assertion().xml(""), Cipher::Aes256Gcm, Transport::Oaep)
}

/// Encrypted, and signed by somebody else.
pub(crate) fn encrypted_by_another_key(scene: &AttackScene) -> ForgedMessage {
    let plain = scene.unsigned_assertion().signed(&scene.attacker());
    forge_encrypted(scene, &plain, Cipher::Aes256Gcm, Transport::Oaep)
}

/// The genuine assertion, changed, and encrypted again.
pub(crate) fn changed_and_encrypted(scene: &AttackScene) -> ForgedMessage {
    let plain = replaced(&scene.assertion().signed(&scene.idp), SELF, VICTIM);
    forge_encrypted(scene, &plain, Cipher::Aes256Gcm, Transport::Oaep)
}

/// RSA 1.5, which lets an attacker read by asking often enough.
pub(crate) fn rsa_1_5(scene: &AttackScene) -> ForgedMessage {
    let plain = scene.assertion().signed(&scene.idp);
    forge_encrypted(scene, &plain, Cipher::Aes256Gcm, Transport::Rsa15)
}

/// CBC in a response that is not signed: its text can be changed.
pub(crate) fn cbc_in_an_unsigned_response(scene: &AttackScene) -> ForgedMessage {
    let plain = scene.assertion().signed(&scene.idp);
    forge_encrypted(scene, &plain, Cipher::Aes128Cbc, Transport::Oaep)
}

/// CBC in a signed response, on a connection that does not allow it.
pub(crate) fn cbc_that_is_not_allowed(scene: &AttackScene) -> ForgedMessage {
    let plain = scene.assertion().signed(&scene.idp);
    let cipher = Cipher::Aes256Cbc;
    let content = encrypted(&plain, &scene.encryption, cipher, Transport::Oaep);
    scene.response(content).signed(&scene.idp).into()
}

/// Encrypted for somebody else.
pub(crate) fn encrypted_for_another(scene: &AttackScene) -> ForgedMessage {
    let plain = scene.assertion().signed(&scene.idp);
    let other = Key::attacker(scene.context.now).certificate;
    let content = encrypted(&plain, &other, Cipher::Aes256Gcm, Transport::Oaep);
    scene.response(content).signed(&scene.idp).into()
}

/// A key of five bytes, and no text.
pub(crate) fn malformed_ciphertext(scene: &AttackScene) -> ForgedMessage {
    let content = assembled(b"short", b"", Cipher::Aes128Gcm, Transport::Oaep);
    scene.response(content).xml("").into()
}

/// A text that ends within its initialization vector.
pub(crate) fn short_ciphertext(scene: &AttackScene) -> ForgedMessage {
    let content = assembled(&[0; 256], b"iv", Cipher::Aes256Gcm, Transport::Oaep);
    scene.response(content).signed(&scene.idp).into()
}

/// What comes out of it is no XML.
pub(crate) fn encrypted_nonsense(scene: &AttackScene) -> ForgedMessage {
    forge_encrypted(scene, "Dear Sir or Madam,", Cipher::Aes256Gcm, Transport::Oaep)
}

/// What comes out of it would be fetched.
pub(crate) fn encrypted_external_entity(scene: &AttackScene) -> ForgedMessage {
    let assertion = replaced(&scene.assertion().signed(&scene.idp), SELF, "&e;");
    ForgedMessage::calling(|address| {
        let plain = format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"{address}\">]>{assertion}");
        let (cipher, transport) = (Cipher::Aes256Gcm, Transport::Oaep);
        scene.response(encrypted(&plain, &scene.encryption, cipher, transport)).xml("")
    })
}

/// What comes out of it are two assertions.
pub(crate) fn two_assertions_in_one_encryption(scene: &AttackScene) -> ForgedMessage {
    let plain = scene.assertion().signed(&scene.idp) + &scene.unsigned_assertion().xml("");
    forge_encrypted(scene, &plain, Cipher::Aes256Gcm, Transport::Oaep)
}

/// What comes out of it is encrypted again.
pub(crate) fn encrypted_twice(scene: &AttackScene) -> ForgedMessage {
    let (cipher, transport) = (Cipher::Aes256Gcm, Transport::Oaep);
    let plain = scene.assertion().signed(&scene.idp);
    let once = encrypted(&plain, &scene.encryption, cipher, transport);
    forge_encrypted(scene, &once, cipher, transport)
}

/// What comes out of it closes the element around it, and goes on outside.
pub(crate) fn encrypted_end_tag(scene: &AttackScene) -> ForgedMessage {
    let genuine = scene.assertion().signed(&scene.idp);
    let plain = format!(
        "</saml:EncryptedAssertion>{}<saml:EncryptedAssertion>{genuine}",
        scene.unsigned_assertion().xml("")
    );
    forge_encrypted(scene, &plain, Cipher::Aes256Gcm, Transport::Oaep)
}

/// What comes out of it has a comment in the name.
pub(crate) fn comment_in_an_encrypted_name(scene: &AttackScene) -> ForgedMessage {
    let mut assertion = scene.assertion();
    let whole = format!("{VICTIM}.evil.example");
    assertion.subject.name_id.clone_from(&whole);
    let cut = format!("{VICTIM}<!-- -->.evil.example");
    let plain = replaced(&assertion.signed(&scene.idp), &whole, &cut);
    forge_encrypted(scene, &plain, Cipher::Aes256Gcm, Transport::Oaep)
}

/// A genuine response, in which the encrypted assertion was replaced.
pub(crate) fn replaced_encryption(scene: &AttackScene) -> ForgedMessage {
    let (cipher, transport) = (Cipher::Aes256Gcm, Transport::Oaep);
    let genuine = encrypted(&scene.assertion().xml(""), &scene.encryption, cipher, transport);
    let evil = encrypted(&scene.unsigned_assertion().xml(""), &scene.encryption, cipher, transport);
    let signed = scene.response(&genuine).signed(&scene.idp);
    replaced(&signed, &genuine, &evil).into()
}

/// The encrypted assertion beside the plain one, each signed.
pub(crate) fn plain_beside_encrypted(scene: &AttackScene) -> ForgedMessage {
    let plain = scene.unsigned_assertion().signed(&scene.idp);
    let (cipher, transport) = (Cipher::Aes256Gcm, Transport::Oaep);
    let content = encrypted(&plain, &scene.encryption, cipher, transport);
    let xml = scene.valid_response(Signed::Assertion);
    replaced(&xml, "</samlp:Response>", &format!("{content}</samlp:Response>")).into()
}
