//! The keys by which values are compared and found. Keys are compared byte by byte.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde_json::{Number, Value as Json};

use super::{AttributeDefinition, SubAttributeDefinition, ValueType};
use crate::domain::{
    Timestamp,
    text::{fold, fold_part},
};

/// How the values of an attribute, or of a sub-attribute, are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// A text without case.
    Folded,
    /// A text with case.
    Exact,
    /// true or false.
    Boolean,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Decimal,
    /// A moment.
    Moment,
    /// Several sub-attributes, which are compared one by one.
    Complex,
}

impl AttributeDefinition {
    /// How the values are compared.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        KeyType::new(self.value_type, self.is_case_exact)
    }
}

impl SubAttributeDefinition {
    /// How the values are compared.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        KeyType::new(self.value_type, self.is_case_exact)
    }
}

impl KeyType {
    const fn new(value_type: ValueType, is_case_exact: bool) -> Self {
        match value_type {
            ValueType::String if is_case_exact => Self::Exact,
            ValueType::String => Self::Folded,
            // RFC 7643, section 2.3.7.
            ValueType::Reference => Self::Exact,
            ValueType::Boolean => Self::Boolean,
            ValueType::Integer => Self::Integer,
            ValueType::Decimal => Self::Decimal,
            ValueType::DateTime => Self::Moment,
            ValueType::Complex => Self::Complex,
        }
    }

    /// The key of a value. `None`: the value is not of this type, or is complex.
    #[must_use]
    pub fn key(self, value: &Json) -> Option<String> {
        match (self, value) {
            (Self::Folded, Json::String(text)) => Some(fold(text)),
            (Self::Exact, Json::String(text)) => Some(text.clone()),
            (Self::Moment, Json::String(text)) => parse_moment(text).map(moment_key),
            (Self::Boolean, Json::Bool(value)) => Some(value.to_string()),
            (Self::Integer, Json::Number(number)) => Some(number_key(number)),
            (Self::Decimal, Json::Number(number)) => decimal_key(number),
            _ => None,
        }
    }

    /// The key of a part of a text, such as the operand of `co`.
    #[must_use]
    pub fn part_key(self, text: &str) -> Option<String> {
        match self {
            Self::Folded => Some(fold_part(text)),
            Self::Exact => Some(text.to_owned()),
            _ => None,
        }
    }
}

/// Parses a moment in the format of RFC 3339, which has years of four digits. `None` if
/// it is not one, also in UTC.
pub(super) fn parse_moment(text: &str) -> Option<Timestamp> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    (0..=9999).contains(&moment.year()).then_some(moment)
}

/// All keys of moments have the same length.
fn moment_key(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Decimals have 64 bits, in filters as well.
fn decimal_key(number: &Number) -> Option<String> {
    number.as_f64().and_then(Number::from_f64).as_ref().map(number_key)
}

/// The key of a number: `0`, or the sign, the exponent, and the digits without zeros at
/// the end. `15` and `15.0` have the same key. The exponent has three digits. For negative
/// numbers, all digits are subtracted from 9, and followed by a character that is greater
/// than any digit.
fn number_key(number: &Number) -> String {
    let written = match number.as_f64().filter(|_| number.is_f64()) {
        Some(number) => format!("{number:e}"),
        // Integers are exact.
        None => format!("{number}e0"),
    };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let is_negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    let exponent: isize = exponent.parse().unwrap_or_default();
    let exponent = exponent.saturating_add_unsigned(whole.len().saturating_sub(1));
    // The exponents of 64 bits are between -324 and 308.
    let positive = format!("{:03}{digits}", exponent.saturating_add(500));
    if !is_negative {
        return format!("1{positive}");
    }
    let complement = |digit: char| match digit.to_digit(10) {
        Some(value) => char::from_digit(9 - value, 10).unwrap_or(digit),
        None => digit,
    };
    format!("-{}~", positive.chars().map(complement).collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn key(key_type: KeyType, value: &Json) -> String {
        key_type.key(value).unwrap_or_else(|| panic!("{value} has no key"))
    }

    #[test]
    fn keys_of_numbers_are_in_their_order() {
        let numbers = [
            json!(f64::MIN),
            json!(-1e20),
            json!(i64::MIN),
            json!(i64::MIN + 1),
            json!(-100),
            json!(-10.5),
            json!(-10),
            json!(-9),
            json!(-5),
            json!(-1),
            json!(-0.5),
            json!(-1e-300),
            json!(0),
            json!(5e-324),
            json!(0.1),
            json!(0.25),
            json!(1),
            json!(3),
            json!(9),
            json!(10),
            json!(10.5),
            json!(100),
            json!(9_007_199_254_740_992_i64),
            json!(9_007_199_254_740_993_i64),
            json!(i64::MAX - 1),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e20),
            json!(f64::MAX),
        ];
        let keys: Vec<_> = numbers.iter().map(|number| key(KeyType::Integer, number)).collect();
        for (index, (number, key)) in numbers.iter().zip(&keys).enumerate() {
            let next = keys.get(index + 1);
            assert!(next.is_none_or(|next| key < next), "{number} has {key}, the next {next:?}");
        }
    }

    #[test]
    fn equal_numbers_have_the_same_key() {
        for (one, other) in [
            (json!(15), json!(15.0)),
            (json!(0), json!(-0.0)),
            (json!(100), json!(1e2)),
            (json!(-5), json!(-5.0)),
            (json!(1_000_000_000_000_000_000_i64), json!(1e18)),
        ] {
            assert_eq!(key(KeyType::Integer, &one), key(KeyType::Integer, &other), "{one}");
            assert_eq!(key(KeyType::Decimal, &one), key(KeyType::Decimal, &other), "{one}");
        }
        // The value of a decimal is 2^53.
        let odd = json!(9_007_199_254_740_993_i64);
        assert_eq!(key(KeyType::Decimal, &odd), key(KeyType::Decimal, &json!(2_f64.powi(53))));
    }

    proptest! {
        #[test]
        fn keys_of_integers_are_in_their_order(one: i64, other: i64) {
            let keys = [one, other].map(|number| key(KeyType::Integer, &json!(number)));
            prop_assert_eq!(keys[0].cmp(&keys[1]), one.cmp(&other));
        }

        #[test]
        fn keys_of_decimals_are_in_their_order(
            one in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL,
            other in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
        ) {
            let keys = [one, other].map(|number| key(KeyType::Decimal, &json!(number)));
            prop_assert_eq!(Some(keys[0].cmp(&keys[1])), one.partial_cmp(&other));
        }
    }

    #[test]
    fn keys_of_moments_are_in_their_order() {
        let moments = [
            "0000-01-01T00:00:00Z",
            "2026-03-01T08:59:59.999999999Z",
            "2026-03-01T09:00:00Z",
            "2026-03-01T11:00:00.000001+02:00",
            "2026-03-01T09:00:00.5Z",
            "2026-03-01T09:00:00.500001Z",
            "2026-03-01T09:00:01Z",
            "9999-12-31T23:59:59Z",
        ];
        let keys = moments.map(|text| key(KeyType::Moment, &json!(text)));
        assert!(keys.is_sorted() && keys.iter().all(|key| key.len() == keys[0].len()), "{keys:?}");
        assert_eq!(keys[2], key(KeyType::Moment, &json!("2026-03-01T10:00:00+01:00")));
        for text in ["2026-03-01", "", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+00:01"] {
            assert_eq!(KeyType::Moment.key(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn text_is_compared_as_its_type_says() {
        let text = json!("Straße A");
        assert_eq!(key(KeyType::Folded, &text), "straße a");
        assert_eq!(key(KeyType::Exact, &text), "Straße A");
        assert_eq!(KeyType::new(ValueType::Reference, false), KeyType::Exact);
        assert_eq!(KeyType::Integer.key(&text), None);
        assert_eq!(KeyType::Complex.key(&json!({"a": 1})), None);
        assert_eq!(KeyType::Folded.part_key(" A").as_deref(), Some(" a"));
    }
}
