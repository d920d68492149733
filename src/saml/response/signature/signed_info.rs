//! A signature as bytes: what its key signed, and the digest in it.
//!
//! Everything is read out of the canonical `SignedInfo`, which is the text that
//! the key signed, and not out of the message around it.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use openssl::{
    bn::BigNum,
    ecdsa::EcdsaSig,
    hash::{MessageDigest, hash},
    pkey::{PKey, PKeyRef, Public},
    rsa::Padding,
    sign::{RsaPssSaltlen, Verifier},
    x509::X509,
};
use roxmltree::Node;

use super::c14n;
use crate::saml::{
    base64_text,
    names::{DS, EXC_C14N, EXC_C14N_COMMENTS},
    response::structure::{Hash, PssParameters, SignatureKind, SignatureMethod, read_signed_info},
    xml,
};

/// The maximum number of cached keys.
const MAX_CACHED_KEYS: usize = 1024;

/// What a key signed.
pub(in crate::saml) struct SignedInfo {
    /// The canonical `SignedInfo`.
    canonical: String,
    /// The signature over it.
    value: Vec<u8>,
    method: SignatureMethod,
    /// What it claims of the element: the digest, and the prefixes that its
    /// exclusive canonicalisation keeps. `None` without that canonicalisation.
    digest: Vec<u8>,
    prefixes: Option<Vec<String>>,
}

impl SignedInfo {
    /// Reads a signature that the gate let through, which is to cover the
    /// element of this ID. `None` if it can't be verified.
    pub(in crate::saml) fn parse(signature: Node<'_, '_>, id: &str) -> Option<Self> {
        let info = xml::child(signature, DS, "SignedInfo")?;
        let inclusive_prefixes = parse_prefixes(xml::child(info, DS, "CanonicalizationMethod")?);
        let canonical = c14n::canonicalize(info, None, &inclusive_prefixes);
        let value =
            base64_text::decode(&xml::text_content(xml::child(signature, DS, "SignatureValue")?)?)?;
        let document = xml::parse(&canonical).ok()?;
        let info = document.root_element();
        let method = read_signed_info(info, id).ok()?;
        let reference = xml::child(info, DS, "Reference")?;
        let digest =
            base64_text::decode(&xml::text_content(xml::child(reference, DS, "DigestValue")?)?)?;
        let transforms = xml::child(reference, DS, "Transforms")?;
        let exclusive = xml::children(transforms, DS, "Transform").find(|transform| {
            matches!(transform.attribute("Algorithm"), Some(EXC_C14N | EXC_C14N_COMMENTS))
        });
        let prefixes = exclusive.map(parse_prefixes);
        Some(Self { canonical, value, method, digest, prefixes })
    }

    /// Whether the key of this certificate signed it.
    pub(in crate::saml) fn is_signed_by(&self, certificate: &[u8]) -> bool {
        let key = public_key(certificate);
        key.and_then(|key| self.verify(&key)).unwrap_or(false)
    }

    fn verify(&self, key: &PKeyRef<Public>) -> Option<bool> {
        let (kind, hash) = self.method.signature_parts()?;
        let mut verifier = Verifier::new(to_message_digest(hash), key).ok()?;
        let value = match kind {
            SignatureKind::Rsa => {
                verifier.set_rsa_padding(Padding::PKCS1).ok()?;
                self.value.clone()
            }
            SignatureKind::RsaPss => {
                let PssParameters { hash: _, mask_hash, salt } = self.method.pss?;
                verifier.set_rsa_padding(Padding::PKCS1_PSS).ok()?;
                verifier.set_rsa_mgf1_md(to_message_digest(mask_hash)).ok()?;
                verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt.into())).ok()?;
                self.value.clone()
            }
            SignatureKind::Ecdsa => ecdsa_to_der(&self.value, key.bits())?,
        };
        verifier.verify_oneshot(&value, self.canonical.as_bytes()).ok()
    }

    /// Whether the element is canonicalised exclusively before it is digested.
    pub(in crate::saml) fn is_exclusive(&self) -> bool {
        self.prefixes.is_some()
    }

    /// The canonical form of the element without its signature, if it has the
    /// digest that was signed.
    pub(in crate::saml) fn covered_content(
        &self,
        element: Node<'_, '_>,
        signature: Node<'_, '_>,
    ) -> Option<String> {
        let canonical = c14n::canonicalize(element, Some(signature), self.prefixes.as_ref()?);
        let digest =
            hash(to_message_digest(self.method.digest_hash()?), canonical.as_bytes()).ok()?;
        (*digest == *self.digest).then_some(canonical)
    }
}

/// The prefixes that an exclusive canonicalisation keeps.
fn parse_prefixes(algorithm: Node<'_, '_>) -> Vec<String> {
    let list = xml::child(algorithm, EXC_C14N, "InclusiveNamespaces");
    let list = list.and_then(|list| list.attribute("PrefixList")).unwrap_or_default();
    list.split(xml::SPACE).filter(|prefix| !prefix.is_empty()).map(str::to_owned).collect()
}

/// XML signature has the two numbers one after the other, each as long as the
/// curve's order (6.4.3); OpenSSL takes them in DER.
fn ecdsa_to_der(value: &[u8], bits: u32) -> Option<Vec<u8>> {
    let size = usize::try_from(bits.div_ceil(8)).ok()?;
    let (r, s) = value.split_at_checked(size).filter(|(_, s)| s.len() == size)?;
    let (r, s) = (BigNum::from_slice(r).ok()?, BigNum::from_slice(s).ok()?);
    EcdsaSig::from_private_components(r, s).ok()?.to_der().ok()
}

fn to_message_digest(hash: Hash) -> MessageDigest {
    match hash {
        Hash::Sha1 => MessageDigest::sha1(),
        Hash::Sha256 => MessageDigest::sha256(),
        Hash::Sha384 => MessageDigest::sha384(),
        Hash::Sha512 => MessageDigest::sha512(),
    }
}

/// The key of a certificate in DER. Keys are remembered, because decoding a
/// certificate costs as much as several verifications.
fn public_key(certificate: &[u8]) -> Option<PKey<Public>> {
    static CACHE: LazyLock<Mutex<HashMap<Vec<u8>, PKey<Public>>>> = LazyLock::new(Mutex::default);
    let lock = || CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cached) = lock().get(certificate) {
        return Some(cached.clone());
    }
    let key = X509::from_der(certificate).ok()?.public_key().ok()?;
    let mut cache = lock();
    if cache.len() >= MAX_CACHED_KEYS {
        cache.clear();
    }
    cache.insert(certificate.to_vec(), key.clone());
    Some(key)
}
