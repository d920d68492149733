//! Writes that check in their transaction whether the author is still
//! authorized.

use super::{App, Error};
use crate::{
    domain::{
        Timestamp,
        audit::{Actor, Author, Via},
        id::{AccountId, ApiKeyId, UserId},
        role::AccountRole,
        user::UserStatus,
    },
    store::{StoreError, Tx},
};

impl App {
    /// Runs a write transaction, as [`Db::write`](crate::store::Db::write) does,
    /// if the author is still authorized.
    ///
    /// Between authentication and this write, a slow request body or other writes
    /// may have taken time. So the transaction itself checks the author again.
    ///
    /// # Errors
    /// [`Error::Revoked`], [`Error::NotAdmin`], and those of `work`.
    pub(super) fn write_as<T, E: From<Error> + From<StoreError>>(
        &self,
        author: &Author,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.db.write_for(author.account, self.check_first(author, work))
    }

    /// Runs a write transaction as [`App::write_as`] does, for work that may take long.
    ///
    /// # Errors
    /// As [`App::write_as`].
    pub(super) fn write_long_as<T, E: From<Error> + From<StoreError>>(
        &self,
        author: &Author,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.db.write_long_for(author.account, self.check_first(author, work))
    }

    fn check_first<T, E: From<Error>>(
        &self,
        author: &Author,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> impl FnMut(&mut Tx<'_>) -> Result<T, E> {
        move |tx| {
            check_author(tx, author, self.now())?;
            work(tx)
        }
    }
}

fn check_author(tx: &mut Tx<'_>, author: &Author, now: Timestamp) -> Result<(), Error> {
    match author.actor {
        Actor::ApiKey(key) => check_key(tx, author.account, key, now),
        Actor::ScimClient(_) => {
            let Via::ScimKey(key) = author.via else { return Err(Error::Revoked) };
            check_key(tx, author.account, key, now)
        }
        Actor::User(user) => check_admin(tx, author.account, user),
        // Logins have their own checks, and operators have all permissions.
        Actor::Login(_) | Actor::CommandLine => Ok(()),
    }
}

fn check_key(
    tx: &mut Tx<'_>,
    account: AccountId,
    key: ApiKeyId,
    now: Timestamp,
) -> Result<(), Error> {
    let key = tx.api_key(account, key)?;
    if key.is_some_and(|key| key.is_valid(now)) { Ok(()) } else { Err(Error::Revoked) }
}

fn check_admin(tx: &mut Tx<'_>, account: AccountId, user: UserId) -> Result<(), Error> {
    let user = tx.user(account, user)?;
    let user = user.filter(|user| user.status != UserStatus::Disabled);
    match user.map(|user| user.role) {
        Some(AccountRole::Admin) => Ok(()),
        Some(role) => Err(Error::NotAdmin(role)),
        None => Err(Error::Revoked),
    }
}
