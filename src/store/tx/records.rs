//! The queries of logins, and of all records except users and teams.

use super::*;

methods! {
    /// Activates a staged user at their first login. [`StoreError::Stale`] if the user is
    /// no longer staged: plan again.
    user_logins::record_first_login(account: AccountId, user: UserId, now: Timestamp) -> ();
    /// Locks an active user until this transaction ends, for a login: also their identity on
    /// a connection, if there is one to check. [`StoreError::Stale`] if the user is no longer
    /// active, or has no such identity: plan again. Returns the recorded time of the latest
    /// login.
    user_logins::lock_for_login(account: AccountId, user: UserId, identity_on: Option<ConnectionId>) -> Option<Timestamp>;
    /// Records a login of a user, unless one is recorded within the last minute. Does
    /// nothing if there is no such user.
    user_logins::record_last_login(account: AccountId, user: UserId, now: Timestamp) -> ();

    /// A user who was deleted.
    deleted_users::deleted_user(account: AccountId, user: UserId) -> Option<DeletedUser>;
    /// The deleted user with an identity of this subject on the connection.
    deleted_users::deleted_by_subject(account: AccountId, connection: ConnectionId, subject: &SubjectKey) -> Option<UserId>;
    /// The deleted users who had one of the addresses.
    deleted_users::deleted_by_email(account: AccountId, keys: &[EmailKey]) -> Vec<UserId>;
    /// Records a deleted user with their identities. Replaces earlier deleted users with
    /// the same address or identity.
    deleted_users::insert_deleted_user(user: &DeletedUser, identities: &[Identity]) -> ();
    /// Removes the record of a deleted user. Returns whether there was one.
    deleted_users::delete_deleted_user(account: AccountId, user: UserId) -> bool;

    /// The teams with these names, in no order. Missing ones are left out.
    teams::existing_teams(account: AccountId, keys: &[TeamKey]) -> Vec<ExistingTeam>;
    /// The teams with these IDs, in no order. Missing ones are left out.
    teams::existing_teams_by_id(account: AccountId, ids: &[TeamId]) -> Vec<ExistingTeam>;
    /// Adds a team. Conflict: its name.
    teams::insert_team(team: &Team) -> ();
    /// A team.
    teams::team(account: AccountId, team: TeamId) -> Option<Team>;
    /// A team, locked against changes by other transactions.
    teams::team_for_update(account: AccountId, team: TeamId) -> Option<Team>;
    /// A team, locked against changes and deletion. Several transactions can hold this
    /// lock at once, to change the members.
    teams::team_for_share(account: AccountId, team: TeamId) -> Option<Team>;
    /// Replaces a team that was read for update. Its version must be one more
    /// than when it was read; else it is [`StoreError::Stale`]. Conflict: its
    /// name.
    teams::update_team(team: &Team) -> ();
    /// Deletes a team that was read for update. Returns the number of its members.
    teams::delete_team(account: AccountId, team: TeamId) -> usize;
    /// Adds a user to a team. Conflict: the user is a member.
    teams::insert_membership(membership: &Membership) -> ();
    /// The teams of a user with their role in each, by the name's key.
    teams::teams_of(account: AccountId, user: UserId) -> Vec<(Team, MemberRole)>;

    /// Replaces the external ID of a user for a SCIM client. `None` removes it.
    external_ids::put_user_external_id(account: AccountId, client: ScimClientId, user: UserId, external_id: Option<&str>) -> ();
    /// The external IDs that some users have for a SCIM client. Needs no account: a
    /// client belongs to one.
    external_ids::user_external_ids(client: ScimClientId, users: &[UserId]) -> Vec<(UserId, String)>;
    /// The first users with an external ID of a SCIM client. Needs no account: a client
    /// belongs to one.
    external_ids::users_by_scim_external_id(client: ScimClientId, external_id: &str, limit: u32) -> Vec<UserId>;
    /// As [`Tx::put_user_external_id`], of a team.
    external_ids::put_team_external_id(account: AccountId, client: ScimClientId, team: TeamId, external_id: Option<&str>) -> ();
    /// As [`Tx::user_external_ids`], of teams.
    external_ids::team_external_ids(client: ScimClientId, teams: &[TeamId]) -> Vec<(TeamId, String)>;
    /// As [`Tx::users_by_scim_external_id`], of teams.
    external_ids::teams_by_scim_external_id(client: ScimClientId, external_id: &str, limit: u32) -> Vec<TeamId>;

    /// A user as a SCIM client sees them, by one statement. A caller without a client sees no
    /// external ID.
    scim_views::user_view(account: AccountId, client: Option<ScimClientId>, user: UserId) -> Option<UserView>;
    /// A group as a SCIM client sees it, by one statement: with its members, if they are
    /// requested.
    scim_views::group_view(account: AccountId, client: Option<ScimClientId>, team: TeamId, members: bool) -> Option<GroupView>;

    /// Writes what was planned. On PostgreSQL, this is one statement. [`StoreError::Stale`] if
    /// anything that it depends on has changed. Conflict: a unique value of a user.
    planned_writes::write_planned(planned: &PlannedWrite<'_>) -> ();
    /// The states of the users who exist among some, for a change of the members of a team, and
    /// whether the team has other members. By one statement.
    members::member_states(account: AccountId, team: TeamId, users: &[UserId]) -> (Vec<MemberState>, bool);

    /// The memberships of a user, by team.
    members::memberships_of_user(account: AccountId, user: UserId) -> Vec<Membership>;
    /// All members of a team with their roles, by user.
    members::all_members(account: AccountId, team: TeamId) -> Vec<(UserId, MemberRole)>;
    /// Whether a team has members.
    members::has_members(account: AccountId, team: TeamId) -> bool;
    /// A member of a team.
    members::member(account: AccountId, team: TeamId, user: UserId) -> Option<Member>;
    /// The account roles and locks of the users who exist, by user. Locks their rows
    /// against changes, deletion, and concurrent calls of this query.
    members::membership_users_for_update(account: AccountId, users: &[UserId]) -> Vec<(UserId, MembershipUser)>;
    /// A member of a team whose memberships an administrator has locked, if there is one.
    members::member_with_locked_teams(account: AccountId, team: TeamId) -> Option<UserId>;
    /// The team roles that the members among some users requested, in no order.
    members::requested_roles(account: AccountId, team: TeamId, users: &[UserId]) -> Vec<(UserId, TeamRole)>;
    /// Adds users to teams, or replaces the requested role of members. Each pair may
    /// occur once.
    members::put_memberships(memberships: &[Membership]) -> ();
    /// Removes users from a team. Returns how many were members.
    members::delete_memberships(account: AccountId, team: TeamId, users: &[UserId]) -> usize;

    /// Adds a session, to be found by the SHA-256 of its token, with the response
    /// that opened it. Conflict: the token.
    sessions::insert_session(session: &Session, token_hash: [u8; 32], opened_by: &OpeningResponse) -> ();
    /// Writes what a login writes for an active user whom it does not change. On PostgreSQL,
    /// this is one statement. [`StoreError::Stale`] if the user is no longer active, or no longer
    /// has the identity. Conflict: an ID that is remembered, expired or not.
    sign_in::insert_sign_in(records: &SignInRecords<'_>) -> ();
    /// The session that a response to a connection opened, if it lasts at a moment: the
    /// hash of its cookie, and where the login led. Not scoped by account: the browser is
    /// not known yet.
    sessions::session_of_response(connection: ConnectionId, response_hash: [u8; 32], now: Timestamp) -> Option<([u8; 32], String)>;
    /// The session of a token, expired or not. Unscoped: the token says whose
    /// it is.
    sessions::session_by_hash(token_hash: [u8; 32]) -> Option<Session>;
    /// The sessions of a user that last at a moment, the newest first.
    sessions::sessions_of(account: AccountId, user: UserId, now: Timestamp) -> Vec<Session>;
    /// Ends a session. Returns whether it existed.
    sessions::delete_session(account: AccountId, session: SessionId) -> bool;
    /// Ends all sessions of a user. Returns their number.
    sessions::end_sessions(account: AccountId, user: UserId) -> usize;
    /// Ends the sessions of a user that were opened through a connection. Returns their number.
    sessions::end_sessions_through(account: AccountId, user: UserId, connection: ConnectionId) -> usize;

    /// Adds an attempt. Conflict: the reference.
    attempts::insert_attempt(attempt: &Attempt) -> ();
    /// An attempt.
    attempts::attempt(account: AccountId, attempt: AttemptId) -> Option<Attempt>;
    /// Stores the sealed message of an attempt, and all its attributes if a signature covers
    /// them, until a time.
    attempts::insert_attempt_message(account: AccountId, attempt: AttemptId, sealed: &[u8], attributes: Option<&[u8]>, until: Timestamp) -> ();
    /// The sealed message of an attempt, if one is kept at a moment.
    attempts::attempt_message(account: AccountId, attempt: AttemptId, now: Timestamp) -> Option<Vec<u8>>;
    /// All sealed attributes of an attempt, if they are kept at a moment.
    attempts::attempt_attributes(account: AccountId, attempt: AttemptId, now: Timestamp) -> Option<Vec<u8>>;
    /// Returns the attempts among these whose message is retained at a time, in no order.
    attempts::attempts_with_message(account: AccountId, attempts: &[AttemptId], now: Timestamp) -> Vec<AttemptId>;
    /// The attempt with a reference. Unscoped: for the error page, which knows
    /// no account.
    attempts::attempt_of_any_account(reference: &AttemptReference) -> Option<Attempt>;

    /// Adds an entry to the audit log.
    audit::insert_audit(entry: &AuditEntry) -> ();
    /// Adds entries to the audit log.
    audit::insert_audits(entries: &[AuditEntry]) -> ();
    /// An entry of the audit log.
    audit::audit_entry(account: AccountId, entry: AuditId) -> Option<AuditEntry>;
    /// The names of the API keys that still exist, in no order.
    audit::names_of_keys(account: AccountId, keys: &[ApiKeyId]) -> Vec<(ApiKeyId, String)>;
    /// The names of connections, in no order. Missing ones are left out.
    audit::names_of_connections(account: AccountId, connections: &[ConnectionId]) -> Vec<(ConnectionId, String)>;
    /// The names of the users who still exist, in no order.
    audit::names_of_users(account: AccountId, users: &[UserId]) -> Vec<(UserId, String)>;

    /// A page of the users of an account. This query and the following ones read at most
    /// [`SCAN_LIMIT`](crate::store::SCAN_LIMIT) rows; with a total, they read all rows.
    lists::list_users(account: AccountId, listing: &Listing<UserAttribute>) -> Page<User>;
    /// The position of the row that has this many rows of the list before it. `None` if
    /// the list is shorter. The page of the listing is ignored.
    lists::list_users_at(account: AccountId, listing: &Listing<UserAttribute>, before: u64) -> Option<PagePosition>;
    /// As [`Tx::list_users_at`], of teams.
    lists::list_teams_at(account: AccountId, listing: &Listing<TeamAttribute>, before: u64) -> Option<PagePosition>;
    /// A page of the users of an account who were deleted.
    lists::list_deleted_users(account: AccountId, listing: &Listing<DeletedUserAttribute>) -> Page<DeletedUser>;
    /// A page of the teams of an account.
    lists::list_teams(account: AccountId, listing: &Listing<TeamAttribute>) -> Page<Team>;
    /// A page of the members of a team. Empty if the team is not there.
    lists::list_members(account: AccountId, team: TeamId, listing: &Listing<MemberAttribute>) -> Page<Member>;
    /// A page of the attempts of an account, by time.
    lists::list_attempts(account: AccountId, listing: &Listing<AttemptAttribute>) -> Page<Attempt>;
    /// A page of the audit log of an account, by time.
    lists::list_audit(account: AccountId, listing: &Listing<AuditAttribute>) -> Page<AuditEntry>;
    /// A page of the connections of an account.
    lists::list_connections(account: AccountId, listing: &Listing<ConnectionAttribute>) -> Page<Connection>;
    /// A page of the API keys of an account.
    lists::list_api_keys(account: AccountId, listing: &Listing<KeyAttribute>) -> Page<ApiKey>;
    /// A page of the SCIM clients of an account.
    lists::list_scim_clients(account: AccountId, listing: &Listing<ScimClientAttribute>) -> Page<ScimClient>;
    /// A page of the imports of an account whose files have come in.
    lists::list_imports(account: AccountId, listing: &Listing<ImportAttribute>) -> Page<ImportJob>;
    /// The display names of users, which may be empty.
    lists::display_names(account: AccountId, users: &[UserId]) -> Vec<(UserId, String)>;
    /// The teams of each of some users with the role in each: by user, then by
    /// the name's key.
    lists::teams_of_users(account: AccountId, users: &[UserId]) -> Vec<(UserId, Team, MemberRole)>;
    /// The identities of each of some users: by user, then the oldest first.
    lists::identities_of_users(account: AccountId, users: &[UserId]) -> Vec<Identity>;

    /// Deletes rows that expired before `now` (remembered assertions and requests,
    /// sessions) and attempts before `attempts_before`: at most
    /// [`EXPIRED_AT_ONCE`](crate::store::EXPIRED_AT_ONCE) of each, to keep locks short.
    /// Returns the number of deleted rows: repeat until it is 0. Unscoped.
    expiry::delete_expired(now: Timestamp, attempts_before: Timestamp) -> usize;
}
