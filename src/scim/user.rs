//! Parses and formats users.

use serde_json::{Value, json};

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    main_value::find_main,
    object::{format_timestamp, non_empty_list, object_of},
    resource,
    schema::{ENTERPRISE, Object, USER, USER_EXTENSION, USERS},
};
use crate::domain::{
    api_key::Dialect,
    email::{Email, EmailError},
    field_error::FieldError,
    membership::MemberRole,
    profile_field::{Definition, ProfileField, ScimSchema},
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
pub fn scim_name(field: &str) -> &str {
    match field {
        "email" => "emails.value",
        "firstName" => "name.givenName",
        "lastName" => "name.familyName",
        "position" => "title",
        "userProfileImage" => "photos.value",
        "status" => "active",
        "mobile/regionCode" => "mobile.regionCode",
        "mobile/number" => "mobile.number",
        other => other,
    }
}

/// Whether `displayName` consists of both names, as it does by default.
#[must_use]
pub fn is_displayed_by_names(object: &Object) -> bool {
    let name = object.get("name").and_then(Value::as_object);
    let part = |part| name.and_then(|name| text_member(name, part));
    let names = [part("givenName"), part("familyName")];
    let full_name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    text_member(object, "displayName").is_some_and(|view| view == full_name)
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
    /// the address; an empty name is not in the view.
    fn is_stored(self, field: ProfileField) -> bool {
        let Profile { first_name, last_name, .. } = &self.user.profile;
        match field {
            ProfileField::UserName => self.user.user_name.is_some(),
            ProfileField::FirstName => !(self.is_replaced && first_name.is_empty()),
            ProfileField::LastName => !(self.is_replaced && last_name.is_empty()),
            _ => true,
        }
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
            view_attributes.retain(|(field, _)| before.is_stored(*field));
            view_attributes
        }
        None => Vec::new(),
    };
    let mut parser = UserPatchParser::default();
    for attribute in parse_attributes(object, fixes)? {
        if stored.contains(&attribute) {
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
    let part = |parent: &Object, name: &str| parent.get(name).and_then(Value::as_object).cloned();
    let name = part(object, "name").unwrap_or_default();
    let enterprise = part(object, ENTERPRISE.id).unwrap_or_default();
    let extension = part(object, USER_EXTENSION.id).unwrap_or_default();
    let manager = part(&enterprise, "manager").unwrap_or_default();
    let mobile = part(&extension, "mobile").unwrap_or_default();
    let display_name =
        text_member(object, "displayName").filter(|_| !is_displayed_by_names(object));
    let role = text_member(&extension, "role")
        .unwrap_or_else(|| AccountRole::Stakeholder.as_str().to_owned());
    let mut all = vec![
        (ProfileField::Email, Some(email)),
        (ProfileField::UserName, Some(user_name)),
        (ProfileField::FirstName, text_member(&name, "givenName")),
        (ProfileField::LastName, text_member(&name, "familyName")),
        (ProfileField::DisplayName, display_name),
        (ProfileField::Manager, text_member(&manager, "value")),
        (ProfileField::Role, Some(role)),
        (ProfileField::MobileRegionCode, text_member(&mobile, "regionCode")),
        (ProfileField::MobileNumber, text_member(&mobile, "number")),
        (ProfileField::UserProfileImage, main_value(object, "photos", fixes)?),
    ];
    all.extend(texts().map(|(field, schema, name)| match schema {
        ScimSchema::Core => (field, text_member(object, name)),
        ScimSchema::Enterprise => (field, text_member(&enterprise, name)),
    }));
    Ok(all)
}

/// The attributes without rules of their own: each with its place in SCIM.
fn texts() -> impl Iterator<Item = (ProfileField, ScimSchema, &'static str)> {
    ProfileField::texts().filter_map(|field| {
        let Definition { scim, .. } = field.definition();
        scim.map(|(schema, name)| (field, schema, name))
    })
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
    let placed = |desired: ScimSchema| {
        let texts = texts().filter(move |(_, schema, _)| *schema == desired);
        texts.map(|(field, _, name)| (name, profile.text(field).map(Value::from)))
    };
    let enterprise = object_of(placed(ScimSchema::Enterprise).chain([("manager", manager)]));
    let extension = object_of([
        ("role", Some(user.role.as_str().into())),
        ("mobile", mobile),
        ("teamRoles", non_empty_list(teams.iter().map(role).collect())),
    ]);
    let mut schemas = vec![USER.id];
    schemas.extend((!enterprise.is_empty()).then_some(ENTERPRISE.id));
    schemas.push(USER_EXTENSION.id);
    let name = object_of([
        ("formatted", non_empty_text(&full_name)),
        ("familyName", non_empty_text(&profile.last_name)),
        ("givenName", non_empty_text(&profile.first_name)),
    ]);
    let before = [
        ("schemas", Some(json!(schemas))),
        ("id", Some(user.id.to_string().into())),
        ("externalId", external_id.map(Value::from)),
        ("userName", Some(user.user_name().into())),
        ("name", (!name.is_empty()).then(|| Value::Object(name))),
        ("displayName", non_empty_text(&user.display_name())),
    ];
    let behind = [
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
    object_of(before.into_iter().chain(placed(ScimSchema::Core)).chain(behind))
}

fn non_empty_text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}
