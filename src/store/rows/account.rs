use diesel::prelude::*;

use super::row::row;
use crate::{
    domain::account::Account,
    store::{
        error::{RowRef, StoreError},
        schema::accounts,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    #[derive(AsChangeset)]
    #[diesel(treat_none_as_null = true)]
    AccountRow in accounts by id {
        id: UuidValue = id,
        slug: TextValue = slug,
        name: TextValue = name,
        contact: Option<TextValue> = contact,
        created_at: SqlTimestamp = created_at,
        recreate_deleted: bool = recreate_deleted,
        updated_at: SqlTimestamp = updated_at,
        version: i64 = version,
    }
    Account { id, slug, name, contact, recreate_deleted, created_at, updated_at, version }
}
