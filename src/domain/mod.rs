//! The rules of provisioning and of every resource. Pure functions: no I/O, no
//! waiting, no clock.
//!
//! Start reading at [`provisioning`].

pub mod account;
pub mod api_key;
pub mod attempt;
pub mod attribute_access;
pub mod attribute_name;
pub mod attributes;
pub mod audit;
pub mod audited_field;
mod characters;
pub mod check;
pub mod compatibility_fix;
pub mod connection;
pub mod connection_patch;
pub mod connection_setting;
pub mod count;
pub mod custom_attribute;
pub mod email;
pub mod etag;
pub mod external_id;
pub mod field_error;
pub mod field_format;
pub mod field_patch;
pub mod filter;
pub mod id;
pub mod ignored_certificate;
pub mod import;
pub mod key_rotation;
pub mod last_use;
pub mod list_rules;
pub mod lists;
pub mod mapping_target;
pub mod membership;
pub mod mobile;
pub mod multi_valued;
pub mod named_enum;
pub mod profile_field;
pub mod profile_text;
pub mod provenance;
pub mod provisioning;
pub mod quote;
pub mod received_attribute;
pub mod return_to;
pub mod role;
pub mod scim_client;
pub mod session;
pub mod subject;
pub mod suggest;
pub mod team;
pub mod text;
pub mod unique_name;
pub mod update_policy;
pub mod user;
pub mod user_name;
pub mod user_patch;
pub mod value_name;
pub mod value_transform;

/// A moment in UTC, with the microsecond precision of both databases.
///
/// The clock truncates nanoseconds, so that a stored value does not change.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
