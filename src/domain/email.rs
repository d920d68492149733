//! E-mail addresses, by which users log in.

use std::{fmt, str::FromStr};

use unicode_normalization::UnicodeNormalization;

use super::{
    field_error::Reason,
    text::{TextError, check_identifier, check_visible, fold},
};

/// The maximum number of characters of an address (RFC 5321 4.5.3.1.3, less its
/// brackets).
pub const MAX_CHARS: usize = 254;

/// An e-mail address, with the key by which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    key: EmailKey,
}

/// The key by which addresses are compared: two spellings of one address have the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailKey(String);

/// Why a text can't be used as an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// It does not have the form of an address, or is too long.
    #[error("must be an e-mail address of at most {MAX_CHARS} characters, such as ada@example.com")]
    Malformed,
    /// It has a character that an address can't have.
    #[error(transparent)]
    Character(#[from] TextError),
}

impl From<EmailError> for Reason {
    fn from(error: EmailError) -> Self {
        match error {
            EmailError::Malformed => error.to_string().into(),
            EmailError::Character(error) => error.into(),
        }
    }
}

impl Email {
    /// Reads an address that is stored. It may have been accepted before
    /// compatibility and invisible characters were rejected.
    ///
    /// # Errors
    /// [`EmailError::Malformed`] if it does not have the form of an address.
    pub fn from_stored(text: &str) -> Result<Self, EmailError> {
        let text: String = text.trim().nfc().collect();
        let strict = email_address::Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_no_minimum_sub_domains();
        let usable = text.chars().nth(MAX_CHARS).is_none()
            && !text
                .contains(|char: char| char.is_control() || char.is_whitespace() || char == '"')
            && email_address::EmailAddress::parse_with_options(&in_ascii(&text), strict).is_ok();
        if !usable {
            return Err(EmailError::Malformed);
        }
        let key = EmailKey(fold(&text));
        Ok(Self { text, key })
    }

    /// The address, trimmed and composed (NFC), in its own case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key by which it is compared.
    #[must_use]
    pub fn key(&self) -> &EmailKey {
        &self.key
    }
}

/// The text with letters for all that is not ASCII. An address may have any such
/// character (RFC 6531, section 3.3), and the parser accepts letters and digits only.
/// The lengths, which are limited in bytes, stay.
fn in_ascii(text: &str) -> String {
    let bytes = text.bytes().map(|byte| if byte.is_ascii() { char::from(byte) } else { 'x' });
    bytes.collect()
}

impl EmailKey {
    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = EmailError;

    /// Reads an address: trimmed, one `@`, a domain with or without a dot, no
    /// display name, no quoted local part. U+FFFD, invisible, private-use and
    /// unassigned characters, noncharacters and compatibility forms of other characters (RFC 8264,
    /// section 9.17) are rejected: with them, one person could look like another.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // Before composition, which replaces some compatibility characters; and
        // before the form, so that the error names the character.
        if text.contains('@') {
            check_visible(text)?;
            check_identifier(text)?;
        }
        Self::from_stored(text)
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
    fn address_is_stored_composed() {
        let email: Email = "zoe\u{308}@example.com".parse().unwrap();
        assert_eq!(email.as_str(), "zoë@example.com");
        assert_eq!(email, "zoë@example.com".parse().unwrap());
    }

    #[test]
    fn every_script_is_accepted_composed_or_not() {
        for (text, stored, key) in [
            ("x\u{301}a@x.com", "x\u{301}a@x.com", "x\u{301}a@x.com"),
            ("e\u{301}a@x.com", "éa@x.com", "éa@x.com"),
            ("हिन्दी@x.com", "हिन्दी@x.com", "हिन्दी@x.com"),
            ("संपर्क@डाटामेल.भारत", "संपर्क@डाटामेल.भारत", "संपर्क@डाटामेल.भारत"),
            ("உதாரணம்@x.com", "உதாரணம்@x.com", "உதாரணம்@x.com"),
            ("L·L@x.com", "L·L@x.com", "l·l@x.com"),
            ("🎉@x.com", "🎉@x.com", "🎉@x.com"),
            ("İvan@x.com", "İvan@x.com", "i\u{307}van@x.com"),
            ("i\u{307}van@x.com", "i\u{307}van@x.com", "i\u{307}van@x.com"),
        ] {
            let email: Email = text.parse().unwrap();
            assert_eq!((email.as_str(), email.key().as_str()), (stored, key), "{text}");
            assert_eq!(key.parse::<Email>().unwrap().key(), email.key(), "{text}");
        }
    }

    #[test]
    fn look_alike_and_invisible_characters_are_rejected() {
        for (text, error) in [
            ("mi\u{212a}e@example.com", TextError::Compatibility('\u{212a}')),
            ("ｍike@example.com", TextError::Compatibility('ｍ')),
            ("mike@ｅxample.com", TextError::Compatibility('ｅ')),
            ("ﬁona@example.com", TextError::Compatibility('ﬁ')),
            ("mike\u{200b}@example.com", TextError::Invisible('\u{200b}')),
            ("mike\u{ad}@example.com", TextError::Invisible('\u{ad}')),
            ("\u{202e}mike@example.com", TextError::Invisible('\u{202e}')),
            ("mike@example.com\0", TextError::Control('\0')),
            ("mike@exa\nmple.com", TextError::Control('\n')),
            ("mi\u{a0}ke@example.com", TextError::Compatibility('\u{a0}')),
            ("mi\u{fffd}e@example.com", TextError::Unassigned('\u{fffd}')),
            ("mi\u{e000}e@example.com", TextError::Unassigned('\u{e000}')),
            ("mi\u{f8ff}e@example.com", TextError::Unassigned('\u{f8ff}')),
            ("mi\u{fdd0}e@example.com", TextError::Unassigned('\u{fdd0}')),
            ("mi\u{ffff}e@example.com", TextError::Unassigned('\u{ffff}')),
            ("mi\u{1fffe}e@example.com", TextError::Unassigned('\u{1fffe}')),
            ("mi\u{f0000}e@example.com", TextError::Unassigned('\u{f0000}')),
            ("mike@ex\u{10fffd}.com", TextError::Unassigned('\u{10fffd}')),
            ("mi\u{378}e@example.com", TextError::Unassigned('\u{378}')),
            ("mi\u{40000}e@example.com", TextError::Unassigned('\u{40000}')),
        ] {
            assert_eq!(text.parse::<Email>(), Err(EmailError::Character(error)), "{text:?}");
        }
    }

    #[test]
    fn address_with_sharp_s_differs_from_one_with_ss() {
        let [one, other]: [Email; 2] =
            ["weiß@example.com", "weiss@example.com"].map(|text| text.parse().unwrap());
        assert_ne!(one.key(), other.key());
    }

    #[test]
    fn malformed_address_is_rejected() {
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
            &format!("{}@example.com", "a".repeat(300)),
            &format!("{}@example.com", "é".repeat(33)),
            "é@",
            "@é",
            "é..é@example.com",
            "é@example..com",
        ] {
            assert_eq!(text.parse::<Email>(), Err(EmailError::Malformed), "{text:?}");
        }
    }
}
