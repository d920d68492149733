//! Users as SCIM clients see them.

use std::collections::HashMap;

use super::user_schemas::load_uri;
use crate::{
    app::{
        Error,
        attribute_visibility::retain_visible,
        callers::Caller,
        users::{UserRecord, load_record},
    },
    domain::{custom_attribute::Visibility, etag::ETag, id::UserId, user::User},
    scim::{
        schema::Object,
        user_view::{self, UserRelations},
    },
    store::{StoreError, Tx, UserView},
};

/// A user as a client sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimUser {
    /// The user.
    pub record: UserRecord,
    /// The client's external ID of the user.
    pub external_id: Option<String>,
    /// The display name of the manager, if the manager is a user of the account.
    pub manager_name: Option<String>,
    /// The URI of the schema of the custom attributes, if they are shown.
    pub custom_schema: Option<String>,
}

impl ScimUser {
    /// The entity tag of everything that a response shows of the user.
    #[must_use]
    pub fn etag(&self) -> ETag {
        self.etag_of(&self.record)
    }

    pub(super) fn etag_of(&self, record: &UserRecord) -> ETag {
        let external_id = self.external_id.as_deref().unwrap_or_default();
        let manager_name = self.manager_name.as_deref().unwrap_or_default();
        match manager_name {
            "" => ETag::from_parts([record.etag().as_str(), external_id]),
            name => ETag::from_parts([record.etag().as_str(), external_id, name]),
        }
    }

    /// The user as JSON. `base` is the URL of SCIM.
    #[must_use]
    pub fn to_json(&self, base: &str) -> Object {
        let Self { record, external_id, manager_name, custom_schema } = self;
        let UserRecord { user, teams, .. } = record;
        let relations = UserRelations {
            teams,
            external_id: external_id.as_deref(),
            manager_name: manager_name.as_deref(),
            custom_schema: custom_schema.as_deref(),
        };
        user_view::to_json(user, relations, base, &self.etag().to_quoted())
    }
}

/// Loads a user by one statement, with all custom attributes. Returns `None` if there is no
/// such user, or if they have too many teams for one statement.
pub(super) fn load_at_once(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: UserId,
) -> Result<Option<ScimUser>, Error> {
    let found = tx.user_view(caller.author.account, caller.scim_client_id(), id)?;
    let Some(view) = found.filter(|view| view.is_complete) else { return Ok(None) };
    let UserView { user, teams, identities, external_id, mut manager_name, .. } = view;
    let record = UserRecord { user, teams, identities };
    if let Some(manager) = manager_id(&record.user)
        && Some(manager.to_string()) != record.user.manager
    {
        let mut names = load_manager_names(tx, caller, std::slice::from_ref(&record))?;
        manager_name = names.remove(&manager);
    }
    Ok(Some(ScimUser { record, external_id, manager_name, custom_schema: None }))
}

pub(super) fn load_view(tx: &mut Tx<'_>, caller: &Caller, id: UserId) -> Result<ScimUser, Error> {
    let record = load_record(tx, caller.author.account, id)?;
    let mut user = load_record_view(tx, caller, record)?;
    show_custom_attributes(tx, caller, std::slice::from_mut(&mut user))?;
    Ok(user)
}

pub(super) fn load_record_view(
    tx: &mut Tx<'_>,
    caller: &Caller,
    record: UserRecord,
) -> Result<ScimUser, Error> {
    let id = record.user.id;
    load_views(tx, caller, vec![record])?.pop().ok_or_else(|| Error::not_found("user", id))
}

pub(super) fn load_views(
    tx: &mut Tx<'_>,
    caller: &Caller,
    records: Vec<UserRecord>,
) -> Result<Vec<ScimUser>, StoreError> {
    let ids: Vec<_> = records.iter().map(|record| record.user.id).collect();
    let mut external_ids: HashMap<_, _> = match caller.scim_client_id() {
        Some(client) => tx.user_external_ids(client, &ids)?.into_iter().collect(),
        None => HashMap::new(),
    };
    let manager_names = load_manager_names(tx, caller, &records)?;
    let to_user = |record: UserRecord| ScimUser {
        external_id: external_ids.remove(&record.user.id),
        manager_name: manager_id(&record.user).and_then(|id| manager_names.get(&id).cloned()),
        custom_schema: None,
        record,
    };
    Ok(records.into_iter().map(to_user).collect())
}

/// A user whose external ID is known.
pub(super) fn view_with_external_id(
    tx: &mut Tx<'_>,
    caller: &Caller,
    record: UserRecord,
    external_id: Option<&str>,
) -> Result<ScimUser, Error> {
    let names = load_manager_names(tx, caller, std::slice::from_ref(&record))?;
    let manager_name = manager_id(&record.user).and_then(|id| names.get(&id).cloned());
    let external_id = external_id.map(str::to_owned);
    let mut user = ScimUser { record, external_id, manager_name, custom_schema: None };
    show_custom_attributes(tx, caller, std::slice::from_mut(&mut user))?;
    Ok(user)
}

/// Keeps the custom attributes that SCIM clients get, and names their schema.
pub(super) fn show_custom_attributes(
    tx: &mut Tx<'_>,
    caller: &Caller,
    users: &mut [ScimUser],
) -> Result<(), StoreError> {
    let account = caller.author.account;
    let records = users.iter_mut().map(|user| &mut user.record.user);
    retain_visible(tx, account, records, Visibility::includes_admins)?;
    if users.iter().all(|user| user.record.user.profile.custom.is_empty()) {
        return Ok(());
    }
    let uri = load_uri(tx, account)?;
    users.iter_mut().for_each(|user| user.custom_schema = Some(uri.clone()));
    Ok(())
}

/// The ID of the manager, if it can be that of a user.
fn manager_id(user: &User) -> Option<UserId> {
    user.manager.as_ref()?.parse().ok()
}

/// The display names of the managers who are users of the account.
fn load_manager_names(
    tx: &mut Tx<'_>,
    caller: &Caller,
    records: &[UserRecord],
) -> Result<HashMap<UserId, String>, StoreError> {
    let managers: Vec<_> = records.iter().filter_map(|record| manager_id(&record.user)).collect();
    if managers.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(tx.display_names(caller.author.account, &managers)?.into_iter().collect())
}
