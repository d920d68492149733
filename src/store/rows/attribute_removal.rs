use diesel::prelude::*;

use crate::{
    domain::{custom_attribute::AttributeRemoval, id::AuditId},
    store::{
        error::{RowRef, StoreError},
        schema::attribute_removals,
        sql::{TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = attribute_removals, treat_none_as_default_value = false)]
pub(crate) struct AttributeRemovalRow {
    account_id: UuidValue,
    name_key: TextValue,
    name: TextValue,
    audit_id: UuidValue,
}

impl From<&AttributeRemoval> for AttributeRemovalRow {
    fn from(removal: &AttributeRemoval) -> Self {
        let AttributeRemoval { account, name, deletion } = removal;
        Self {
            account_id: account.as_uuid().into(),
            name_key: TextValue(name.key()),
            name: TextValue::new(name.as_str()),
            audit_id: deletion.as_uuid().into(),
        }
    }
}

impl TryFrom<AttributeRemovalRow> for AttributeRemoval {
    type Error = StoreError;

    fn try_from(row: AttributeRemovalRow) -> Result<Self, StoreError> {
        // The key follows from the name.
        let AttributeRemovalRow { account_id, name_key: _, name, audit_id } = row;
        let row_ref = RowRef { table: "attribute_removals", id: AuditId::from(audit_id.0) };
        let name = row_ref.parse("name", &name.0)?;
        Ok(Self { account: account_id.0.into(), name, deletion: row_ref.id })
    }
}
