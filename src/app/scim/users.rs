//! Users, as SCIM clients see them.

use serde_json::Value;

pub use super::user_views::ScimUser;
use super::{
    base_url,
    lists::{ListRequest, MAX_EXTERNAL_ID_MATCHES, MEMBERSHIPS_ON_PAGE, Rows, ScimPage},
    planned, require_client,
    user_schemas::UserSchemas,
    user_views::{
        load_at_once, load_record_view, load_view, load_views, show_custom_attributes,
        view_with_external_id,
    },
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        retry::retry_on_conflict,
        users::{
            self, ExistingUserPolicy, StagingOptions, UpdateOptions, UserRecord, apply_update,
            create_in, load_for_update, load_records,
        },
    },
    domain::{
        etag::IfMatch, external_id, id::UserId, lists::UserAttribute, profile_field::ProfileField,
        user::User,
    },
    scim::{
        compatibility::CompatibilityFixes,
        search::SearchQuery,
        user::{self, UserInput},
        user_change::UserChange,
    },
    store::{StoreError, Tx},
};

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
    if let Some(created) = planned::create_user(app, caller, &user.patch, client.zip(input))? {
        return Ok(created);
    }
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
    let found = app.db.query(|tx| {
        let mut user = load_at_once(tx, caller, id)?;
        show_custom_attributes(tx, caller, user.as_mut_slice())?;
        Ok::<_, Error>(user)
    })?;
    match found {
        Some(user) => Ok(user),
        None => app.db.read(|tx| load_view(tx, caller, id)),
    }
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
    let apply = |current: &ScimUser, fixes: &mut CompatibilityFixes| {
        let (user, view) = (&current.record.user, current.to_json(&base));
        let input = schemas.with_type(|kind| change.apply(kind, user, &view, fixes))?;
        let UserInput { patch, external_id: input, .. } =
            input.checked().map_err(Error::Invalid)?;
        let input = match input {
            // A stored value is not validated again.
            same if same == current.external_id => same,
            new => external_id::parse(new.as_deref())?.map(str::to_owned),
        };
        Ok((patch, input))
    };
    let fixes_of_body = fixes.clone();
    if schemas.custom_uri().is_none()
        && let Some(changed) =
            planned::change_user(app, caller, id, if_match, |current| apply(current, fixes))?
    {
        return Ok(changed);
    }
    let options = UpdateOptions { respects_locks: true, ..UpdateOptions::default() };
    retry_on_conflict(app, author, |tx| {
        // A retry records its fixes anew.
        fixes.clone_from(&fixes_of_body);
        let definitions = schemas.lock_definitions(tx, author.account)?;
        let mut current = load_for_change(tx, caller, id, if_match)?;
        current.custom_schema = schemas.custom_uri().map(str::to_owned);
        let (patch, input) = apply(&current, fixes)?;
        let client = require_client(caller, input.as_deref())?;
        let changed =
            apply_update(tx, author, current.record, (&patch, &definitions), options, now)?;
        if let Some(client) = client.filter(|_| input != current.external_id) {
            tx.put_user_external_id(author.account, client, id, input.as_deref())?;
        }
        view_with_external_id(tx, caller, changed.record, input.as_deref())
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
