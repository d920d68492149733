//! The errors of filters. Each message continues a sentence that begins with the filter.

use super::{MAX_CHARS, MAX_DEPTH, MAX_TERMS, Operator};
use crate::domain::{
    field_error::Reason,
    quote::QuotedText,
    suggest::{did_you_mean, find_nearest},
};

/// Why a filter can't be used, and what is expected.
///
/// Positions count characters, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It is empty.
    #[error("is empty: write a comparison such as name eq \"Ops\", or leave it out")]
    Empty,
    /// It has more than [`MAX_CHARS`] characters.
    #[error("is longer than {MAX_CHARS} characters")]
    TooLong,
    /// It nests deeper than [`MAX_DEPTH`].
    #[error("nests more than {MAX_DEPTH} parentheses and brackets at character {at}")]
    TooDeep {
        /// The position of the first one that is too deep.
        at: usize,
    },
    /// It has more than [`MAX_TERMS`] comparisons.
    #[error("has more than {MAX_TERMS} comparisons: one too many begins at character {at}")]
    TooManyTerms {
        /// The position of the first comparison over the limit.
        at: usize,
    },
    /// It does not conform to the grammar.
    #[error("can't be read at character {at}: found {found}, expected {expected}")]
    Syntax {
        /// The position.
        at: usize,
        /// What was found there.
        found: String,
        /// What was expected there.
        expected: &'static str,
    },
    /// It names an attribute that the resource does not have.
    #[error(
        "asks for {}, which is not an attribute of {resource}{}: use one of {}",
        QuotedText(.written),
        did_you_mean(.nearest.as_deref()),
        .known.join(", ")
    )]
    UnknownAttribute {
        /// The name as it was written, cut if it is long.
        written: String,
        /// The resource or the attribute, such as `users`.
        resource: String,
        /// The nearest name.
        nearest: Option<String>,
        /// All names.
        known: Vec<String>,
    },
    /// It compares an attribute that has sub-attributes.
    #[error("compares {attribute:?}, which has sub-attributes: use one of {}", .sub_attributes.join(", "))]
    Complex {
        /// The attribute's name.
        attribute: String,
        /// The names of its sub-attributes.
        sub_attributes: Vec<String>,
    },
    /// It has a schema where schemas are not supported.
    #[error("names a schema in {}, which is not supported here. Remove the schema", QuotedText(.path))]
    Schema {
        /// The attribute as it was written, cut if it is long.
        path: String,
    },
    /// It has a value path where value paths are not supported.
    #[error("has brackets after {}, which are not supported here. Remove the brackets", QuotedText(.path))]
    Within {
        /// The attribute as it was written, cut if it is long.
        path: String,
    },
    /// The attribute does not support the operator.
    #[error("compares {attribute:?} by {}: use {}", .operator.as_str(), operators(.usable))]
    Operator {
        /// The attribute's name.
        attribute: String,
        /// The operator.
        operator: Operator,
        /// The supported operators.
        usable: &'static [Operator],
    },
    /// The attribute can't have such a value.
    #[error("compares {attribute:?} with {value}: use {expected}")]
    Value {
        /// The attribute's name.
        attribute: String,
        /// The value as JSON writes it, cut if it is long.
        value: String,
        /// The expected values, in words.
        expected: String,
    },
}

impl From<FilterError> for Reason {
    fn from(error: FilterError) -> Self {
        let (expected, remedy) = error.expected_and_remedy();
        Self::with_detail(error, expected, remedy)
    }
}

/// The maximum number of names that an error lists.
const MAX_NAMES: usize = 150;

/// The maximum number of characters of a filter that an error repeats.
const MAX_EXCERPT_CHARS: usize = 80;

/// Shortens a text that is too long for a message.
pub(super) fn truncate(text: &str) -> String {
    let mut excerpt: String = text.chars().take(MAX_EXCERPT_CHARS).collect();
    if text.chars().nth(MAX_EXCERPT_CHARS).is_some() {
        excerpt.push('…');
    }
    excerpt
}

impl FilterError {
    /// The error of a name that is not one of the known ones.
    pub(super) fn unknown_attribute(written: &str, resource: &str, mut known: Vec<String>) -> Self {
        let nearest = find_nearest(written, known.iter().map(String::as_str)).map(str::to_owned);
        let (written, resource) = (truncate(written), resource.to_owned());
        known.truncate(MAX_NAMES);
        Self::UnknownAttribute { written, resource, nearest, known }
    }

    /// What is expected, and what to do next.
    fn expected_and_remedy(&self) -> (String, String) {
        let (expected, remedy) = match self {
            Self::Empty => (
                "a comparison such as name eq \"Ops\"".into(),
                "Write one, or leave the filter out.",
            ),
            Self::TooLong => (format!("at most {MAX_CHARS} characters"), "Shorten the filter."),
            Self::TooDeep { .. } => (
                format!("at most {MAX_DEPTH} nested parentheses and brackets"),
                "Remove parentheses that are not needed.",
            ),
            Self::TooManyTerms { .. } => (
                format!("at most {MAX_TERMS} comparisons"),
                "Send several requests with fewer comparisons.",
            ),
            Self::Syntax { at, expected, .. } => {
                return ((*expected).into(), format!("Correct the filter at character {at}."));
            }
            Self::UnknownAttribute { nearest: Some(near), known, .. } => {
                return (format!("one of {}", known.join(", ")), format!("Did you mean {near}?"));
            }
            Self::UnknownAttribute { nearest: None, known, .. } => {
                let known = format!("one of {}", known.join(", "));
                return (known.clone(), format!("Use {known}."));
            }
            Self::Complex { sub_attributes, .. } => {
                let names = format!("one of {}", sub_attributes.join(", "));
                return (names.clone(), format!("Use {names}."));
            }
            Self::Schema { .. } => (
                "an attribute without a schema".into(),
                "Remove the schema in front of the attribute.",
            ),
            Self::Within { .. } => {
                ("an attribute without brackets".into(), "Remove the brackets after the attribute.")
            }
            Self::Operator { attribute, usable, .. } => {
                let usable = operators(usable);
                return (format!("{attribute} with {usable}"), format!("Use {usable}."));
            }
            Self::Value { expected, .. } => return (expected.clone(), format!("Use {expected}.")),
        };
        (expected, remedy.into())
    }
}

fn operators(usable: &[Operator]) -> String {
    let names: Vec<&str> = usable.iter().map(|operator| operator.as_str()).collect();
    format!("{} or pr", names.join(", "))
}
