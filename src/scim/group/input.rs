//! The changes to a group in a request, and the parser of a whole group.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    domain::{
        id::UserId, membership::DesiredMembership, quote::QuotedText, role::TeamRole,
        team::TeamName,
    },
    scim::{
        compatibility::CompatibilityFixes,
        error::{ScimError, invalid_value},
        resource,
        schema::{GROUP_EXTENSION, GROUPS},
    },
};

/// The members of a group in a request, each with an optional role.
pub type GroupMembers = BTreeMap<UserId, Option<TeamRole>>;

/// The changes to a group in a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupInput {
    /// The name, if the request has one. It is not validated, because a stored name is
    /// accepted as it is.
    pub name: Option<String>,
    /// The client's ID of the group, if the request has one. It is not validated.
    pub external_id: Option<Option<String>>,
    /// The complete list of members, if the request replaces it.
    pub replaced_members: Option<GroupMembers>,
    /// Users who are added or removed, after a replacement.
    pub changed_members: BTreeMap<UserId, DesiredMembership>,
    /// Users who must already be members, because their role changes.
    pub required_members: BTreeSet<UserId>,
    /// Whether all roles are removed. This is only allowed if the group has no members
    /// afterwards.
    pub removes_roles: bool,
}

/// Parses the body of a PUT or a POST. Members and an external ID that are left out are
/// removed.
///
/// # Errors
/// The first error of the body.
pub fn parse(body: &Value, fixes: &mut CompatibilityFixes) -> Result<GroupInput, ScimError> {
    let object = resource::parse(&GROUPS, body, fixes)?;
    let name = object.get("displayName").and_then(Value::as_str);
    let name =
        name.ok_or_else(|| invalid_value("displayName is required: send the name of the group"))?;
    let mut input = GroupInput {
        name: Some(name.to_owned()),
        external_id: Some(object.get("externalId").and_then(Value::as_str).map(str::to_owned)),
        replaced_members: Some(GroupMembers::new()),
        ..GroupInput::default()
    };
    add_members(&mut input, object.get("members"))?;
    let extension = object.get(GROUP_EXTENSION.id).and_then(|current| current.get("memberRoles"));
    add_members(&mut input, extension)?;
    Ok(input)
}

/// Parses the name of a group.
///
/// # Errors
/// If a team can't have the name.
pub fn parse_name(text: &str) -> Result<TeamName, ScimError> {
    text.parse().map_err(|error| invalid_value(format!("displayName {error}")))
}

/// Adds the members of a list of members or of roles.
pub(super) fn add_members(
    input: &mut GroupInput,
    members: Option<&Value>,
) -> Result<(), ScimError> {
    for member in members.and_then(Value::as_array).into_iter().flatten() {
        check_member_type(member)?;
        let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
        let role = match member.get("role").and_then(Value::as_str) {
            None => None,
            Some(text) => Some(parse_role(text)?),
        };
        input.set_membership(parse_user_id(id)?, DesiredMembership::In(role));
    }
    Ok(())
}

/// Rejects a member that is a group, by its type or its URL.
pub(super) fn check_member_type(member: &Value) -> Result<(), ScimError> {
    let text =
        |sub_attribute| member.get(sub_attribute).and_then(Value::as_str).unwrap_or_default();
    let (kind, url) = (text("type"), text("$ref"));
    let is_group = |segment: &str| segment.eq_ignore_ascii_case("Groups");
    if kind.eq_ignore_ascii_case("Group") || url.rsplit('/').nth(1).is_some_and(is_group) {
        let detail = "members can't be of type Group: only users are members. Send the users of \
                      that group instead";
        return Err(invalid_value(detail));
    }
    if !kind.is_empty() && !kind.eq_ignore_ascii_case("User") {
        return Err(invalid_value(format!("members.type must be User, not {}", QuotedText(kind))));
    }
    Ok(())
}

fn parse_user_id(text: &str) -> Result<UserId, ScimError> {
    text.parse().map_err(|_| invalid_value(format!("{} is not the ID of a user", QuotedText(text))))
}

pub(super) fn parse_role(text: &str) -> Result<TeamRole, ScimError> {
    text.parse().map_err(|error| invalid_value(format!("role {} {error}", QuotedText(text))))
}

impl GroupInput {
    /// Sets whether a user is a member. Overrides earlier operations.
    pub(super) fn set_membership(&mut self, user: UserId, desired: DesiredMembership) {
        match (&mut self.replaced_members, desired) {
            (Some(all), DesiredMembership::Out) => drop(all.remove(&user)),
            (Some(all), DesiredMembership::In(role)) => {
                let current = all.entry(user).or_default();
                *current = role.or(*current);
            }
            (None, desired) => {
                let current = self.changed_members.entry(user).or_insert(desired);
                *current = match (*current, desired) {
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
