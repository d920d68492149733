//! Schemas that are not Usher's: a client may send their attributes.

/// The namespaces in which a URI that Usher does not have is a mistake. Its attributes are
/// meant for Usher, and must not be ignored.
const RESERVED: [&str; 4] = [
    "urn:ietf:params:scim:",
    "urn:scim:",
    "urn:ietf:params:scim:schemas:extension:enterprise:",
    "urn:ietf:params:scim:schemas:extension:usher:",
];

/// The namespace of private extensions.
const EXTENSIONS: &str = "urn:ietf:params:scim:schemas:extension:";

/// Whether a text begins with the URN of a schema that is not Usher's (RFC 8141:
/// `urn:`, a namespace, and a name in it). A URN of the core schemas, of the
/// enterprise extension or of Usher's own in any spelling is not foreign.
#[must_use]
pub fn is_foreign(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut parts = text.splitn(3, ':');
    let (scheme, namespace, name) = (parts.next(), parts.next(), parts.next());
    let is_name = |text: &str| {
        text.starts_with(|char: char| char.is_ascii_alphanumeric())
            && text.ends_with(|char: char| char.is_ascii_alphanumeric())
            && text.chars().all(|char| char.is_ascii_alphanumeric() || "-_.:$~+".contains(char))
    };
    let is_urn = scheme == Some("urn")
        && namespace.is_some_and(|namespace| namespace.len() > 1 && !namespace.contains('.'))
        && namespace.is_some_and(is_name)
        && name.is_some_and(is_name);
    let [scim, former, enterprise, usher] = RESERVED;
    let is_reserved = match text.strip_prefix(EXTENSIONS) {
        Some(_) => text.starts_with(enterprise) || text.starts_with(usher),
        None => text.starts_with(scim) || text.starts_with(former),
    };
    is_urn && !is_reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_uri_of_the_standard_or_of_usher_is_not_foreign() {
        for (text, foreign) in [
            ("urn:example:thing", true),
            ("urn:example:hr:2.0:User:badge", true),
            ("URN:Example:HR:2.0:User", true),
            ("urn:ietf:params:scim:schemas:extension:acme:2.0:User:badge", true),
            ("urn:okta:acme_1:1.0:user:custom:badge", true),
            ("urn:ietf:params:scim:schemas:core:2.0:active", false),
            ("urn:ietf:params:scim:schemas:core:2.0:Users:active", false),
            ("urn:ietf:params:scim:schemas:User:active", false),
            ("urn:scim:schemas:core:1.0:active", false),
            ("urn:ietf:params:scim:schemas:extension:enterprise:1.0:User:manager", false),
            ("URN:IETF:params:scim:schemas:extension:Usher:2.0:Users:role", false),
            ("urn:ietf:params:scim:schemas:extension:usher:2.0:User", false),
            ("urn:active", false),
            ("urn:example:", false),
            ("urn:example:thing.", false),
            ("urn:example:a thing", false),
            ("urn:example:\"thing\"", false),
            ("https://example.com/active", false),
            ("active", false),
            ("", false),
        ] {
            assert_eq!(is_foreign(text), foreign, "{text}");
        }
    }
}
