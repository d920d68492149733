//! Users as JSON.

use serde_json::{Value, json};

use super::{
    object::{format_timestamp, non_empty_list, object_of},
    schema::{ENTERPRISE, Object, USER, USER_EXTENSION},
};
use crate::domain::{
    membership::MemberRole,
    multi_valued::MultiValuedField,
    profile_field::{ProfileField, ScimPath, ScimSchema},
    team::Team,
    user::{User, UserStatus},
};

/// The related data of a user in a response.
#[derive(Debug, Clone, Copy)]
pub struct UserRelations<'a> {
    /// The teams, with the role in each.
    pub teams: &'a [(Team, MemberRole)],
    /// The client's own ID of the user.
    pub external_id: Option<&'a str>,
    /// The display name of the manager, if the manager is a user of the account.
    pub manager_name: Option<&'a str>,
    /// The URI of the schema of the custom attributes, if they are shown.
    pub custom_schema: Option<&'a str>,
}

/// Builds the JSON of a user. `base` is the base URL of SCIM, without a trailing slash;
/// `version` is the entity tag.
#[must_use]
pub fn to_json(
    user: &User,
    UserRelations { teams, external_id, manager_name, custom_schema }: UserRelations<'_>,
    base: &str,
    version: &str,
) -> Object {
    let location = format!("{base}/Users/{}", user.id);
    let profile = &user.profile;
    let full_name = profile.full_name();
    let group = |(team, _): &(Team, MemberRole)| {
        json!({
            "value": team.id.to_string(),
            "$ref": format!("{base}/Groups/{}", team.id),
            "display": team.name.as_str(),
            "type": "direct",
        })
    };
    let role = |(team, role): &(Team, MemberRole)| json!({ "value": team.id.to_string(), "role": role.effective.as_str() });
    let lists = MultiValuedField::ALL.map(|field| {
        let values = user.values(field);
        let values = values.iter().map(|value| Value::Object(value.to_json())).collect();
        (field.as_str(), non_empty_list(values))
    });
    let manager = user.manager.as_ref().map(|manager| {
        let reference = manager_name.map(|_| format!("{base}/Users/{manager}").into());
        let name = manager_name.and_then(non_empty_text);
        let sub_attributes = [("value", Some(manager.as_str().into())), ("$ref", reference)];
        object_of(sub_attributes.into_iter().chain([("displayName", name)])).into()
    });
    let mobile = profile.mobile.as_ref().map(|mobile| {
        json!({ "regionCode": mobile.region, "number": mobile.number, "e164": mobile.e164 })
    });
    let placed = |schema: ScimSchema, is_part: bool| {
        let is_there =
            move |path: &ScimPath| path.schema == schema && path.sub_attribute.is_some() == is_part;
        let texts = texts().filter(move |(_, path)| is_there(path));
        texts.map(|(field, path)| {
            (path.sub_attribute.unwrap_or(path.attribute), profile.text(field).map(Value::from))
        })
    };
    let enterprise = object_of(placed(ScimSchema::Enterprise, false).chain([("manager", manager)]));
    let extension = object_of([
        ("role", Some(user.role.as_str().into())),
        ("mobile", mobile),
        ("teamRoles", non_empty_list(teams.iter().map(role).collect())),
    ]);
    let mut schemas = vec![USER.id];
    schemas.extend((!enterprise.is_empty()).then_some(ENTERPRISE.id));
    schemas.push(USER_EXTENSION.id);
    let custom_schema = custom_schema.filter(|_| !profile.custom.is_empty());
    schemas.extend(custom_schema);
    let custom = profile.custom.iter().map(|(name, value)| (name.as_str(), Some(value.clone())));
    let custom = custom_schema.map(|uri| (uri, Some(Value::Object(object_of(custom)))));
    let name = [
        ("formatted", non_empty_text(&full_name)),
        ("familyName", non_empty_text(&profile.last_name)),
        ("givenName", non_empty_text(&profile.first_name)),
    ];
    // A formatted name that was set replaces that of both names.
    let name = object_of(name.into_iter().chain(placed(ScimSchema::Core, true)));
    let before = [
        ("schemas", Some(json!(schemas))),
        ("id", Some(user.id.to_string().into())),
        ("externalId", external_id.map(Value::from)),
        ("userName", Some(user.user_name().into())),
        ("name", (!name.is_empty()).then(|| Value::Object(name))),
        ("displayName", non_empty_text(&user.display_name())),
    ];
    let active = [("active", Some((user.status != UserStatus::Disabled).into()))];
    let after = [
        ("groups", non_empty_list(teams.iter().map(group).collect())),
        (ENTERPRISE.id, (!enterprise.is_empty()).then(|| Value::Object(enterprise))),
        (USER_EXTENSION.id, Some(Value::Object(extension))),
        (
            "meta",
            Some(json!({
                "resourceType": "User",
                "created": format_timestamp(user.created_at),
                "lastModified": format_timestamp(user.updated_at),
                "location": location,
                "version": version,
            })),
        ),
    ];
    object_of(
        before
            .into_iter()
            .chain(placed(ScimSchema::Core, false))
            .chain(active)
            .chain(lists)
            .chain(after)
            .chain(custom),
    )
}

/// The attributes without rules of their own: each with its place in SCIM.
fn texts() -> impl Iterator<Item = (ProfileField, ScimPath)> {
    ProfileField::in_scim().filter(|(field, _)| field.definition().is_text)
}

fn non_empty_text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}
