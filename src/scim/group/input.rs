//! What a client wants of a group, and how a whole group is read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    domain::{
        id::UserId, membership::DesiredMembership, quote::QuotedText, role::TeamRole,
        team::TeamName,
    },
    scim::{
        compatibility::CompatibilityFixes,
        error::{ScimError, invalid},
        resource,
        schema::{GROUP_EXTENSION, GROUPS},
    },
};

/// The members of a group in a request, each with an optional role.
pub type Members = BTreeMap<UserId, Option<TeamRole>>;

/// The changes to a group in a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupInput {
    /// The new name, if it changes.
    pub name: Option<TeamName>,
    /// The client's ID of the group, if it changes.
    pub external_id: Option<Option<String>>,
    /// The complete list of members, if the request replaces it.
    pub all: Option<Members>,
    /// Users who are added or removed, after a replacement.
    pub some: BTreeMap<UserId, DesiredMembership>,
    /// Users who must already be members, because their role changes.
    pub there: BTreeSet<UserId>,
    /// Whether all roles are removed. This is only allowed if the group has no members
    /// afterwards.
    pub no_roles: bool,
}

/// Reads the body of a PUT or a POST. What is left out, the group is without.
///
/// # Errors
/// The first error of the body.
pub fn read(body: &Value, fixes: &mut CompatibilityFixes) -> Result<GroupInput, ScimError> {
    let object = resource::read(&GROUPS, body, fixes)?;
    let name = object.get("displayName").and_then(Value::as_str);
    let name = name.ok_or_else(|| invalid("displayName is missing"))?;
    let mut input = GroupInput {
        name: Some(team_name(name)?),
        external_id: Some(object.get("externalId").and_then(Value::as_str).map(str::to_owned)),
        all: Some(Members::new()),
        ..GroupInput::default()
    };
    put_in(&mut input, object.get("members"))?;
    let extension = object.get(GROUP_EXTENSION.id).and_then(|current| current.get("memberRoles"));
    put_in(&mut input, extension)?;
    Ok(input)
}

pub(super) fn team_name(text: &str) -> Result<TeamName, ScimError> {
    text.parse().map_err(|why| invalid(format!("displayName {why}")))
}

/// Adds the members of a list of members or of roles.
pub(super) fn put_in(input: &mut GroupInput, members: Option<&Value>) -> Result<(), ScimError> {
    for member in members.and_then(Value::as_array).into_iter().flatten() {
        let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
        let role = match member.get("role").and_then(Value::as_str) {
            None => None,
            Some(text) => Some(role(text)?),
        };
        input.put(user(id)?, DesiredMembership::In(role));
    }
    Ok(())
}

fn user(text: &str) -> Result<UserId, ScimError> {
    text.parse().map_err(|_| invalid(format!("{} is not the id of a user", QuotedText(text))))
}

pub(super) fn role(text: &str) -> Result<TeamRole, ScimError> {
    text.parse().map_err(|why| invalid(format!("role {} {why}", QuotedText(text))))
}

impl GroupInput {
    /// Sets whether a user is a member. Overrides earlier operations.
    pub(super) fn put(&mut self, user: UserId, desired: DesiredMembership) {
        match (&mut self.all, desired) {
            (Some(all), DesiredMembership::Out) => drop(all.remove(&user)),
            (Some(all), DesiredMembership::In(role)) => {
                let stated = all.entry(user).or_default();
                *stated = role.or(*stated);
            }
            (None, desired) => {
                let stated = self.some.entry(user).or_insert(desired);
                *stated = match (*stated, desired) {
                    // A user who is added and gets a role separately has that role.
                    (DesiredMembership::In(stated), DesiredMembership::In(role)) => {
                        DesiredMembership::In(role.or(stated))
                    }
                    (_, desired) => desired,
                };
            }
        }
    }
}
