use diesel::prelude::*;

use super::row::row;
use crate::{
    domain::{scim_client::ScimClient, text::fold},
    store::{
        error::{RowRef, StoreError},
        schema::scim_clients,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    #[derive(AsChangeset)]
    ScimClientRow in scim_clients by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        name: TextValue = name,
        dialect: TextValue = dialect,
        created_at: SqlTimestamp = created_at,
        updated_at: SqlTimestamp = updated_at,
        version: i64 = version,
    }
    derived |client| { name_key: TextValue = TextValue(fold(&client.name)), }
    ScimClient { id, account, name, dialect, created_at, updated_at, version }
}
