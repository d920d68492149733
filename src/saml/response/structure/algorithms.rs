//! Signature algorithms, by their identifiers (XML signature 1.1; RFC 9231).

/// The algorithms of a signature, by their identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::saml) struct SignatureMethod {
    /// `SignatureMethod`.
    pub signature: String,
    /// `DigestMethod`.
    pub digest: String,
    /// The parameters of RSASSA-PSS, if it is that and they can be accepted.
    pub pss: Option<PssParameters>,
}

/// A kind of key that can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum SignatureKind {
    /// RSASSA-PKCS1-v1_5.
    Rsa,
    /// RSASSA-PSS.
    RsaPss,
    Ecdsa,
}

/// A supported hash. SHA-1 is included so that messages can name it, and so that it can be
/// allowed temporarily.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Its number of bytes.
    pub(in crate::saml) fn length(self) -> u8 {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// Returns the hash with this identifier, or `None` for one that is never accepted.
pub(in crate::saml) fn digest_hash(identifier: &str) -> Option<Hash> {
    match identifier {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(Hash::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(Hash::Sha384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(Hash::Sha512),
        "http://www.w3.org/2000/09/xmldsig#sha1" => Some(Hash::Sha1),
        _ => None,
    }
}

impl SignatureMethod {
    /// Key kind and hash of the signature; `None` for algorithms that are never accepted.
    pub(in crate::saml) fn signature_parts(&self) -> Option<(SignatureKind, Hash)> {
        use SignatureKind::{Ecdsa, Rsa, RsaPss};
        if let Some(PssParameters { hash, .. }) = self.pss {
            return Some((RsaPss, hash));
        }
        match self.signature.as_str() {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Some((Rsa, Hash::Sha256)),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Some((Rsa, Hash::Sha384)),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Some((Rsa, Hash::Sha512)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Some((Ecdsa, Hash::Sha256)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Some((Ecdsa, Hash::Sha384)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Some((Ecdsa, Hash::Sha512)),
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => Some((Rsa, Hash::Sha1)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1" => Some((Ecdsa, Hash::Sha1)),
            _ => None,
        }
    }

    /// The hash of the digest; `None` for algorithms that are never accepted.
    pub(in crate::saml) fn digest_hash(&self) -> Option<Hash> {
        digest_hash(&self.digest)
    }
}

/// How a PSS signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) struct PssParameters {
    /// The hash of the message.
    pub hash: Hash,
    /// The hash of the mask generation function MGF1.
    pub mask_hash: Hash,
    /// The bytes of salt.
    pub salt: u8,
}

impl PssParameters {
    /// The parameters that a hash implies: itself for the mask, and as much salt
    /// as it is long.
    pub(super) fn from_hash(hash: Hash) -> Self {
        Self { hash, mask_hash: hash, salt: hash.length() }
    }
}
