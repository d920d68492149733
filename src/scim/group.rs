//! Groups: what a client writes of one, and what it is shown.

mod input;
mod members;

use serde_json::{Value, json};

use self::input::team_name;
pub use self::input::{GroupInput, Members, read};
use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType, immutable, invalid},
    names::{is_schemas, names_itself, once},
    object::{filled, list, moment},
    patch::{self, Op, Operation},
    path::{AttributePath, Target},
    schema::{GROUP, GROUP_EXTENSION, GROUPS, Object, Schema},
    value,
};
use crate::domain::{id::UserId, membership::MemberRole, team::Team};

/// Reads the body of a PATCH. Members change one by one, whatever their number.
///
/// # Errors
/// The first error of the body, or why an operation can't be done.
pub fn read_patch(body: &Value, fixes: &mut CompatibilityFixes) -> Result<GroupInput, ScimError> {
    let mut input = GroupInput::default();
    for Operation { op, path, value } in &patch::read(body, fixes)? {
        let value = value.as_ref().unwrap_or(&Value::Null);
        match path {
            Some(path) => at(&mut input, *op, path, value, ScimErrorType::InvalidPath, fixes)?,
            None => whole(&mut input, *op, value, fixes)?,
        }
    }
    Ok(input)
}

/// Without a path: each attribute of the value by itself.
fn whole(
    input: &mut GroupInput,
    op: Op,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let Value::Object(members) = value else {
        return Err(invalid("value has to be an object of attributes"));
    };
    once(members)?;
    for (key, value) in members.iter().filter(|(key, value)| !is_schemas(key, value)) {
        at(input, op, key, value, ScimErrorType::InvalidValue, fixes)?;
    }
    Ok(())
}

fn at(
    input: &mut GroupInput,
    op: Op,
    path: &str,
    value: &Value,
    fault: ScimErrorType,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let Some(target) = patch::resolve(&GROUPS, path, fault, fixes)? else { return Ok(()) };
    let op = if op == Op::Replace && value.is_null() { Op::Remove } else { op };
    let (place, filter) = match target {
        Target::Attribute { place, filter } => (place, filter),
        Target::NotStored => return Ok(()),
        Target::Core if op == Op::Remove => {
            return Err(immutable(
                "a group can't be without its own attributes: remove one by one",
            ));
        }
        Target::Core => return whole(input, op, value, fixes),
        Target::Extension(extension) => {
            return of_extension(input, op, extension, value, fixes);
        }
    };
    let read_only =
        place.attribute.is_read_only() || place.part.is_some_and(|part| part.is_read_only());
    if read_only {
        return match fixes.allow(CompatibilityFix::ReadOnlyPatched, &place.name()) {
            true => Ok(()),
            false => Err(immutable(format!("{} is read-only", place.name()))),
        };
    }
    if op == Op::Add && value.is_null() && place.attribute.multi_valued {
        return Err(invalid(format!("add needs a value: {} can't be null", place.name())));
    }
    match place.attribute.name {
        "displayName" => renamed(input, op, &place, value, fixes),
        "externalId" => {
            input.external_id = Some(match op {
                Op::Remove => None,
                Op::Add | Op::Replace => text(&place, value, fixes)?,
            });
            Ok(())
        }
        "members" => members::change(input, op, &place, filter.as_ref(), value, fixes),
        _ => members::change_roles(input, op, &place, filter.as_ref(), value, fixes),
    }
}

/// Of the extension as a whole.
fn of_extension(
    input: &mut GroupInput,
    op: Op,
    extension: &'static Schema,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let name = |name: &str| format!("{}:{name}", extension.id);
    if op == Op::Remove {
        return at(input, op, &name("memberRoles"), value, ScimErrorType::InvalidPath, fixes);
    }
    let Value::Object(current) = value else {
        return Err(invalid(format!("the value of {} has to be an object", extension.id)));
    };
    once(current)?;
    for (key, value) in current.iter().filter(|(key, value)| !names_itself(extension, key, value)) {
        at(input, op, &name(key), value, ScimErrorType::InvalidValue, fixes)?;
    }
    Ok(())
}

fn text(
    place: &AttributePath,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<String>, ScimError> {
    let read = value::read(place.attribute, value, fixes)?;
    Ok(read.as_ref().and_then(Value::as_str).map(str::to_owned))
}

fn renamed(
    input: &mut GroupInput,
    op: Op,
    place: &AttributePath,
    value: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<(), ScimError> {
    let name = if op == Op::Remove { None } else { text(place, value, fixes)? };
    let name = name.ok_or_else(|| immutable("displayName is required: it can't be removed"))?;
    input.name = Some(team_name(&name)?);
    Ok(())
}

/// A group as a client sees it. `members`: `None`, if they are not shown.
#[must_use]
pub fn to_json(
    team: &Team,
    members: Option<&[(UserId, MemberRole)]>,
    external_id: Option<&str>,
    base: &str,
    version: Option<&str>,
) -> Object {
    let users = members.into_iter().flatten();
    let member = |(user, _): &(UserId, MemberRole)| {
        let id = user.to_string();
        json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" })
    };
    let role = |(user, role): &(UserId, MemberRole)| {
        let id = user.to_string();
        json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "role": role.effective.as_str() })
    };
    let roles = list(users.clone().map(role).collect());
    let mut schemas = vec![GROUP.id];
    schemas.extend(roles.is_some().then_some(GROUP_EXTENSION.id));
    let meta = filled([
        ("resourceType", Some("Group".into())),
        ("created", Some(moment(team.created_at))),
        ("lastModified", Some(moment(team.updated_at))),
        ("location", Some(format!("{base}/Groups/{}", team.id).into())),
        ("version", version.map(Value::from)),
    ]);
    filled([
        ("schemas", Some(json!(schemas))),
        ("id", Some(team.id.to_string().into())),
        ("externalId", external_id.map(Value::from)),
        ("displayName", Some(team.name.as_str().into())),
        ("members", list(users.map(member).collect())),
        (GROUP_EXTENSION.id, roles.map(|roles| json!({ "memberRoles": roles }))),
        ("meta", Some(Value::Object(meta))),
    ])
}
