use diesel::prelude::*;

use super::{Conn, Result, convert_optional, convert_rows};
use crate::{
    domain::{
        custom_attribute::{AttributeDefinition, CustomAttributeName},
        id::{AccountId, AttributeDefinitionId},
    },
    store::{
        rows::{AttributeDefinitionRow, custom_field},
        schema::{attribute_definitions, user_values},
        sql::{TextValue, UuidValue},
    },
};

queries! { attribute_definitions, AttributeDefinitionRow, AttributeDefinition, AttributeDefinitionId:
    insert insert_attribute_definition;
    update update_attribute_definition;
    delete delete_attribute_definition;
    find attribute_definition;
    find_for_update attribute_definition_for_update;
}

pub(crate) fn attribute_definitions(
    conn: &mut Conn,
    account: AccountId,
) -> Result<Vec<AttributeDefinition>> {
    let all = rows_of!(attribute_definitions, account).order(attribute_definitions::name_key);
    convert_rows(all.select(AttributeDefinitionRow::as_select()).load(conn))
}

pub(crate) fn attribute_definitions_for_share(
    conn: &mut Conn,
    account: AccountId,
) -> Result<Vec<AttributeDefinition>> {
    let all = rows_of!(attribute_definitions, account).order(attribute_definitions::name_key);
    convert_rows(share_lock!(all.select(AttributeDefinitionRow::as_select())).load(conn))
}

pub(crate) fn count_users_with_attribute(
    conn: &mut Conn,
    account: AccountId,
    name: CustomAttributeName,
) -> Result<u64> {
    // Each user has one row for the first value.
    let count: i64 = rows_of!(user_values, account)
        .filter(user_values::field.eq(TextValue(custom_field(name, None))))
        .filter(user_values::place.eq(0))
        .count()
        .get_result(conn)?;
    Ok(count.unsigned_abs())
}
