//! A person's names, parsed from their e-mail address.

use crate::domain::email::Email;

/// First and last name. The last one may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedNames {
    /// Never empty.
    pub first: String,
    /// May be empty.
    pub last: String,
}

/// Parses the part before the `@`: what follows a `+` is dropped, the rest is
/// split at `.` `_` `-`, and each token is capitalised. The first token is
/// the first name, the others are the last name.
///
/// If no token is left (`_@example.com`, `+49221123123@example.com`), the first name is that
/// part unchanged, so that a user always has a name. Both fit their fields, because that part
/// has at most 64 octets (RFC 5321 4.5.3.1.1) and changing case makes a letter at most three.
#[must_use]
pub fn derive_names(email: &Email) -> DerivedNames {
    let address = email.as_str();
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let untagged = local.split_once('+').map_or(local, |(untagged, _)| untagged);
    let mut tokens =
        untagged.split(['.', '_', '-']).filter(|token| !token.is_empty()).map(capitalize);
    match tokens.next() {
        Some(first) => DerivedNames { first, last: tokens.collect::<Vec<_>>().join(" ") },
        None => DerivedNames { first: local.to_owned(), last: String::new() },
    }
}

/// A token with its first letter upper case. The others are lowered only if all are upper case:
/// `McCarthy` stays, `MCCARTHY` does not.
fn capitalize(token: &str) -> String {
    let shouted = token == token.to_uppercase();
    let mut chars = token.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let rest = chars.as_str();
    let rest = if shouted { rest.to_lowercase() } else { rest.to_owned() };
    first.chain(rest.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_from_the_part_before_the_at() {
        for (address, first, last) in [
            ("ada.lovelace@example.com", "Ada", "Lovelace"),
            ("ada_lovelace@example.com", "Ada", "Lovelace"),
            ("ada-lovelace@example.com", "Ada", "Lovelace"),
            ("ada@example.com", "Ada", ""),
            ("ada.king.lovelace@example.com", "Ada", "King Lovelace"),
            ("anna-lena_von.berg@example.com", "Anna", "Lena Von Berg"),
            ("ada.lovelace+usher@example.com", "Ada", "Lovelace"),
            ("ada+lovelace.usher@example.com", "Ada", ""),
            ("ada+a+b@example.com", "Ada", ""),
            ("ADA.LOVELACE@EXAMPLE.COM", "Ada", "Lovelace"),
            ("joseph.McCarthy@example.com", "Joseph", "McCarthy"),
            ("a.b@example.com", "A", "B"),
        ] {
            let parsed = derive_names(&address.parse().unwrap());
            assert_eq!(
                parsed,
                DerivedNames { first: first.into(), last: last.into() },
                "{address}"
            );
        }
    }

    #[test]
    fn unusual_addresses_produce_a_first_name() {
        for (address, first, last) in [
            ("_@x", "_", ""),
            ("-_-@example.com", "-_-", ""),
            ("+@example.com", "+", ""),
            ("+49221123123@example.com", "+49221123123", ""),
            ("_+tag@example.com", "_+tag", ""),
            ("__ada__lovelace__@example.com", "Ada", "Lovelace"),
            ("ada.lovelace2@example.com", "Ada", "Lovelace2"),
            ("4711@example.com", "4711", ""),
            ("4711.42@example.com", "4711", "42"),
            ("o'hara@example.com", "O'hara", ""),
            ("élodie.žižek@example.com", "Élodie", "Žižek"),
            ("коля.иванов@example.com", "Коля", "Иванов"),
            ("山田.太郎@example.com", "山田", "太郎"),
            ("œuvre@example.com", "Œuvre", ""),
        ] {
            let parsed = derive_names(&address.parse().unwrap());
            assert_eq!(
                parsed,
                DerivedNames { first: first.into(), last: last.into() },
                "{address}"
            );
        }
    }

    #[test]
    fn capitalized_names_fit_their_fields() {
        // One small letter that has three characters as a capital.
        let local = |letters| vec!["ΐ"; letters].join(".");
        let parsed = derive_names(&format!("{}@x", local(21)).parse().unwrap());
        assert_eq!(parsed.first.chars().count(), 3);
        assert_eq!(parsed.last.chars().count(), 20 * 3 + 19);
        assert!(format!("{}@x", local(22)).parse::<Email>().is_err(), "no longer ones come here");
    }
}
