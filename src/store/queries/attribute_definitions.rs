use diesel::prelude::*;

use super::{Conn, Result, convert_optional, convert_rows};
use crate::{
    domain::{
        custom_attribute::{AttributeDefinition, CustomAttributeName},
        id::{AccountId, AttributeDefinitionId},
    },
    store::{
        error::StoreError,
        rows::{AttributeDefinitionRow, custom_field},
        schema::{attribute_definitions, user_values},
        sql::{TextValue, UuidValue},
    },
};

pub(crate) fn insert_attribute_definition(
    conn: &mut Conn,
    definition: &AttributeDefinition,
) -> Result<()> {
    let row = AttributeDefinitionRow::try_from(definition)?;
    row.insert_into(attribute_definitions::table).execute(conn)?;
    Ok(())
}

pub(crate) fn update_attribute_definition(
    conn: &mut Conn,
    definition: &AttributeDefinition,
) -> Result<()> {
    let stored = attribute_definitions::table
        .filter(attribute_definitions::account_id.eq(UuidValue(definition.account.as_uuid())))
        .filter(attribute_definitions::id.eq(UuidValue(definition.id.as_uuid())))
        .filter(attribute_definitions::version.eq(definition.version.saturating_sub(1)));
    let row = AttributeDefinitionRow::try_from(definition)?;
    match diesel::update(stored).set(row).execute(conn)? {
        0 => Err(StoreError::Stale { table: "attribute_definitions" }),
        _ => Ok(()),
    }
}

pub(crate) fn delete_attribute_definition(
    conn: &mut Conn,
    account: AccountId,
    definition: AttributeDefinitionId,
) -> Result<bool> {
    let gone = by_id!(attribute_definitions, account, definition);
    Ok(diesel::delete(gone).execute(conn)? == 1)
}

pub(crate) fn attribute_definition(
    conn: &mut Conn,
    account: AccountId,
    definition: AttributeDefinitionId,
) -> Result<Option<AttributeDefinition>> {
    let found = by_id!(attribute_definitions, account, definition);
    convert_optional(found.select(AttributeDefinitionRow::as_select()).get_result(conn))
}

pub(crate) fn attribute_definition_for_update(
    conn: &mut Conn,
    account: AccountId,
    definition: AttributeDefinitionId,
) -> Result<Option<AttributeDefinition>> {
    let found = by_id!(attribute_definitions, account, definition);
    convert_optional(locked!(found.select(AttributeDefinitionRow::as_select())).get_result(conn))
}

pub(crate) fn attribute_definitions(
    conn: &mut Conn,
    account: AccountId,
) -> Result<Vec<AttributeDefinition>> {
    let all = attribute_definitions::table
        .filter(attribute_definitions::account_id.eq(UuidValue(account.as_uuid())))
        .order(attribute_definitions::name_key);
    convert_rows(all.select(AttributeDefinitionRow::as_select()).load(conn))
}

pub(crate) fn attribute_definitions_for_share(
    conn: &mut Conn,
    account: AccountId,
) -> Result<Vec<AttributeDefinition>> {
    let all = attribute_definitions::table
        .filter(attribute_definitions::account_id.eq(UuidValue(account.as_uuid())))
        .order(attribute_definitions::name_key);
    convert_rows(share_lock!(all.select(AttributeDefinitionRow::as_select())).load(conn))
}

pub(crate) fn count_users_with_attribute(
    conn: &mut Conn,
    account: AccountId,
    name: CustomAttributeName,
) -> Result<u64> {
    // Each user has one row for the first value.
    let count: i64 = user_values::table
        .filter(user_values::account_id.eq(UuidValue(account.as_uuid())))
        .filter(user_values::field.eq(TextValue(custom_field(name, None))))
        .filter(user_values::place.eq(0))
        .count()
        .get_result(conn)?;
    Ok(count.unsigned_abs())
}
