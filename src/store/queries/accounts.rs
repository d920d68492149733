use diesel::prelude::*;

use super::{Conn, Result, convert_optional, convert_rows};
use crate::{
    domain::{account::Account, id::AccountId},
    store::{
        rows::AccountRow,
        schema::accounts,
        sql::{TextValue, UuidValue},
    },
};

queries! { accounts, AccountRow, Account, AccountId:
    insert insert_account;
}

pub(crate) fn update_account(conn: &mut Conn, account: &Account) -> Result<()> {
    let row = AccountRow::try_from(account)?;
    let found = accounts::table.filter(accounts::id.eq(UuidValue(account.id.as_uuid())));
    diesel::update(found).set(row).execute(conn)?;
    Ok(())
}

pub(crate) fn account_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Account>> {
    let found = accounts::table.filter(accounts::slug.eq(TextValue::new(slug)));
    convert_optional(found.select(AccountRow::as_select()).get_result(conn))
}

pub(crate) fn account(conn: &mut Conn, account: AccountId) -> Result<Option<Account>> {
    let found = accounts::table.filter(accounts::id.eq(UuidValue(account.as_uuid())));
    convert_optional(found.select(AccountRow::as_select()).get_result(conn))
}

pub(crate) fn account_for_update(conn: &mut Conn, account: AccountId) -> Result<Option<Account>> {
    let found = accounts::table.filter(accounts::id.eq(UuidValue(account.as_uuid())));
    let found = locked_but_for_references!(found.select(AccountRow::as_select()));
    convert_optional(found.get_result(conn))
}

pub(crate) fn accounts(conn: &mut Conn) -> Result<Vec<Account>> {
    let found = accounts::table.order(accounts::slug);
    convert_rows(found.select(AccountRow::as_select()).load(conn))
}
