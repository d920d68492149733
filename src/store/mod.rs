//! The database: SQLite or PostgreSQL, with one type for both. The only module that uses
//! diesel.
//!
//! [`Db`] is opened once and shared. [`Db::read`] and [`Db::write`] run a transaction,
//! [`Tx`], whose methods are all queries.
//!
//! The queries are written once, in `queries/`, and compiled once for each database.
//! Their differences are in `sqlite.rs` and `postgres.rs`.
#![allow(clippy::duplicate_mod, reason = "the queries are compiled once for each database")]

mod account_slots;
mod address;
mod backup;
mod db;
mod deadline;
mod error;
mod migrations;
mod outage;
mod pool_options;
mod postgres;
#[cfg(test)]
mod query_plans;
mod readiness;
mod rows;
mod running_queries;
mod schema;
mod secondary_indexes;
mod sql;
mod sqlite;
mod sqlite_file;
mod sqlite_writer;
mod transaction;
mod tx;

pub use address::{AddressError, DatabaseAddress};
pub use backup::{BackupError, RestoreReport, back_up, restore};
pub use db::Db;
pub use deadline::with_deadline;
pub use error::{StoreError, UniqueKey};
pub use migrations::MigrationReport;
pub use pool_options::PoolOptions;
pub use rows::{KeyOwner, KeyPurpose, StoredKey};
pub use tx::Tx;

use uuid::Uuid;

use crate::domain::{
    Timestamp,
    attempt::Attempt,
    audit::AuditEntry,
    id::{AccountId, ApiKeyId, ImportId, ScimClientId, TeamId, UserId},
    membership::{MemberRole, MembershipEffect, MembershipUser},
    role::TeamRole,
    session::{OpeningResponse, Session},
    subject::SubjectKey,
    team::{Membership, Team},
    user::{Identity, User},
};

/// A request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// The account of the caller.
    pub account: AccountId,
    /// The identifier of the caller: of an API key, or of a user.
    pub caller: Uuid,
    /// SHA-256 of the `Idempotency-Key`.
    pub key_hash: [u8; 32],
    /// SHA-256 of the request: another one must not use the same key.
    pub request_hash: [u8; 32],
}

/// The stored state of an [`IdempotentRequest`]: its hash, and its sealed response if it was
/// completed.
pub type IdempotentResponse = (Vec<u8>, Option<Vec<u8>>);

/// What a login writes for an active user whom it does not change.
#[derive(Debug)]
pub struct SignInRecords<'a> {
    /// The session that it opens.
    pub session: &'a Session,
    /// The subject of the user's identity on the connection.
    pub subject: &'a SubjectKey,
    /// The hash by which the session is found.
    pub token_hash: [u8; 32],
    /// The response that opens the session.
    pub opened_by: &'a OpeningResponse,
    /// The attempt.
    pub attempt: &'a Attempt,
    /// The ID of the assertion, and until when it is remembered.
    pub assertion: (&'a str, Timestamp),
    /// The ID of the answered request, and until when it is remembered. `None` if there was
    /// no request.
    pub request: Option<(&'a str, Timestamp)>,
}

/// A user with everything that a SCIM client sees of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// The user.
    pub user: User,
    /// Their teams with the role in each, by the name's key.
    pub teams: Vec<(Team, MemberRole)>,
    /// Their identities, the oldest first.
    pub identities: Vec<Identity>,
    /// The client's external ID of the user.
    pub external_id: Option<String>,
    /// The display name of the manager, if their ID is stored in its usual form.
    pub manager_name: Option<String>,
    /// Whether these are all teams and identities.
    pub is_complete: bool,
}

/// A group as a SCIM client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// The team.
    pub team: Team,
    /// The client's external ID of the group.
    pub external_id: Option<String>,
    /// Its members by ID, with their display names.
    pub members: Vec<(UserId, MemberRole, String)>,
    /// Whether these are all members.
    pub is_complete: bool,
}

/// The state of a user that a change of their membership in a team depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberState {
    /// The user.
    pub id: UserId,
    /// The version of the user.
    pub version: i64,
    /// Their account role and locks.
    pub user: MembershipUser,
    /// The requested role, if they are a member.
    pub requested_role: Option<TeamRole>,
}

/// A write that was planned from what was read before.
#[derive(Debug)]
pub struct PlannedWrite<'a> {
    /// The account.
    pub account: AccountId,
    /// The API key of the author, which must still be valid.
    pub key: ApiKeyId,
    /// The current time.
    pub now: Timestamp,
    /// What changes.
    pub change: PlannedChange<'a>,
    /// Its audit entries.
    pub entries: &'a [AuditEntry],
}

/// What a [`PlannedWrite`] changes, and which state it depends on.
#[derive(Debug)]
pub enum PlannedChange<'a> {
    /// Nothing changes.
    Nothing,
    /// A user without custom attributes is created. There must be no tombstone with the
    /// address.
    CreateUser {
        /// The user.
        user: &'a User,
        /// A SCIM client's external ID of the user.
        external_id: Option<(ScimClientId, &'a str)>,
    },
    /// A user changes who has no custom attributes, before and after. They must still be as
    /// they were.
    UpdateUser {
        /// The user as they were read.
        before: &'a User,
        /// The user after the change.
        after: &'a User,
    },
    /// The members of a team change. The users and their memberships must still be as they were.
    ChangeMembers {
        /// The team.
        team: TeamId,
        /// The users, by ID, with their versions.
        users: &'a [(UserId, i64)],
        /// The changes, each with the membership after it, or before a removal.
        effects: &'a [(Membership, MembershipEffect)],
    },
}

/// The right of one process to run an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLease {
    /// The account of the import.
    pub account: AccountId,
    /// The import.
    pub job: ImportId,
    /// The process.
    pub holder: Uuid,
}

/// The maximum number of rows of one kind that [`Tx::delete_expired`] deletes at once.
pub const EXPIRED_AT_ONCE: i64 = 500;

/// The maximum number of rows that a page scans. A page that reaches it ends there,
/// with fewer items or none, and with the position of the next page.
pub const SCAN_LIMIT: i64 = 20_000;

/// The maximum number of bytes of text on a page of a list, about. One item is on a
/// page however long it is.
pub const PAGE_BYTES: usize = 1024 * 1024;
