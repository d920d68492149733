//! The names of SAML, XML signature and XML encryption.

/// SAML protocol messages (Core 1.2).
pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// SAML assertions (Core 1.2).
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// XML signature.
pub(super) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The identifiers of RFC 9231: RSASSA-PSS.
pub(super) const DSIG_MORE_2007: &str = "http://www.w3.org/2007/05/xmldsig-more#";
/// XML encryption.
pub(super) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// XML encryption 1.1.
pub(super) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// Exclusive canonicalization: both its identifier and its namespace.
pub(super) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Exclusive canonicalization that keeps comments; the same thing here, where
/// no comment passes the gate.
pub(super) const EXC_C14N_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
/// The transform that leaves the signature out of what it signs.
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The top-level status of a successful response (Core 3.2.2.2).
pub(super) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// The bearer confirmation method (Profiles 3.3).
pub(super) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// The name format of an issuer (Core 8.3.6).
pub(super) const ENTITY_FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// Metadata (Metadata 1.2).
pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// The display information of an entity (Metadata UI 1.0).
pub(super) const MDUI: &str = "urn:oasis:names:tc:SAML:metadata:ui";
/// The binding of responses (Bindings 3.5).
pub(super) const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The binding of requests (Bindings 3.4).
pub(super) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
