//! The records that drafts refer to: stored ones, and those that were planned before.

use std::collections::{HashMap, HashSet};

use super::{
    custom_attributes,
    staging_options::{ExistingUserPolicy, StagingOptions},
};
use crate::{
    app::{Error, random},
    domain::{
        custom_attribute::{AttributeDefinition, CustomAttributes},
        email::{Email, EmailKey},
        field_error::{FieldError, Reason},
        id::{AccountId, UserId},
        membership::MemberRole,
        provisioning::ExistingTeam,
        team::{Team, TeamKey},
        user::User,
        user_name::UserNameKey,
        user_patch::{FieldPatch, ParsedUser, UserPatch},
    },
    store::Tx,
};

/// The planned changes that are not written yet.
#[derive(Debug)]
pub(crate) struct PendingChanges {
    /// The user who will have an external ID. `None`: no user will have it.
    external_ids: HashMap<String, Option<UserId>>,
    /// The teams that will be created.
    pub(super) teams: HashMap<TeamKey, ExistingTeam>,
    /// The administrators who stay: enough of them to check that one remains.
    /// `None`: not looked up yet.
    admins: Option<HashSet<UserId>>,
    max_admins: u32,
}

impl PendingChanges {
    /// Creates an empty plan. `max_changes` limits the number of changed users.
    pub(crate) fn new(changes: u32) -> Self {
        Self {
            external_ids: HashMap::new(),
            teams: HashMap::new(),
            admins: None,
            max_admins: changes.saturating_add(1),
        }
    }

    /// Records whether a user will be an administrator. Returns whether an administrator is
    /// left.
    pub(super) fn set_admin(&mut self, user: UserId, is_admin: bool) -> bool {
        let admins = self.admins.get_or_insert_default();
        if is_admin {
            admins.insert(user);
            return true;
        }
        if admins.len() == 1 && admins.contains(&user) {
            return false;
        }
        admins.remove(&user);
        true
    }

    /// Records which user will have an external ID. `None`: no user will have it.
    pub(super) fn reserve_external_id(&mut self, external_id: &str, user: Option<UserId>) {
        self.external_ids.insert(external_id.to_owned(), user);
    }
}

/// The records that drafts refer to.
pub(super) struct ExistingRecords {
    pub(super) by_email: HashMap<EmailKey, User>,
    pub(super) by_user_name: HashMap<String, UserId>,
    pub(super) by_external_id: HashMap<String, UserId>,
    pub(super) teams: HashMap<UserId, Vec<(Team, MemberRole)>>,
    /// The addresses of the drafts before.
    pub(super) planned_emails: HashSet<EmailKey>,
    /// The definitions of the account.
    pub(super) definitions: Vec<AttributeDefinition>,
}

impl ExistingRecords {
    /// No records but the definitions.
    pub(super) fn with_definitions(definitions: Vec<AttributeDefinition>) -> Self {
        Self {
            by_email: HashMap::new(),
            by_user_name: HashMap::new(),
            by_external_id: HashMap::new(),
            teams: HashMap::new(),
            planned_emails: HashSet::new(),
            definitions,
        }
    }

    pub(super) fn load(
        tx: &mut Tx<'_>,
        staging: &StagingOptions<'_>,
        users: &[ParsedUser],
        earlier: &mut PendingChanges,
    ) -> Result<Self, Error> {
        let patches: Vec<_> = users.iter().map(|user| &user.patch).collect();
        let account = staging.author.account;
        let emails = patches.iter().filter_map(|patch| patch.email.as_ref());
        let keys: Vec<_> = emails.map(|email| email.key().clone()).collect();
        if staging.on_existing == ExistingUserPolicy::Update && earlier.admins.is_none() {
            let admins = tx.enabled_admins(account, earlier.max_admins)?;
            earlier.admins = Some(admins.into_iter().collect());
        }
        let by_external_id = find_by_external_id(tx, account, &patches, earlier)?;
        let names = keys.iter().map(UserNameKey::from);
        let user_names = patches.iter().filter_map(|patch| match &patch.user_name {
            FieldPatch::Set(name) => Some(name.key().clone()),
            FieldPatch::Keep | FieldPatch::Clear => None,
        });
        let names: Vec<_> = names.chain(user_names).collect();
        let by_user_name = tx.users_by_user_name(account, &names)?.into_iter().collect();
        let users = tx.users_with_email(account, &keys)?;
        let mut teams: HashMap<_, Vec<_>> = HashMap::new();
        if staging.on_existing.compares() {
            let ids: Vec<_> = users.iter().map(|user| user.id).collect();
            for (user, team, role) in tx.teams_of_users(account, &ids)? {
                teams.entry(user).or_default().push((team, role));
            }
        }
        Ok(Self {
            by_email: users.into_iter().map(|user| (user.email.key().clone(), user)).collect(),
            by_user_name,
            by_external_id,
            teams,
            ..Self::with_definitions(tx.attribute_definitions(account)?)
        })
    }

    /// Returns the user after a patch: of the stored user if they are to be
    /// compared, or else of a new one. A user who is skipped is not looked at.
    pub(super) fn apply(
        &self,
        staging: &StagingOptions<'_>,
        patch: &UserPatch,
    ) -> Result<Result<User, Vec<FieldError>>, Error> {
        let Some(email) = &patch.email else {
            let reason = Reason::required("an e-mail address", "Add the address.");
            let mut errors = vec![FieldError::new("email", "", reason)];
            let writer = custom_attributes::writer(staging.author, true);
            let attributes =
                patch.custom.apply(&CustomAttributes::new(), &self.definitions, writer);
            errors.extend(attributes.err().into_iter().flatten());
            return Ok(Err(errors));
        };
        Ok(match (self.by_email.get(email.key()), staging.on_existing) {
            (Some(user), ExistingUserPolicy::Skip) => Ok(user.clone()),
            (Some(user), policy) if policy.compares() => {
                let writer = custom_attributes::writer(staging.author, false);
                patch.clone().apply_with_definitions(user.clone(), &self.definitions, writer)
            }
            _ => {
                let new = new_user(staging, email.clone())?;
                let writer = custom_attributes::writer(staging.author, true);
                let complete = patch.clone().into_replacement(|_| false);
                let created = complete.apply_with_definitions(new, &self.definitions, writer);
                created.map(|mut user| {
                    user.record_creation(&patch.default_fields(), &staging.provenance());
                    user
                })
            }
        })
    }

    /// Returns the user whom a patch identifies, with its unique values. `None` if it has
    /// no address.
    pub(super) fn identify(
        &self,
        staging: &StagingOptions<'_>,
        patch: &UserPatch,
    ) -> Result<Option<User>, Error> {
        let Some(email) = &patch.email else { return Ok(None) };
        let user = match self.by_email.get(email.key()) {
            Some(user) if staging.on_existing.compares() => user.clone(),
            _ => new_user(staging, email.clone())?,
        };
        Ok(Some(patch.apply_identifiers(user)))
    }
}

/// A new user, with the defaults.
fn new_user(staging: &StagingOptions<'_>, email: Email) -> Result<User, Error> {
    let StagingOptions { author, now, .. } = *staging;
    let id = random::generate_id(UserId::new, now)?;
    Ok(User::new(id, author.account, email, author.origin(), now))
}

/// Finds the users with the external IDs of the patches. This runs before the users
/// are loaded: a user whom another request stages meanwhile is then found by their
/// address, and is not mistaken for another user with the same external ID.
fn find_by_external_id(
    tx: &mut Tx<'_>,
    account: AccountId,
    patches: &[&UserPatch],
    earlier: &PendingChanges,
) -> Result<HashMap<String, UserId>, Error> {
    let ids: Vec<_> = patches
        .iter()
        .filter_map(|patch| match &patch.external_id {
            FieldPatch::Set(id) => Some(id.clone()),
            FieldPatch::Keep | FieldPatch::Clear => None,
        })
        .collect();
    let mut found: HashMap<_, _> = tx.users_by_external_id(account, &ids)?.into_iter().collect();
    for id in ids {
        match earlier.external_ids.get(&id) {
            Some(Some(user)) => drop(found.insert(id, *user)),
            Some(None) => drop(found.remove(&id)),
            None => {}
        }
    }
    Ok(found)
}
