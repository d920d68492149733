//! Parses and formats groups.

mod input;
mod members;

use serde_json::{Value, json};

pub use self::input::{GroupInput, GroupMembers, parse, parse_name};
use super::{
    compatibility::CompatibilityFixes,
    error::{ScimError, invalid_value, mutability_error},
    object::{format_timestamp, non_empty_list, object_of},
    patch::{self, PatchOp, Patchable},
    path::AttributePath,
    schema::{GROUP, GROUP_EXTENSION, GROUPS, Object, ResourceType},
    value,
};
use crate::domain::{filter::Filter, id::UserId, membership::MemberRole, team::Team};

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// The user.
    pub user: UserId,
    /// The role in the team.
    pub role: MemberRole,
    /// The user's display name. It may be empty.
    pub display_name: String,
}

/// Reads the body of a PATCH. Members change one by one, for any number of them.
///
/// # Errors
/// The first error of the body, or why an operation can't be done.
pub fn read_patch(body: &Value, fixes: &mut CompatibilityFixes) -> Result<GroupInput, ScimError> {
    let mut input = GroupInput::default();
    for operation in patch::parse(body, fixes)? {
        patch::apply(&mut input, &operation, fixes)?;
    }
    Ok(input)
}

impl Patchable<'static> for GroupInput {
    fn resource_type(&self) -> &'static ResourceType<'static> {
        &GROUPS
    }

    fn change(
        &mut self,
        op: PatchOp,
        path: &AttributePath,
        filter: Option<&Filter>,
        value: &Value,
        fixes: &mut CompatibilityFixes,
    ) -> Result<(), ScimError> {
        let op = if op == PatchOp::Replace && value.is_null() { PatchOp::Remove } else { op };
        if op == PatchOp::Add && value.is_null() && path.attribute.multi_valued {
            return Err(invalid_value(format!("add needs a value: {} can't be null", path.name())));
        }
        match path.attribute.name {
            "displayName" => {
                let name =
                    if op == PatchOp::Remove { None } else { parse_text(path, value, fixes)? };
                let missing = || mutability_error("displayName is required: it can't be removed");
                self.name = Some(name.ok_or_else(missing)?);
                Ok(())
            }
            "externalId" => {
                self.external_id = Some(match op {
                    PatchOp::Remove => None,
                    PatchOp::Add | PatchOp::Replace => parse_text(path, value, fixes)?,
                });
                Ok(())
            }
            "members" => members::change_members(self, op, path, filter, value, fixes),
            _ => members::change_roles(self, op, path, filter, value, fixes),
        }
    }
}

fn parse_text(
    path: &AttributePath,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<String>, ScimError> {
    let parsed = value::parse(path.attribute, value, fixes)?;
    Ok(parsed.as_ref().and_then(Value::as_str).map(str::to_owned))
}

/// Builds the JSON of a group. `members` is `None` if they are not returned.
#[must_use]
pub fn to_json(
    team: &Team,
    members: Option<&[GroupMember]>,
    external_id: Option<&str>,
    base: &str,
    version: Option<&str>,
) -> Object {
    let users = members.into_iter().flatten();
    let url = |member: &GroupMember| format!("{base}/Users/{}", member.user);
    let member = |member: &GroupMember| {
        let display = Some(member.display_name.as_str()).filter(|name| !name.is_empty());
        let sub_attributes = object_of([
            ("value", Some(member.user.to_string().into())),
            ("$ref", Some(url(member).into())),
            ("display", display.map(Value::from)),
            ("type", Some("User".into())),
        ]);
        Value::Object(sub_attributes)
    };
    let role = |member: &GroupMember| {
        let role = member.role.effective.as_str();
        json!({ "value": member.user.to_string(), "$ref": url(member), "role": role })
    };
    let roles = non_empty_list(users.clone().map(role).collect());
    let mut schemas = vec![GROUP.id];
    schemas.extend(roles.is_some().then_some(GROUP_EXTENSION.id));
    let meta = object_of([
        ("resourceType", Some("Group".into())),
        ("created", Some(format_timestamp(team.created_at))),
        ("lastModified", Some(format_timestamp(team.updated_at))),
        ("location", Some(format!("{base}/Groups/{}", team.id).into())),
        ("version", version.map(Value::from)),
    ]);
    object_of([
        ("schemas", Some(json!(schemas))),
        ("id", Some(team.id.to_string().into())),
        ("externalId", external_id.map(Value::from)),
        ("displayName", Some(team.name.as_str().into())),
        ("members", non_empty_list(users.map(member).collect())),
        (GROUP_EXTENSION.id, roles.map(|roles| json!({ "memberRoles": roles }))),
        ("meta", Some(Value::Object(meta))),
    ])
}
