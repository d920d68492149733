//! Whole numbers of flags.

use std::fmt::Display;

/// Parses a whole number from `min` to `max`.
pub(super) fn whole_number<N>(text: &str, min: N, max: N) -> Result<N, String>
where
    N: std::str::FromStr + PartialOrd + Display,
{
    match text.trim().parse::<N>() {
        Ok(number) if number >= min && number <= max => Ok(number),
        _ => Err(format!("must be a whole number from {min} to {max}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_whole_and_within_its_bounds() {
        for (text, number) in [("0", 0), (" 300 ", 300)] {
            assert_eq!(whole_number(text, 0_u16, 300), Ok(number), "{text}");
        }
        for text in ["", "x", "-1", "1.5", "301", "70000"] {
            let error = whole_number(text, 0_u16, 300).unwrap_err();
            assert_eq!(error, "must be a whole number from 0 to 300", "{text}");
        }
    }
}
