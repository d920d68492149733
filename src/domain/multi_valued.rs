//! The multi-valued attributes of a user (RFC 7643, section 4.1.2). Each has one
//! definition, which every interface reads.

mod main_value;
mod parser;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{
    named_enum::named,
    text::{fold, fold_part},
};

pub(super) use self::main_value::{MainValueChange, sync_main_value};
pub use self::main_value::{default_value, select_main};
pub use self::parser::{MAX_CERTIFICATE_CHARS, MAX_LINES_CHARS, MAX_VALUES};

/// The values of a user, by attribute. An attribute without an entry has its default:
/// see [`User::values`](super::user::User::values).
pub type ValuesByField = BTreeMap<MultiValuedField, Vec<FieldValue>>;

/// The maximum number of bytes of all values of a user.
pub const MAX_BYTES: usize = 65_536;

named! {
    /// A multi-valued attribute of a user.
    #[derive(PartialOrd, Ord)]
    MultiValuedField as "multi-valued attribute" {
        /// The e-mail addresses. The primary one is the login address.
        Emails = "emails",
        /// The phone numbers. The primary one of the type `mobile`, or the first, is the
        /// mobile number, if it is valid.
        PhoneNumbers = "phoneNumbers",
        /// The addresses for instant messages.
        Ims = "ims",
        /// The URLs of pictures. The primary one is the profile image.
        Photos = "photos",
        /// The postal addresses.
        Addresses = "addresses",
        /// The entitlements, as an identity provider names them. They grant nothing here.
        Entitlements = "entitlements",
        /// The roles, as an identity provider names them. They grant nothing here.
        Roles = "roles",
        /// The X.509 certificates, in Base64.
        X509Certificates = "x509Certificates",
    }
}

named! {
    /// A sub-attribute of a value. `primary` is not one of them: see [`FieldValue::is_primary`].
    #[derive(PartialOrd, Ord)]
    SubAttribute as "sub-attribute of a value" {
        /// The value itself.
        Value = "value",
        /// The value for people.
        Display = "display",
        /// The whole postal address, as it is written on an envelope.
        Formatted = "formatted",
        /// Street and house number.
        StreetAddress = "streetAddress",
        /// The city.
        Locality = "locality",
        /// The state or region.
        Region = "region",
        /// The postal code.
        PostalCode = "postalCode",
        /// The country.
        Country = "country",
        /// The purpose of the value, such as `work`.
        Type = "type",
    }
}

/// The kind of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// An e-mail address.
    Email,
    /// A phone number of any form.
    PhoneNumber,
    /// A line of text.
    Line,
    /// An absolute http or https URL.
    WebAddress,
    /// A certificate in Base64.
    Certificate,
    /// A postal address, which has no sub-attribute `value`.
    PostalAddress,
}

/// One value of a multi-valued attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldValue {
    /// Its sub-attributes. No sub-attribute is blank.
    pub sub_attributes: BTreeMap<SubAttribute, String>,
    /// Whether it is the primary value. `None`: not specified.
    pub is_primary: Option<bool>,
}

const COMMON_SUB_ATTRIBUTES: &[SubAttribute] =
    &[SubAttribute::Value, SubAttribute::Display, SubAttribute::Type];

const ADDRESS_SUB_ATTRIBUTES: &[SubAttribute] = &[
    SubAttribute::Formatted,
    SubAttribute::StreetAddress,
    SubAttribute::Locality,
    SubAttribute::Region,
    SubAttribute::PostalCode,
    SubAttribute::Country,
    SubAttribute::Type,
];

impl MultiValuedField {
    /// Whether a user may have no value: all but the addresses, one of which is the login
    /// address.
    #[must_use]
    pub const fn may_be_empty(self) -> bool {
        !matches!(self, Self::Emails)
    }

    /// The kind of its values.
    #[must_use]
    pub const fn kind(self) -> ValueKind {
        match self {
            Self::Emails => ValueKind::Email,
            Self::PhoneNumbers => ValueKind::PhoneNumber,
            Self::Photos => ValueKind::WebAddress,
            Self::Addresses => ValueKind::PostalAddress,
            Self::X509Certificates => ValueKind::Certificate,
            Self::Ims | Self::Entitlements | Self::Roles => ValueKind::Line,
        }
    }

    /// The sub-attributes of each value, in order.
    #[must_use]
    pub const fn sub_attributes(self) -> &'static [SubAttribute] {
        match self.kind() {
            ValueKind::PostalAddress => ADDRESS_SUB_ATTRIBUTES,
            _ => COMMON_SUB_ATTRIBUTES,
        }
    }

    /// The types that the standard suggests. Other types are accepted.
    #[must_use]
    pub const fn canonical_types(self) -> &'static [&'static str] {
        match self {
            Self::Emails | Self::Addresses => &["work", "home", "other"],
            Self::PhoneNumbers => &["work", "home", "mobile", "fax", "pager", "other"],
            Self::Ims => &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
            Self::Photos => &["photo", "thumbnail"],
            Self::Entitlements | Self::Roles | Self::X509Certificates => &[],
        }
    }

    /// Its description in the contracts, without a full stop.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Emails => "The e-mail addresses; the primary one is the login address",
            Self::PhoneNumbers => {
                "The phone numbers; the primary one of the type mobile, or the first, is the mobile number if it is valid"
            }
            Self::Ims => "The addresses for instant messages",
            Self::Photos => {
                "The URLs of pictures, which are never fetched; the primary one is the profile image"
            }
            Self::Addresses => "The postal addresses",
            Self::Entitlements => {
                "The person's entitlements in other systems; they grant nothing here"
            }
            Self::Roles => "The person's roles in other systems; they grant nothing here",
            Self::X509Certificates => {
                "The certificates of the person; they are not used for logins"
            }
        }
    }

    /// An example of a value.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Emails => "ada.lovelace@example.com",
            Self::PhoneNumbers => "tel:+49221123123",
            Self::Ims => "ada@chat.example.com",
            Self::Photos => "https://example.com/ada.png",
            Self::Addresses => "St. James's Square 12\nLondon SW1Y 4LB",
            Self::Entitlements => "Library card",
            Self::Roles => "Mathematician",
            Self::X509Certificates => "MIIBszCCAVmgAwIBAgIUZm9vYmFy",
        }
    }
}

impl SubAttribute {
    /// Its description in the contracts, without a full stop.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Value => "The value",
            Self::Display => "The value for people",
            Self::Formatted => "The whole address, as it is written on an envelope",
            Self::StreetAddress => "Street and house number",
            Self::Locality => "The city",
            Self::Region => "The state or region",
            Self::PostalCode => "The postal code",
            Self::Country => "The country",
            Self::Type => "The purpose of the value",
        }
    }
}

impl FieldValue {
    /// A value with a type.
    #[must_use]
    pub fn new(value: impl Into<String>, kind: &str, is_primary: Option<bool>) -> Self {
        let sub_attributes =
            [(SubAttribute::Value, value.into()), (SubAttribute::Type, kind.to_owned())];
        Self { sub_attributes: sub_attributes.into(), is_primary }
    }

    /// A sub-attribute.
    #[must_use]
    pub fn sub_attribute(&self, sub_attribute: SubAttribute) -> Option<&str> {
        self.sub_attributes.get(&sub_attribute).map(String::as_str)
    }

    /// Its sub-attribute `value`; empty for a postal address.
    #[must_use]
    pub fn value(&self) -> &str {
        self.sub_attribute(SubAttribute::Value).unwrap_or_default()
    }

    /// Whether its type is this one, regardless of case.
    #[must_use]
    pub fn is_of_type(&self, kind: &str) -> bool {
        self.sub_attribute(SubAttribute::Type).is_some_and(|own| own.eq_ignore_ascii_case(kind))
    }

    /// Converts the value to a JSON object with its sub-attributes in order.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Json> {
        let sub_attributes = self
            .sub_attributes
            .iter()
            .map(|(sub_attribute, text)| (sub_attribute.as_str(), Json::from(text.as_str())));
        let primary = self.is_primary.map(|is_primary| ("primary", is_primary.into()));
        sub_attributes.chain(primary).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Parses a JSON object. `None` if a member is not a sub-attribute, or has the wrong type.
    /// Members that are null are ignored.
    #[must_use]
    pub fn from_json(object: &Map<String, Json>) -> Option<Self> {
        let mut value = Self::default();
        for (name, member) in object.iter().filter(|(_, member)| !member.is_null()) {
            match (name.as_str(), member) {
                ("primary", Json::Bool(is_primary)) => value.is_primary = Some(*is_primary),
                (name, Json::String(text)) => {
                    value.sub_attributes.insert(name.parse().ok()?, text.clone());
                }
                _ => return None,
            }
        }
        Some(value)
    }

    /// The number of bytes of its texts.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.sub_attributes.values().map(String::len).sum()
    }
}

impl ValueKind {
    /// The key by which filters compare a sub-attribute of a value. URLs and certificates are
    /// compared exactly, other texts without case. Phone numbers are compared without their
    /// scheme and separators.
    #[must_use]
    pub fn key(self, sub_attribute: SubAttribute, text: &str) -> String {
        match (self, sub_attribute) {
            (Self::PhoneNumber, SubAttribute::Value) => normalize_phone_number(&fold(text)),
            (Self::WebAddress | Self::Certificate, SubAttribute::Value) => text.to_owned(),
            _ => fold(text),
        }
    }

    /// The key of an operand that may be a sub-attribute of a value, such as that of `co`. White
    /// space at its ends counts, except in phone numbers.
    #[must_use]
    pub fn operand_key(self, sub_attribute: SubAttribute, text: &str) -> String {
        match (self, sub_attribute) {
            (Self::PhoneNumber | Self::WebAddress | Self::Certificate, SubAttribute::Value) => {
                self.key(sub_attribute, text)
            }
            _ => fold_part(text),
        }
    }
}

/// A phone number without its scheme and its separators (RFC 3966, section 5.1.1).
fn normalize_phone_number(text: &str) -> String {
    let is_separator = |char: char| char.is_whitespace() || "-.()/".contains(char);
    text.strip_prefix("tel:").unwrap_or(text).replace(is_separator, "")
}
