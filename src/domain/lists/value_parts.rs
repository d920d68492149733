//! The parts of the values of the multi-valued attributes of a user.

use crate::domain::{
    filter::ValueType,
    list_rules::ListRules,
    multi_valued::{MultiValuedField, ValuePart},
};

/// Matches attributes and parts with names such as `emails.value`.
macro_rules! names {
    ($field:expr, $part:expr; $($case:ident $name:literal: $parts:tt;)*) => {
        match $field {
            $(MultiValuedField::$case => names!(@ $name $part; $parts),)*
        }
    };
    (@ $name:literal $part:expr; [$($case:ident $text:literal,)*]) => {
        match $part {
            $(ValuePart::$case => concat!($name, ".", $text),)*
            _ => $name,
        }
    };
}

/// The name in filters: `emails.value`.
pub(super) const fn name(field: MultiValuedField, part: ValuePart) -> &'static str {
    names! { field, part;
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

/// How lists find rows by a part.
pub(super) const fn rules(field: MultiValuedField, part: ValuePart) -> ListRules {
    let rules = ListRules::new(ValueType::Text);
    match (field, part) {
        // The column of the default value, the profile image, has no index.
        (MultiValuedField::Photos, _) => rules,
        (_, ValuePart::Value) => rules.value_indexed(),
        _ => rules,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_that_of_the_attribute_and_the_part() {
        for field in MultiValuedField::ALL {
            for part in field.parts() {
                assert_eq!(name(field, *part), format!("{field}.{part}"));
            }
        }
    }
}
