use diesel::prelude::*;

use super::{into_string, text_value};
use crate::{
    domain::account::Account,
    store::{
        error::StoreError,
        schema::accounts,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct AccountRow {
    id: UuidValue,
    slug: TextValue,
    name: TextValue,
    contact: Option<TextValue>,
    created_at: SqlTimestamp,
    recreate_deleted: bool,
    updated_at: SqlTimestamp,
    version: i64,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        let Account { id, slug, name, contact, recreate_deleted, created_at, updated_at, version } =
            account;
        Self {
            id: id.as_uuid().into(),
            slug: TextValue::new(slug),
            name: TextValue::new(name),
            contact: text_value(contact.as_ref()),
            created_at: SqlTimestamp(*created_at),
            recreate_deleted: *recreate_deleted,
            updated_at: SqlTimestamp(*updated_at),
            version: *version,
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let AccountRow {
            id,
            slug,
            name,
            contact,
            created_at,
            recreate_deleted,
            updated_at,
            version,
        } = row;
        Ok(Self {
            id: id.0.into(),
            slug: slug.0,
            name: name.0,
            contact: into_string(contact),
            recreate_deleted,
            created_at: created_at.0,
            updated_at: updated_at.0,
            version,
        })
    }
}
