use diesel::prelude::*;

use super::{Conn, Result, convert_rows};
use crate::store::{
    rows::{KeyOwner, KeyRow, StoredKey},
    schema::keys,
};

queries! { keys, KeyRow, StoredKey, KeyId:
    insert insert_key;
}

pub(crate) fn keys(conn: &mut Conn, owner: KeyOwner) -> Result<Vec<StoredKey>> {
    let found = keys::table.order((keys::created_at, keys::id)).select(KeyRow::as_select());
    convert_rows(match owner.column() {
        Some(account) => found.filter(keys::account_id.eq(account)).load(conn),
        None => found.filter(keys::account_id.is_null()).load(conn),
    })
}
