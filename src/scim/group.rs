//! Groups: what a client writes of one, and what it is shown.

mod members;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType, immutable, invalid},
    patch::{self, Op, Operation},
    path::{AttributePath, Target},
    resource::{is_schemas, names_itself, once},
    schema::{GROUP, GROUP_EXTENSION, GROUPS, Object, Schema},
    user::{filled, list, moment},
    value,
};
use crate::domain::{
    id::UserId,
    membership::{DesiredMembership, MemberRole},
    quote::QuotedText,
    role::TeamRole,
    team::{Team, TeamName},
};

/// Members as a client names them, each with a role if it says one.
pub type Members = BTreeMap<UserId, Option<TeamRole>>;

/// What a client wants of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupInput {
    /// Its name, if that is to change.
    pub name: Option<TeamName>,
    /// What the client calls it, if that is to change.
    pub external_id: Option<Option<String>>,
    /// All who shall be in it, if all are named.
    pub all: Option<Members>,
    /// Then, those who shall be in it or not.
    pub some: BTreeMap<UserId, DesiredMembership>,
    /// Who has to be in it before: what they are in it changes.
    pub there: BTreeSet<UserId>,
    /// That nobody is left who has a role: a member can't be without one.
    pub no_roles: bool,
}

/// Reads a group for a PUT or a POST. What is left out, the group is without.
///
/// # Errors
/// [`ScimErrorType::InvalidValue`].
pub fn read(object: &Object) -> Result<GroupInput, ScimError> {
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

fn team_name(text: &str) -> Result<TeamName, ScimError> {
    text.parse().map_err(|why| invalid(format!("displayName {why}")))
}

/// Puts members in, out of a list of them or of their roles.
fn put_in(input: &mut GroupInput, members: Option<&Value>) -> Result<(), ScimError> {
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

fn role(text: &str) -> Result<TeamRole, ScimError> {
    text.parse().map_err(|why| invalid(format!("role {} {why}", QuotedText(text))))
}

impl GroupInput {
    /// Has a user be in the group or not, whatever was said of them before.
    fn put(&mut self, user: UserId, desired: DesiredMembership) {
        match (&mut self.all, desired) {
            (Some(all), DesiredMembership::Out) => drop(all.remove(&user)),
            (Some(all), DesiredMembership::In(role)) => {
                let stated = all.entry(user).or_default();
                *stated = role.or(*stated);
            }
            (None, desired) => {
                let stated = self.some.entry(user).or_insert(desired);
                *stated = match (*stated, desired) {
                    // Who is put in, and given a role apart from that, has it.
                    (DesiredMembership::In(stated), DesiredMembership::In(role)) => {
                        DesiredMembership::In(role.or(stated))
                    }
                    (_, desired) => desired,
                };
            }
        }
    }
}

/// Reads a PATCH of a group. Members change one by one, whatever their number.
///
/// # Errors
/// Why an operation can't be done.
pub fn patch(
    operations: &[Operation],
    fixes: &mut CompatibilityFixes,
) -> Result<GroupInput, ScimError> {
    let mut input = GroupInput::default();
    for Operation { op, path, value } in operations {
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
