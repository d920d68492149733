//! Groups: what a client writes of one, and what it is shown.

mod members;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    error::{Fault, ScimError, immutable, invalid},
    patch::{self, Op, Operation},
    path::{Place, Target},
    repair::{Repair, Repairs},
    resource::{is_schemas, names_itself, once},
    schema::{GROUP, GROUP_EXTENSION, GROUPS, Object, Schema},
    user::{filled, list, moment},
    value,
};
use crate::domain::{
    id::UserId,
    membership::{MemberRole, Wanted},
    quote::Quoted,
    role::TeamRole,
    team::{Team, TeamName},
};

/// Members as a client names them, each with a role if it says one.
pub type Members = BTreeMap<UserId, Option<TeamRole>>;

/// What a client wants of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Its name, if that is to change.
    pub name: Option<TeamName>,
    /// What the client calls it, if that is to change.
    pub external_id: Option<Option<String>>,
    /// All who shall be in it, if all are named.
    pub all: Option<Members>,
    /// Then, those who shall be in it or not.
    pub some: BTreeMap<UserId, Wanted>,
    /// Who has to be in it before: what they are in it changes.
    pub there: BTreeSet<UserId>,
    /// That nobody is left who has a role: a member can't be without one.
    pub no_roles: bool,
}

/// Reads a group for a PUT or a POST. What is left out, the group is without.
///
/// # Errors
/// [`Fault::InvalidValue`].
pub fn read(object: &Object) -> Result<Given, ScimError> {
    let name = object.get("displayName").and_then(Value::as_str);
    let name = name.ok_or_else(|| invalid("displayName is missing"))?;
    let mut given = Given {
        name: Some(team_name(name)?),
        external_id: Some(object.get("externalId").and_then(Value::as_str).map(str::to_owned)),
        all: Some(Members::new()),
        ..Given::default()
    };
    put_in(&mut given, object.get("members"))?;
    let extension = object.get(GROUP_EXTENSION.id).and_then(|held| held.get("memberRoles"));
    put_in(&mut given, extension)?;
    Ok(given)
}

fn team_name(text: &str) -> Result<TeamName, ScimError> {
    text.parse().map_err(|why| invalid(format!("displayName {why}")))
}

/// Puts members in, out of a list of them or of their roles.
fn put_in(given: &mut Given, members: Option<&Value>) -> Result<(), ScimError> {
    for member in members.and_then(Value::as_array).into_iter().flatten() {
        let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
        let role = match member.get("role").and_then(Value::as_str) {
            None => None,
            Some(text) => Some(role(text)?),
        };
        given.put(user(id)?, Wanted::In(role));
    }
    Ok(())
}

fn user(text: &str) -> Result<UserId, ScimError> {
    text.parse().map_err(|_| invalid(format!("{} is not the id of a user", Quoted(text))))
}

fn role(text: &str) -> Result<TeamRole, ScimError> {
    text.parse().map_err(|why| invalid(format!("role {} {why}", Quoted(text))))
}

impl Given {
    /// Has a user be in the group or not, whatever was said of them before.
    fn put(&mut self, user: UserId, wanted: Wanted) {
        match (&mut self.all, wanted) {
            (Some(all), Wanted::Out) => drop(all.remove(&user)),
            (Some(all), Wanted::In(role)) => {
                let said = all.entry(user).or_default();
                *said = role.or(*said);
            }
            (None, wanted) => {
                let said = self.some.entry(user).or_insert(wanted);
                *said = match (*said, wanted) {
                    // Who is put in, and given a role apart from that, has it.
                    (Wanted::In(said), Wanted::In(role)) => Wanted::In(role.or(said)),
                    (_, wanted) => wanted,
                };
            }
        }
    }
}

/// Reads a PATCH of a group. Members change one by one, whatever their number.
///
/// # Errors
/// Why an operation can't be done.
pub fn patch(operations: &[Operation], repairs: &mut Repairs) -> Result<Given, ScimError> {
    let mut given = Given::default();
    for Operation { op, path, value } in operations {
        let value = value.as_ref().unwrap_or(&Value::Null);
        match path {
            Some(path) => at(&mut given, *op, path, value, Fault::InvalidPath, repairs)?,
            None => whole(&mut given, *op, value, repairs)?,
        }
    }
    Ok(given)
}

/// Without a path: each attribute of the value by itself.
fn whole(given: &mut Given, op: Op, value: &Value, repairs: &mut Repairs) -> Result<(), ScimError> {
    let Value::Object(members) = value else {
        return Err(invalid("value has to be an object of attributes"));
    };
    once(members)?;
    for (key, value) in members.iter().filter(|(key, value)| !is_schemas(key, value)) {
        at(given, op, key, value, Fault::InvalidValue, repairs)?;
    }
    Ok(())
}

fn at(
    given: &mut Given,
    op: Op,
    path: &str,
    value: &Value,
    fault: Fault,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let Some(target) = patch::resolve(&GROUPS, path, fault, repairs)? else { return Ok(()) };
    let op = if op == Op::Replace && value.is_null() { Op::Remove } else { op };
    let (place, filter) = match target {
        Target::Attribute { place, filter } => (place, filter),
        Target::NotStored => return Ok(()),
        Target::Core if op == Op::Remove => {
            return Err(immutable(
                "a group can't be without its own attributes: remove one by one",
            ));
        }
        Target::Core => return whole(given, op, value, repairs),
        Target::Extension(extension) => {
            return of_extension(given, op, extension, value, repairs);
        }
    };
    let read_only =
        place.attribute.is_read_only() || place.part.is_some_and(|part| part.is_read_only());
    if read_only {
        return match repairs.allow(Repair::ReadOnlyPatched, &place.name()) {
            true => Ok(()),
            false => Err(immutable(format!("{} is read-only", place.name()))),
        };
    }
    if op == Op::Add && value.is_null() && place.attribute.multi_valued {
        return Err(invalid(format!("add needs a value: {} can't be null", place.name())));
    }
    match place.attribute.name {
        "displayName" => renamed(given, op, &place, value, repairs),
        "externalId" => {
            given.external_id = Some(match op {
                Op::Remove => None,
                Op::Add | Op::Replace => text(&place, value, repairs)?,
            });
            Ok(())
        }
        "members" => members::change(given, op, &place, filter.as_ref(), value, repairs),
        _ => members::change_roles(given, op, &place, filter.as_ref(), value, repairs),
    }
}

/// Of the extension as a whole.
fn of_extension(
    given: &mut Given,
    op: Op,
    extension: &'static Schema,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let name = |name: &str| format!("{}:{name}", extension.id);
    if op == Op::Remove {
        return at(given, op, &name("memberRoles"), value, Fault::InvalidPath, repairs);
    }
    let Value::Object(held) = value else {
        return Err(invalid(format!("the value of {} has to be an object", extension.id)));
    };
    once(held)?;
    for (key, value) in held.iter().filter(|(key, value)| !names_itself(extension, key, value)) {
        at(given, op, &name(key), value, Fault::InvalidValue, repairs)?;
    }
    Ok(())
}

fn text(place: &Place, value: &Value, repairs: &mut Repairs) -> Result<Option<String>, ScimError> {
    let read = value::read(place.attribute, value, repairs)?;
    Ok(read.as_ref().and_then(Value::as_str).map(str::to_owned))
}

fn renamed(
    given: &mut Given,
    op: Op,
    place: &Place,
    value: &Value,
    repairs: &mut Repairs,
) -> Result<(), ScimError> {
    let name = if op == Op::Remove { None } else { text(place, value, repairs)? };
    let name = name.ok_or_else(|| immutable("displayName is required: it can't be removed"))?;
    given.name = Some(team_name(&name)?);
    Ok(())
}

/// A group as a client sees it. `members`: `None`, if they are not shown.
#[must_use]
pub fn shown(
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
