//! Definitions for tests.

use uuid::Uuid;

use super::{AttributeDefinition, Mutability, SubAttributeDefinition, ValueType, Visibility};
use crate::domain::Timestamp;

/// The definition of an attribute with one value.
pub(in crate::domain) fn definition(name: &str, value_type: ValueType) -> AttributeDefinition {
    AttributeDefinition {
        id: Uuid::nil().into(),
        account: Uuid::nil().into(),
        name: name.parse().unwrap(),
        value_type,
        is_multi_valued: false,
        is_case_exact: false,
        sub_attributes: Vec::new(),
        description: String::new(),
        is_required: false,
        canonical_values: Vec::new(),
        mutability: Mutability::ReadWrite,
        visibility: Visibility::Both,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        version: 1,
    }
}

/// A sub-attribute of a complex attribute.
pub(in crate::domain) fn sub_attribute(
    name: &str,
    value_type: ValueType,
    is_required: bool,
) -> SubAttributeDefinition {
    SubAttributeDefinition {
        name: name.parse().unwrap(),
        value_type,
        is_case_exact: false,
        description: String::new(),
        is_required,
        canonical_values: Vec::new(),
    }
}

/// An attribute of each kind.
pub(in crate::domain) fn definitions() -> Vec<AttributeDefinition> {
    use ValueType::{Boolean, Complex, DateTime, Decimal, Integer, Reference, String as Text};
    let multi_valued = |name, value_type| AttributeDefinition {
        is_multi_valued: true,
        ..definition(name, value_type)
    };
    let fixed = |name, mutability| AttributeDefinition { mutability, ..definition(name, Text) };
    let sub_attributes =
        vec![sub_attribute("city", Text, true), sub_attribute("floor", Integer, false)];
    vec![
        definition("note", Text),
        definition("remote", Boolean),
        definition("shoeSize", Integer),
        definition("rate", Decimal),
        definition("hired", DateTime),
        definition("page", Reference),
        AttributeDefinition {
            sub_attributes: sub_attributes.clone(),
            ..definition("office", Complex)
        },
        AttributeDefinition { sub_attributes, ..multi_valued("homes", Complex) },
        multi_valued("tags", Text),
        multi_valued("scores", Integer),
        AttributeDefinition {
            canonical_values: vec!["Small".into(), "Large".into()],
            ..definition("size", Text)
        },
        fixed("badge", Mutability::Immutable),
        fixed("clearance", Mutability::ReadOnly),
    ]
}
