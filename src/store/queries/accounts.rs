use diesel::prelude::*;

use super::{Conn, Result, all, one};
use crate::{
    domain::{account::Account, id::AccountId},
    store::{
        rows::AccountRow,
        schema::accounts,
        sql::{Id, Str},
    },
};

pub(crate) fn insert_account(conn: &mut Conn, account: &Account) -> Result<()> {
    AccountRow::from(account).insert_into(accounts::table).execute(conn)?;
    Ok(())
}

pub(crate) fn update_account(conn: &mut Conn, account: &Account) -> Result<()> {
    let row = AccountRow::from(account);
    let found = accounts::table.filter(accounts::id.eq(Id(account.id.as_uuid())));
    diesel::update(found).set(row).execute(conn)?;
    Ok(())
}

pub(crate) fn account_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Account>> {
    let found = accounts::table.filter(accounts::slug.eq(Str::new(slug)));
    one(found.select(AccountRow::as_select()).get_result(conn))
}

pub(crate) fn account(conn: &mut Conn, account: AccountId) -> Result<Option<Account>> {
    let found = accounts::table.filter(accounts::id.eq(Id(account.as_uuid())));
    one(found.select(AccountRow::as_select()).get_result(conn))
}

pub(crate) fn account_for_update(conn: &mut Conn, account: AccountId) -> Result<Option<Account>> {
    let found = accounts::table.filter(accounts::id.eq(Id(account.as_uuid())));
    one(locked!(found.select(AccountRow::as_select())).get_result(conn))
}

pub(crate) fn accounts(conn: &mut Conn) -> Result<Vec<Account>> {
    let found = accounts::table.order(accounts::slug);
    all(found.select(AccountRow::as_select()).load(conn))
}
