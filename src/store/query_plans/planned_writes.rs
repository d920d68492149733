//! The planned writes whose plans are tested. Each of their statements depends on those before
//! it, so they run for records that exist.

use uuid::Uuid;

use super::super::{PlannedChange, PlannedWrite, StoreError, Tx};
use crate::domain::{
    Timestamp,
    account::Account,
    api_key::{ApiKey, Scope},
    id::{AccountId, TeamId, UserId},
    membership::MembershipEffect::{Add, Change, Remove},
    profile_field::ProfileField,
    role::TeamRole,
    team::{Membership, Team},
    user::{Origin, User},
};

/// Runs each kind of planned write.
pub(super) fn run_planned_writes(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let (id, now) = (Uuid::from_u128(1), Timestamp::UNIX_EPOCH);
    let (account, team, user) = (AccountId::from(id), TeamId::from(id), UserId::from(id));
    insert_records(tx, id, now)?;
    let mut write = |change: PlannedChange<'_>| {
        let key = id.into();
        tx.write_planned(&PlannedWrite { account, key, now, change, entries: &[] })
    };
    let before = User::new(user, account, "b@b.c".parse().unwrap(), Origin::Scim, now);
    write(PlannedChange::CreateUser { user: &before, external_id: None })?;
    let mut named = User { version: 2, ..before.clone() };
    named.profile.texts.insert(ProfileField::NickName, "b".into());
    write(PlannedChange::UpdateUser { before: &before, after: &named })?;
    let after = User { version: 3, ..before };
    write(PlannedChange::UpdateUser { before: &named, after: &after })?;
    for effect in [
        Add(TeamRole::Admin),
        Change { from: TeamRole::Admin, to: TeamRole::Admin },
        Remove(TeamRole::Admin),
    ] {
        let (requested_role, created_at) = (TeamRole::Admin, now);
        let membership =
            Membership { account, team, user, requested_role, created_at, provenance: None };
        let (users, effects) = (&[(user, 3)], &[(membership, effect)]);
        write(PlannedChange::ChangeMembers { team, users, effects })?;
    }
    Ok(())
}

fn insert_records(tx: &mut Tx<'_>, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let account = AccountId::from(id);
    tx.insert_account(&Account {
        id: account,
        slug: "b".into(),
        name: "b".into(),
        contact: None,
        recreate_deleted: false,
        created_at: now,
        updated_at: now,
        version: 1,
    })?;
    let key = ApiKey {
        id: id.into(),
        account,
        name: "b".into(),
        hint: "b".into(),
        scopes: [Scope::UsersRead].into_iter().collect(),
        scim_client: None,
        created_at: now,
        expires_at: None,
        lifetime: None,
        last_used_at: None,
    };
    tx.insert_api_key(&key, [1; 32])?;
    tx.insert_team(&Team::new(id.into(), account, "b".parse().unwrap(), Origin::Scim, now))
}
