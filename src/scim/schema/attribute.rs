//! The characteristics of attributes (RFC 7643, section 7), and schemas: sets of attributes
//! under one URI.

use crate::domain::named_enum::named;

/// A set of attributes under one URI.
#[derive(Debug)]
pub struct Schema<'a> {
    /// Its URI.
    pub id: &'a str,
    /// Its display name.
    pub name: &'a str,
    /// The description.
    pub description: &'a str,
    /// The attributes.
    pub attributes: &'a [Attribute<'a>],
    /// The attributes that the standard has under this URI, and that are not
    /// stored here.
    pub not_stored: &'a [&'a str],
}

/// An attribute with its characteristics (RFC 7643, section 7).
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Its name, which is compared without case.
    pub name: &'a str,
    /// What it means.
    pub description: &'a str,
    /// The type of its values.
    pub kind: AttributeType,
    /// Whether it has several values.
    pub multi_valued: bool,
    /// Whether the attribute is required.
    pub required: bool,
    /// Whether texts are compared with case.
    pub case_exact: bool,
    /// Whether a client can set the value.
    pub mutability: Mutability,
    /// When the attribute is returned.
    pub returned: Returned,
    /// Whether no two resources have the same value.
    pub unique: bool,
    /// The allowed or suggested values, if there are any.
    pub canonical: &'a [&'a str],
    /// The types of resources that a reference can have.
    pub references: &'a [&'a str],
    /// Its sub-attributes, if it is complex.
    pub sub_attributes: &'a [Attribute<'a>],
    /// Whether its sub-attributes `type`, `primary`, `display` and `value` have the meaning of RFC
    /// 7643, section 2.4.
    pub has_default_sub_attributes: bool,
    /// Whether a resource always has a value. Null and `remove` are rejected, but a body
    /// may leave the attribute out.
    pub is_permanent: bool,
}

named! {
    /// The data type of an attribute (RFC 7643, section 2.3).
    #[expect(missing_docs, reason = "each is named after what it is in the RFC")]
    AttributeType {
        String = "string",
        Boolean = "boolean",
        Integer = "integer",
        Decimal = "decimal",
        DateTime = "dateTime",
        Reference = "reference",
        Binary = "binary",
        Complex = "complex",
    }
}

named! {
    /// Whether a client can set an attribute.
    Mutability {
        /// Only the server sets it. A value of a client is ignored.
        ReadOnly = "readOnly",
        /// A client can set it.
        ReadWrite = "readWrite",
        /// A client can set it once.
        Immutable = "immutable",
        /// A client can set it, but no response has it.
        WriteOnly = "writeOnly",
    }
}

named! {
    /// When an attribute is returned.
    Returned {
        /// In every response.
        Always = "always",
        /// Unless the request excludes it.
        Default = "default",
        /// In no response.
        Never = "never",
    }
}

impl<'a> Attribute<'a> {
    /// Creates a text attribute that clients may change.
    pub(crate) const fn text(name: &'a str, description: &'a str) -> Self {
        Self {
            name,
            description,
            kind: AttributeType::String,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            unique: false,
            canonical: &[],
            references: &[],
            sub_attributes: &[],
            has_default_sub_attributes: true,
            is_permanent: false,
        }
    }

    pub(crate) const fn complex(
        name: &'a str,
        description: &'a str,
        sub_attributes: &'a [Self],
    ) -> Self {
        Self { kind: AttributeType::Complex, sub_attributes, ..Self::text(name, description) }
    }

    pub(crate) const fn of_kind(self, kind: AttributeType) -> Self {
        Self { kind, ..self }
    }

    pub(crate) const fn refers_to(self, references: &'a [&'a str]) -> Self {
        Self { kind: AttributeType::Reference, case_exact: true, references, ..self }
    }

    pub(crate) const fn multi_valued(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    pub(crate) const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    pub(crate) const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    pub(crate) const fn always(self) -> Self {
        Self { returned: Returned::Always, ..self }
    }

    pub(crate) const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    pub(crate) const fn with_canonical(self, canonical: &'a [&'a str]) -> Self {
        Self { canonical, ..self }
    }

    pub(crate) const fn permanent(self) -> Self {
        Self { is_permanent: true, ..self }
    }

    /// Whether a client can't give it a value.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }

    /// The sub-attribute with this name.
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&'a Self> {
        find_attribute(self.sub_attributes, name)
    }
}

/// The attribute of this name, regardless of case.
#[must_use]
pub fn find_attribute<'a>(
    attributes: &'a [Attribute<'a>],
    name: &str,
) -> Option<&'a Attribute<'a>> {
    attributes.iter().find(|candidate| candidate.name.eq_ignore_ascii_case(name))
}

/// Whether a list has a name, regardless of case.
#[must_use]
pub fn is_one_of(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

impl<'a> Schema<'a> {
    /// The attribute of this name, regardless of case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'a Attribute<'a>> {
        find_attribute(self.attributes, name)
    }
}
