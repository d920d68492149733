//! The sub-attributes of the values of the multi-valued attributes of a user.

use crate::domain::{
    filter::ValueType,
    list_rules::ListRules,
    multi_valued::{MultiValuedField, SubAttribute},
};

/// Matches attributes and sub-attributes with names such as `emails.value`.
macro_rules! names {
    ($field:expr, $sub_attribute:expr; $($case:ident $name:literal: $sub_attributes:tt;)*) => {
        match $field {
            $(MultiValuedField::$case => names!(@ $name $sub_attribute; $sub_attributes),)*
        }
    };
    (@ $name:literal $sub_attribute:expr; [$($case:ident $text:literal,)*]) => {
        match $sub_attribute {
            $(SubAttribute::$case => concat!($name, ".", $text),)*
            _ => $name,
        }
    };
}

/// The name in filters: `emails.value`.
pub(super) const fn name(field: MultiValuedField, sub_attribute: SubAttribute) -> &'static str {
    names! { field, sub_attribute;
        Emails "emails": [Value "value", Display "display", Type "type",];
        PhoneNumbers "phoneNumbers": [Value "value", Display "display", Type "type",];
        Ims "ims": [Value "value", Display "display", Type "type",];
        Photos "photos": [Value "value", Display "display", Type "type",];
        Addresses "addresses": [
            Formatted "formatted", StreetAddress "streetAddress", Locality "locality",
            Region "region", PostalCode "postalCode", Country "country", Type "type",
        ];
        Entitlements "entitlements": [Value "value", Display "display", Type "type",];
        Roles "roles": [Value "value", Display "display", Type "type",];
        X509Certificates "x509Certificates": [Value "value", Display "display", Type "type",];
    }
}

/// How lists find rows by a sub-attribute.
pub(super) const fn rules(field: MultiValuedField, sub_attribute: SubAttribute) -> ListRules {
    let rules = ListRules::new(ValueType::Text);
    match (field, sub_attribute) {
        // The column of the default value, the profile image, has no index.
        (MultiValuedField::Photos, _) => rules,
        (_, SubAttribute::Value) => rules.value_indexed(),
        _ => rules,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_that_of_the_attribute_and_the_sub_attribute() {
        for field in MultiValuedField::ALL {
            for sub_attribute in field.sub_attributes() {
                assert_eq!(name(field, *sub_attribute), format!("{field}.{sub_attribute}"));
            }
        }
    }
}
