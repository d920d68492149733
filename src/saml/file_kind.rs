//! Recognizes files that are not metadata or certificates.

use openssl::{
    pkcs7::Pkcs7,
    pkcs12::Pkcs12,
    pkey::PKey,
    x509::{X509, X509Crl, X509Req},
};

/// The kind of a file, by its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Nothing but white space.
    Empty,
    /// An X.509 certificate, in PEM, DER or base64.
    Certificate,
    /// A private key, in PEM or DER.
    PrivateKey,
    /// A certificate request, in PEM or DER.
    CertificateRequest,
    /// A PKCS#7 bundle, in PEM or DER.
    Pkcs7,
    /// A PKCS#12 key store.
    Pkcs12,
    /// A certificate revocation list, in PEM or DER.
    RevocationList,
    /// A public key, in PEM or DER, or as SSH writes it.
    PublicKey,
    /// A compressed file.
    Archive,
    /// A PDF document.
    Pdf,
    /// A web address.
    Url,
    /// An HTML page.
    Html,
    /// JSON.
    Json,
    /// XML of another kind than HTML.
    Xml,
    /// Anything else.
    Unknown,
}

/// The maximum number of bytes that are inspected.
const MAX_INSPECTED_BYTES: usize = 64 * 1024;

impl FileKind {
    /// Detects the kind of a file.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Self {
        let start = bytes.get(..MAX_INSPECTED_BYTES).unwrap_or(bytes);
        match start {
            [0x30, ..] => return Self::detect_der(bytes),
            // ZIP, gzip, bzip2, xz, 7-Zip.
            [b'P', b'K', 3, 4, ..]
            | [0x1f, 0x8b, ..]
            | [b'B', b'Z', b'h', ..]
            | [0xfd, b'7', b'z', b'X', b'Z', ..]
            | [b'7', b'z', 0xbc, 0xaf, ..] => return Self::Archive,
            [b'%', b'P', b'D', b'F', ..] => return Self::Pdf,
            _ => {}
        }
        let text = String::from_utf8_lossy(start);
        let text = text.trim_start_matches('\u{feff}').trim();
        let lower = text.to_ascii_lowercase();
        let has_scheme =
            ["http://", "https://", "file://"].iter().any(|scheme| lower.starts_with(scheme));
        match text.chars().next() {
            None => Self::Empty,
            Some('<') if Self::is_html(&lower) => Self::Html,
            Some('<') => Self::Xml,
            Some('{' | '[') => Self::Json,
            Some(_) if text.contains("-----BEGIN ") => Self::detect_pem(text),
            Some(_) if has_scheme => Self::Url,
            Some(_) if text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-") => {
                Self::PublicKey
            }
            // The base64 of DER that is longer than 255 bytes.
            Some(_) if text.starts_with("MII") => Self::Certificate,
            Some(_) => Self::Unknown,
        }
    }

    fn detect_pem(text: &str) -> Self {
        if text.contains("PRIVATE KEY-----") {
            Self::PrivateKey
        } else if text.contains("CERTIFICATE REQUEST-----") {
            Self::CertificateRequest
        } else if text.contains("-----BEGIN PKCS7-----") || text.contains("-----BEGIN CMS-----") {
            Self::Pkcs7
        } else if text.contains("PUBLIC KEY-----") || text.contains("SSH2 PUBLIC KEY") {
            Self::PublicKey
        } else if text.contains("-----BEGIN X509 CRL-----") {
            Self::RevocationList
        } else if text.contains("CERTIFICATE-----") {
            Self::Certificate
        } else {
            Self::Unknown
        }
    }

    /// Detects the kind of DER. All kinds begin with a sequence.
    fn detect_der(bytes: &[u8]) -> Self {
        if X509::from_der(bytes).is_ok() {
            Self::Certificate
        } else if PKey::private_key_from_der(bytes).is_ok() {
            Self::PrivateKey
        } else if X509Req::from_der(bytes).is_ok() {
            Self::CertificateRequest
        } else if Pkcs7::from_der(bytes).is_ok() {
            Self::Pkcs7
        } else if Pkcs12::from_der(bytes).is_ok() {
            Self::Pkcs12
        } else if X509Crl::from_der(bytes).is_ok() {
            Self::RevocationList
        } else if PKey::public_key_from_der(bytes).is_ok() {
            Self::PublicKey
        } else {
            Self::Unknown
        }
    }

    /// Whether the first element, or the document type, is `html`.
    fn is_html(lower: &str) -> bool {
        if lower.starts_with("<!doctype html") {
            return true;
        }
        let tags = lower.split('<').skip(1);
        let first = tags.map(str::trim_start).find(|tag| !tag.starts_with(['?', '!']));
        first.and_then(|tag| tag.strip_prefix("html")).is_some_and(|rest| {
            rest.starts_with(|end: char| end == '>' || end == '/' || end.is_ascii_whitespace())
        })
    }

    /// The name with its article: `a private key`. `None` if the kind is not known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Empty => Some("an empty file"),
            Self::Certificate => Some("a certificate"),
            Self::PrivateKey => Some("a private key"),
            Self::CertificateRequest => Some("a certificate request"),
            Self::Pkcs7 => Some("a PKCS#7 bundle"),
            Self::Pkcs12 => Some("a PKCS#12 key store"),
            Self::RevocationList => Some("a certificate revocation list"),
            Self::PublicKey => Some("a public key without a certificate"),
            Self::Archive => Some("a compressed file"),
            Self::Pdf => Some("a PDF document"),
            Self::Url => Some("a URL"),
            Self::Html => Some("an HTML page"),
            Self::Json => Some("JSON"),
            Self::Xml => Some("XML"),
            Self::Unknown => None,
        }
    }

    /// The remedy if it was sent as metadata.
    pub(super) fn metadata_remedy(self) -> &'static str {
        match self {
            Self::Certificate => {
                "provide it as a certificate, with the entity ID and the sign-on URL of the identity provider"
            }
            Self::PrivateKey => {
                "keep it secret: Usher never needs it. Provide the metadata of the identity provider"
            }
            Self::Url => "download the metadata from it, and provide the file or its content",
            Self::Html => {
                "usually a sign-in or error page of the identity provider. Open the metadata URL in a browser, sign in, and save the XML"
            }
            Self::Archive => "unpack it, and provide the metadata of the identity provider in it",
            Self::CertificateRequest
            | Self::Pkcs7
            | Self::Pkcs12
            | Self::RevocationList
            | Self::PublicKey
            | Self::Pdf
            | Self::Json
            | Self::Xml
            | Self::Empty
            | Self::Unknown => "provide the SAML metadata of the identity provider, which is XML",
        }
    }

    /// The remedy if it was sent as a certificate.
    pub(super) fn certificate_remedy(self) -> &'static str {
        match self {
            Self::PrivateKey => {
                "keep it secret: Usher never needs it. Provide only the certificate"
            }
            Self::CertificateRequest => "provide the certificate that the authority issued for it",
            Self::Pkcs7 => "convert it with `openssl pkcs7 -print_certs` and provide the result",
            Self::Pkcs12 => {
                "keep it secret: it may contain a private key, which Usher never needs. Extract the certificate with `openssl pkcs12 -nokeys -clcerts` and provide the result"
            }
            Self::Archive => "unpack it, and provide the certificate in it",
            Self::Url => "download the certificate from it, and provide the file or its content",
            Self::Xml => "if it is metadata, provide it as metadata instead",
            Self::Certificate
            | Self::RevocationList
            | Self::PublicKey
            | Self::Pdf
            | Self::Html
            | Self::Json
            | Self::Empty
            | Self::Unknown => "provide a certificate in PEM, DER or base64",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_kind_is_recognized() {
        for (bytes, desired) in [
            (&b" \n"[..], FileKind::Empty),
            (b"\x30\x82\x03\x00", FileKind::Unknown),
            (b"PK\x03\x04", FileKind::Archive),
            (b"\x1f\x8b\x08", FileKind::Archive),
            (b"%PDF-1.7", FileKind::Pdf),
            (b"ssh-ed25519 AAAA ada@example", FileKind::PublicKey),
            (b"-----BEGIN X509 CRL-----\n", FileKind::RevocationList),
            (b"-----BEGIN DH PARAMETERS-----\n", FileKind::Unknown),
            (b"MIIDazCCAlOgAwIBAgIU", FileKind::Certificate),
            (b"-----BEGIN CERTIFICATE-----\nMII", FileKind::Certificate),
            (b"Bag Attributes\n-----BEGIN CERTIFICATE-----\nMII", FileKind::Certificate),
            (b"-----BEGIN RSA PRIVATE KEY-----\n", FileKind::PrivateKey),
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", FileKind::PrivateKey),
            (b"-----BEGIN CERTIFICATE REQUEST-----\n", FileKind::CertificateRequest),
            (b"-----BEGIN NEW CERTIFICATE REQUEST-----\n", FileKind::CertificateRequest),
            (b"-----BEGIN PKCS7-----\n", FileKind::Pkcs7),
            (b"-----BEGIN PUBLIC KEY-----\n", FileKind::PublicKey),
            (b"https://idp.example/metadata", FileKind::Url),
            (b"HTTPS://idp.example/metadata", FileKind::Url),
            (b"\xef\xbb\xbf<!DOCTYPE html><html>", FileKind::Html),
            (b"<?xml version=\"1.0\"?><!-- x --><HTML lang=\"en\">", FileKind::Html),
            (b"<html/>", FileKind::Html),
            (b"<md:X>-----BEGIN CERTIFICATE-----</md:X>", FileKind::Xml),
            (b"<htmlx/>", FileKind::Xml),
            (b"<md:EntityDescriptor>", FileKind::Xml),
            (b"{\"error\": 1}", FileKind::Json),
            (b"entity: x", FileKind::Unknown),
        ] {
            assert_eq!(FileKind::detect(bytes), desired, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn der_file_kind_is_recognized() {
        use openssl::{asn1::Asn1Time, hash::MessageDigest, rsa::Rsa, x509::X509Name};

        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let name = X509Name::builder().unwrap().build();
        let mut certificate = X509::builder().unwrap();
        certificate.set_subject_name(&name).unwrap();
        certificate.set_issuer_name(&name).unwrap();
        certificate.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        certificate.set_not_after(&Asn1Time::from_unix(1).unwrap()).unwrap();
        certificate.set_pubkey(&key).unwrap();
        certificate.sign(&key, MessageDigest::sha256()).unwrap();
        let certificate = certificate.build();
        let mut request = X509Req::builder().unwrap();
        request.set_subject_name(&name).unwrap();
        request.set_pubkey(&key).unwrap();
        request.sign(&key, MessageDigest::sha256()).unwrap();
        let mut store = Pkcs12::builder();
        store.pkey(&key).cert(&certificate);
        for (der, desired) in [
            (certificate.to_der(), FileKind::Certificate),
            (key.private_key_to_der(), FileKind::PrivateKey),
            (key.private_key_to_pkcs8(), FileKind::PrivateKey),
            (key.public_key_to_der(), FileKind::PublicKey),
            (request.build().to_der(), FileKind::CertificateRequest),
            (store.build2("x").unwrap().to_der(), FileKind::Pkcs12),
        ] {
            assert_eq!(FileKind::detect(&der.unwrap()), desired);
        }
    }
}
