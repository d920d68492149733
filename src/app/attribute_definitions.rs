//! The definitions of custom attributes: created, listed, changed, deleted.

use chrono::TimeDelta;

use super::{
    App, Error, attribute_removals, audit, callers::Caller, connections, random,
    rejection::Rejection, retry::retry_on_conflict,
};
use crate::{
    domain::{
        Timestamp,
        audit::{AuditAction, AuditChange, AuditField, Author},
        audited_field::AuditedField,
        custom_attribute::{
            AttributeDefinition, AttributeDefinitionChanges, AttributeRemoval, MAX_DEFINITIONS,
            NewAttributeDefinition,
        },
        etag::IfMatch,
        id::AttributeDefinitionId,
    },
    store::{StoreError, Tx},
};

/// The name of the resource in messages.
const THING: &str = "attribute definition";

/// How long a request removes a deleted attribute from users. Housekeeping does the rest.
const REMOVAL_TIME: TimeDelta = TimeDelta::seconds(5);

/// Defines a custom attribute.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::UniqueConflict`] if another attribute has the name;
/// [`Error::Rejected`] if the account has [`MAX_DEFINITIONS`] already; [`Error::Busy`] if
/// the values of a deleted attribute of this name are still being removed.
pub fn create(
    app: &App,
    caller: &Caller,
    new: NewAttributeDefinition,
) -> Result<AttributeDefinition, Error> {
    let (author, now) = (&caller.author, app.now());
    let id = random::generate_id(AttributeDefinitionId::new, now)?;
    let definition = new.build(id, author.account, now).map_err(Error::Invalid)?;
    let removal = app.db.read(|tx| tx.attribute_removal(author.account, definition.name))?;
    if let Some(removal) = removal {
        attribute_removals::run(app, &removal, Some(now + REMOVAL_TIME))?;
    }
    app.write_as(author, |tx| {
        // Locked, so that creations count the definitions one after the other.
        tx.account_for_update(author.account)?;
        let present = tx.attribute_definitions(author.account)?;
        let same = present.iter().find(|other| other.name.key() == definition.name.key());
        if let Some(other) = same {
            let name = definition.name.as_str();
            let other = Some(other.id.as_uuid());
            return Err(Error::unique_conflict(THING, "name", name, other));
        }
        if present.len() >= MAX_DEFINITIONS {
            return Err(Error::Rejected(Rejection::TooManyAttributes));
        }
        // After the definitions, because a deletion turns a definition into a removal.
        if tx.attribute_removal(author.account, definition.name)?.is_some() {
            let reason = "the values of a deleted attribute of this name are still being removed";
            return Err(StoreError::Locked(reason.into()).into());
        }
        tx.insert_attribute_definition(&definition)
            .map_err(|error| Error::from_name_index(error, THING, definition.name))?;
        let changes = AuditChange::diff(&[], &audit_fields(&definition));
        audit::record(tx, author, now, AuditAction::AttributeDefinitionCreate, id, changes)
    })?;
    Ok(definition)
}

/// The definitions of the caller's account, by name.
///
/// # Errors
/// If the database can't be read.
pub fn list(app: &App, caller: &Caller) -> Result<Vec<AttributeDefinition>, Error> {
    app.db.read(|tx| Ok(tx.attribute_definitions(caller.author.account)?))
}

/// A definition of the caller's account.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(
    app: &App,
    caller: &Caller,
    id: AttributeDefinitionId,
) -> Result<AttributeDefinition, Error> {
    app.db.read(|tx| load(tx, &caller.author, id))
}

/// The definition of this ID or name.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find_by_id_or_name(
    app: &App,
    caller: &Caller,
    text: &str,
) -> Result<AttributeDefinition, Error> {
    let text = text.trim();
    let is_meant = |one: &AttributeDefinition| {
        one.id.to_string() == text || one.name.as_str().eq_ignore_ascii_case(text)
    };
    list(app, caller)?.into_iter().find(is_meant).ok_or_else(|| Error::not_found(THING, text))
}

fn load(
    tx: &mut Tx<'_>,
    author: &Author,
    id: AttributeDefinitionId,
) -> Result<AttributeDefinition, Error> {
    let found = tx.attribute_definition(author.account, id)?;
    found.ok_or_else(|| Error::not_found(THING, id))
}

/// Changes a definition. The values of users stay, even if they break a new rule.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if it is not as `if_match` says;
/// [`Error::Invalid`].
pub fn update(
    app: &App,
    caller: &Caller,
    id: AttributeDefinitionId,
    if_match: &IfMatch,
    changes: &AttributeDefinitionChanges,
) -> Result<AttributeDefinition, Error> {
    let (author, now) = (&caller.author, app.now());
    app.write_as(author, |tx| {
        let before = load_for_update(tx, author, id, if_match)?;
        let after = changes.clone().apply(before.clone()).map_err(Error::Invalid)?;
        let changes = AuditChange::diff(&audit_fields(&before), &audit_fields(&after));
        if changes.is_empty() {
            return Ok(before);
        }
        let after = AttributeDefinition { updated_at: now, version: before.version + 1, ..after };
        tx.update_attribute_definition(&after)?;
        audit::record(tx, author, now, AuditAction::AttributeDefinitionUpdate, id, changes)?;
        Ok(after)
    })
}

/// Loads a definition and locks it until the transaction ends, if it is as `if_match` says.
/// No value is written by it meanwhile. Definitions are locked before connections and users,
/// to prevent deadlocks.
fn load_for_update(
    tx: &mut Tx<'_>,
    author: &Author,
    id: AttributeDefinitionId,
    if_match: &IfMatch,
) -> Result<AttributeDefinition, Error> {
    let found = tx.attribute_definition_for_update(author.account, id)?;
    let found = found.ok_or_else(|| Error::not_found(THING, id))?;
    Error::check_match(if_match, &found.etag(), THING, id)?;
    Ok(found)
}

/// Deletes a definition, and removes it from the settings of connections. Returns how many
/// users had a value.
///
/// No reader gets the values from then on. The values, their locks and their provenance are
/// removed in small transactions: first here, then by housekeeping.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::PreconditionFailed`] if it is not as `if_match` says;
/// [`Error::Rejected`] if users have a value or connections name it, and `force` is not set.
pub fn delete(
    app: &App,
    caller: &Caller,
    id: AttributeDefinitionId,
    if_match: &IfMatch,
    force: bool,
) -> Result<u64, Error> {
    let (author, now) = (&caller.author, app.now());
    let (users, removal) = retry_on_conflict(app, author, |tx| {
        // Locked first, so that no connection starts to name the definition meanwhile.
        let definition = load_for_update(tx, author, id, if_match)?;
        let users = tx.count_users_with_attribute(author.account, definition.name)?;
        let naming = connections::find_naming(tx, author.account, definition.name)?;
        if (users > 0 || !naming.is_empty()) && !force {
            let connections = naming.len();
            return Err(Error::Rejected(Rejection::AttributeInUse { users, connections }));
        }
        connections::forget_attribute(tx, author, now, &naming, definition.name)?;
        let removal = delete_in(tx, author, &definition, users, now)?;
        Ok((users, removal))
    })?;
    // The attribute is deleted, even if this fails.
    if let Err(error) = attribute_removals::run(app, &removal, Some(now + REMOVAL_TIME)) {
        tracing::debug!(%error, "housekeeping goes on with the removal of an attribute");
    }
    Ok(users)
}

/// Deletes a definition that was loaded for an update. Returns its removal from the users.
fn delete_in(
    tx: &mut Tx<'_>,
    author: &Author,
    definition: &AttributeDefinition,
    users: u64,
    now: Timestamp,
) -> Result<AttributeRemoval, Error> {
    let AttributeDefinition { id, account, name, .. } = *definition;
    let mut changes = AuditChange::diff(&audit_fields(definition), &[]);
    changes.push(AuditChange::removed(AuditedField::USERS, &users));
    let action = AuditAction::AttributeDefinitionDelete;
    let entry = audit::build_entry(author, now, action, id, changes)?;
    let removal = AttributeRemoval { account, name, deletion: entry.id };
    tx.delete_attribute_definition(account, id)?;
    tx.insert_attribute_removal(&removal)?;
    tx.insert_audit(&entry)?;
    Ok(removal)
}

fn audit_fields(definition: &AttributeDefinition) -> [AuditField; 10] {
    let AttributeDefinition {
        id: _,
        account: _,
        name,
        value_type,
        is_multi_valued,
        is_case_exact,
        sub_attributes,
        description,
        is_required,
        canonical_values,
        mutability,
        visibility,
        created_at: _,
        updated_at: _,
        version: _,
    } = definition;
    let list = |texts: Vec<&str>| (!texts.is_empty()).then(|| texts.join(", "));
    let sub_attributes =
        sub_attributes.iter().map(|sub_attribute| sub_attribute.name.as_str()).collect();
    let canonical_values = canonical_values.iter().map(String::as_str).collect();
    [
        (AuditedField::NAME, Some(name.to_string())),
        (AuditedField::TYPE, Some(value_type.to_string())),
        (AuditedField::MULTI_VALUED, Some(is_multi_valued.to_string())),
        (AuditedField::CASE_EXACT, Some(is_case_exact.to_string())),
        (AuditedField::SUB_ATTRIBUTES, list(sub_attributes)),
        (AuditedField::DESCRIPTION, Some(description.clone()).filter(|text| !text.is_empty())),
        (AuditedField::REQUIRED, Some(is_required.to_string())),
        (AuditedField::CANONICAL_VALUES, list(canonical_values)),
        (AuditedField::MUTABILITY, Some(mutability.to_string())),
        (AuditedField::VISIBILITY, Some(visibility.to_string())),
    ]
}
