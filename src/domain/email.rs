//! E-mail addresses: the account's name for a person.

use std::{fmt, str::FromStr};

use super::text::fold;

/// The most characters of an address (RFC 5321 4.5.3.1.3, less its brackets).
pub const MAX_CHARS: usize = 254;

/// An e-mail address as it was given, with the key by which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    key: EmailKey,
}

/// What an address is compared by: two spellings of one address have one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailKey(String);

/// A text that is no address that could be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an e-mail address of at most {MAX_CHARS} characters")]
pub struct NoEmail;

impl Email {
    /// The address, trimmed, in the case in which it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is compared by.
    #[must_use]
    pub fn key(&self) -> &EmailKey {
        &self.key
    }
}

impl EmailKey {
    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = NoEmail;

    /// Reads an address: trimmed, one `@`, a domain with a dot or not, no
    /// display name, no control characters, no quoted local part.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let strict = email_address::Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_no_minimum_sub_domains();
        let usable = text.chars().count() <= MAX_CHARS
            && !text
                .contains(|char: char| char.is_control() || char.is_whitespace() || char == '"')
            && email_address::EmailAddress::parse_with_options(text, strict).is_ok();
        if !usable {
            return Err(NoEmail);
        }
        Ok(Self { text: text.to_owned(), key: EmailKey(fold(text)) })
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_case() {
        let one: Email = " Ada.Lovelace@Example.COM ".parse().unwrap();
        let other: Email = "ada.lovelace@example.com".parse().unwrap();
        assert_eq!(one.key(), other.key());
        assert_eq!(one.as_str(), "Ada.Lovelace@Example.COM");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@@example.com",
            "ada lovelace@example.com",
            "Ada <ada@example.com>",
            "\"ada\"@example.com",
            "ada@[127.0.0.1]",
            "ada@example.com\0",
            "ada@exa\nmple.com",
            &format!("{}@example.com", "a".repeat(300)),
        ] {
            assert_eq!(text.parse::<Email>(), Err(NoEmail), "{text:?}");
        }
    }
}
