//! The attributes by which the lists of a resource can be filtered and sorted.

use std::fmt::Debug;

use super::{FilterError, Operator, Path, error::truncate};
use crate::domain::{
    multi_valued::{MultiValuedField, ValuePart},
    suggest::find_nearest,
};

/// The attributes of a resource by which its lists are filtered.
pub trait Attribute: Copy + Eq + Debug + 'static {
    /// What the resource is called, in the plural: `users`.
    const RESOURCE: &'static str;

    /// All of them.
    fn attributes() -> Vec<Self>;

    /// Further names in filters, which the use case replaces by attributes first.
    const RESOLVED_NAMES: &'static [&'static str] = &[];

    /// The name on the wire, with a dot if it is part of another: `actor.type`.
    fn name(self) -> &'static str;

    /// A name that it had before, and that is still understood.
    fn alias(self) -> Option<&'static str> {
        None
    }

    /// What its values are.
    fn value_type(self) -> ValueType;

    /// The part of the values of a multi-valued attribute, if it is one.
    fn value_part(self) -> Option<(MultiValuedField, ValuePart)> {
        None
    }

    /// The attribute that is meant by what was written.
    ///
    /// # Errors
    /// If there is none of that name, or a schema is named.
    fn find(path: &Path) -> Result<Self, FilterError> {
        if path.schema.is_some() {
            return Err(FilterError::Schema { path: truncate(&path.to_string()) });
        }
        let written = path.to_string();
        let is_meant = |name: &str| name.eq_ignore_ascii_case(&written);
        let all = Self::attributes();
        let found =
            all.iter().find(|known| is_meant(known.name()) || known.alias().is_some_and(is_meant));
        found.copied().ok_or_else(|| {
            let names = all.iter().map(|known| known.name());
            let known: Vec<_> = names.chain(Self::RESOLVED_NAMES.iter().copied()).collect();
            FilterError::UnknownAttribute {
                nearest: find_nearest(&written, known.iter().copied()),
                written: truncate(&written),
                resource: Self::RESOURCE,
                known,
            }
        })
    }
}

/// What the values of an attribute are, and so how they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text that is compared without case, by [`crate::domain::text::fold`].
    Text,
    /// Text that says who somebody is: as [`ValueType::Text`], but a text with a
    /// variant of another character, such as the Kelvin sign, is equal to none.
    Identifier,
    /// Text that is compared to the letter.
    Exact,
    /// One of these names, written in any case. A part of it is compared to the letter.
    NameOrPart(&'static [&'static str]),
    /// A UUID.
    Id,
    /// A moment, written as RFC 3339 has it.
    Moment,
    /// One of these names, written in any case.
    Name(&'static [&'static str]),
    /// True or false.
    Bool,
}

impl ValueType {
    /// The operators that make sense, in addition to `pr`.
    #[must_use]
    pub fn operators(self) -> &'static [Operator] {
        use Operator::{Eq, Ge, Gt, Le, Lt, Ne};
        match self {
            Self::Text | Self::Identifier | Self::Exact | Self::NameOrPart(_) => &Operator::ALL,
            Self::Moment => &[Eq, Ne, Gt, Ge, Lt, Le],
            Self::Id | Self::Name(_) | Self::Bool => &[Eq, Ne],
        }
    }

    /// What a value looks like, in words.
    #[must_use]
    pub fn expected_values(self) -> String {
        match self {
            Self::Text | Self::Identifier | Self::Exact => "a text in double quotes".to_owned(),
            Self::NameOrPart(names) => format!("one of \"{}\"", names.join("\", \"")),
            Self::Id => "an id in double quotes".to_owned(),
            Self::Moment => "a time such as \"2026-11-23T08:00:00Z\"".to_owned(),
            // They are stored in either case, and written in capitals everywhere else.
            Self::Name(names) => {
                format!("one of \"{}\"", names.join("\", \"").to_ascii_uppercase())
            }
            Self::Bool => "true or false, without quotes".to_owned(),
        }
    }
}
