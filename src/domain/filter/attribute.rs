//! The attributes by which the lists of a resource can be filtered and sorted.

use std::fmt::Debug;

use super::{FilterError, Operator, Path, error::truncate};
use crate::domain::multi_valued::{MultiValuedField, SubAttribute};

/// The attributes of a resource by which its lists are filtered.
pub trait Attribute: Copy + Eq + Debug + 'static {
    /// The name of the resource in the plural: `users`.
    const RESOURCE: &'static str;

    /// All attributes.
    fn attributes() -> Vec<Self>;

    /// Further names in filters. The use case replaces them with attributes before it
    /// resolves the filter.
    const RESOLVED_NAMES: &'static [&'static str] = &[];

    /// The name on the wire, with a dot if it is part of another: `actor.type`.
    fn name(self) -> &'static str;

    /// An earlier name, which is still accepted.
    fn alias(self) -> Option<&'static str> {
        None
    }

    /// The type of its values.
    fn value_type(self) -> ValueType;

    /// The multi-valued attribute and its sub-attribute, if this is a sub-attribute.
    fn value_sub_attribute(self) -> Option<(MultiValuedField, SubAttribute)> {
        None
    }

    /// Finds the attribute that a path names.
    ///
    /// # Errors
    /// Returns an error if there is no such attribute, or if the path has a schema.
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
            let known = names.chain(Self::RESOLVED_NAMES.iter().copied());
            let known = known.map(str::to_owned).collect();
            FilterError::unknown_attribute(&written, Self::RESOURCE, known)
        })
    }
}

/// The type of an attribute's values. It determines how they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text that is compared without case, by [`crate::domain::text::fold`].
    Text,
    /// Text that identifies a person. Like [`ValueType::Text`], but a text with a variant
    /// of another character, such as the Kelvin sign, finds no value.
    Identifier,
    /// Text that is compared exactly.
    Exact,
    /// A resource has several of these names, which are compared exactly. A condition is true
    /// if it is true of one of them.
    Element(&'static [&'static str]),
    /// One of these names, in any case. A part of a name is compared exactly.
    NameOrPart(&'static [&'static str]),
    /// A UUID.
    Id,
    /// A moment in the format of RFC 3339.
    Moment,
    /// One of these names, written in any case.
    Name(&'static [&'static str]),
    /// True or false.
    Bool,
}

impl ValueType {
    /// The supported operators, in addition to `pr`.
    #[must_use]
    pub fn operators(self) -> &'static [Operator] {
        use Operator::{Eq, Ge, Gt, Le, Lt, Ne};
        match self {
            Self::Text | Self::Identifier | Self::Exact | Self::NameOrPart(_) => &Operator::ALL,
            Self::Moment => &[Eq, Ne, Gt, Ge, Lt, Le],
            Self::Id | Self::Element(_) | Self::Name(_) | Self::Bool => &[Eq, Ne],
        }
    }

    /// Describes the expected values.
    #[must_use]
    pub fn expected_values(self) -> String {
        match self {
            Self::Text | Self::Identifier | Self::Exact => "a text in double quotes".to_owned(),
            Self::NameOrPart(names) | Self::Element(names) => {
                format!("one of \"{}\"", names.join("\", \""))
            }
            Self::Id => "an ID in double quotes".to_owned(),
            Self::Moment => "a time such as \"2026-11-23T08:00:00Z\"".to_owned(),
            // Some names are stored in lower case. Everywhere else, they are in capitals.
            Self::Name(names) => {
                format!("one of \"{}\"", names.join("\", \"").to_ascii_uppercase())
            }
            Self::Bool => "true or false, without quotes".to_owned(),
        }
    }
}
