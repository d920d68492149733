//! Changes to the members of groups and their roles by a PATCH.

use std::collections::BTreeMap;

use serde_json::Value;

use super::input::{GroupInput, GroupMembers, add_members, check_member_type, parse_role};
use crate::{
    domain::{
        filter::{Filter, Literal, Operator},
        id::UserId,
        membership::DesiredMembership,
        quote::QuotedText,
        role::TeamRole,
    },
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType, invalid_value, mutability_error},
        patch::PatchOp,
        path::AttributePath,
        value,
    },
};

/// Changes the members of the group.
pub(super) fn change_members(
    input: &mut GroupInput,
    op: PatchOp,
    path: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if let Some(sub_attribute) = path.sub_attribute {
        let detail = "can't be changed: remove the member, and add the other one";
        return Err(mutability_error(format!("members.{} {detail}", sub_attribute.name)));
    }
    match (op, filter) {
        (PatchOp::Remove, Some(filter)) => {
            selected_users(path, filter)?
                .into_iter()
                .for_each(|user| input.set_membership(user, DesiredMembership::Out));
            Ok(())
        }
        (PatchOp::Remove, None) if value.is_null() => {
            (input.replaced_members, input.changed_members) =
                (Some(GroupMembers::new()), BTreeMap::new());
            Ok(())
        }
        (PatchOp::Remove, None) => {
            if !fixes.allow(CompatibilityFix::RemoveByValue, "members") {
                let detail = "value is not supported for remove: select the member in the path, as in \
                              members[value eq \"7\"]";
                return Err(invalid_value(detail));
            }
            for member in value::read_list(path.attribute, value, fixes)? {
                check_member_type(&member)?;
                let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
                match id.parse() {
                    Ok(user) => input.set_membership(user, DesiredMembership::Out),
                    // The ID of another system is not a member.
                    Err(_) if is_one_id(id) => {}
                    Err(_) => {
                        let detail = format!("members.value {} is not an ID", QuotedText(id));
                        return Err(invalid_value(detail));
                    }
                }
            }
            Ok(())
        }
        (PatchOp::Replace, None) => {
            (input.replaced_members, input.changed_members) =
                (Some(GroupMembers::new()), BTreeMap::new());
            add_members(input, Some(&value::read_list(path.attribute, value, fixes)?.into()))
        }
        (PatchOp::Add, None) => {
            add_members(input, Some(&value::read_list(path.attribute, value, fixes)?.into()))
        }
        (PatchOp::Add | PatchOp::Replace, Some(_)) => {
            Err(ScimErrorType::Mutability
                .with_detail("members can't be changed: add or remove them"))
        }
    }
}

/// Whether a text can be an ID of some system, and is not several, or JSON.
fn is_one_id(text: &str) -> bool {
    let is_allowed = |char: char| char.is_alphanumeric() || "-_.:@".contains(char);
    !text.is_empty() && text.chars().all(is_allowed)
}

/// Changes the roles of members.
pub(super) fn change_roles(
    input: &mut GroupInput,
    op: PatchOp,
    path: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if op == PatchOp::Remove && (filter.is_some() || path.sub_attribute.is_some()) {
        return Err(mutability_error("the role of a member can't be removed: replace it"));
    }
    if op == PatchOp::Remove {
        input.removes_roles = true;
        return Ok(());
    }
    let Some(filter) = filter else {
        if path.sub_attribute.is_some() {
            let detail = format!(
                "the path must select a member: {}[value eq \"…\"].role",
                path.attribute.name
            );
            return Err(ScimErrorType::NoTarget.with_detail(detail));
        }
        // Each member has a role, so replacing all roles replaces the members.
        if op == PatchOp::Replace {
            (input.replaced_members, input.changed_members) =
                (Some(GroupMembers::new()), BTreeMap::new());
        }
        return add_members(input, Some(&value::read_list(path.attribute, value, fixes)?.into()));
    };
    let users = selected_users(path, filter)?;
    let role = parse_role_of(path, &users, value, fixes)?;
    if users.is_empty() {
        return Err(
            ScimErrorType::NoTarget.with_detail(format!("no member of the group matches {filter}"))
        );
    }
    for user in users {
        let is_member = match &input.replaced_members {
            Some(all) => Some(all.contains_key(&user)),
            None => input
                .changed_members
                .get(&user)
                .map(|stated| matches!(stated, DesiredMembership::In(_))),
        };
        match is_member {
            Some(true) => {}
            Some(false) => {
                return Err(ScimErrorType::NoTarget
                    .with_detail(format!("{user} is not a member of the group")));
            }
            None => drop(input.required_members.insert(user)),
        }
        input.set_membership(user, DesiredMembership::In(Some(role)));
    }
    Ok(())
}

/// Parses the role for the members that a filter selects.
fn parse_role_of(
    path: &AttributePath,
    users: &[UserId],
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<TeamRole, ScimError> {
    let name = path.attribute.name;
    let is_selected = |value: &Value| users.iter().all(|user| value == &user.to_string());
    let input = match path.sub_attribute {
        Some(sub_attribute) if sub_attribute.name == "role" => {
            value::parse(sub_attribute, value, fixes)?
        }
        None => {
            let sub_attributes = value::parse_sub_attributes(path.attribute, value, fixes)?;
            if sub_attributes.get("value").is_some_and(|value| !is_selected(value)) {
                return Err(mutability_error(format!(
                    "{name}.value must be the member that the path selects"
                )));
            }
            sub_attributes.get("role").cloned()
        }
        Some(sub_attribute) => {
            return Err(mutability_error(format!(
                "{name}.{} can't be changed",
                sub_attribute.name
            )));
        }
    };
    let text = input.as_ref().and_then(Value::as_str);
    parse_role(text.ok_or_else(|| invalid_value(format!("{name}.role is required: send a role")))?)
}

/// Finds the users that a filter selects: `value eq "7" or value eq "8"`.
fn selected_users(path: &AttributePath, filter: &Filter) -> Result<Vec<UserId>, ScimError> {
    match filter {
        Filter::Compare { path, operator: Operator::Eq, value: Literal::Text(id) }
            if path.to_string().eq_ignore_ascii_case("value") =>
        {
            // A text that is not an ID selects no user.
            Ok(id.parse().into_iter().collect())
        }
        Filter::Or(any) => {
            let users =
                any.iter().map(|one| selected_users(path, one)).collect::<Result<Vec<_>, _>>()?;
            Ok(users.concat())
        }
        _ => {
            let name = path.attribute.name;
            let detail = format!("{name} must be selected by their value: {name}[value eq \"…\"]");
            Err(ScimErrorType::InvalidPath.with_detail(detail))
        }
    }
}
