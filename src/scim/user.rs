//! Parses users.

use serde_json::Value;

use super::{
    compatibility::{CompatibilityFix, CompatibilityFixes},
    error::{ScimError, ScimErrorType},
    resource,
    schema::{Object, ResourceType, Returned, is_custom_schema, schema_of},
};
use crate::domain::{
    custom_attribute::{CustomAttributePatch, CustomAttributeValue},
    email::{Email, EmailError},
    field_error::FieldError,
    multi_valued::{FieldValue, MultiValuedField, select_main},
    profile_field::{ProfileField, ScimPath, ScimSchema},
    quote::QuotedText,
    role::AccountRole,
    user::{Profile, User, UserStatus},
    user_patch::{FieldPatch, StatusRequest, UserPatch, UserPatchParser},
};

/// The user of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserInput {
    /// The changes of the user.
    pub patch: UserPatch,
    /// The client's own ID of the user.
    pub external_id: Option<String>,
    /// The errors of the values.
    pub errors: Vec<FieldError>,
}

impl UserInput {
    /// Returns the input, if it has no errors.
    ///
    /// # Errors
    /// The errors of the values.
    pub fn checked(self) -> Result<Self, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(self) } else { Err(self.errors) }
    }
}

/// Returns the SCIM name of a field of the domain.
#[must_use]
pub fn scim_name(field: &str) -> String {
    let path = ProfileField::in_scim().find(|(known, _)| known.path() == field);
    let list = field.split('/').next().unwrap_or_default();
    match (path, field) {
        (Some((_, path)), _) => path.to_string(),
        (None, _) if list != field && list.parse::<MultiValuedField>().is_ok() => {
            let sub_attribute = field.rsplit('/').next().unwrap_or_default();
            format!("{list}.{sub_attribute}")
        }
        (None, "status" | "disabled") => "active".to_owned(),
        (None, other) => {
            match other.strip_prefix("attributes").and_then(|rest| rest.strip_prefix(['/', '.'])) {
                Some(name) => name.replace('/', "."),
                None => other.to_owned(),
            }
        }
    }
}

/// First and last name of a user: the default of `displayName` and `name.formatted`.
#[must_use]
pub fn joined_names(object: &Object) -> Option<String> {
    let name = object.get("name").and_then(Value::as_object)?;
    let names = ["givenName", "familyName"]
        .into_iter()
        .filter_map(|sub_attribute| text_member(name, sub_attribute));
    Some(names.collect::<Vec<_>>().join(" ")).filter(|joined| !joined.is_empty())
}

/// The value of a full name as it was sent, and its default.
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
    /// Whether the request is a PUT: what it leaves out is removed.
    pub is_put: bool,
}

impl UserBeforeChange<'_> {
    /// Whether an attribute that the client sees counts as stored. A user name that is the
    /// address does not, if the address changes or the request replaces the user. Nor does
    /// an empty name in a replacement, because the client does not see it.
    fn is_stored(self, field: ProfileField, object: &Object) -> bool {
        let Profile { first_name, last_name, .. } = &self.user.profile;
        match field {
            ProfileField::UserName => {
                let is_same_address = object.get("emails") == self.view.get("emails");
                self.user.user_name.is_some() || (!self.is_put && is_same_address)
            }
            ProfileField::FirstName => !(self.is_put && first_name.is_empty()),
            ProfileField::LastName => !(self.is_put && last_name.is_empty()),
            _ => true,
        }
    }

    /// Whether a full name is unchanged. One that is not stored is derived from first and
    /// last name. `None`: the attribute is not a full name.
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
        // A client that sends back what it has read changes nothing.
        let is_sent_back = full_names(object, field) == full_names(self.view, field);
        Some(value == stored || is_sent_back)
    }
}

/// Reads the body of a POST.
///
/// # Errors
/// The first error of the body, and those of [`parse`].
pub fn read_new(
    kind: &ResourceType<'_>,
    body: &Value,
    fixes: &mut CompatibilityFixes,
) -> Result<UserInput, ScimError> {
    parse(kind, &resource::parse(kind, body, fixes)?, None, fixes)
}

/// Parses a user from attributes that the schema accepts. Attributes that are as
/// before are kept, and not validated again.
///
/// # Errors
/// [`ScimErrorType::InvalidValue`] if there is no `userName` or no address, or if an
/// attribute that holds one value has several.
pub fn parse(
    kind: &ResourceType<'_>,
    object: &Object,
    before: Option<UserBeforeChange<'_>>,
    fixes: &mut CompatibilityFixes,
) -> Result<UserInput, ScimError> {
    let stored = match before {
        Some(before) => {
            let mut view_attributes = parse_attributes(before.view)?;
            view_attributes.retain(|(field, _)| before.is_stored(*field, object));
            view_attributes
        }
        None => Vec::new(),
    };
    let mut parser = UserPatchParser::default();
    let patches = parse_multi_valued(object, before, fixes)?;
    // The list of phone numbers sets the mobile number, unless the extension has another
    // one.
    let has_mobile = patches.iter().any(|(field, values)| {
        *field == MultiValuedField::PhoneNumbers && has_main(*field, values.as_ref())
    });
    for attribute in parse_attributes(object)? {
        let (field, value) = &attribute;
        let same_name =
            before.and_then(|before| before.is_same_name(*field, value.as_deref(), object));
        let is_in_list = value.is_none()
            && has_mobile
            && matches!(field, ProfileField::MobileRegionCode | ProfileField::MobileNumber);
        if is_in_list || same_name.unwrap_or_else(|| stored.contains(&attribute)) {
            continue;
        }
        let (field, value) = attribute;
        match value {
            Some(text) => parser.set(field, FieldPatch::Set(&text)),
            // A user without a role has the lowest one. A new user has it by default.
            None if field == ProfileField::Role => {
                let lowest = before.map(|_| AccountRole::Stakeholder.as_str());
                parser.set(field, lowest.map_or(FieldPatch::Keep, FieldPatch::Set));
            }
            None => parser.set(field, FieldPatch::Clear),
        }
    }
    for (field, values) in patches {
        parser.set_values(field, values);
    }
    let is_active = |object: &Object| object.get("active").and_then(Value::as_bool);
    parser.set_status(match is_active(object) {
        // If it is left out, the user is neither enabled nor disabled.
        active if active == before.and_then(|before| is_active(before.view)) => None,
        Some(false) => Some(StatusRequest::Is(UserStatus::Disabled)),
        Some(true) => Some(StatusRequest::Enabled),
        None => None,
    });
    let (mut patch, errors) = parser.into_parts();
    patch.custom = parse_custom(kind, object, before);
    Ok(UserInput { patch, external_id: text_member(object, "externalId"), errors })
}

/// Parses the custom attributes that differ from those before the change. Their values are
/// checked when the patch is applied.
fn parse_custom(
    kind: &ResourceType<'_>,
    object: &Object,
    before: Option<UserBeforeChange<'_>>,
) -> CustomAttributePatch {
    let mut patch = CustomAttributePatch::default();
    for schema in kind.extensions.iter().filter(|schema| is_custom_schema(schema.id)) {
        let value =
            |object: &Object, name: &str| object.get(schema.id)?.as_object()?.get(name).cloned();
        for attribute in schema.attributes.iter().filter(|one| !one.is_read_only()) {
            let current = before.and_then(|before| value(before.view, attribute.name));
            let new = value(object, attribute.name);
            // A client that replaces the user does not see such a value.
            let is_hidden = attribute.returned == Returned::Never;
            let is_kept = new.is_none() && is_hidden && before.is_some_and(|before| before.is_put);
            if new != current && !is_kept {
                let value = CustomAttributeValue::Json(new.unwrap_or_default());
                patch.values.insert(attribute.name.to_owned(), value);
            }
        }
    }
    patch
}

/// The patches of multi-valued attributes.
type ValuePatches = Vec<(MultiValuedField, FieldPatch<Vec<FieldValue>>)>;

/// Parses the multi-valued attributes that differ from those before the change.
///
/// A list that is left out has no values, with two exceptions. Without `emails`, the user
/// name is the address. A replacement without `phoneNumbers` keeps the mobile number,
/// because it is also an attribute of the extension.
fn parse_multi_valued(
    object: &Object,
    before: Option<UserBeforeChange<'_>>,
    fixes: &mut CompatibilityFixes,
) -> Result<ValuePatches, ScimError> {
    let mut patches = Vec::new();
    for field in MultiValuedField::ALL {
        let current = before.and_then(|before| before.view.get(field.as_str()));
        let values = match object.get(field.as_str()) {
            same if same == current => continue,
            Some(Value::Array(values)) => {
                FieldPatch::Set(parse_values(field, values, before, fixes)?)
            }
            _ if field == MultiValuedField::Emails => FieldPatch::Clear,
            _ if field == MultiValuedField::PhoneNumbers
                && before.is_some_and(|before| before.is_put) =>
            {
                FieldPatch::Clear
            }
            _ => FieldPatch::Set(Vec::new()),
        };
        patches.push((field, values));
    }
    Ok(patches)
}

fn parse_values(
    field: MultiValuedField,
    values: &[Value],
    before: Option<UserBeforeChange<'_>>,
    fixes: &mut CompatibilityFixes,
) -> Result<Vec<FieldValue>, ScimError> {
    let read = |value: &Value| value.as_object().and_then(FieldValue::from_json);
    let values: Option<Vec<_>> = values.iter().map(read).collect();
    let Some(mut values) = values else {
        let detail = format!("{field} has a value that is not an object of texts");
        return Err(ScimErrorType::InvalidValue.with_detail(detail));
    };
    let is_address = |value: &FieldValue| value.value().parse::<Email>().is_ok();
    // A mistake in the login address must not make another address the login address.
    let is_login = |value: &FieldValue| {
        let email = value.value().parse::<Email>();
        before.is_none_or(|before| email.is_ok_and(|email| email.key() == before.user.email.key()))
    };
    if field == MultiValuedField::Emails
        && values.iter().any(|value| is_address(value) && is_login(value))
        && !values.iter().all(is_address)
        && fixes.allow(CompatibilityFix::OneOfSeveral, field.as_str())
    {
        values.retain(is_address);
    }
    Ok(values)
}

fn has_main(field: MultiValuedField, values: FieldPatch<&Vec<FieldValue>>) -> bool {
    matches!(values, FieldPatch::Set(values) if select_main(field, values).is_some())
}

/// Returns every field that a client can write, with its text. [`parse_multi_valued`] parses the
/// multi-valued ones; only a user name that is the address is returned here.
fn parse_attributes(object: &Object) -> Result<Vec<(ProfileField, Option<String>)>, ScimError> {
    let Some(user_name) = text_member(object, "userName").filter(|name| !name.trim().is_empty())
    else {
        return Err(ScimErrorType::InvalidValue
            .with_detail("userName is required: send the user name, such as the e-mail address"));
    };
    let email = match (object.get("emails"), user_name.parse::<Email>()) {
        (Some(_), _) => None,
        (None, Ok(_)) => Some(user_name.clone()),
        (None, Err(EmailError::Character(reason))) => {
            let detail = format!("userName {} {reason}", QuotedText(&user_name));
            return Err(ScimErrorType::InvalidValue.with_detail(detail));
        }
        (None, Err(EmailError::Malformed)) => {
            let detail = "emails is required: send an e-mail address in emails, or as userName";
            return Err(ScimErrorType::InvalidValue.with_detail(detail));
        }
    };
    let joined = joined_names(object);
    let attribute = |(field, path): (ProfileField, ScimPath)| {
        let text = match field {
            ProfileField::DisplayName | ProfileField::FormattedName => {
                text_at(object, path).filter(|name| Some(name) != joined.as_ref())
            }
            _ => text_at(object, path),
        };
        (field, text)
    };
    let of_list = |path: &ScimPath| path.attribute.parse::<MultiValuedField>().is_ok();
    let attributes = ProfileField::in_scim().filter(|(_, path)| !of_list(path)).map(attribute);
    let email = email.map(|email| (ProfileField::Email, Some(email)));
    Ok(email.into_iter().chain(attributes).collect())
}

/// The text at a place of a user.
fn text_at(
    user: &Object,
    ScimPath { schema, attribute, sub_attribute }: ScimPath,
) -> Option<String> {
    let object = match schema {
        ScimSchema::Core => Some(user),
        ScimSchema::Enterprise | ScimSchema::Usher => {
            user.get(schema_of(schema).id).and_then(Value::as_object)
        }
    };
    let value = object.and_then(|object| object.get(attribute));
    match (value, sub_attribute) {
        (Some(Value::Object(sub_attributes)), Some(sub_attribute)) => {
            text_member(sub_attributes, sub_attribute)
        }
        (value, _) => value.and_then(Value::as_str).map(str::to_owned),
    }
}

fn text_member(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}
