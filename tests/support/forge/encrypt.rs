//! Encrypted assertions (XML Encryption 1.1; Core 6.1).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    md::Md,
    pkey_ctx::PkeyCtx,
    rand::rand_bytes,
    rsa::Padding,
    symm::{self, encrypt, encrypt_aead},
    x509::X509Ref,
};

use super::xml::{ASSERTION, DS, XENC, XENC11, element};

/// How the assertion is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    Aes128Cbc,
    Aes256Cbc,
}

/// How its key is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// OAEP with SHA-1 for digest and mask, as most identity providers do.
    Oaep,
    /// OAEP with SHA-256 for digest and mask (XML Encryption 1.1, 5.5.2).
    OaepSha256,
    /// PKCS #1 1.5: broken by Bleichenbacher.
    Rsa15,
}

impl Cipher {
    fn uri(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        }
    }

    fn openssl(self) -> symm::Cipher {
        match self {
            Self::Aes128Gcm => symm::Cipher::aes_128_gcm(),
            Self::Aes256Gcm => symm::Cipher::aes_256_gcm(),
            Self::Aes128Cbc => symm::Cipher::aes_128_cbc(),
            Self::Aes256Cbc => symm::Cipher::aes_256_cbc(),
        }
    }

    /// Initialization vector, text, and tag if there is one.
    fn encrypt(self, key: &[u8], plain: &[u8]) -> Vec<u8> {
        let cipher = self.openssl();
        let mut iv = vec![0; cipher.iv_len().unwrap()];
        rand_bytes(&mut iv).unwrap();
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => {
                let mut tag = [0; 16];
                let text = encrypt_aead(cipher, key, Some(&iv), &[], plain, &mut tag).unwrap();
                [iv, text, tag.to_vec()].concat()
            }
            Self::Aes128Cbc | Self::Aes256Cbc => {
                let text = encrypt(cipher, key, Some(&iv), plain).unwrap();
                [iv, text].concat()
            }
        }
    }
}

impl Transport {
    fn uri(self) -> &'static str {
        match self {
            Self::Oaep => "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            Self::OaepSha256 => "http://www.w3.org/2009/xmlenc11#rsa-oaep",
            Self::Rsa15 => "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        }
    }

    fn parameters(self) -> String {
        let digest = |uri| element("ds:DigestMethod", &[("Algorithm", uri)], "");
        match self {
            Self::Oaep => digest("http://www.w3.org/2000/09/xmldsig#sha1"),
            Self::OaepSha256 => {
                let mask = "http://www.w3.org/2009/xmlenc11#mgf1sha256";
                digest("http://www.w3.org/2001/04/xmlenc#sha256")
                    + &element("xenc11:MGF", &[("xmlns:xenc11", XENC11), ("Algorithm", mask)], "")
            }
            Self::Rsa15 => String::new(),
        }
    }

    fn wrap(self, key: &[u8], certificate: &X509Ref) -> Vec<u8> {
        let public = certificate.public_key().unwrap();
        let mut context = PkeyCtx::new(&public).unwrap();
        context.encrypt_init().unwrap();
        match self {
            Self::Rsa15 => context.set_rsa_padding(Padding::PKCS1).unwrap(),
            Self::Oaep => context.set_rsa_padding(Padding::PKCS1_OAEP).unwrap(),
            Self::OaepSha256 => {
                context.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
                context.set_rsa_oaep_md(Md::sha256()).unwrap();
                context.set_rsa_mgf1_md(Md::sha256()).unwrap();
            }
        }
        let mut wrapped = Vec::new();
        context.encrypt_to_vec(key, &mut wrapped).unwrap();
        wrapped
    }
}

/// Encrypts an element for the holder of a certificate; writes the
/// `EncryptedAssertion`.
pub(crate) fn encrypted(
    plain: &str,
    certificate: &X509Ref,
    cipher: Cipher,
    transport: Transport,
) -> String {
    let mut key = vec![0; cipher.openssl().key_len()];
    rand_bytes(&mut key).unwrap();
    assembled(
        &transport.wrap(&key, certificate),
        &cipher.encrypt(&key, plain.as_bytes()),
        cipher,
        transport,
    )
}

/// An `EncryptedAssertion` with these bytes as its key and its text.
pub(crate) fn assembled(key: &[u8], text: &[u8], cipher: Cipher, transport: Transport) -> String {
    let value = |bytes: &[u8]| {
        let value = element("xenc:CipherValue", &[], &STANDARD.encode(bytes));
        element("xenc:CipherData", &[], &value)
    };
    let method =
        |uri: &str, content: &str| element("xenc:EncryptionMethod", &[("Algorithm", uri)], content);
    let key = method(transport.uri(), &transport.parameters()) + &value(key);
    let key = element("xenc:EncryptedKey", &[], &key);
    let data =
        method(cipher.uri(), "") + &element("ds:KeyInfo", &[("xmlns:ds", DS)], &key) + &value(text);
    let kind = "http://www.w3.org/2001/04/xmlenc#Element";
    let data = element("xenc:EncryptedData", &[("xmlns:xenc", XENC), ("Type", kind)], &data);
    element("saml:EncryptedAssertion", &[("xmlns:saml", ASSERTION)], &data)
}
