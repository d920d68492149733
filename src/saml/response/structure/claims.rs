//! What a response claims, before anything is verified.

use std::ops::Range;

use super::{algorithms::SignatureMethod, encrypted::EncryptedAssertion};

/// What a response claims, before anything is verified.
#[derive(Debug, Clone)]
pub(in crate::saml) struct ClaimedResponse {
    /// The attributes and children of the response itself.
    pub header: ResponseHeader,
    /// The one assertion, or why it is not exactly one.
    pub assertion: Result<AssertionKind, String>,
    /// Whether every ID is a plain name of one element, and every signature is in an
    /// allowed place.
    pub references: Result<(), String>,
    /// The signatures in allowed places: of the response, of the assertion, or of both.
    pub signatures: Vec<ClaimedSignature>,
}

impl ClaimedResponse {
    /// Whether the response itself is signed.
    pub(in crate::saml) fn is_response_signed(&self) -> bool {
        self.signatures.iter().any(|signature| signature.element == SignedElement::Response)
    }
}

/// What a response claims of itself (Core 3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::saml) struct ResponseHeader {
    pub id: Option<String>,
    pub version: Option<String>,
    pub issue_instant: Option<String>,
    pub destination: Option<String>,
    pub in_response_to: Option<String>,
    pub issuer: Option<Issuer>,
    pub status: Status,
}

/// The issuer of a response or of an assertion (Core 2.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::saml) struct Issuer {
    pub entity_id: String,
    pub format: Option<String>,
}

/// The status that the identity provider reports (Core 3.2.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::saml) struct Status {
    pub code: Option<String>,
    pub sub_code: Option<String>,
    pub message: Option<String>,
}

/// How the one assertion is contained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::saml) enum AssertionKind {
    /// In the clear; its ID.
    Plain { id: String },
    /// Encrypted; how, or why its structure is not accepted.
    Encrypted(Result<EncryptedAssertion, String>),
}

/// The element that a signature is a child of, and has to cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum SignedElement {
    Response,
    Assertion,
}

impl SignedElement {
    /// Names the element's signature in messages.
    pub(in crate::saml) fn signature_label(self) -> &'static str {
        match self {
            Self::Response => "signature of the response",
            Self::Assertion => "signature of the assertion",
        }
    }
}

/// What a signature claims.
#[derive(Debug, Clone)]
pub(in crate::saml) struct ClaimedSignature {
    /// The element that it is a child of.
    pub element: SignedElement,
    /// Its algorithms, or the error of its structure.
    pub algorithms: Result<SignatureMethod, String>,
    /// The certificate inside it: a hint which of the connection's
    /// certificates to try first, and never more than that.
    pub hint: Option<Vec<u8>>,
    /// Its place in the document. Absent if its structure is not accepted.
    pub place: Option<SignaturePlace>,
}

/// The place of a signature in the document, and its value.
#[derive(Debug, Clone)]
pub(in crate::saml) struct SignaturePlace {
    /// The element that it has to cover.
    pub element: Range<usize>,
    /// The ID of that element.
    pub id: String,
    /// The signature itself, inside that element.
    pub signature: Range<usize>,
    /// Its `SignedInfo`.
    pub signed_info: Range<usize>,
    /// The prefixes that the canonicalization of its `SignedInfo` keeps.
    pub prefixes: Vec<String>,
    /// Its value, decoded.
    pub value: Vec<u8>,
}
