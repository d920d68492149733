//! The definition of an attribute, which every interface reads.

use std::fmt;

use crate::domain::{filter::ValueType, list_rules::ListRules, profile_text::TextKind};

/// The definition of an attribute: its names, its rules, and the interfaces that have it.
#[derive(Debug, Clone, Copy)]
pub struct FieldDefinition {
    /// Its name in assertions, import columns, mappings, lists and the contracts.
    pub name: &'static str,
    /// Its path in a JSON body, and in errors.
    pub path: &'static str,
    /// An example of its value.
    pub example: &'static str,
    /// The kind of its text.
    pub kind: TextKind,
    /// Whether the rule of its kind is its only rule: it is one of
    /// [`ProfileTexts`](super::ProfileTexts).
    pub is_text: bool,
    /// Whether it is a column of an import.
    pub is_importable: bool,
    /// Whether an attribute of an assertion can fill it.
    pub is_mappable: bool,
    /// The `Name` of the attribute of eduPerson, X.500 or inetOrgPerson.
    pub edu_person: Option<&'static str>,
    /// Whether the admin API writes it as a text.
    pub is_writable: bool,
    /// The description of a body without it in the contract.
    pub when_absent: &'static str,
    /// The attribute of SCIM.
    pub scim: Option<ScimPath>,
    /// How lists of users are filtered and sorted by it. `None`: they are not.
    pub list: Option<ListRules>,
}

/// The schemas of SCIM that a user has (RFC 7643, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimSchema {
    /// The core attributes of a user.
    Core,
    /// The enterprise extension.
    Enterprise,
    /// The Usher extension.
    Usher,
}

/// The place of a text in a SCIM user.
#[derive(Debug, Clone, Copy)]
pub struct ScimPath {
    /// The schema of the attribute.
    pub schema: ScimSchema,
    /// The attribute.
    pub attribute: &'static str,
    /// The sub-attribute of the attribute that has the text, if it is complex.
    pub sub_attribute: Option<&'static str>,
}

impl fmt::Display for ScimPath {
    /// Writes the path without the schema: `name.givenName`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attribute)?;
        self.sub_attribute.map_or(Ok(()), |sub_attribute| write!(f, ".{sub_attribute}"))
    }
}

/// The effect of a body without a value for an attribute.
pub(super) const CLEARED: &str = "null or an empty string clears it.";

impl FieldDefinition {
    /// An attribute with rules of its own.
    pub(super) const fn new(name: &'static str) -> Self {
        Self {
            name,
            path: name,
            example: "",
            kind: TextKind::Line,
            is_text: false,
            is_importable: false,
            is_mappable: false,
            edu_person: None,
            is_writable: false,
            when_absent: "",
            scim: None,
            list: None,
        }
    }

    /// A text that every interface has. It is a line, unless `of_kind` sets another kind.
    pub(super) const fn text(
        name: &'static str,
        schema: ScimSchema,
        attribute: &'static str,
    ) -> Self {
        let text = Self::new(name).importable().mappable().writable(CLEARED);
        let listed = text.listed(ListRules::new(ValueType::Text).value_indexed());
        Self { is_text: true, ..listed.scim(schema, attribute) }
    }

    /// A text that every interface has, in SCIM as a sub-attribute of `name`.
    pub(super) const fn name_sub_attribute(
        sub_attribute: &'static str,
        name: &'static str,
    ) -> Self {
        Self::text(name, ScimSchema::Core, "name").scim_sub_attribute(
            ScimSchema::Core,
            "name",
            sub_attribute,
        )
    }

    pub(super) const fn of_kind(self, kind: TextKind) -> Self {
        Self { kind, ..self }
    }

    pub(super) const fn path(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// Written by the admin API.
    pub(super) const fn writable(self, when_absent: &'static str) -> Self {
        Self { is_writable: true, when_absent, ..self }
    }

    pub(super) const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    pub(super) const fn importable(self) -> Self {
        Self { is_importable: true, ..self }
    }

    pub(super) const fn mappable(self) -> Self {
        Self { is_mappable: true, ..self }
    }

    pub(super) const fn edu_person(self, name: &'static str) -> Self {
        Self { edu_person: Some(name), ..self }
    }

    pub(super) const fn scim(self, schema: ScimSchema, attribute: &'static str) -> Self {
        Self { scim: Some(ScimPath { schema, attribute, sub_attribute: None }), ..self }
    }

    pub(super) const fn scim_sub_attribute(
        self,
        schema: ScimSchema,
        attribute: &'static str,
        sub_attribute: &'static str,
    ) -> Self {
        Self {
            scim: Some(ScimPath { schema, attribute, sub_attribute: Some(sub_attribute) }),
            ..self
        }
    }

    /// Lists are filtered by it, and sorted by it if the rules allow that.
    pub(super) const fn listed(self, rules: ListRules) -> Self {
        Self { list: Some(rules), ..self }
    }
}
