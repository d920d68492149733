use diesel::prelude::*;

use super::row::row;
use crate::{
    domain::custom_attribute::AttributeRemoval,
    store::{
        error::{RowRef, StoreError},
        schema::attribute_removals,
        sql::{TextValue, UuidValue},
    },
};

row! {
    AttributeRemovalRow in attribute_removals by audit_id {
        account_id: UuidValue = account,
        name: TextValue = name,
        audit_id: UuidValue = deletion,
    }
    derived |removal| { name_key: TextValue = TextValue(removal.name.key()), }
    AttributeRemoval { account, name, deletion }
}
