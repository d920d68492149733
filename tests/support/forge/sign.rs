//! Signatures (XML Signature 1.1), with every part open to be broken.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    ecdsa::EcdsaSig,
    hash::{MessageDigest, hash},
    pkey::{PKey, PKeyRef, Private},
    rsa::Padding,
    sign::{RsaPssSaltlen, Signer},
};

use super::{
    key::Key,
    xml::{DS, ENVELOPED, EXCLUSIVE_C14N, element},
};

/// A hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn openssl(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }

    /// How many bytes it has.
    fn length(self) -> u8 {
        u8::try_from(self.openssl().size()).unwrap()
    }

    /// Its identifier as a digest method.
    pub(crate) fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// The digest of these bytes, base64.
    pub(crate) fn digest(self, bytes: &[u8]) -> String {
        STANDARD.encode(hash(self.openssl(), bytes).unwrap())
    }
}

/// A signature method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rsa(Hash),
    Ecdsa(Hash),
    Hmac(Hash),
    /// RSASSA-PSS, whose parameters follow from the hash.
    Pss(Hash),
    /// RSASSA-PSS with parameters in the message.
    PssWith(Parameters),
}

/// The parameters of RSASSA-PSS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub(crate) hash: Hash,
    pub(crate) mask: Hash,
    pub(crate) salt: u8,
    /// The trailer that is written; the one that is signed is always 1.
    pub(crate) trailer: &'static str,
}

impl Parameters {
    /// Those that follow from a hash.
    pub(crate) fn for_hash(hash: Hash) -> Self {
        Self { hash, mask: hash, salt: hash.length(), trailer: "1" }
    }

    fn xml(self) -> String {
        let more = "http://www.w3.org/2007/05/xmldsig-more#";
        let digest = |hash: Hash| algorithm("ds:DigestMethod", hash.uri(), "");
        let mask = format!("{more}MGF1");
        let content = digest(self.hash)
            + &algorithm("pss:MaskGenerationFunction", &mask, &digest(self.mask))
            + &element("pss:SaltLength", &[], &self.salt.to_string())
            + &element("pss:TrailerField", &[], self.trailer);
        element("pss:RSAPSSParams", &[("xmlns:pss", more)], &content)
    }
}

impl Algorithm {
    fn hash(self) -> Hash {
        match self {
            Self::Rsa(hash) | Self::Ecdsa(hash) | Self::Hmac(hash) | Self::Pss(hash) => hash,
            Self::PssWith(parameters) => parameters.hash,
        }
    }

    /// What stands in the `SignatureMethod`.
    fn parameters(self) -> String {
        match self {
            Self::PssWith(parameters) => parameters.xml(),
            _ => String::new(),
        }
    }

    /// Its identifier.
    pub(crate) fn uri(self) -> &'static str {
        match self {
            Self::Pss(Hash::Sha1) => "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
            Self::Pss(Hash::Sha256) => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            Self::Pss(Hash::Sha384) => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            Self::Pss(Hash::Sha512) => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            Self::PssWith(_) => "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
            Self::Rsa(Hash::Sha1) => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::Rsa(Hash::Sha256) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::Rsa(Hash::Sha384) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::Rsa(Hash::Sha512) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::Ecdsa(Hash::Sha1) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            Self::Ecdsa(Hash::Sha256) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::Ecdsa(Hash::Sha384) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::Ecdsa(Hash::Sha512) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            Self::Hmac(Hash::Sha1) => "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            Self::Hmac(Hash::Sha256) => "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            Self::Hmac(Hash::Sha384) => "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384",
            Self::Hmac(Hash::Sha512) => "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512",
        }
    }

    fn sign(self, key: &PKeyRef<Private>, bytes: &[u8]) -> Vec<u8> {
        let mut signer = Signer::new(self.hash().openssl(), key).unwrap();
        let parameters = match self {
            Self::Pss(hash) => Some(Parameters::for_hash(hash)),
            Self::PssWith(parameters) => Some(parameters),
            Self::Rsa(_) | Self::Ecdsa(_) | Self::Hmac(_) => None,
        };
        if let Some(Parameters { mask, salt, .. }) = parameters {
            signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            signer.set_rsa_mgf1_md(mask.openssl()).unwrap();
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt.into())).unwrap();
        }
        let signature = signer.sign_oneshot_to_vec(bytes).unwrap();
        match self {
            Self::Rsa(_) | Self::Hmac(_) | Self::Pss(_) | Self::PssWith(_) => signature,
            // The two numbers one after the other, each as long as the curve's
            // order (XML Signature 6.4.3), and not in DER.
            Self::Ecdsa(_) => {
                let size = i32::try_from(key.bits().div_ceil(8)).unwrap();
                let numbers = EcdsaSig::from_der(&signature).unwrap();
                let r = numbers.r().to_vec_padded(size).unwrap();
                [r, numbers.s().to_vec_padded(size).unwrap()].concat()
            }
        }
    }
}

/// A reference of a signature: an address, transforms, and what it digests.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) uri: Option<String>,
    /// The `Transform` elements.
    pub(crate) transforms: String,
    pub(crate) hash: Hash,
    pub(crate) digest: String,
}

/// All that a signature says.
#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) canonicalization: &'static str,
    pub(crate) algorithm: Algorithm,
    pub(crate) references: Vec<Reference>,
    /// The `KeyInfo` element, or nothing.
    pub(crate) key_info: String,
    /// What follows the `KeyInfo`: `Object` elements.
    pub(crate) objects: String,
    pub(crate) key: PKey<Private>,
}

/// A `Transform` or another element that names an algorithm.
pub(crate) fn algorithm(name: &str, uri: &str, content: &str) -> String {
    element(name, &[("Algorithm", uri)], content)
}

/// The two transforms of SAML (Core 5.4.4).
pub(crate) fn transforms() -> String {
    algorithm("ds:Transform", ENVELOPED, "") + &algorithm("ds:Transform", EXCLUSIVE_C14N, "")
}

/// A `KeyInfo` with this certificate.
pub(crate) fn key_info(key: &Key) -> String {
    let certificate = element("ds:X509Certificate", &[], &STANDARD.encode(key.der()));
    element("ds:KeyInfo", &[], &element("ds:X509Data", &[], &certificate))
}

impl Signature {
    /// The signature of an element with this ID, which has this canonical form
    /// without the signature.
    pub(crate) fn sign(key: &Key, method: Algorithm, id: &str, canonical: &str) -> Self {
        let hash = method.hash();
        let reference = Reference {
            uri: Some(format!("#{id}")),
            transforms: transforms(),
            hash,
            digest: hash.digest(canonical.as_bytes()),
        };
        Self {
            canonicalization: EXCLUSIVE_C14N,
            algorithm: method,
            references: vec![reference],
            key_info: key_info(key),
            objects: String::new(),
            key: key.private.clone(),
        }
    }

    /// Signs, and writes the `Signature` element.
    pub(crate) fn xml(&self) -> String {
        self.xml_with("")
    }

    /// The same, with more children at the end of the element, not signed.
    pub(crate) fn xml_with(&self, children: &str) -> String {
        let signed_info = self.signed_info();
        // As the apex of its own canonical form it declares its namespace;
        // inside the signature, which has declared it, it does not.
        let apex = element("ds:SignedInfo", &[("xmlns:ds", DS)], &signed_info);
        let value = STANDARD.encode(self.algorithm.sign(&self.key, apex.as_bytes()));
        let content = element("ds:SignedInfo", &[], &signed_info)
            + &element("ds:SignatureValue", &[], &value)
            + &self.key_info
            + &self.objects
            + children;
        element("ds:Signature", &[("xmlns:ds", DS)], &content)
    }

    fn signed_info(&self) -> String {
        let mut xml = algorithm("ds:CanonicalizationMethod", self.canonicalization, "")
            + &algorithm("ds:SignatureMethod", self.algorithm.uri(), &self.algorithm.parameters());
        for reference in &self.references {
            let content = element("ds:Transforms", &[], &reference.transforms)
                + &algorithm("ds:DigestMethod", reference.hash.uri(), "")
                + &element("ds:DigestValue", &[], &reference.digest);
            let uri = reference.uri.as_deref().map(|uri| ("URI", uri));
            xml += &element("ds:Reference", uri.as_slice(), &content);
        }
        xml
    }
}
