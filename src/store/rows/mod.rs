//! The rows of the tables, and their conversions from and to the domain's types. Every
//! conversion destructures its source, so that a new field does not compile until it is
//! stored.

mod account;
mod api_key;
mod attempt;
mod attempt_template;
mod attribute_definition;
mod attribute_removal;
mod audit;
mod connection;
mod fallback;
mod import;
mod json;
mod key_pair;
mod plan;
mod plan_profile;
mod profile;
mod provenance;
mod row;
mod scim_client;
mod session;
mod subject_json;
mod team;
mod user;
mod user_value;

pub(super) use account::AccountRow;
pub(super) use api_key::ApiKeyRow;
pub(super) use attempt::AttemptRow;
pub(super) use attempt_template::AttemptTemplate;
pub(super) use attribute_definition::AttributeDefinitionRow;
pub(super) use attribute_removal::AttributeRemovalRow;
pub(super) use audit::AuditRow;
pub(super) use connection::ConnectionRow;
pub(super) use import::{ImportEndRow, ImportJobRow};
pub(super) use key_pair::KeyRow;
pub use key_pair::{KeyOwner, KeyPurpose, StoredKey};
pub(super) use profile::{StoredProfile, write as profile_column};
pub(super) use row::StoredAs;
pub(super) use scim_client::ScimClientRow;
pub(super) use session::{OpenedSessionRow, SessionRow};
pub(super) use team::{MemberRow, MemberUserRow, MembershipRow, TeamRow, read_member};
pub(super) use user::{DeletedUserRow, ExistingUserRow, IdentityRow, UserRow};
pub(super) use user_value::{UserValueRow, custom_field};

use std::{fmt::Display, str::FromStr};

use super::{
    error::{RowRef, StoreError},
    sql::TextValue,
};

impl<I: Display> RowRef<I> {
    /// Parses a text column.
    pub(super) fn parse<T: FromStr<Err: Display>>(
        &self,
        column: &str,
        text: &str,
    ) -> Result<T, StoreError> {
        text.parse().map_err(|why| self.corrupt(format_args!("{column} {why}")))
    }

    /// Reads a column of 32 bytes.
    pub(crate) fn hash(&self, column: &str, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
        bytes.try_into().map_err(|_| self.corrupt(format_args!("{column} is not 32 bytes long")))
    }
}

fn text_value(text: Option<&String>) -> Option<TextValue> {
    text.map(|text| TextValue::new(text))
}

fn into_string(text: Option<TextValue>) -> Option<String> {
    text.map(|text| text.0)
}
