//! Members of groups, and their roles, changed by a PATCH.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Given, Members, put_in, role};
use crate::{
    domain::{
        filter::{Filter, Operator, Value as Literal},
        id::UserId,
        membership::Wanted,
        role::TeamRole,
    },
    scim::{
        error::{Fault, ScimError, immutable, invalid},
        patch::Op,
        path::Place,
        repair::{Repair, Repairs},
        value,
    },
};

/// Changes who is in the group.
pub(super) fn change(
    given: &mut Given,
    op: Op,
    place: &Place,
    filter: Option<&Filter>,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    if place.part.is_some() {
        let detail = "members.value can't be changed: add the one member, and remove the other";
        return Err(immutable(detail));
    }
    match (op, filter) {
        (Op::Remove, Some(filter)) => {
            named(place, filter)?.into_iter().for_each(|user| given.put(user, Wanted::Out));
            Ok(())
        }
        (Op::Remove, None) if value.is_null() => {
            (given.all, given.some) = (Some(Members::new()), BTreeMap::new());
            Ok(())
        }
        (Op::Remove, None) => {
            if !repairs.allow(Repair::RemoveByValue, "members") {
                let detail = "remove takes no value: name who goes in the path, as in members[value eq \"7\"]";
                return Err(invalid(detail));
            }
            for member in values(place, value, repairs)? {
                let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
                // Whoever has no id of ours is in no team.
                if let Ok(user) = id.parse() {
                    given.put(user, Wanted::Out);
                }
            }
            Ok(())
        }
        (Op::Replace, None) => {
            (given.all, given.some) = (Some(Members::new()), BTreeMap::new());
            put_in(given, Some(&values(place, value, repairs)?.into()))
        }
        (Op::Add, None) => put_in(given, Some(&values(place, value, repairs)?.into())),
        (Op::Add | Op::Replace, Some(_)) => {
            Err(Fault::Mutability.because("a member has nothing that could be changed"))
        }
    }
}

/// Changes what members are in the team.
pub(super) fn change_roles(
    given: &mut Given,
    op: Op,
    place: &Place,
    filter: Option<&Filter>,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    if op == Op::Remove && (filter.is_some() || place.part.is_some()) {
        return Err(immutable("a member can't be without a role: give them another one"));
    }
    if op == Op::Remove {
        given.no_roles = true;
        return Ok(());
    }
    let Some(filter) = filter else {
        if place.part.is_some() {
            let detail = format!("whose role? Write {}[value eq \"…\"].role", place.attribute.name);
            return Err(Fault::NoTarget.because(detail));
        }
        // Whoever is in a team has a role there: to replace them all says who is.
        if op == Op::Replace {
            (given.all, given.some) = (Some(Members::new()), BTreeMap::new());
        }
        return put_in(given, Some(&values(place, value, repairs)?.into()));
    };
    let named = named(place, filter)?;
    let said = role_of_named(place, &named, value, repairs)?;
    if named.is_empty() {
        return Err(Fault::NoTarget.because(format!("{filter} is nobody in the group")));
    }
    for user in named {
        let is_said = match &given.all {
            Some(all) => Some(all.contains_key(&user)),
            None => given.some.get(&user).map(|said| matches!(said, Wanted::In(_))),
        };
        match is_said {
            Some(true) => {}
            Some(false) => {
                return Err(Fault::NoTarget.because(format!("{user} is not in the group then")));
            }
            None => drop(given.there.insert(user)),
        }
        given.put(user, Wanted::In(Some(said)));
    }
    Ok(())
}

/// The role that a value gives to members whom a filter names.
fn role_of_named(
    place: &Place,
    named: &[UserId],
    value: &Value,
    repairs: &mut Repairs,
) -> Result<TeamRole, ScimError> {
    let name = place.attribute.name;
    let is_named = |value: &Value| named.iter().all(|user| value == &user.to_string());
    let given = match place.part {
        Some(part) if part.name == "role" => value::read(part, value, repairs)?,
        None => {
            let parts = value::parts_of(place.attribute, value, repairs)?;
            if parts.get("value").is_some_and(|value| !is_named(value)) {
                return Err(immutable(format!("{name}.value is not the member of the path")));
            }
            parts.get("role").cloned()
        }
        Some(part) => return Err(immutable(format!("{name}.{} can't be changed", part.name))),
    };
    let text = given.as_ref().and_then(Value::as_str);
    role(text.ok_or_else(|| invalid(format!("{name}.role is missing")))?)
}

/// Values as they were given: a list, or one of them by itself.
fn values(place: &Place, value: &Value, repairs: &mut Repairs) -> Result<Vec<Value>, ScimError> {
    let alone = matches!(value, Value::Object(_));
    let list = if alone { Value::Array(vec![value.clone()]) } else { value.clone() };
    Ok(match value::read(place.attribute, &list, repairs)? {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    })
}

/// The users whom a filter names: `value eq "7" or value eq "8"`.
fn named(place: &Place, filter: &Filter) -> Result<Vec<UserId>, ScimError> {
    match filter {
        Filter::Compare { path, operator: Operator::Eq, value: Literal::Text(id) }
            if path.to_string().eq_ignore_ascii_case("value") =>
        {
            // What is no id of ours is nobody's.
            Ok(id.parse().into_iter().collect())
        }
        Filter::Or(any) => {
            let named = any.iter().map(|one| named(place, one)).collect::<Result<Vec<_>, _>>()?;
            Ok(named.concat())
        }
        _ => {
            let name = place.attribute.name;
            let detail = format!("{name} are chosen by their value: {name}[value eq \"…\"]");
            Err(Fault::InvalidFilter.because(detail))
        }
    }
}
