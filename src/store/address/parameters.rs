//! Parameters of an address: which are secret, which are limits of a session,
//! and what is wrong with one.

/// The replacement of a secret when an address is printed.
pub(super) const HIDDEN: &str = "hidden";

/// Settings of a session that libpq does not take as parameters, and we do.
pub(super) const SESSION_LIMITS: [&str; 2] = ["statement_timeout", "lock_timeout"];

/// The reason why a text is not the address of a database. It has no part of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(String);

impl AddressError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Whether a parameter of this name is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    ["password", "secret", "scram_client_key", "scram_server_key"]
        .iter()
        .any(|part| name.contains(part))
}

/// A limit of a session: a number of milliseconds, or a number with a unit.
pub(super) fn check_limit(name: &str, value: &str) -> Result<(), AddressError> {
    let digits = value.trim_end_matches(|char: char| char.is_ascii_lowercase());
    let unit = value.get(digits.len()..).unwrap_or_default();
    let number =
        !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    if number && ["", "ms", "s", "min", "h"].contains(&unit) {
        return Ok(());
    }
    Err(AddressError::new(format!(
        "has a {name} that is not a duration. Use a number of milliseconds, or a number with one \
         of ms, s, min, h."
    )))
}
