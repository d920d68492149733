//! The tables of attributes and their characteristics (RFC 7643, section 7).

mod attribute;
mod core;
mod custom;
mod foreign;
mod groups;
mod resource_type;
mod users;

use serde_json::{Map, Value};

pub(crate) use self::core::COMMON;
pub use self::{
    attribute::{
        Attribute, AttributeType, Mutability, Returned, Schema, find_attribute, is_one_of,
    },
    core::{BULK_REQUEST, BULK_RESPONSE, ERROR, LIST_RESPONSE, PATCH_OP, SEARCH_REQUEST},
    custom::{custom_schema_uri, is_custom_schema, names_custom_schema, with_custom_attributes},
    foreign::is_foreign,
    groups::{GROUP, GROUP_EXTENSION},
    resource_type::ResourceType,
    users::{ENTERPRISE, USER, USER_EXTENSION, schema_of},
};

/// A resource of SCIM, as a JSON object.
pub type Object = Map<String, Value>;

/// Users.
pub static USERS: ResourceType = ResourceType {
    name: "User",
    endpoint: "/Users",
    description: "A user of the account",
    core: &USER,
    extensions: &[&ENTERPRISE, &USER_EXTENSION],
};

/// Groups, which are teams.
pub static GROUPS: ResourceType = ResourceType {
    name: "Group",
    endpoint: "/Groups",
    description: "A team of the account",
    core: &GROUP,
    extensions: &[&GROUP_EXTENSION],
};

/// All resource types.
pub static RESOURCE_TYPES: [&ResourceType; 2] = [&USERS, &GROUPS];

/// All schemas of resources.
pub static SCHEMAS: [&Schema; 5] = [&USER, &ENTERPRISE, &USER_EXTENSION, &GROUP, &GROUP_EXTENSION];
