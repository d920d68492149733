//! Users, as SCIM clients see them.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    base_url,
    lists::{ListRequest, MAX_EXTERNAL_ID_MATCHES, MEMBERSHIPS_ON_PAGE, Rows, ScimPage},
    require_client,
    user_schemas::{UserSchemas, load_uri},
};
use crate::{
    app::{
        App, Error,
        attribute_visibility::retain_visible,
        callers::Caller,
        retry::retry_on_conflict,
        users::{
            self, ExistingUserPolicy, StagingOptions, UpdateOptions, UserRecord, apply_update,
            create_in, load_for_update, load_record, load_records,
        },
    },
    domain::{
        custom_attribute::Visibility,
        etag::{ETag, IfMatch},
        external_id,
        id::UserId,
        lists::UserAttribute,
        profile_field::ProfileField,
        user::User,
    },
    scim::{
        compatibility::CompatibilityFixes,
        schema::Object,
        search::SearchQuery,
        user::{self, UserInput},
        user_change::UserChange,
        user_view::{self, UserRelations},
    },
    store::{StoreError, Tx},
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

    fn etag_of(&self, record: &UserRecord) -> ETag {
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

/// Creates a user.
///
/// # Errors
/// [`Error::Scim`] and [`Error::Invalid`] if there can't be such a user;
/// [`Error::UniqueConflict`] if a user has the address or the name.
pub fn create(
    app: &App,
    caller: &Caller,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<ScimUser, Error> {
    let (author, now) = (&caller.author, app.now());
    let schemas = UserSchemas::load_for(app, caller, body)?;
    let user = schemas.with_type(|kind| user::read_new(kind, body, fixes))?;
    let user = user.checked().map_err(Error::Invalid)?;
    let input = external_id::parse(user.external_id.as_deref())?;
    let client = require_client(caller, input)?;
    let on_existing = ExistingUserPolicy::Reject;
    let staging = StagingOptions { author, now, on_existing, create_missing_teams: false };
    retry_on_conflict(app, author, |tx| {
        let user = create_in(tx, &staging, &user.patch)?;
        if let (Some(client), Some(_)) = (client, input) {
            tx.put_user_external_id(author.account, client, user.id, input)?;
        }
        // A SCIM user resource does not set team memberships.
        let record = UserRecord::without_relations(user);
        view_with_external_id(tx, caller, record, input)
    })
}

/// A user.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(app: &App, caller: &Caller, id: UserId) -> Result<ScimUser, Error> {
    app.db.read(|tx| load_view(tx, caller, id))
}

/// Changes a user.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if the user is not as `if_match`
/// says; [`Error::Scim`] and [`Error::Invalid`] if the change can't be made;
/// [`Error::UniqueConflict`] if another user has the address or the name;
/// [`Error::Rejected`] if no administrator would be left.
pub fn change(
    app: &App,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
    (method, body): (ChangeMethod, &Value),
    fixes: &mut CompatibilityFixes,
) -> Result<ScimUser, Error> {
    let (author, now, base) = (&caller.author, app.now(), base_url(app));
    let schemas = UserSchemas::load_for(app, caller, body)?;
    let change = schemas.with_type(|kind| match method {
        ChangeMethod::Put => UserChange::read_replacement(kind, body, fixes),
        ChangeMethod::Patch => UserChange::read_patch(body, fixes),
    })?;
    let fixes_of_body = fixes.clone();
    let options = UpdateOptions { respects_locks: true, ..UpdateOptions::default() };
    retry_on_conflict(app, author, |tx| {
        // A retry records its fixes anew.
        fixes.clone_from(&fixes_of_body);
        let definitions = schemas.lock_definitions(tx, author.account)?;
        let mut current = load_for_change(tx, caller, id, if_match)?;
        current.custom_schema = schemas.custom_uri().map(str::to_owned);
        let (user, view) = (&current.record.user, current.to_json(&base));
        let input = schemas.with_type(|kind| change.apply(kind, user, &view, fixes))?;
        let UserInput { patch, external_id: input, .. } =
            input.checked().map_err(Error::Invalid)?;
        let input = match input.as_deref() {
            // A stored value is not validated again.
            same if same == current.external_id.as_deref() => same,
            new => external_id::parse(new)?,
        };
        let client = require_client(caller, input)?;
        let changed =
            apply_update(tx, author, current.record, (&patch, &definitions), options, now)?;
        if let Some(client) = client.filter(|_| input != current.external_id.as_deref()) {
            tx.put_user_external_id(author.account, client, id, input)?;
        }
        view_with_external_id(tx, caller, changed.record, input)
    })
}

/// How a request changes a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeMethod {
    /// The body is the new state.
    Put,
    /// The body has operations.
    Patch,
}

/// Deletes a user: see [`users::delete`].
///
/// # Errors
/// As [`users::delete`].
pub fn delete(app: &App, caller: &Caller, id: UserId, if_match: &IfMatch) -> Result<(), Error> {
    let (author, now) = (&caller.author, app.now());
    retry_on_conflict(app, author, |tx| {
        let current = load_for_change(tx, caller, id, if_match)?;
        let disabled = ProfileField::Disabled.into();
        if current.record.user.is_locked(disabled) {
            return Err(users::locked_error(id, disabled));
        }
        users::delete_in(tx, author, &current.record, false, now)
    })
}

/// Loads a user for update, if their entity tag matches the precondition.
fn load_for_change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: UserId,
    if_match: &IfMatch,
) -> Result<ScimUser, Error> {
    let record = load_for_update(tx, caller.author.account, id, &IfMatch::Unconditional)?;
    let current = load_record_view(tx, caller, record)?;
    let etag = |visible: &UserRecord| current.etag_of(visible);
    match users::is_match(tx, &current.record, if_match, etag)? {
        true => Ok(current),
        false => Err(Error::precondition("user", id, if_match)),
    }
}

/// A page of the users of the caller's account.
///
/// # Errors
/// [`Error::Scim`] for a query that can't be answered.
pub fn list(
    app: &App,
    caller: &Caller,
    search: &SearchQuery,
    fixes: &mut CompatibilityFixes,
) -> Result<ScimPage<ScimUser>, Error> {
    app.db.read(|tx| {
        let request = list_request(tx, caller, search, fixes)?;
        list_in(tx, caller, &request)
    })
}

/// Resolves a query of the list.
pub(super) fn list_request(
    tx: &mut Tx<'_>,
    caller: &Caller,
    search: &SearchQuery,
    fixes: &mut CompatibilityFixes,
) -> Result<ListRequest<UserAttribute>, Error> {
    let schemas = load_schemas(tx, caller, search)?;
    ListRequest::new(tx, caller, search, &schemas, fixes, |tx, client, external_id| {
        let found = tx.users_by_scim_external_id(client, external_id, MAX_EXTERNAL_ID_MATCHES)?;
        Ok(found.into_iter().map(UserId::as_uuid).collect())
    })
}

/// Loads the schemas that a search names.
pub(super) fn load_schemas(
    tx: &mut Tx<'_>,
    caller: &Caller,
    search: &SearchQuery,
) -> Result<UserSchemas, StoreError> {
    let texts = search.filter.iter().chain(&search.sort_by);
    UserSchemas::load_for_texts(tx, caller.author.account, texts)
}

pub(super) fn list_in(
    tx: &mut Tx<'_>,
    caller: &Caller,
    request: &ListRequest<UserAttribute>,
) -> Result<ScimPage<ScimUser>, Error> {
    let (account, page, position) = (caller.author.account, Tx::list_users, Tx::list_users_at);
    let rows = Rows { tx, account, page, position, text_bytes: User::text_bytes };
    rows.list(request, |tx, users| load_page_users(tx, caller, users))
}

/// Loads the users with their teams, as far as they fit on one page.
fn load_page_users(
    tx: &mut Tx<'_>,
    caller: &Caller,
    users: Vec<User>,
) -> Result<Vec<ScimUser>, StoreError> {
    let (mut found, mut memberships) = (Vec::with_capacity(users.len()), 0);
    for users in users.chunks(users::CHUNK_SIZE) {
        let records = load_records(tx, caller.author.account, users.to_vec())?;
        let mut views = load_views(tx, caller, records)?;
        show_custom_attributes(tx, caller, &mut views)?;
        for user in views {
            if memberships >= MEMBERSHIPS_ON_PAGE {
                return Ok(found);
            }
            memberships += user.record.teams.len();
            found.push(user);
        }
    }
    Ok(found)
}

fn load_view(tx: &mut Tx<'_>, caller: &Caller, id: UserId) -> Result<ScimUser, Error> {
    let record = load_record(tx, caller.author.account, id)?;
    let mut user = load_record_view(tx, caller, record)?;
    show_custom_attributes(tx, caller, std::slice::from_mut(&mut user))?;
    Ok(user)
}

fn load_record_view(
    tx: &mut Tx<'_>,
    caller: &Caller,
    record: UserRecord,
) -> Result<ScimUser, Error> {
    let id = record.user.id;
    load_views(tx, caller, vec![record])?.pop().ok_or_else(|| Error::not_found("user", id))
}

fn load_views(
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
fn view_with_external_id(
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
fn show_custom_attributes(
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
