//! Changes to the members of groups and their roles by a PATCH.

use std::collections::BTreeMap;

use serde_json::Value;

use super::input::{GroupInput, Members, put_in, role};
use crate::{
    domain::{
        filter::{Filter, Operator, Value as Literal},
        id::UserId,
        membership::DesiredMembership,
        role::TeamRole,
    },
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::{ScimError, ScimErrorType, immutable, invalid},
        patch::Op,
        path::AttributePath,
        value,
    },
};

/// Changes the members of the group.
pub(super) fn change(
    input: &mut GroupInput,
    op: Op,
    place: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if place.part.is_some() {
        let detail = "members.value can't be changed: remove the member, and add the other one";
        return Err(immutable(detail));
    }
    match (op, filter) {
        (Op::Remove, Some(filter)) => {
            selected_users(place, filter)?
                .into_iter()
                .for_each(|user| input.put(user, DesiredMembership::Out));
            Ok(())
        }
        (Op::Remove, None) if value.is_null() => {
            (input.all, input.some) = (Some(Members::new()), BTreeMap::new());
            Ok(())
        }
        (Op::Remove, None) => {
            if !fixes.allow(CompatibilityFix::RemoveByValue, "members") {
                let detail = "value is not supported for remove: select the member in the path, as in \
                              members[value eq \"7\"]";
                return Err(invalid(detail));
            }
            for member in value::read_list(place.attribute, value, fixes)? {
                let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
                // A value that is not an ID of a user is not a member.
                if let Ok(user) = id.parse() {
                    input.put(user, DesiredMembership::Out);
                }
            }
            Ok(())
        }
        (Op::Replace, None) => {
            (input.all, input.some) = (Some(Members::new()), BTreeMap::new());
            put_in(input, Some(&value::read_list(place.attribute, value, fixes)?.into()))
        }
        (Op::Add, None) => {
            put_in(input, Some(&value::read_list(place.attribute, value, fixes)?.into()))
        }
        (Op::Add | Op::Replace, Some(_)) => {
            Err(ScimErrorType::Mutability.because("members can't be changed: add or remove them"))
        }
    }
}

/// Changes the roles of members.
pub(super) fn change_roles(
    input: &mut GroupInput,
    op: Op,
    place: &AttributePath,
    filter: Option<&Filter>,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    if op == Op::Remove && (filter.is_some() || place.part.is_some()) {
        return Err(immutable("the role of a member can't be removed: replace it"));
    }
    if op == Op::Remove {
        input.no_roles = true;
        return Ok(());
    }
    let Some(filter) = filter else {
        if place.part.is_some() {
            let detail = format!("the path must select a member: {}[value eq \"…\"].role", place.attribute.name);
            return Err(ScimErrorType::NoTarget.because(detail));
        }
        // Each member has a role, so replacing all roles replaces the members.
        if op == Op::Replace {
            (input.all, input.some) = (Some(Members::new()), BTreeMap::new());
        }
        return put_in(input, Some(&value::read_list(place.attribute, value, fixes)?.into()));
    };
    let named = selected_users(place, filter)?;
    let stated = role_of_named(place, &named, value, fixes)?;
    if named.is_empty() {
        return Err(ScimErrorType::NoTarget.because(format!("no member of the group matches {filter}")));
    }
    for user in named {
        let is_said = match &input.all {
            Some(all) => Some(all.contains_key(&user)),
            None => input.some.get(&user).map(|stated| matches!(stated, DesiredMembership::In(_))),
        };
        match is_said {
            Some(true) => {}
            Some(false) => {
                return Err(
                    ScimErrorType::NoTarget.because(format!("{user} is not a member of the group"))
                );
            }
            None => drop(input.there.insert(user)),
        }
        input.put(user, DesiredMembership::In(Some(stated)));
    }
    Ok(())
}

/// Parses the role for the members that a filter selects.
fn role_of_named(
    place: &AttributePath,
    named: &[UserId],
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<TeamRole, ScimError> {
    let name = place.attribute.name;
    let is_named = |value: &Value| named.iter().all(|user| value == &user.to_string());
    let input = match place.part {
        Some(part) if part.name == "role" => value::read(part, value, fixes)?,
        None => {
            let parts = value::parts_of(place.attribute, value, fixes)?;
            if parts.get("value").is_some_and(|value| !is_named(value)) {
                return Err(immutable(format!("{name}.value must be the member that the path selects")));
            }
            parts.get("role").cloned()
        }
        Some(part) => return Err(immutable(format!("{name}.{} can't be changed", part.name))),
    };
    let text = input.as_ref().and_then(Value::as_str);
    role(text.ok_or_else(|| invalid(format!("{name}.role is missing")))?)
}

/// Finds the users that a filter selects: `value eq "7" or value eq "8"`.
fn selected_users(place: &AttributePath, filter: &Filter) -> Result<Vec<UserId>, ScimError> {
    match filter {
        Filter::Compare { path, operator: Operator::Eq, value: Literal::Text(id) }
            if path.to_string().eq_ignore_ascii_case("value") =>
        {
            // A text that is not an ID selects no user.
            Ok(id.parse().into_iter().collect())
        }
        Filter::Or(any) => {
            let named =
                any.iter().map(|one| selected_users(place, one)).collect::<Result<Vec<_>, _>>()?;
            Ok(named.concat())
        }
        _ => {
            let name = place.attribute.name;
            let detail = format!("{name} must be selected by their value: {name}[value eq \"…\"]");
            Err(ScimErrorType::InvalidFilter.because(detail))
        }
    }
}
