//! The `AuthnRequest` of a service provider by the Redirect binding (Bindings 3.4), read from
//! the query exactly as it was sent.

use std::io::Read;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use openssl::{hash::MessageDigest, sign::Verifier, x509::X509};

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// The longest `AuthnRequest` that is read, in bytes once inflated.
const MAX_XML_BYTES: u64 = 64 * 1024;

/// Why a request can't be answered, in words for the person who sees the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthnRequestError {
    /// The query can't be read.
    #[error("The address is not well formed.")]
    Query,
    /// `SAMLRequest` is not base64 over raw DEFLATE.
    #[error("SAMLRequest is not base64-encoded and deflated, or is too long.")]
    Encoding,
    /// The document is not an `AuthnRequest`.
    #[error("SAMLRequest holds no SAML 2.0 AuthnRequest: {0}.")]
    Xml(&'static str),
    /// The service provider is not one that this one answers.
    #[error("The service provider {0} is not known here.")]
    UnknownServiceProvider(String),
    /// The ACS is not the service provider's.
    #[error("The assertion consumer service {0} is not one of this service provider.")]
    OtherAcs(String),
    /// The request has another destination.
    #[error("The request was meant for {0}.")]
    OtherDestination(String),
    /// The service provider's certificate is known, and the signature is not
    /// its (Bindings 3.4.4.1).
    #[error("The request's signature is missing or wrong: {0}.")]
    Signature(&'static str),
    /// There is no request, and the recipient of a response is not known.
    #[error("There is no SAMLRequest, and no service provider is known here to sign in to.")]
    NoRequest,
}

/// The parts of the query, decoded, and the bytes that a signature covers.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// `SAMLRequest`: base64.
    pub saml_request: Option<String>,
    /// `RelayState`, which is returned unchanged.
    pub relay_state: Option<String>,
    /// `example`: which example the form is filled in with.
    pub example: Option<String>,
    sig_alg: Option<String>,
    signature: Option<String>,
    signed_query: String,
}

/// The relevant content of an `AuthnRequest` (Core 3.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    /// Its `ID`.
    pub id: String,
    /// The service provider's entity ID.
    pub issuer: String,
    /// The requested ACS URL, if it has one.
    pub acs_url: Option<String>,
    /// The destination, if it has one.
    pub destination: Option<String>,
}

impl Query {
    /// Parses the query of the URL, as it was sent. A parameter that is given more than
    /// once is an error.
    ///
    /// # Errors
    /// [`AuthnRequestError::Query`].
    pub fn parse(raw: &str) -> Result<Self, AuthnRequestError> {
        let mut query = Self::default();
        let mut signed_pairs = [None; 3];
        for pair in raw.split('&') {
            let Some((name, value)) = url::form_urlencoded::parse(pair.as_bytes()).next() else {
                continue;
            };
            let (target, part) = match &*name {
                "SAMLRequest" => (&mut query.saml_request, Some(0)),
                "RelayState" => (&mut query.relay_state, Some(1)),
                "SigAlg" => (&mut query.sig_alg, Some(2)),
                "Signature" => (&mut query.signature, None),
                "example" => (&mut query.example, None),
                _ => continue,
            };
            if target.replace(value.into_owned()).is_some() {
                return Err(AuthnRequestError::Query);
            }
            if let Some(part) = part.and_then(|part: usize| signed_pairs.get_mut(part)) {
                *part = Some(pair);
            }
        }
        query.signed_query = signed_pairs.into_iter().flatten().collect::<Vec<_>>().join("&");
        Ok(query)
    }

    /// Parses the `AuthnRequest`. Returns `None` if there is none.
    ///
    /// # Errors
    /// When there is one, and it can't be read.
    pub fn parse_request(&self) -> Result<Option<AuthnRequest>, AuthnRequestError> {
        let Some(encoded) = &self.saml_request else { return Ok(None) };
        let deflated = STANDARD.decode(encoded).map_err(|_| AuthnRequestError::Encoding)?;
        let mut xml = Vec::new();
        // One byte more than allowed is read, to tell "too long" from "just right".
        let mut inflated = DeflateDecoder::new(deflated.as_slice()).take(MAX_XML_BYTES + 1);
        let length = inflated.read_to_end(&mut xml).map_err(|_| AuthnRequestError::Encoding)?;
        if u64::try_from(length).map_or(true, |length| length > MAX_XML_BYTES) {
            return Err(AuthnRequestError::Encoding);
        }
        let xml = std::str::from_utf8(&xml).map_err(|_| AuthnRequestError::Encoding)?;
        AuthnRequest::parse(xml).map(Some)
    }

    /// Verifies the signature over the query as it was sent (Bindings
    /// 3.4.4.1), with the service provider's certificate in DER.
    ///
    /// # Errors
    /// [`AuthnRequestError::Signature`].
    pub fn verify(&self, certificate: &[u8]) -> Result<(), AuthnRequestError> {
        let digest = match self.sig_alg.as_deref() {
            Some(
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
                | "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            ) => MessageDigest::sha256(),
            Some(_) => {
                return Err(AuthnRequestError::Signature("the algorithm does not use SHA-256"));
            }
            None => return Err(AuthnRequestError::Signature("there is none")),
        };
        let signature = self.signature.as_deref().and_then(|text| STANDARD.decode(text).ok());
        let signature = signature.ok_or(AuthnRequestError::Signature("it is not base64"))?;
        let verified = X509::from_der(certificate)
            .and_then(|certificate| certificate.public_key())
            .and_then(|key| {
                Verifier::new(digest, &key)?
                    .verify_oneshot(&signature, self.signed_query.as_bytes())
            });
        match verified {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(AuthnRequestError::Signature("it does not verify")),
        }
    }
}

impl AuthnRequest {
    /// Reads the root's attributes and its issuer. A document type is rejected
    /// by the parser, and nothing in the document is ever fetched.
    ///
    /// # Errors
    /// [`AuthnRequestError::Xml`].
    pub fn parse(xml: &str) -> Result<Self, AuthnRequestError> {
        let document = roxmltree::Document::parse(xml)
            .map_err(|_| AuthnRequestError::Xml("it is not well formed"))?;
        let root = document.root_element();
        if !root.has_tag_name((PROTOCOL, "AuthnRequest")) {
            return Err(AuthnRequestError::Xml("the root is another element"));
        }
        if root.attribute("Version") != Some("2.0") {
            return Err(AuthnRequestError::Xml("its Version is not 2.0"));
        }
        let issuer = root.children().find(|child| child.has_tag_name((ASSERTION, "Issuer")));
        let issuer = issuer.and_then(|issuer| issuer.text()).unwrap_or_default().trim();
        if issuer.is_empty() {
            return Err(AuthnRequestError::Xml("it has no Issuer"));
        }
        Ok(Self {
            id: root.attribute("ID").ok_or(AuthnRequestError::Xml("it has no ID"))?.to_owned(),
            issuer: issuer.to_owned(),
            acs_url: root.attribute("AssertionConsumerServiceURL").map(str::to_owned),
            destination: root.attribute("Destination").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests;
