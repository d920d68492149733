//! Unique names in an account, by adding a number.

use std::collections::HashSet;

use super::text::{MAX_CHARS, fold};

/// Makes a name unique by a number after it: `Okta (2)`. A long name is cut.
#[must_use]
pub fn add_number(name: &str, number: usize) -> String {
    let suffix = format!(" ({number})");
    let length = MAX_CHARS.saturating_sub(suffix.chars().count());
    let start: String = name.trim().chars().take(length).collect();
    format!("{}{suffix}", start.trim_end())
}

/// Makes names unique, compared by key. The first of each name keeps it; the
/// others get a number: `Okta (2)`.
#[must_use]
pub fn make_unique(names: &[&str]) -> Vec<String> {
    // A name that exists already is not used for another row.
    let mut taken: HashSet<String> = HashSet::new();
    let original: HashSet<String> = names.iter().map(|name| fold(name)).collect();
    let unique = names.iter().map(|name| {
        if taken.insert(fold(name)) {
            return (*name).to_owned();
        }
        for number in 2_usize.. {
            let numbered = add_number(name, number);
            let key = fold(&numbered);
            if !original.contains(&key) && taken.insert(key) {
                return numbered;
            }
        }
        (*name).to_owned()
    });
    unique.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_unique_get_a_number() {
        for (names, desired) in [
            (&["Okta", "Entra"][..], &["Okta", "Entra"][..]),
            (&["Okta", " okta", "OKTA"], &["Okta", "okta (2)", "OKTA (3)"]),
            (&["Okta", "Okta", "Okta (2)"], &["Okta", "Okta (3)", "Okta (2)"]),
            (&["", ""], &["", " (2)"]),
        ] {
            assert_eq!(make_unique(names), desired);
        }
        let long = "é".repeat(MAX_CHARS);
        let unique = make_unique(&[&long, &long]);
        assert_eq!(unique[1].chars().count(), MAX_CHARS);
        assert_ne!(unique[0], unique[1]);
    }
}
