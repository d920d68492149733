//! The queries whose plans are tested: each runs once, for records that do not exist.

use uuid::Uuid;

use super::{
    super::{IdempotentRequest, ImportLease, KeyOwner, StoreError, Tx},
    import_job::import_job,
    planned_writes::run_planned_writes,
};
use crate::domain::{
    Timestamp,
    attempt::AttemptReference,
    custom_attribute::AttributeRemoval,
    email::Email,
    id::{ConnectionId, ImportId, TeamId, UserId},
    import::ImportCounts,
    subject::SubjectKey,
    team::TeamName,
};

/// The queries of logins.
pub(super) fn run_login_queries(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let (account, user, session) = (Uuid::nil().into(), Uuid::nil().into(), Uuid::nil().into());
    let connection: ConnectionId = Uuid::nil().into();
    let now = Timestamp::UNIX_EPOCH;
    let (email, team): (Email, TeamName) = ("a@b.c".parse().unwrap(), "Ops".parse().unwrap());
    let reference = AttemptReference::new([0; 12]);
    tx.account_by_slug("a")?;
    tx.account(account)?;
    tx.connection(connection)?;
    tx.connection_with_account(connection)?;
    tx.connection_by_name(account, "a")?;
    tx.certificate_uses(account, connection)?;
    tx.forget_certificate_use(account, connection, "a")?;
    tx.idp_metadata(account, connection)?;
    tx.delete_idp_metadata(account, connection)?;
    tx.count_logins(account, connection)?;
    tx.connection_for_update(account, connection)?;
    tx.keys(KeyOwner::Deployment)?;
    tx.keys(KeyOwner::Account(account))?;
    tx.existing_user_by_identity(account, connection, &SubjectKey::exact("A@b.example"))?;
    tx.existing_user_by_email(account, connection, email.key())?;
    tx.existing_user_by_user_name(account, connection, &email.key().into())?;
    tx.user(account, user)?;
    tx.existing_teams(account, &[team.key().clone()])?;
    tx.teams_of(account, user)?;
    tx.teams_of_users(account, &[user, user])?;
    tx.display_names(account, &[user, user])?;
    tx.identities_of_users(account, &[user, user])?;
    tx.session_by_hash([0; 32])?;
    tx.delete_session(account, session)?;
    tx.attempt_of_any_account(&reference)?;
    tx.compatibility_fixes(account, Uuid::nil().into())?;
    tx.count_compatibility_fixes(account, Uuid::nil().into(), &[])?;
    tx.delete_expired(now, now)?;
    Ok(())
}

/// The queries of the admin API, of SCIM and of imports.
pub(super) fn run_api_queries(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let id = Uuid::nil();
    let (account, user, team) = (id.into(), UserId::from(id), TeamId::from(id));
    let (connection, now) = (ConnectionId::from(id), Timestamp::UNIX_EPOCH);
    let email: Email = "a@b.c".parse().unwrap();
    let addresses = [email.key().clone()];
    let request =
        IdempotentRequest { account, caller: id, key_hash: [0; 32], request_hash: [0; 32] };
    tx.account_for_update(account)?;
    tx.connection_of(account, connection)?;
    tx.count_identities(account, connection)?;
    tx.delete_connection(account, connection)?;
    tx.api_key_by_hash([0; 32])?;
    tx.api_key(account, id.into())?;
    tx.api_keys_for_update(account)?;
    tx.api_key_for_update(account, id.into())?;
    tx.api_keys_of_client(account, id.into())?;
    tx.set_api_key_end(account, id.into(), now)?;
    tx.scim_client(account, id.into())?;
    tx.scim_client_for_update(account, id.into())?;
    tx.scim_client_by_name(account, "a")?;
    tx.scim_clients(account, &[id.into()])?;
    tx.count_external_ids(id.into())?;
    let name = "shoeSize".parse().unwrap();
    tx.attribute_definition(account, id.into())?;
    tx.attribute_definition_for_update(account, id.into())?;
    tx.attribute_definitions(account)?;
    tx.attribute_definitions_for_share(account)?;
    tx.count_users_with_attribute(account, name)?;
    tx.attribute_removal(account, name)?;
    let removal = AttributeRemoval { account, name, deletion: id.into() };
    tx.lock_attribute_removal(&removal)?;
    tx.delete_attribute_removal(&removal)?;
    tx.find_attribute_users(account, name, user, 1)?;
    tx.users_for_update(account, &[user])?;
    tx.remove_attribute(account, name, &[])?;
    tx.delete_attribute_definition(account, id.into())?;
    tx.delete_scim_client(account, id.into())?;
    tx.delete_api_key(account, id.into())?;
    tx.record_use(account, id.into(), now)?;
    tx.sessions_of(account, user, now)?;
    tx.idempotent_response(account, id, [0; 32])?;
    let _ = tx.store_idempotent_response(&request, &[], now);
    tx.failed = false;
    tx.release_idempotent(&request)?;
    tx.is_remembered(account, connection, "a", now)?;
    tx.user_for_update(account, user)?;
    tx.users_with_email(account, &addresses)?;
    tx.enabled_admins(account, 10)?;
    tx.users_by_email(account, &addresses)?;
    tx.users_by_user_name(account, &[email.key().into()])?;
    tx.users_by_external_id(account, &["a".into()])?;
    tx.enabled_admins_for_update(account)?;
    tx.clear_external_ids(account, &["a".into()])?;
    tx.leave_teams(account, user, &[team])?;
    tx.deleted_user(account, user)?;
    tx.deleted_by_subject(account, connection, &SubjectKey::exact("A@b.example"))?;
    tx.deleted_by_email(account, &addresses)?;
    tx.delete_deleted_user(account, user)?;
    tx.existing_teams_by_id(account, &[team])?;
    tx.team(account, team)?;
    tx.team_for_update(account, team)?;
    tx.team_for_share(account, team)?;
    tx.delete_team(account, team)?;
    tx.member(account, team, user)?;
    tx.all_members(account, team)?;
    tx.has_members(account, team)?;
    tx.member_with_locked_teams(account, team)?;
    tx.memberships_of_user(account, user)?;
    tx.put_user_external_id(account, id.into(), user, None)?;
    tx.user_external_ids(id.into(), &[user])?;
    tx.users_by_scim_external_id(id.into(), "a", 1)?;
    tx.put_team_external_id(account, id.into(), team, None)?;
    tx.team_external_ids(id.into(), &[team])?;
    tx.teams_by_scim_external_id(id.into(), "a", 1)?;
    tx.user_view(account, Some(id.into()), user)?;
    tx.group_view(account, Some(id.into()), team, true)?;
    tx.member_states(account, team, &[user])?;
    tx.membership_users_for_update(account, &[user])?;
    tx.requested_roles(account, team, &[user])?;
    tx.delete_memberships(account, team, &[user])?;
    tx.end_sessions(account, user)?;
    tx.end_sessions_through(account, user, connection)?;
    tx.has_identity(account, connection, user)?;
    tx.delete_identity(account, id.into())?;
    tx.delete_user(account, user)?;
    tx.attempt(account, id.into())?;
    tx.attempt_message(account, id.into(), now)?;
    tx.attempt_attributes(account, id.into(), now)?;
    tx.session_of_response(connection, [0; 32], now)?;
    tx.attempts_with_message(account, &[id.into()], now)?;
    tx.audit_entry(account, id.into())?;
    tx.names_of_keys(account, &[id.into()])?;
    tx.names_of_connections(account, &[id.into()])?;
    tx.names_of_users(account, &[user])?;
    let job = ImportId::from(id);
    let lease = ImportLease { account, job, holder: id };
    tx.import_job(account, job)?;
    tx.unfinished_imports(account)?;
    tx.import_part(job, 0)?;
    tx.submit_import(account, job, 1, now)?;
    tx.has_runnable_import(now)?;
    tx.claim_import(id, now, now)?;
    tx.advance_import(&lease, now, 1, Some(&ImportCounts::default()))?;
    tx.end_import(&lease, &import_job(account, job))?;
    tx.import_results(job)?;
    tx.cancel_import(account, job, now, now)?;
    tx.delete_import(account, job)?;
    tx.end_import_leases(now)?;
    run_planned_writes(tx)
}

/// Records logins of a user who does not exist: the errors do not matter here.
pub(super) fn record_logins(tx: &mut Tx<'_>) {
    let (account, user, now) = (Uuid::nil().into(), Uuid::nil().into(), Timestamp::UNIX_EPOCH);
    let _ = tx.record_first_login(account, user, now);
    tx.failed = false;
    for identity_on in [None, Some(ConnectionId::from(Uuid::nil()))] {
        let _ = tx.lock_for_login(account, user, identity_on);
        tx.failed = false;
    }
    let _ = tx.record_last_login(account, user, now);
}
