//! The signed bytes of a signature, and the digest in them.
//!
//! Everything is read out of the canonical `SignedInfo`, which is the text that
//! the key signed, and not out of the message around it.

use openssl::{
    bn::BigNum,
    ecdsa::EcdsaSig,
    hash::{MessageDigest, hash},
    pkey::{PKeyRef, Public},
    rsa::Padding,
    sign::{RsaPssSaltlen, Verifier},
};

use super::c14n;
use crate::saml::{
    base64_text,
    keys::ParsedCertificate,
    names::{DS, EXC_C14N, EXC_C14N_COMMENTS},
    response::structure::{
        Hash, PssParameters, SignatureKind, SignatureMethod, SignaturePlace, read_prefixes,
        read_signed_info,
    },
    xml,
};

/// The signed bytes of a signature.
pub(in crate::saml) struct SignedInfo {
    /// The canonical `SignedInfo`.
    canonical: String,
    method: SignatureMethod,
    /// The digest of the element.
    digest: Vec<u8>,
    /// The prefixes that the exclusive canonicalization of the element keeps. `None`
    /// without that canonicalization.
    prefixes: Option<Vec<String>>,
}

impl SignedInfo {
    /// Reads the `SignedInfo` of a signature whose structure was accepted. `None` if it
    /// can't be verified.
    pub(in crate::saml) fn parse(document: &str, place: &SignaturePlace) -> Option<Self> {
        let canonical = c14n::canonicalize(document, &place.signed_info, None, &place.prefixes)?;
        let tree = xml::parse(&canonical).ok()?;
        let info = tree.root_element();
        let method = read_signed_info(info, &place.id).ok()?;
        let reference = xml::child(info, DS, "Reference")?;
        let digest = xml::text_content(xml::child(reference, DS, "DigestValue")?)?;
        let digest = base64_text::decode(&digest)?;
        let transforms = xml::child(reference, DS, "Transforms")?;
        let exclusive = xml::children(transforms, DS, "Transform").find(|transform| {
            matches!(transform.attribute("Algorithm"), Some(EXC_C14N | EXC_C14N_COMMENTS))
        });
        let prefixes = exclusive.map(read_prefixes);
        Some(Self { canonical, method, digest, prefixes })
    }

    /// The algorithms that the key has signed.
    pub(super) fn method(&self) -> &SignatureMethod {
        &self.method
    }

    /// Whether the key of this certificate made a signature of it.
    pub(in crate::saml) fn is_signed_by(
        &self,
        certificate: &ParsedCertificate,
        signature: &[u8],
    ) -> bool {
        let key = certificate.public_key.as_deref();
        key.and_then(|key| self.verify(key, signature)).unwrap_or(false)
    }

    fn verify(&self, key: &PKeyRef<Public>, signature: &[u8]) -> Option<bool> {
        let (kind, hash) = self.method.signature_parts()?;
        let mut verifier = Verifier::new(to_message_digest(hash), key).ok()?;
        let bytes = self.canonical.as_bytes();
        match kind {
            SignatureKind::Rsa => verifier.set_rsa_padding(Padding::PKCS1).ok()?,
            SignatureKind::RsaPss => {
                let PssParameters { hash: _, mask_hash, salt } = self.method.pss?;
                verifier.set_rsa_padding(Padding::PKCS1_PSS).ok()?;
                verifier.set_rsa_mgf1_md(to_message_digest(mask_hash)).ok()?;
                verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt.into())).ok()?;
            }
            SignatureKind::Ecdsa => {
                return verifier.verify_oneshot(&ecdsa_to_der(signature, key.bits())?, bytes).ok();
            }
        }
        verifier.verify_oneshot(signature, bytes).ok()
    }

    /// Whether the element is canonicalized exclusively before it is digested.
    pub(super) fn is_exclusive(&self) -> bool {
        self.prefixes.is_some()
    }

    /// The canonical form of the element without its signature, if it has the
    /// digest that was signed.
    pub(in crate::saml) fn covered_content(
        &self,
        document: &str,
        place: &SignaturePlace,
    ) -> Option<String> {
        let prefixes = self.prefixes.as_ref()?;
        let canonical =
            c14n::canonicalize(document, &place.element, Some(&place.signature), prefixes)?;
        let digest =
            hash(to_message_digest(self.method.digest_hash()?), canonical.as_bytes()).ok()?;
        (*digest == *self.digest).then_some(canonical)
    }
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
