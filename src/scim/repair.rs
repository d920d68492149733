//! What of a request is mended instead of refused, for clients that are known
//! to speak otherwise than the RFCs.

use crate::domain::api_key::Dialect;

/// The kinds of repairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repair {
    /// An attribute that is not stored was passed over.
    UnknownAttribute,
    /// A boolean was written as a text: `"True"`.
    BooleanAsText,
    /// The operation of a PATCH was written in another case: `Replace`.
    OperationCase,
    /// A complex value was written as the text of its `value`: a bare manager.
    BareValue,
    /// An attribute that only we change was passed over in a PATCH.
    ReadOnlyPatched,
    /// Members to be removed were named by a value instead of by the path.
    RemoveByValue,
    /// A value path matched nothing, and its value was made.
    MadeByPath,
    /// Of several values of an attribute that holds one, the main one was taken.
    OneOfSeveral,
    /// The schemas were missing, and are known from the address.
    MissingSchemas,
}

impl Repair {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::UnknownAttribute,
        Self::BooleanAsText,
        Self::OperationCase,
        Self::BareValue,
        Self::ReadOnlyPatched,
        Self::RemoveByValue,
        Self::MadeByPath,
        Self::OneOfSeveral,
        Self::MissingSchemas,
    ];

    /// Its name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAttribute => "unknown-attribute",
            Self::BooleanAsText => "boolean-as-text",
            Self::OperationCase => "operation-case",
            Self::BareValue => "bare-value",
            Self::ReadOnlyPatched => "read-only-patched",
            Self::RemoveByValue => "remove-by-value",
            Self::MadeByPath => "made-by-path",
            Self::OneOfSeveral => "one-of-several",
            Self::MissingSchemas => "missing-schemas",
        }
    }
}

/// The most repairs of a request that are told. Those behind them are made.
const MAX_TOLD: usize = 50;

/// How a client speaks, and what of its request was mended so far.
#[derive(Debug, Clone)]
pub struct Repairs {
    dialect: Dialect,
    made: Vec<(Repair, String)>,
}

impl Repairs {
    /// None yet.
    #[must_use]
    pub fn of(dialect: Dialect) -> Self {
        Self { dialect, made: Vec::new() }
    }

    /// Whether anything may be mended. If so, it is noted; `what` names the
    /// attribute, never a value.
    pub fn allow(&mut self, repair: Repair, what: &str) -> bool {
        let lenient = self.dialect != Dialect::Strict;
        let is_told = |(kind, about): &(Repair, String)| *kind == repair && about == what;
        if lenient && self.made.len() < MAX_TOLD && !self.made.iter().any(is_told) {
            self.made.push((repair, what.to_owned()));
        }
        lenient
    }

    /// Each, with the attribute that it is about.
    #[must_use]
    pub fn made(&self) -> &[(Repair, String)] {
        &self.made
    }
}
