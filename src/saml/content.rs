//! What a file is that was given in place of metadata or of a certificate.

/// What the beginning of a file or a text says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Nothing but white space.
    Empty,
    /// An X.509 certificate, in PEM, DER or base64.
    Certificate,
    /// A private key, in PEM.
    PrivateKey,
    /// A certificate request, in PEM.
    CertificateRequest,
    /// A PKCS#7 bundle, in PEM.
    Pkcs7,
    /// A public key, in PEM.
    PublicKey,
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

/// How much of a file is looked at to name it.
const LOOKED_AT: usize = 64 * 1024;

impl Content {
    /// Names what a file is.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
        if start.starts_with(&[0x30, 0x82]) {
            return Self::Certificate;
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
            Some(_) if text.contains("-----BEGIN ") => Self::of_pem(text),
            Some(_) if has_scheme => Self::Url,
            // The base64 of DER that is longer than 255 bytes.
            Some(_) if text.starts_with("MII") => Self::Certificate,
            Some(_) => Self::Unknown,
        }
    }

    fn of_pem(text: &str) -> Self {
        if text.contains("PRIVATE KEY-----") {
            Self::PrivateKey
        } else if text.contains("CERTIFICATE REQUEST-----") {
            Self::CertificateRequest
        } else if text.contains("-----BEGIN PKCS7-----") || text.contains("-----BEGIN CMS-----") {
            Self::Pkcs7
        } else if text.contains("PUBLIC KEY-----") {
            Self::PublicKey
        } else {
            Self::Certificate
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

    /// What it is, with its article: `a private key`. `None` if that is not
    /// known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Empty => Some("empty"),
            Self::Certificate => Some("a certificate"),
            Self::PrivateKey => Some("a private key"),
            Self::CertificateRequest => Some("a certificate request"),
            Self::Pkcs7 => Some("a PKCS#7 bundle"),
            Self::PublicKey => Some("a public key without a certificate"),
            Self::Url => Some("a URL"),
            Self::Html => Some("an HTML page"),
            Self::Json => Some("JSON"),
            Self::Xml => Some("XML"),
            Self::Unknown => None,
        }
    }

    /// What to do if it was given as metadata.
    pub(super) fn metadata_remedy(self) -> &'static str {
        match self {
            Self::Certificate => {
                "give it as a certificate, with the entity ID and the sign-on URL of the identity provider"
            }
            Self::PrivateKey => {
                "keep it secret: Usher never needs it. Give the metadata of the identity provider"
            }
            Self::Url => "download the metadata from it, and give the file or its content",
            Self::Html => {
                "as a rule a sign-in or error page of the identity provider. Open the metadata URL in a browser, sign in, and save the XML"
            }
            Self::CertificateRequest
            | Self::Pkcs7
            | Self::PublicKey
            | Self::Json
            | Self::Xml
            | Self::Empty
            | Self::Unknown => "give the SAML metadata of the identity provider, which is XML",
        }
    }

    /// What to do if it was given as a certificate.
    pub(super) fn certificate_remedy(self) -> &'static str {
        match self {
            Self::PrivateKey => "keep it secret: Usher never needs it. Give the certificate alone",
            Self::CertificateRequest => "give the certificate that the authority issued for it",
            Self::Pkcs7 => "convert it with `openssl pkcs7 -print_certs` and give the result",
            Self::Url => "download the certificate from it, and give the file or its content",
            Self::Xml => "if it is metadata, give it as metadata instead",
            Self::Certificate
            | Self::PublicKey
            | Self::Html
            | Self::Json
            | Self::Empty
            | Self::Unknown => "give a certificate in PEM, DER or base64",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_for_what_it_is() {
        for (bytes, wanted) in [
            (&b" \n"[..], Content::Empty),
            (b"\x30\x82\x03\x00", Content::Certificate),
            (b"MIIDazCCAlOgAwIBAgIU", Content::Certificate),
            (b"-----BEGIN CERTIFICATE-----\nMII", Content::Certificate),
            (b"Bag Attributes\n-----BEGIN CERTIFICATE-----\nMII", Content::Certificate),
            (b"-----BEGIN RSA PRIVATE KEY-----\n", Content::PrivateKey),
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", Content::PrivateKey),
            (b"-----BEGIN CERTIFICATE REQUEST-----\n", Content::CertificateRequest),
            (b"-----BEGIN NEW CERTIFICATE REQUEST-----\n", Content::CertificateRequest),
            (b"-----BEGIN PKCS7-----\n", Content::Pkcs7),
            (b"-----BEGIN PUBLIC KEY-----\n", Content::PublicKey),
            (b"https://idp.example/metadata", Content::Url),
            (b"HTTPS://idp.example/metadata", Content::Url),
            (b"\xef\xbb\xbf<!DOCTYPE html><html>", Content::Html),
            (b"<?xml version=\"1.0\"?><!-- x --><HTML lang=\"en\">", Content::Html),
            (b"<html/>", Content::Html),
            (b"<md:X>-----BEGIN CERTIFICATE-----</md:X>", Content::Xml),
            (b"<htmlx/>", Content::Xml),
            (b"<md:EntityDescriptor>", Content::Xml),
            (b"{\"error\": 1}", Content::Json),
            (b"entity: x", Content::Unknown),
        ] {
            assert_eq!(Content::of(bytes), wanted, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
