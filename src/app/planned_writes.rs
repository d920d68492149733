//! Writes that are planned before they are written, and cost one round trip then.
//!
//! The plan is made from one read, outside of a transaction. The write depends on what was
//! read, and on the key of the author. If anything has changed since, nothing is written, and
//! the caller does all of it in a transaction, which finds out what it is.

use super::{App, Error};
use crate::{
    domain::audit::{Actor, AuditEntry, Author, Via},
    store::{PlannedChange, PlannedWrite, StoreError},
};

/// The maximum number of things that one planned write changes. Each is a part of the
/// statement, and each connection prepares the statements of all numbers.
pub(super) const MAX_CHANGES: usize = 8;

impl App {
    /// Writes what was planned. Returns `false` if nothing was written, and it has to be done in
    /// a transaction.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) fn write_planned(
        &self,
        author: &Author,
        change: PlannedChange<'_>,
        entries: &[AuditEntry],
    ) -> Result<bool, Error> {
        let key = match (author.actor, author.via) {
            (Actor::ApiKey(key), _) | (Actor::ScimClient(_), Via::ScimKey(key)) => key,
            _ => return Ok(false),
        };
        let account = author.account;
        let planned = PlannedWrite { account, key, now: self.now(), change, entries };
        match self.db.write_statement_for(account, |tx| tx.write_planned(&planned)) {
            Ok(()) => Ok(true),
            // The transaction has the same error, or none any more.
            Err(
                StoreError::Conflict(_)
                | StoreError::Stale { .. }
                | StoreError::Dangling
                | StoreError::Contended(_)
                | StoreError::StatementFailed(_),
            ) => Ok(false),
            // The connection was lost before the write, or after it.
            Err(StoreError::Unavailable(_)) => match entries.first() {
                Some(entry) => Ok(self.db.query(|tx| tx.audit_entry(account, entry.id))?.is_some()),
                None => Ok(false),
            },
            Err(error) => Err(error.into()),
        }
    }
}
