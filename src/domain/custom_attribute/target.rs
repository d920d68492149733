//! What a connection can map a SAML attribute to: a custom attribute, or a sub-attribute of one.

use std::{fmt, str::FromStr};

use serde_json::Value as Json;

use super::{
    AttributeDefinition, CustomAttributeName, NAME_PREFIX, SubAttributeDefinition, ValueType,
    patch::read_text,
    value::{ValueRules, unknown_name},
};
use crate::domain::field_error::Reason;

/// A custom attribute, such as `attributes.shoeSize`, or a sub-attribute of a complex one, such as
/// `attributes.office.city`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomTarget {
    /// The attribute.
    pub attribute: CustomAttributeName,
    /// The sub-attribute of its value. `None`: the whole value.
    pub sub_attribute: Option<CustomAttributeName>,
}

/// The error of a text that can't name a custom attribute or a sub-attribute of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be attributes. and the name of an attribute")]
pub struct MalformedTarget;

/// A target that a login can fill, with the definition of its attribute.
#[derive(Debug, Clone, Copy)]
pub struct DefinedTarget<'a> {
    /// The definition.
    pub definition: &'a AttributeDefinition,
    sub_attribute: Option<&'a SubAttributeDefinition>,
}

impl CustomTarget {
    /// The target of the whole value.
    #[must_use]
    pub const fn whole(self) -> Self {
        Self { sub_attribute: None, ..self }
    }

    /// Finds the definition of the target.
    ///
    /// # Errors
    /// Why a login can't fill it.
    pub fn resolve(self, definitions: &[AttributeDefinition]) -> Result<DefinedTarget<'_>, Reason> {
        let definition = definitions.iter().find(|one| one.name == self.attribute);
        let definition = definition.ok_or_else(|| self.unknown(definitions))?;
        let is_complex = definition.value_type == ValueType::Complex;
        match self.sub_attribute {
            _ if is_complex && definition.is_multi_valued => Err(Reason::new(
                "is a complex attribute with several values, which a login can't set",
                "an attribute that a login can set",
                "Map another attribute.",
            )),
            None if is_complex => Err(not_whole(definition)),
            None => Ok(DefinedTarget { definition, sub_attribute: None }),
            Some(name) => {
                let sub_attribute = definition
                    .sub_attributes
                    .iter()
                    .find(|sub_attribute| sub_attribute.name == name);
                let sub_attribute = sub_attribute.ok_or_else(|| self.unknown(definitions))?;
                Ok(DefinedTarget { definition, sub_attribute: Some(sub_attribute) })
            }
        }
    }

    /// The reason of a target that the account does not define.
    fn unknown(self, definitions: &[AttributeDefinition]) -> Reason {
        unknown_name(&self.to_string(), definitions.iter().flat_map(target_names))
    }
}

/// The targets of an attribute that a login can fill.
fn target_names(definition: &AttributeDefinition) -> Vec<String> {
    let attribute = definition.name;
    let target = |sub_attribute| CustomTarget { attribute, sub_attribute }.to_string();
    match definition.value_type {
        ValueType::Complex if definition.is_multi_valued => Vec::new(),
        ValueType::Complex => definition
            .sub_attributes
            .iter()
            .map(|sub_attribute| target(Some(sub_attribute.name)))
            .collect(),
        _ => vec![target(None)],
    }
}

/// The reason of a complex attribute that is mapped as a whole.
fn not_whole(definition: &AttributeDefinition) -> Reason {
    let names = target_names(definition).join(", ");
    Reason::new(
        "is a complex attribute, of which only sub-attributes can be mapped",
        format!("one of {names}"),
        format!("Use {names}."),
    )
}

impl DefinedTarget<'_> {
    /// Whether the target gets all values that are received.
    #[must_use]
    pub const fn has_several_values(&self) -> bool {
        self.definition.is_multi_valued
    }

    /// Reads one value as the type demands.
    ///
    /// # Errors
    /// The error of the value.
    pub fn parse_text(&self, text: &str) -> Result<Json, Reason> {
        let rules = self
            .sub_attribute
            .map_or_else(|| self.definition.rules(), SubAttributeDefinition::rules);
        let ValueRules { value_type, .. } = rules;
        rules.parse_simple(&read_text(value_type, text))
    }
}

impl FromStr for CustomTarget {
    type Err = MalformedTarget;

    /// Parses the exact name.
    fn from_str(text: &str) -> Result<Self, MalformedTarget> {
        let name = text.strip_prefix(NAME_PREFIX).ok_or(MalformedTarget)?;
        let parse = |name: &str| name.parse().map_err(|_| MalformedTarget);
        Ok(match name.split_once('.') {
            Some((attribute, sub_attribute)) => {
                Self { attribute: parse(attribute)?, sub_attribute: Some(parse(sub_attribute)?) }
            }
            None => Self { attribute: parse(name)?, sub_attribute: None },
        })
    }
}

impl fmt::Display for CustomTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attribute, sub_attribute } = self;
        write!(f, "{}{attribute}", NAME_PREFIX)?;
        sub_attribute.map_or(Ok(()), |sub_attribute| write!(f, ".{sub_attribute}"))
    }
}
