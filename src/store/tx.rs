//! A transaction: all queries of the store.

use uuid::Uuid;

use super::{
    GroupView, IdempotentRequest, IdempotentResponse, ImportLease, KeyOwner, MemberState,
    PlannedWrite, SignInRecords, StoredKey, UserView, error::StoreError, postgres, sqlite,
};
use crate::domain::{
    Timestamp,
    account::Account,
    api_key::ApiKey,
    attempt::{Attempt, AttemptReference},
    audit::AuditEntry,
    compatibility_fix::FixCount,
    connection::{CertificateUse, Connection, RenamedConnection},
    custom_attribute::{AttributeDefinition, AttributeRemoval, CustomAttributeName},
    email::EmailKey,
    id::{
        AccountId, ApiKeyId, AttemptId, AttributeDefinitionId, AuditId, ConnectionId, IdentityId,
        ImportId, ScimClientId, SessionId, TeamId, UserId,
    },
    import::{ImportCounts, ImportJob},
    lists::{
        AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute,
        ImportAttribute, KeyAttribute, Listing, Member, MemberAttribute, Page, PagePosition,
        ScimClientAttribute, TeamAttribute, UserAttribute,
    },
    membership::{MemberRole, MembershipUser},
    provisioning::{ExistingTeam, ExistingUser},
    role::TeamRole,
    scim_client::ScimClient,
    session::{OpeningResponse, Session},
    subject::SubjectKey,
    team::{Membership, Team, TeamKey},
    user::{DeletedUser, Identity, User},
    user_name::UserNameKey,
};

/// A transaction, as [`Db::read`](super::Db::read) and
/// [`Db::write`](super::Db::write) give it.
///
/// Unless documented otherwise, each method takes the account first, and sees only rows
/// of this account. After a failed call, the transaction can only be rolled back:
/// further calls fail with [`StoreError::Aborted`], on both databases.
pub struct Tx<'c> {
    pub(super) conn: TxConnection<'c>,
    pub(super) failed: bool,
    pub(super) contended: bool,
    /// The first error that says that the database can't be used.
    pub(super) outage: Option<StoreError>,
    /// The queries that were called.
    #[cfg(test)]
    pub(super) calls: std::collections::BTreeSet<&'static str>,
}

/// The connection of a transaction.
pub(super) enum TxConnection<'c> {
    Sqlite(&'c mut sqlite::Conn),
    Postgres(&'c mut postgres::Conn),
}

impl<'c> Tx<'c> {
    pub(super) fn new(conn: TxConnection<'c>) -> Self {
        Self {
            conn,
            failed: false,
            contended: false,
            outage: None,
            #[cfg(test)]
            calls: std::collections::BTreeSet::new(),
        }
    }

    fn record_failure<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.failed = true;
            self.contended |= matches!(error, StoreError::Contended(_));
            self.outage = self.outage.take().or_else(|| error.as_outage());
        }
        result
    }
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("failed", &self.failed).finish_non_exhaustive()
    }
}

/// Defines methods. Each calls the query with its name in the module before it, for the
/// database of the transaction.
macro_rules! methods {
    ($(
        $(#[$doc:meta])*
        $module:ident::$name:ident($($argument:ident: $type:ty),*) -> $result:ty;
    )*) => {
        /// # Errors
        /// Each method fails with a [`StoreError`] if the database fails. Other errors
        /// are documented at the method.
        impl Tx<'_> {$(
            $(#[$doc])*
            #[allow(clippy::missing_errors_doc, reason = "stands once, above")]
            pub fn $name(&mut self, $($argument: $type),*) -> Result<$result, StoreError> {
                if self.failed {
                    return Err(StoreError::Aborted);
                }
                #[cfg(test)]
                self.calls.insert(stringify!($name));
                let result = match &mut self.conn {
                    TxConnection::Sqlite(conn) => {
                        sqlite::queries::$module::$name(conn, $($argument),*)
                    }
                    TxConnection::Postgres(conn) => {
                        postgres::queries::$module::$name(conn, $($argument),*)
                    }
                };
                self.record_failure(result)
            }
        )*}

        /// The names of the queries.
        #[cfg(test)]
        pub(in crate::store) const QUERIES: &[&str] = &[$(stringify!($name)),*];
    };
}

methods! {
    /// Adds an account. Conflict: its slug.
    accounts::insert_account(account: &Account) -> ();
    /// Replaces an account.
    accounts::update_account(account: &Account) -> ();
    /// The account with a slug. Unscoped: accounts are the scopes.
    accounts::account_by_slug(slug: &str) -> Option<Account>;
    /// An account. Unscoped: accounts are the scopes.
    accounts::account(account: AccountId) -> Option<Account>;
    /// An account, locked against changes by other transactions.
    /// Unscoped: accounts are the scopes.
    accounts::account_for_update(account: AccountId) -> Option<Account>;
    /// All accounts, by slug. Unscoped: accounts are the scopes.
    accounts::accounts() -> Vec<Account>;

    /// Adds a connection. Conflict: its name.
    connections::insert_connection(connection: &Connection) -> ();
    /// A connection. Unscoped: a login knows no account before it.
    connections::connection(connection: ConnectionId) -> Option<Connection>;
    /// A connection, and the slug of its account. Unscoped likewise.
    connections::connection_with_account(connection: ConnectionId) -> Option<(Connection, String)>;
    /// A connection of an account.
    connections::connection_of(account: AccountId, connection: ConnectionId) -> Option<Connection>;
    /// A connection, locked against changes by other transactions.
    connections::connection_for_update(account: AccountId, connection: ConnectionId) -> Option<Connection>;
    /// Replaces a connection that was read for update. Its version must be one
    /// more than when it was read; else it is [`StoreError::Stale`]. Conflict: its
    /// name.
    connections::update_connection(connection: &Connection) -> ();
    /// Counts the users with an identity on a connection. Reads each row.
    connections::count_identities(account: AccountId, connection: ConnectionId) -> u64;
    /// Deletes a connection with its identities, sessions, logins that were begun, remembered
    /// assertions and attempts. Returns whether it existed.
    connections::delete_connection(account: AccountId, connection: ConnectionId) -> bool;

    /// The connection of a name, compared by key.
    connections::connection_by_name(account: AccountId, name: &str) -> Option<Connection>;
    /// Counts the sessions that were opened through a connection, and its attempts. Reads each
    /// row.
    connections::count_logins(account: AccountId, connection: ConnectionId) -> (u64, u64);
    /// Computes the keys of the names of connections, and renames those whose name is
    /// not unique. Unscoped: for a migration.
    connections::fill_connection_keys() -> Vec<RenamedConnection>;

    /// Records which certificates verified a login, to the minute.
    certificates::record_certificate_uses(account: AccountId, connection: ConnectionId, fingerprints: &[String], now: Timestamp) -> ();
    /// The last use of each certificate of a connection.
    certificates::certificate_uses(account: AccountId, connection: ConnectionId) -> Vec<CertificateUse>;
    /// Deletes the last use of a certificate.
    certificates::forget_certificate_use(account: AccountId, connection: ConnectionId, fingerprint: &str) -> ();
    /// Replaces the stored metadata of a connection.
    certificates::put_idp_metadata(account: AccountId, connection: ConnectionId, xml: &str) -> ();
    /// The metadata that a connection was read from.
    certificates::idp_metadata(account: AccountId, connection: ConnectionId) -> Option<String>;
    /// Deletes the metadata that a connection was read from.
    certificates::delete_idp_metadata(account: AccountId, connection: ConnectionId) -> ();

    /// Adds a key.
    key_pairs::insert_key(key: &StoredKey) -> ();
    /// The keys of an owner, the oldest first, retired ones included.
    key_pairs::keys(owner: KeyOwner) -> Vec<StoredKey>;

    /// Adds an API key, to be found by its SHA-256.
    api_keys::insert_api_key(key: &ApiKey, hash: [u8; 32]) -> ();
    /// Adds to the numbers of a SCIM client's requests with compatibility fixes.
    compatibility::count_compatibility_fixes(account: AccountId, client: ScimClientId, counts: &[FixCount]) -> ();
    /// The compatibility fixes of a SCIM client's requests, with their number.
    compatibility::compatibility_fixes(account: AccountId, client: ScimClientId) -> Vec<FixCount>;
    /// The API key with a hash, expired or not, and its SCIM client. Unscoped:
    /// the key says whose it is.
    api_keys::api_key_by_hash(hash: [u8; 32]) -> Option<(ApiKey, Option<ScimClient>)>;
    /// An API key.
    api_keys::api_key(account: AccountId, key: ApiKeyId) -> Option<ApiKey>;
    /// An API key, locked against changes by other transactions.
    api_keys::api_key_for_update(account: AccountId, key: ApiKeyId) -> Option<ApiKey>;
    /// The API keys of a SCIM client.
    api_keys::api_keys_of_client(account: AccountId, client: ScimClientId) -> Vec<ApiKey>;
    /// Sets the moment at which an API key expires.
    api_keys::set_api_key_end(account: AccountId, key: ApiKeyId, expires_at: Timestamp) -> ();
    /// All API keys of an account, locked against changes by other transactions.
    /// There are few.
    api_keys::api_keys_for_update(account: AccountId) -> Vec<ApiKey>;
    /// Deletes an API key. Returns whether it existed.
    api_keys::delete_api_key(account: AccountId, key: ApiKeyId) -> bool;
    /// Records a use of an API key, unless one is recorded within the last minute.
    api_keys::record_use(account: AccountId, key: ApiKeyId, now: Timestamp) -> ();

    /// Adds a SCIM client. Conflict: its name.
    scim_clients::insert_scim_client(client: &ScimClient) -> ();
    /// Replaces a SCIM client that was read for update. Its version must be one
    /// more than when it was read; else it is [`StoreError::Stale`]. Conflict:
    /// its name.
    scim_clients::update_scim_client(client: &ScimClient) -> ();
    /// Deletes a SCIM client with its keys, external IDs and compatibility fixes.
    /// Returns whether it existed.
    scim_clients::delete_scim_client(account: AccountId, client: ScimClientId) -> bool;
    /// A SCIM client.
    scim_clients::scim_client(account: AccountId, client: ScimClientId) -> Option<ScimClient>;
    /// A SCIM client, which no other transaction can change until this one ends.
    scim_clients::scim_client_for_update(account: AccountId, client: ScimClientId) -> Option<ScimClient>;
    /// The SCIM client with a name, compared by key.
    scim_clients::scim_client_by_name(account: AccountId, name: &str) -> Option<ScimClient>;
    /// Returns the SCIM clients with these IDs, in no order. Missing ones are left out.
    scim_clients::scim_clients(account: AccountId, clients: &[ScimClientId]) -> Vec<ScimClient>;
    /// How many users and how many teams have an external ID of a SCIM client.
    /// By client: a client is one account's.
    scim_clients::count_external_ids(client: ScimClientId) -> (u64, u64);
    /// Computes the keys of the names of SCIM clients, and renames those whose
    /// name is not unique. Returns a note for each. Unscoped: for a migration.
    scim_clients::fill_scim_client_keys() -> Vec<String>;

    /// Adds the definition of a custom attribute. Conflict: its name.
    attribute_definitions::insert_attribute_definition(definition: &AttributeDefinition) -> ();
    /// Replaces a definition. Its version must be one more than when it was read; else it
    /// is [`StoreError::Stale`].
    attribute_definitions::update_attribute_definition(definition: &AttributeDefinition) -> ();
    /// Deletes a definition. Returns whether it existed.
    attribute_definitions::delete_attribute_definition(account: AccountId, definition: AttributeDefinitionId) -> bool;
    /// A definition.
    attribute_definitions::attribute_definition(account: AccountId, definition: AttributeDefinitionId) -> Option<AttributeDefinition>;
    /// A definition, locked until the transaction ends.
    attribute_definitions::attribute_definition_for_update(account: AccountId, definition: AttributeDefinitionId) -> Option<AttributeDefinition>;
    /// All definitions of an account, by name. There are few.
    attribute_definitions::attribute_definitions(account: AccountId) -> Vec<AttributeDefinition>;
    /// The same, locked against changes and deletion by other transactions.
    attribute_definitions::attribute_definitions_for_share(account: AccountId) -> Vec<AttributeDefinition>;
    /// How many users have a value of a custom attribute.
    attribute_definitions::count_users_with_attribute(account: AccountId, name: CustomAttributeName) -> u64;

    /// Adds the removal of a deleted attribute from the users.
    attribute_removals::insert_attribute_removal(removal: &AttributeRemoval) -> ();
    /// The removal of a deleted attribute of this name, if it has not ended.
    attribute_removals::attribute_removal(account: AccountId, name: CustomAttributeName) -> Option<AttributeRemoval>;
    /// Locks a removal, so that no other transaction ends it. Returns whether it has not ended.
    /// A later removal of the same name is not the same.
    attribute_removals::lock_attribute_removal(removal: &AttributeRemoval) -> bool;
    /// The first removals that have not ended. Unscoped: for housekeeping.
    attribute_removals::attribute_removals(limit: u32) -> Vec<AttributeRemoval>;
    /// Ends a removal, but not a later one of the same name.
    attribute_removals::delete_attribute_removal(removal: &AttributeRemoval) -> ();
    /// The users after one, by ID, each with whether they may have a value, a lock or a
    /// record of a custom attribute.
    attribute_removals::find_attribute_users(account: AccountId, name: CustomAttributeName, after: UserId, limit: u32) -> Vec<(UserId, bool)>;
    /// Returns the users with these IDs, by ID, locked until the transaction ends. Missing ones
    /// are left out.
    attribute_removals::users_for_update(account: AccountId, ids: &[UserId]) -> Vec<User>;
    /// Writes users who were read for update, and who lose a custom attribute and its lock.
    attribute_removals::remove_attribute(account: AccountId, name: CustomAttributeName, changed: &[User]) -> ();

    /// Reserves an idempotency key until a moment. Returns whether the key was free: of
    /// several concurrent requests, one gets `true`.
    idempotency::begin_idempotent(request: &IdempotentRequest, now: Timestamp, until: Timestamp) -> bool;
    /// The request with an idempotency key: its hash, and its sealed response if there is
    /// one yet.
    idempotency::idempotent_response(account: AccountId, caller: Uuid, key_hash: [u8; 32]) -> Option<IdempotentResponse>;
    /// Stores the sealed response of a reserved request, until a moment.
    idempotency::store_idempotent_response(request: &IdempotentRequest, response: &[u8], until: Timestamp) -> ();
    /// Forgets a reserved request, so that it may be executed again.
    idempotency::release_idempotent(request: &IdempotentRequest) -> ();

    /// Adds an import.
    imports::insert_import(job: &ImportJob) -> ();
    /// An import.
    imports::import_job(account: AccountId, job: ImportId) -> Option<ImportJob>;
    /// How many imports of an account have not ended.
    imports::unfinished_imports(account: AccountId) -> u64;
    /// Stores a sealed part of the file of an import. By import: it is one account's.
    imports::insert_import_part(job: ImportId, number: i64, sealed: &[u8]) -> ();
    /// A sealed part of the file of an import. By import: it is one account's.
    imports::import_part(job: ImportId, number: i64) -> Option<Vec<u8>>;
    /// Submits an import whose file is complete. Returns whether it was in the state
    /// RECEIVING.
    imports::submit_import(account: AccountId, job: ImportId, rows: u64, expires_at: Timestamp) -> bool;
    /// Whether an import waits to be run. Unscoped: for the process that runs
    /// them.
    imports::has_runnable_import(now: Timestamp) -> bool;
    /// Takes the oldest waiting import, with a lease until a time. Of several concurrent calls,
    /// one gets it. Unscoped: for the process that runs them.
    imports::claim_import(holder: Uuid, now: Timestamp, until: Timestamp) -> Option<ImportJob>;
    /// Records the progress of an import, and extends its lease. Returns whether the lease is
    /// still valid.
    imports::advance_import(lease: &ImportLease, until: Timestamp, processed: u64, counts: Option<&ImportCounts>) -> bool;
    /// Ends an import, and deletes its file. Returns whether the lease is still valid.
    imports::end_import(lease: &ImportLease, ended: &ImportJob) -> bool;
    /// Stores sealed results of an import. By import: it is one account's.
    imports::insert_import_results(job: ImportId, number: i64, sealed: &[u8]) -> ();
    /// The sealed results of an import, in their order. By import: it is one
    /// account's.
    imports::import_results(job: ImportId) -> Vec<(i64, Vec<u8>)>;
    /// Cancels an import that waits or runs, and deletes its file. Returns whether it was
    /// cancelled.
    imports::cancel_import(account: AccountId, job: ImportId, now: Timestamp, expires_at: Timestamp) -> bool;
    /// Deletes an import with its file and its results. Returns whether it existed.
    imports::delete_import(account: AccountId, job: ImportId) -> bool;
    /// Ends the leases of all imports. Unscoped: for the one process of an embedded database.
    imports::end_import_leases(now: Timestamp) -> usize;

    /// Remembers an assertion by its `ID` until a time. Returns whether it was new: an entry
    /// that expired before `now` does not count. Of several concurrent calls, one gets `true`.
    replay_cache::remember_assertion(account: AccountId, connection: ConnectionId, assertion_id: &str, until: Timestamp, now: Timestamp) -> bool;
    /// Remembers the `ID` of a login request that was answered, like
    /// [`Tx::remember_assertion`]. Of several concurrent responses, one gets `true`.
    replay_cache::remember_request(account: AccountId, connection: ConnectionId, request_id: &str, until: Timestamp, now: Timestamp) -> bool;
    /// Whether an assertion is remembered by its `ID` at a moment.
    replay_cache::is_remembered(account: AccountId, connection: ConnectionId, assertion_id: &str, now: Timestamp) -> bool;

    /// The user whose identity on a connection the subject is.
    users::existing_user_by_identity(account: AccountId, connection: ConnectionId, subject: &SubjectKey) -> Option<ExistingUser>;
    /// The user of an address, with their subject on the connection if they
    /// have one.
    users::existing_user_by_email(account: AccountId, connection: ConnectionId, email: &EmailKey) -> Option<ExistingUser>;
    /// The user with this SCIM userName, as [`Tx::existing_user_by_email`].
    users::existing_user_by_user_name(account: AccountId, connection: ConnectionId, name: &UserNameKey) -> Option<ExistingUser>;
    /// Adds a user. Conflict: the address.
    users::insert_user(user: &User) -> ();
    /// Adds users. Conflict: an address, or an external ID.
    users::insert_users(users: &[User]) -> ();
    /// A user.
    users::user(account: AccountId, user: UserId) -> Option<User>;
    /// A user, locked against changes by other transactions.
    users::user_for_update(account: AccountId, user: UserId) -> Option<User>;
    /// Returns the users who have one of the addresses, in no order.
    users::users_with_email(account: AccountId, keys: &[EmailKey]) -> Vec<User>;
    /// The first administrators who are not disabled.
    users::enabled_admins(account: AccountId, limit: u32) -> Vec<UserId>;
    /// Returns the users who have one of the addresses, with its key.
    users::users_by_email(account: AccountId, keys: &[EmailKey]) -> Vec<(String, UserId)>;
    /// Returns the users who have one of the user names, with its key.
    users::users_by_user_name(account: AccountId, keys: &[UserNameKey]) -> Vec<(String, UserId)>;
    /// Returns the users who have one of the external IDs, with the ID.
    users::users_by_external_id(account: AccountId, ids: &[String]) -> Vec<(String, UserId)>;
    /// The first two administrators who are not disabled, locked until this transaction
    /// ends, so that two transactions can't remove the last two at once.
    users::enabled_admins_for_update(account: AccountId) -> Vec<UserId>;
    /// Replaces a user who was read for update. Their version must be one more
    /// than when they were read; else it is [`StoreError::Stale`]. Conflict: the
    /// address, or the external ID.
    users::update_user(before: &User, user: &User) -> ();
    /// Takes external IDs from the users who have them. Their versions stay.
    users::clear_external_ids(account: AccountId, external_ids: &[String]) -> ();
    /// Deletes a user with everything that belongs to them. Returns whether they existed.
    users::delete_user(account: AccountId, user: UserId) -> bool;
    /// Removes a user from teams.
    users::leave_teams(account: AccountId, user: UserId, teams: &[TeamId]) -> ();
    /// Computes all comparison keys anew. Returns a note for each row that keeps
    /// its old key. Unscoped: for a migration.
    comparison_keys::recompute_comparison_keys() -> Vec<String>;
    /// Replaces the index of the values of all users. Unscoped: for a migration.
    user_values::fill_user_values() -> ();
    /// Adds an identity. Conflict: the subject or the user, on the connection.
    users::insert_identity(identity: &Identity) -> ();
    /// Replaces the subject of a user's identity on a connection, which an earlier
    /// release stored. [`StoreError::Stale`] if there is no such identity any more.
    users::update_identity_subject(account: AccountId, connection: ConnectionId, user: UserId, subject: &SubjectKey) -> ();
    /// Whether a user has an identity on a connection.
    users::has_identity(account: AccountId, connection: ConnectionId, user: UserId) -> bool;
    /// Deletes an identity. Returns whether it existed.
    users::delete_identity(account: AccountId, identity: IdentityId) -> bool;
}

mod records;
#[cfg(test)]
pub(super) use self::records::QUERIES as RECORD_QUERIES;
