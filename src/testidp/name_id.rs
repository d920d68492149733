//! The formats of a `NameID` (Core 8.3).

/// The `NameID` format of an e-mail address (Core 8.3.2).
pub const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// The `NameID` format that says nothing (Core 8.3.1).
pub const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
/// The `NameID` format of a name for good (Core 8.3.7).
pub const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// The `NameID` format of a name for one session (Core 8.3.8).
pub const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
