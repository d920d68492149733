//! How conditions compare texts.

use super::Operator;

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOperator {
    /// Is equal.
    Eq,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Comes after.
    Gt,
    /// Comes after, or is equal.
    Ge,
    /// Comes before.
    Lt,
    /// Comes before, or is equal.
    Le,
}

impl Operator {
    /// Converts the operator to that of a text. `None` for `ne`, which a condition negates.
    pub(super) fn to_text_operator(self) -> Option<TextOperator> {
        Some(match self {
            Self::Ne => return None,
            Self::Eq => TextOperator::Eq,
            Self::Co => TextOperator::Co,
            Self::Sw => TextOperator::Sw,
            Self::Ew => TextOperator::Ew,
            Self::Gt => TextOperator::Gt,
            Self::Ge => TextOperator::Ge,
            Self::Lt => TextOperator::Lt,
            Self::Le => TextOperator::Le,
        })
    }
}

impl TextOperator {
    /// Whether the comparison of a value's key with the operand's key is true.
    pub(super) fn matches(self, key: &str, operand: &str) -> bool {
        match self {
            Self::Eq => key == operand,
            Self::Co => key.contains(operand),
            Self::Sw => key.starts_with(operand),
            Self::Ew => key.ends_with(operand),
            Self::Gt => key > operand,
            Self::Ge => key >= operand,
            Self::Lt => key < operand,
            Self::Le => key <= operand,
        }
    }
}
