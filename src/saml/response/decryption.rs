//! Decrypts assertions (XML encryption 1.1, sections 5.2 and 5.5).
//!
//! Every failure to decrypt has the same message, so that responses reveal nothing about the
//! key. Algorithms that are not accepted are named before decryption, because they are not
//! secret.

use openssl::{
    encrypt::Decrypter,
    hash::MessageDigest,
    rsa::Padding,
    symm::{Cipher, Crypter, Mode, decrypt_aead},
};

use super::structure::{EncryptedAssertion, EncryptedKey, find_encrypted};
use crate::saml::{
    keys::DecryptionKey,
    names::{DS, XENC},
    xml,
};

/// The message of every failure to decrypt.
pub(super) const DECRYPTION_FAILED: &str = "could not be decrypted";

/// Bytes of a GCM input vector.
const GCM_IV_BYTES: usize = 12;

/// Bytes of a GCM tag.
const GCM_TAG_BYTES: usize = 16;

/// Bytes of an AES block.
const BLOCK_BYTES: usize = 16;

/// A cipher for the content.
#[derive(Clone, Copy)]
struct ContentCipher {
    cipher: fn() -> Cipher,
    key_bytes: usize,
    is_authenticated: bool,
}

/// The algorithms that are accepted, in words.
pub(super) fn describe_accepted(allows_cbc: bool) -> String {
    let ciphers = if allows_cbc { "AES-GCM or AES-CBC" } else { "AES-GCM" };
    format!(
        "encrypted by {ciphers}, with a key wrapped by RSA-OAEP for an encryption key of this connection"
    )
}

/// Checks that a message is encrypted by accepted algorithms.
///
/// # Errors
/// The algorithm that is not accepted, in words.
pub(super) fn check_algorithms(
    encrypted: &EncryptedAssertion,
    allows_cbc: bool,
) -> Result<(), String> {
    match find_cipher(&encrypted.method) {
        None => return Err(format!("the cipher {}", encrypted.method)),
        Some(content) if !content.is_authenticated && !allows_cbc => {
            return Err(format!("the cipher {}, which is not authenticated", encrypted.method));
        }
        Some(_) => {}
    }
    match encrypted.keys.iter().find(|key| oaep_digests(key).is_some()) {
        Some(_) => Ok(()),
        None => {
            let methods: Vec<_> = encrypted.keys.iter().map(|key| key.method.as_str()).collect();
            Err(format!("the key transport {}", methods.join(", ")))
        }
    }
}

/// Decrypts the content with the matching key.
pub(super) fn decrypt(encrypted: &EncryptedAssertion, keys: &[DecryptionKey]) -> Option<String> {
    let content = find_cipher(&encrypted.method)?;
    for wrapped in &encrypted.keys {
        for key in keys {
            let plain = unwrap_key(wrapped, key, content.key_bytes);
            if let Some(plain) =
                plain.and_then(|key| decrypt_content(&encrypted.cipher, &key, content))
            {
                return String::from_utf8(plain).ok();
            }
        }
    }
    None
}

fn find_cipher(method: &str) -> Option<ContentCipher> {
    let content = |cipher, key, authenticated| {
        Some(ContentCipher { cipher, key_bytes: key, is_authenticated: authenticated })
    };
    match method {
        "http://www.w3.org/2009/xmlenc11#aes128-gcm" => content(Cipher::aes_128_gcm, 16, true),
        "http://www.w3.org/2009/xmlenc11#aes256-gcm" => content(Cipher::aes_256_gcm, 32, true),
        "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => content(Cipher::aes_128_cbc, 16, false),
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => content(Cipher::aes_256_cbc, 32, false),
        _ => None,
    }
}

/// Hash and mask hash of RSA-OAEP. SHA-1 is the default of the standard, and
/// what most identity providers send; as a part of OAEP it is not broken.
fn oaep_digests(key: &EncryptedKey) -> Option<(MessageDigest, MessageDigest)> {
    let digest = match key.digest.as_deref() {
        None | Some("http://www.w3.org/2000/09/xmldsig#sha1") => MessageDigest::sha1(),
        Some("http://www.w3.org/2001/04/xmlenc#sha256") => MessageDigest::sha256(),
        Some("http://www.w3.org/2001/04/xmldsig-more#sha384") => MessageDigest::sha384(),
        Some("http://www.w3.org/2001/04/xmlenc#sha512") => MessageDigest::sha512(),
        Some(_) => return None,
    };
    let mask = match (key.method.as_str(), key.mask.as_deref()) {
        ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", None) => MessageDigest::sha1(),
        ("http://www.w3.org/2009/xmlenc11#rsa-oaep", mask) => match mask {
            None | Some("http://www.w3.org/2009/xmlenc11#mgf1sha1") => MessageDigest::sha1(),
            Some("http://www.w3.org/2009/xmlenc11#mgf1sha256") => MessageDigest::sha256(),
            Some("http://www.w3.org/2009/xmlenc11#mgf1sha384") => MessageDigest::sha384(),
            Some("http://www.w3.org/2009/xmlenc11#mgf1sha512") => MessageDigest::sha512(),
            Some(_) => return None,
        },
        _ => return None,
    };
    Some((digest, mask))
}

fn unwrap_key(wrapped: &EncryptedKey, key: &DecryptionKey, length: usize) -> Option<Vec<u8>> {
    let (digest, mask) = oaep_digests(wrapped)?;
    if wrapped.cipher.len() != key.0.size() {
        return None;
    }
    let mut decrypter = Decrypter::new(&key.0).ok()?;
    decrypter.set_rsa_padding(Padding::PKCS1_OAEP).ok()?;
    decrypter.set_rsa_oaep_md(digest).ok()?;
    decrypter.set_rsa_mgf1_md(mask).ok()?;
    if !wrapped.label.is_empty() {
        decrypter.set_rsa_oaep_label(&wrapped.label).ok()?;
    }
    let mut plain = vec![0_u8; decrypter.decrypt_len(&wrapped.cipher).ok()?];
    let written = decrypter.decrypt(&wrapped.cipher, &mut plain).ok()?;
    plain.truncate(written);
    Some(plain).filter(|plain| plain.len() == length)
}

fn decrypt_content(cipher: &[u8], key: &[u8], content: ContentCipher) -> Option<Vec<u8>> {
    if content.is_authenticated {
        let (iv, rest) = cipher.split_at_checked(GCM_IV_BYTES)?;
        let (text, tag) = rest.split_at_checked(rest.len().checked_sub(GCM_TAG_BYTES)?)?;
        return decrypt_aead((content.cipher)(), key, Some(iv), &[], text, tag).ok();
    }
    let (iv, text) = cipher.split_at_checked(BLOCK_BYTES)?;
    if text.is_empty() || text.len() % BLOCK_BYTES != 0 {
        return None;
    }
    let mut crypter = Crypter::new((content.cipher)(), Mode::Decrypt, key, Some(iv)).ok()?;
    crypter.pad(false);
    let mut plain = vec![0_u8; text.len() + BLOCK_BYTES];
    let written = crypter.update(text, &mut plain).ok()?;
    let rest = crypter.finalize(plain.get_mut(written..)?).ok()?;
    plain.truncate(written + rest);
    // XML encryption 5.2.1: the last byte is the number of padding bytes; the others are
    // arbitrary.
    let padding = usize::from(*plain.last()?);
    if padding == 0 || padding > BLOCK_BYTES {
        return None;
    }
    plain.truncate(plain.len().checked_sub(padding)?);
    Some(plain)
}

/// Replaces the encrypted assertion by the decrypted one, and removes the response's own
/// signature, which was verified before and is no longer valid.
///
/// Both are done to the text, since prefixes of the assertion may be declared
/// around it.
pub(super) fn insert_decrypted(document: &str, plain: &str) -> Option<String> {
    let plain = xml::scan(plain, &xml::RESPONSE_LIMITS).ok()?;
    let tree = xml::parse(document).ok()?;
    let response = tree.root_element();
    let wrapper = find_encrypted(response)?;
    let is_encryption_element = |node: &roxmltree::Node<'_, '_>| {
        xml::is_element(*node, XENC, "EncryptedData")
            || xml::is_element(*node, XENC, "EncryptedKey")
    };
    let first = wrapper.children().find(is_encryption_element)?.range();
    let last = wrapper.children().rfind(is_encryption_element)?.range();
    let mut edits = vec![(first.start..last.end, plain)];
    if let Some(signature) = xml::child(response, DS, "Signature") {
        edits.push((signature.range(), ""));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let (mut output, mut copied) = (String::new(), 0);
    for (range, text) in edits {
        output.push_str(document.get(copied..range.start)?);
        output.push_str(text);
        copied = range.end;
    }
    output.push_str(document.get(copied..)?);
    Some(output)
}
