//! Addresses of servers as `key=value` pairs, read as libpq reads them.

use super::parameters::{AddressError, HIDDEN, SESSION_LIMITS, check_limit, is_secret};

/// A connection string of libpq. Its values are without their quotes.
#[derive(Clone)]
pub(in crate::store) struct KeyValue(Vec<(String, String)>);

impl KeyValue {
    /// Whether a text looks like a connection string: it begins with a name and an equals sign.
    pub(super) fn looks_like(text: &str) -> bool {
        text.split_once('=').is_some_and(|(name, _)| {
            let name = name.trim();
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
    }

    pub(super) fn parse(text: &str) -> Result<Self, AddressError> {
        let mut pairs = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=').ok_or_else(malformed)?;
            let name = name.trim();
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(malformed());
            }
            let (value, after) = parse_value(after.trim_start())?;
            pairs.push((name.to_owned(), value));
            rest = after.trim_start();
        }
        let parsed = Self(pairs);
        for name in SESSION_LIMITS {
            if let Some(value) = parsed.parameter(name) {
                check_limit(name, &value)?;
            }
        }
        Ok(parsed)
    }

    /// The last of several counts.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.0.iter().rfind(|(its_name, _)| its_name == name).map(|(_, value)| value.clone())
    }

    pub(super) fn for_libpq(&self, defaults: &[(&str, &str)]) -> String {
        let input = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let input = input.filter(|(name, _)| !SESSION_LIMITS.contains(name));
        write(input.chain(defaults.iter().copied()))
    }

    pub(super) fn redacted(&self) -> String {
        write(self.0.iter().map(|(name, value)| {
            (name.as_str(), if is_secret(name) { HIDDEN } else { value.as_str() })
        }))
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        let secrets = self.0.iter().filter(|(name, _)| is_secret(name));
        secrets.map(|(_, value)| value.clone()).collect()
    }
}

fn malformed() -> AddressError {
    AddressError::new(
        "is not a list of NAME=VALUE as libpq reads it. A value with a space must be in single \
         quotes. You can also write postgres://USER@HOST/NAME.",
    )
}

/// The value at the beginning, and what follows it.
fn parse_value(text: &str) -> Result<(String, &str), AddressError> {
    let quoted = text.strip_prefix('\'');
    let mut value = String::new();
    let mut chars = quoted.unwrap_or(text).chars();
    loop {
        let rest = chars.as_str();
        match chars.next() {
            Some('\\') => value.push(chars.next().ok_or_else(malformed)?),
            Some('\'') if quoted.is_some() => return Ok((value, chars.as_str())),
            Some(char) if quoted.is_none() && char.is_whitespace() => return Ok((value, rest)),
            Some(char) => value.push(char),
            None if quoted.is_some() => return Err(malformed()),
            None => return Ok((value, "")),
        }
    }
}

fn write<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.map(|(name, value)| {
        let is_plain = !value.is_empty()
            && !value.contains(|char: char| char.is_whitespace() || "'\\".contains(char));
        match is_plain {
            true => format!("{name}={value}"),
            false => format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
        }
    });
    pairs.collect::<Vec<_>>().join(" ")
}
