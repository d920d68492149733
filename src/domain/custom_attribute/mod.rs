//! Custom attributes: those that an account defines for its users.

mod definition;
mod key;
mod patch;
mod target;
mod value;

#[cfg(test)]
pub(super) mod samples;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, str::FromStr};

use arrayvec::ArrayString;
use serde_json::Value as Json;

use super::{
    Timestamp,
    etag::ETag,
    field_error::stated,
    id::{AccountId, AttributeDefinitionId, AuditId},
    named_enum::named,
};

pub use self::definition::{AttributeDefinitionChanges, NewAttributeDefinition};
pub use self::key::KeyType;
pub use self::patch::{
    AttributeWriter, CustomAttributePatch, CustomAttributeValue, SEPARATOR, count_bytes,
};
pub(super) use self::patch::{ForbiddenChange, is_too_long};
pub use self::target::{CustomTarget, DefinedTarget, MalformedTarget};
pub use self::value::value_text;
pub(super) use self::value::{unknown_attribute, unknown_name};

/// The values of a user, by name. None of them is empty.
pub type CustomAttributes = BTreeMap<CustomAttributeName, Json>;

/// The maximum number of definitions of an account.
pub const MAX_DEFINITIONS: usize = 100;

/// The maximum number of bytes that the values of a user have as JSON.
pub const MAX_BYTES: usize = 8_192;

/// The maximum number of values of a multi-valued attribute.
pub const MAX_VALUES: usize = 100;

/// The maximum number of canonical values of an attribute.
pub const MAX_CANONICAL_VALUES: usize = 100;

/// The maximum number of sub-attributes of a complex attribute.
pub const MAX_SUB_ATTRIBUTES: usize = 20;

/// The maximum number of characters of a name.
pub const MAX_NAME_CHARS: usize = 64;

/// The field of a user that has the custom attributes.
pub const CUSTOM_FIELD: &str = "attributes";

/// [`CUSTOM_FIELD`] with a dot: the prefix of a custom attribute among the names of fields.
pub const NAME_PREFIX: &str = "attributes.";

/// The name of a custom attribute, or of a sub-attribute of it: a letter, and then letters, digits,
/// `-` and `_` (RFC 7643, section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomAttributeName(ArrayString<MAX_NAME_CHARS>);

/// The error of a text that can't be the name of a custom attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a letter and up to 63 letters, digits, hyphens and underscores")]
pub struct MalformedAttributeName;

stated!(MalformedAttributeName);

/// The definition of a custom attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDefinition {
    /// Never changes.
    pub id: AttributeDefinitionId,
    /// The account that defines it.
    pub account: AccountId,
    /// Its name, unique in the account regardless of case. Never changes.
    pub name: CustomAttributeName,
    /// The type of its values. Never changes.
    pub value_type: ValueType,
    /// Whether it has several values. Never changes.
    pub is_multi_valued: bool,
    /// Whether texts are compared with case. Never changes.
    pub is_case_exact: bool,
    /// The sub-attributes of a complex attribute, else empty. They never change.
    pub sub_attributes: Vec<SubAttributeDefinition>,
    /// Its purpose. May be empty.
    pub description: String,
    /// Whether an administrator can stage a user only with a value.
    pub is_required: bool,
    /// The values that are accepted. Empty: all.
    pub canonical_values: Vec<String>,
    /// Who can change a value.
    pub mutability: Mutability,
    /// Who gets the values.
    pub visibility: Visibility,
    /// When it was defined.
    pub created_at: Timestamp,
    /// When the definition last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

/// The removal of a deleted attribute from the users of an account, which has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeRemoval {
    /// The account that defined it.
    pub account: AccountId,
    /// Its name.
    pub name: CustomAttributeName,
    /// The audit entry of the deletion.
    pub deletion: AuditId,
}

/// The definition of a sub-attribute of a complex attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubAttributeDefinition {
    /// Its name, unique in the attribute regardless of case.
    pub name: CustomAttributeName,
    /// The type of its value, which is not complex.
    pub value_type: ValueType,
    /// Whether texts are compared with case.
    pub is_case_exact: bool,
    /// Its purpose. May be empty.
    pub description: String,
    /// Whether each value has the sub-attribute.
    pub is_required: bool,
    /// The values that are accepted. Empty: all.
    pub canonical_values: Vec<String>,
}

named! {
    /// The type of the values of a custom attribute (RFC 7643, section 2.3).
    ValueType as "value type" {
        /// A text of at most 255 characters.
        String = "STRING",
        /// true or false.
        Boolean = "BOOLEAN",
        /// A number without a fraction, of 64 bits with a sign.
        Integer = "INTEGER",
        /// A number, of 64 bits.
        Decimal = "DECIMAL",
        /// A date with a time and an offset (RFC 3339).
        DateTime = "DATE_TIME",
        /// A URI of at most 2,048 characters.
        Reference = "REFERENCE",
        /// Several named sub-attributes.
        Complex = "COMPLEX",
    }
}

named! {
    /// Who can change the values of a custom attribute (RFC 7643, section 7).
    Mutability as "mutability" {
        /// Administrators, SCIM clients and logins.
        ReadWrite = "READ_WRITE",
        /// The same, until there is a value, which then stays.
        Immutable = "IMMUTABLE",
        /// Administrators alone.
        ReadOnly = "READ_ONLY",
    }
}

named! {
    /// Who gets the values of a custom attribute. The audit log, the explanation of a user and the
    /// plans of logins always have them.
    Visibility as "visibility" {
        /// The admin API and SCIM clients.
        Admin = "ADMIN",
        /// The product: sessions and tokens.
        Product = "PRODUCT",
        /// All of them.
        Both = "BOTH",
    }
}

impl CustomAttributeName {
    /// The names as a regular expression (ECMA 262), without anchors.
    pub const PATTERN: &str = "[A-Za-z][A-Za-z0-9_-]{0,63}";

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The key by which names are compared.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for CustomAttributeName {
    type Err = MalformedAttributeName;

    fn from_str(text: &str) -> Result<Self, MalformedAttributeName> {
        let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        let is_name =
            text.starts_with(|char: char| char.is_ascii_alphabetic()) && text.chars().all(is_part);
        let name = ArrayString::from(text).ok().filter(|_| is_name);
        name.map(Self).ok_or(MalformedAttributeName)
    }
}

impl fmt::Display for CustomAttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AttributeDefinition {
    /// The ETag of the current state.
    #[must_use]
    pub fn etag(&self) -> ETag {
        ETag::from_version(self.version)
    }
}

impl Visibility {
    /// Whether the admin API and SCIM clients get the values.
    #[must_use]
    pub const fn includes_admins(self) -> bool {
        matches!(self, Self::Admin | Self::Both)
    }

    /// Whether sessions and tokens have the values.
    #[must_use]
    pub const fn includes_product(self) -> bool {
        matches!(self, Self::Product | Self::Both)
    }
}
