//! User names from identity providers.

use std::{fmt, str::FromStr};

use super::{
    email::EmailKey,
    text::{TextError, check_identifier, fold, parse_line},
};

/// A user's `userName` (RFC 7643, section 4.1.1), as it was sent, with the key by which it
/// is compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName {
    text: String,
    key: UserNameKey,
}

/// The key by which user names are compared. A user without a user name has the key
/// of their address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserNameKey(String);

impl UserName {
    /// Reads a name that is stored. It may have been accepted before invisible
    /// and compatibility characters were rejected.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self { text: text.to_owned(), key: UserNameKey(fold(text)) }
    }

    /// The name, trimmed, in the case in which it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key by which it is compared.
    #[must_use]
    pub fn key(&self) -> &UserNameKey {
        &self.key
    }
}

impl UserNameKey {
    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&EmailKey> for UserNameKey {
    fn from(key: &EmailKey) -> Self {
        Self(key.as_str().to_owned())
    }
}

impl FromStr for UserName {
    type Err = TextError;

    /// Reads a name: trimmed, and without U+FFFD, invisible, private-use and
    /// unassigned characters, noncharacters and compatibility forms of other characters (RFC 8265,
    /// section 3.3.1).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = parse_line(text)?;
        check_identifier(text)?;
        Ok(Self::from_stored(text))
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_a_name_have_one_key() {
        let [one, other] = ["Ada@Example.com", " ada@example.COM "].map(|text| {
            let name: UserName = text.parse().unwrap();
            name.key().clone()
        });
        assert_eq!(one, other);
        assert_eq!("a\0b".parse::<UserName>(), Err(TextError::Control('\0')));
    }

    #[test]
    fn look_alike_characters_are_rejected() {
        for char in ['\u{212a}', 'ａ', 'ﬁ'] {
            let rejected = format!("mi{char}e").parse::<UserName>();
            assert_eq!(rejected, Err(TextError::Compatibility(char)));
        }
    }

    #[test]
    fn characters_without_a_certain_meaning_are_rejected() {
        for char in ['\u{fffd}', '\u{e000}', '\u{fdd0}', '\u{10ffff}', '\u{378}', '\u{40000}'] {
            let rejected = format!("mi{char}e").parse::<UserName>();
            assert_eq!(rejected, Err(TextError::Unassigned(char)));
        }
        assert!("\u{1f389}".parse::<UserName>().is_ok());
    }

    #[test]
    fn user_name_and_address_with_one_text_have_one_key() {
        let name: UserName = "Ada@Example.com".parse().unwrap();
        let email: crate::domain::email::Email = "ada@example.com".parse().unwrap();
        assert_eq!(*name.key(), email.key().into());
    }
}
