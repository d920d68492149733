//! Suggestions for misspelled names.

use super::quote::QuotedText;

/// Longer words are not compared, because that would take long.
const MAX_CHARS: usize = 64;

/// The known name that is nearest to a word, compared without case.
/// `None` if none is near: at most one letter in three may be wrong, left out,
/// put in, or swapped with its neighbour.
pub fn find_nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length == 0 || length > MAX_CHARS {
        return None;
    }
    let word = word.to_lowercase();
    let distances =
        names.into_iter().map(|name| (strsim::osa_distance(&word, &name.to_lowercase()), name));
    // Of several that are as near, the first.
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= (length / 3).max(1)).then_some(name)
}

/// Suggests the nearest name, in parentheses after an error message. Empty if there is none.
#[must_use]
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean {}?)", QuotedText(name))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_name_is_suggested_and_a_different_word_is_not() {
        let known = ["id", "email", "firstName", "lastName", "status", "createdAt"];
        for (word, found) in [
            ("emial", Some("email")),
            ("EMAIL", Some("email")),
            ("mail", Some("email")),
            ("e-mail", Some("email")),
            ("first_name", Some("firstName")),
            ("lastname", Some("lastName")),
            ("created", Some("createdAt")),
            ("staus", Some("status")),
            ("di", Some("id")),
            ("nickname", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(find_nearest(word, known), found, "{word}");
        }
        let long = "email".repeat(20);
        assert_eq!(find_nearest(&long, [long.as_str()]), None, "not even looked at");
        assert_eq!(find_nearest("email", []), None);
        assert_eq!(did_you_mean(find_nearest("emial", known)), " (did you mean \"email\"?)");
        assert_eq!(did_you_mean(None), "");
    }
}
