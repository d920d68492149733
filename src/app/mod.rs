//! The use cases: one function for each operation of a caller.
//!
//! A use case loads records, applies the rules of [`crate::domain`], and writes
//! their result, in one transaction. It contains no rules, HTTP or SQL.

pub mod accounts;
pub mod api_keys;
pub mod attempts;
pub mod attribute_definitions;
pub mod attribute_removals;
mod attribute_visibility;
pub mod audit;
mod authorized_write;
pub mod callers;
pub mod clock;
pub mod connections;
mod context;
pub mod deleted_users;
pub mod error;
pub mod housekeeping;
pub mod idempotency;
pub mod import;
pub mod key_pairs;
pub mod listing;
pub mod login;
pub mod members;
mod opened_keys;
mod planned_writes;
pub mod preview;
pub mod random;
pub mod rejection;
mod resource_names;
mod retry;
pub mod scim;
pub mod scim_clients;
pub mod sealing;
pub mod service_provider;
pub mod sessions;
mod single_use_sealing;
pub mod teams;
pub mod tokens;
pub mod usage;
pub mod users;

pub use self::{
    context::{App, Settings},
    error::{Conflict, Error},
    rejection::Rejection,
};
pub use crate::store::with_deadline;

impl App {
    /// Creates the keys of the deployment and the account `default`, if they do not exist.
    ///
    /// # Errors
    /// If the database can't be used, or holds keys that were sealed with
    /// another secret key.
    pub fn prepare(&self) -> Result<(), Error> {
        tokens::ensure_key(self)?;
        accounts::ensure_default(self)?;
        Ok(())
    }

    /// Checks that the token signing keys can be opened.
    ///
    /// # Errors
    /// [`Error::WrongSecretKey`] if they were sealed with another secret key.
    pub fn check_keys(&self) -> Result<(), Error> {
        tokens::check_key(self)
    }
}
