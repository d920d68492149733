//! Parses and formats users.

use serde_json::{Value, json};

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    main_value::find_main,
    object::{format_timestamp, non_empty_list, object_of},
    resource,
    schema::{ENTERPRISE, Object, USER, USER_EXTENSION, USERS, schema_of},
};
use crate::domain::{
    api_key::Dialect,
    email::{Email, EmailError},
    field_error::FieldError,
    membership::MemberRole,
    profile_field::{ProfileField, ScimPath, ScimSchema},
    quote::QuotedText,
    role::AccountRole,
    team::Team,
    user::{Profile, User, UserStatus},
    user_patch::{FieldPatch, StatusRequest, UserPatch, UserPatchParser},
};

/// A user as a client wants them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserInput {
    /// The user.
    pub patch: UserPatch,
    /// The client's own ID of the user.
    pub external_id: Option<String>,
    /// What is wrong with the values.
    pub errors: Vec<FieldError>,
}

impl UserInput {
    /// The same, if its values can be used.
    ///
    /// # Errors
    /// What is wrong with the values.
    pub fn checked(self) -> Result<Self, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(self) } else { Err(self.errors) }
    }
}

/// Returns the SCIM name of a field of the domain.
#[must_use]
pub fn scim_name(field: &str) -> String {
    let path = ProfileField::in_scim().find(|(known, _)| known.path() == field);
    match (path, field) {
        (Some((_, path)), _) => path.to_string(),
        (None, "status") => "active".to_owned(),
        (None, other) => other.to_owned(),
    }
}

/// First and last name of a user, as `displayName` and `name.formatted` are by default.
#[must_use]
pub fn joined_names(object: &Object) -> Option<String> {
    let name = object.get("name").and_then(Value::as_object)?;
    let names = ["givenName", "familyName"].into_iter().filter_map(|part| text_member(name, part));
    Some(names.collect::<Vec<_>>().join(" ")).filter(|joined| !joined.is_empty())
}

/// A full name of a user as it was sent, and first and last name.
fn full_names(object: &Object, field: ProfileField) -> (Option<String>, Option<String>) {
    let full_name = match field {
        ProfileField::DisplayName => text_member(object, "displayName"),
        _ => {
            let name = object.get("name").and_then(Value::as_object);
            name.and_then(|name| text_member(name, "formatted"))
        }
    };
    (full_name, joined_names(object))
}

/// The user before a change.
#[derive(Debug, Clone, Copy)]
pub struct UserBeforeChange<'a> {
    /// The stored user.
    pub user: &'a User,
    /// The user as the client sees them.
    pub view: &'a Object,
    /// Whether the request replaces the user: what it leaves out is removed.
    pub is_replaced: bool,
}

impl UserBeforeChange<'_> {
    /// Whether an attribute that the client sees is stored. A user name may be
    /// the address, and is not stored unless the address changes; an empty name is not in
    /// the view.
    fn is_stored(self, field: ProfileField, object: &Object) -> bool {
        let Profile { first_name, last_name, .. } = &self.user.profile;
        match field {
            ProfileField::UserName => {
                let is_same_address = object.get("emails") == self.view.get("emails");
                self.user.user_name.is_some() || (!self.is_replaced && is_same_address)
            }
            ProfileField::FirstName => !(self.is_replaced && first_name.is_empty()),
            ProfileField::LastName => !(self.is_replaced && last_name.is_empty()),
            _ => true,
        }
    }

    /// Whether a name that is derived from first and last name, if it is not stored, is
    /// as before. `None`: for other attributes.
    fn is_same_name(
        self,
        field: ProfileField,
        value: Option<&str>,
        object: &Object,
    ) -> Option<bool> {
        let stored = match field {
            ProfileField::DisplayName => self.user.display_name.as_deref(),
            ProfileField::FormattedName => self.user.profile.text(field),
            _ => return None,
        };
        // A client that sends back what it reads changes nothing.
        let is_sent_back = full_names(object, field) == full_names(self.view, field);
        Some(value == stored || is_sent_back)
    }
}

/// Reads the body of a POST.
///
/// # Errors
/// The first error of the body, and those of [`parse`].
pub fn read_new(body: &Value, fixes: &mut CompatibilityFixes) -> Result<UserInput, ScimError> {
    parse(&resource::parse(&USERS, body, fixes)?, None, fixes)
}

/// Parses a user from attributes that the schema accepts. Attributes that are as
/// before are kept, and not validated again.
///
/// # Errors
/// [`ScimErrorType::InvalidValue`] if there is no `userName` or no address, or if an
/// attribute that holds one value has several.
pub fn parse(
    object: &Object,
    before: Option<UserBeforeChange<'_>>,
    fixes: &mut CompatibilityFixes,
) -> Result<UserInput, ScimError> {
    let stored = match before {
        Some(before) => {
            let mut view_attributes =
                parse_attributes(before.view, &mut CompatibilityFixes::new(Dialect::Strict))?;
            view_attributes.retain(|(field, _)| before.is_stored(*field, object));
            view_attributes
        }
        None => Vec::new(),
    };
    let mut parser = UserPatchParser::default();
    for attribute in parse_attributes(object, fixes)? {
        let (field, value) = &attribute;
        let same_name =
            before.and_then(|before| before.is_same_name(*field, value.as_deref(), object));
        if same_name.unwrap_or_else(|| stored.contains(&attribute)) {
            continue;
        }
        let (field, value) = attribute;
        match value {
            Some(text) => parser.set(field, FieldPatch::Set(&text)),
            None => parser.set(field, FieldPatch::Clear),
        }
    }
    let is_active = |object: &Object| object.get("active").and_then(Value::as_bool);
    parser.set_status(match is_active(object) {
        // If it is left out, the user is neither enabled nor disabled.
        active if active == before.and_then(|before| is_active(before.view)) => None,
        Some(false) => Some(StatusRequest::Is(UserStatus::Disabled)),
        Some(true) if before.is_some() => Some(StatusRequest::Enabled),
        _ => None,
    });
    let (patch, errors) = parser.into_parts();
    Ok(UserInput { patch, external_id: text_member(object, "externalId"), errors })
}

/// Parses every field that a client can write, with its text.
fn parse_attributes(
    object: &Object,
    fixes: &mut CompatibilityFixes,
) -> Result<Vec<(ProfileField, Option<String>)>, ScimError> {
    let Some(user_name) = text_member(object, "userName").filter(|name| !name.trim().is_empty())
    else {
        return Err(ScimErrorType::InvalidValue.with_detail("userName is missing"));
    };
    let email = match main_value(object, "emails", fixes)? {
        Some(email) => email,
        None => match user_name.parse::<Email>() {
            Ok(_) => user_name.clone(),
            Err(EmailError::Character(why)) => {
                let detail = format!("userName {} {why}", QuotedText(&user_name));
                return Err(ScimErrorType::InvalidValue.with_detail(detail));
            }
            Err(EmailError::Malformed) => {
                let detail = "emails is missing: send an e-mail address in emails, or as userName";
                return Err(ScimErrorType::InvalidValue.with_detail(detail));
            }
        },
    };
    let joined = joined_names(object);
    let attribute = |(field, path): (ProfileField, ScimPath)| {
        let text = match field {
            ProfileField::Email => Some(email.clone()),
            ProfileField::DisplayName | ProfileField::FormattedName => {
                text_at(object, path, fixes)?.filter(|name| Some(name) != joined.as_ref())
            }
            _ => text_at(object, path, fixes)?,
        };
        // A user who is said to have no role has the lowest.
        let text = text.or_else(|| {
            (field == ProfileField::Role).then(|| AccountRole::Stakeholder.as_str().to_owned())
        });
        Ok((field, text))
    };
    ProfileField::in_scim().map(attribute).collect()
}

/// The text at a place of a user.
fn text_at(
    user: &Object,
    ScimPath { schema, attribute, part }: ScimPath,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<String>, ScimError> {
    let object = match schema {
        ScimSchema::Core => Some(user),
        ScimSchema::Enterprise | ScimSchema::Usher => {
            user.get(schema_of(schema).id).and_then(Value::as_object)
        }
    };
    let value = object.and_then(|object| object.get(attribute));
    match (value, part) {
        (Some(Value::Array(_)), _) => main_value(user, attribute, fixes),
        (Some(Value::Object(parts)), Some(part)) => Ok(text_member(parts, part)),
        (value, _) => Ok(value.and_then(Value::as_str).map(str::to_owned)),
    }
}

/// The attributes without rules of their own: each with its place in SCIM.
fn texts() -> impl Iterator<Item = (ProfileField, ScimPath)> {
    ProfileField::in_scim().filter(|(field, _)| field.definition().is_text)
}

fn text_member(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Returns the value to store of a multi-valued attribute.
fn main_value(
    object: &Object,
    name: &str,
    fixes: &mut CompatibilityFixes,
) -> Result<Option<String>, ScimError> {
    let values = object.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if values.len() > 1 && !fixes.allow(CompatibilityFix::OneOfSeveral, name) {
        let detail = format!("{name} has {} values: one is stored here", values.len());
        return Err(ScimErrorType::InvalidValue.with_detail(detail));
    }
    Ok(find_main(name, values).map(str::to_owned))
}

/// Builds the JSON of a user. `base` is the base URL of SCIM, without a trailing slash;
/// `version` is the entity tag.
#[must_use]
pub fn to_json(
    user: &User,
    teams: &[(Team, MemberRole)],
    external_id: Option<&str>,
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
    let photos = profile.profile_image.as_ref();
    let photos = photos.map(|url| json!([{ "value": url, "type": "photo", "primary": true }]));
    let manager = user.manager.as_ref().map(|manager| json!({ "value": manager }));
    let mobile = profile.mobile.as_ref().map(|mobile| {
        json!({ "regionCode": mobile.region, "number": mobile.number, "e164": mobile.e164 })
    });
    let placed = |schema: ScimSchema, is_part: bool| {
        let is_there =
            move |path: &ScimPath| path.schema == schema && path.part.is_some() == is_part;
        let texts = texts().filter(move |(_, path)| is_there(path));
        texts.map(|(field, path)| {
            (path.part.unwrap_or(path.attribute), profile.text(field).map(Value::from))
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
    let after = [
        ("active", Some((user.status != UserStatus::Disabled).into())),
        (
            "emails",
            Some(json!([{ "value": user.email.as_str(), "type": "work", "primary": true }])),
        ),
        ("photos", photos),
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
    object_of(before.into_iter().chain(placed(ScimSchema::Core, false)).chain(after))
}

fn non_empty_text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}
