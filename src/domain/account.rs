//! Accounts: customer organizations. Each owns everything below it.

use super::{Timestamp, id::AccountId};

/// One customer organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Never changes.
    pub id: AccountId,
    /// The account's name in URLs: lower-case letters, digits and hyphens. Unique in the
    /// deployment.
    pub slug: String,
    /// The display name.
    pub name: String,
    /// The contact on the error page of a failed login: an address, a URL or a text.
    pub contact: Option<String>,
    /// Whether a login may re-create a deleted user.
    pub recreate_deleted: bool,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When the account last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

/// The maximum number of characters of a slug: as long as a label of a host name may be.
pub const MAX_SLUG_CHARS: usize = 63;

/// Whether a text can be an account's slug.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let alphanumeric = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    text.len() <= MAX_SLUG_CHARS
        && text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && text.chars().all(|char| alphanumeric(char) || char == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_label_of_a_host_name() {
        for good in ["default", "a", "acme-corp-2", "0x"] {
            assert!(is_slug(good), "{good:?}");
        }
        for bad in ["", "-a", "a-", "Acme", "a_b", "a.b", "é", "../x", &"a".repeat(64)] {
            assert!(!is_slug(bad), "{bad:?}");
        }
    }
}
