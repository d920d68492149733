//! Changes of a user by PUT or PATCH, which are applied to the current user.

use serde_json::Value;

use super::{
    compatibility::CompatibilityFixes,
    error::{ScimError, ScimErrorType},
    names::find_member,
    patch::{self, PatchOperation, PatchedUser},
    resource,
    schema::{Object, ResourceType, Schema},
    user::{self, UserBeforeChange, UserInput},
};
use crate::domain::{multi_valued::MultiValuedField, profile_field::ProfileField, user::User};

/// The change of a user that a request makes.
#[derive(Debug, Clone)]
pub enum UserChange {
    /// A PUT: an attribute that is left out is removed.
    Replace {
        /// The new state of the user.
        object: Object,
        /// The URIs of the extensions that the request names in `schemas` or in the body.
        /// The others are not asserted, and stay (RFC 7644, section 3.5.1).
        asserted: Vec<String>,
    },
    /// A PATCH: its operations.
    Patch(Vec<PatchOperation>),
}

impl UserChange {
    /// Reads the body of a PUT.
    ///
    /// # Errors
    /// The first error of the body.
    pub fn read_replacement(
        kind: &ResourceType<'_>,
        body: &Value,
        fixes: &mut CompatibilityFixes,
    ) -> Result<Self, ScimError> {
        let mut object = resource::parse(kind, body, fixes)?;
        // An empty list and an absent one have different meanings: see `user::parse`.
        let phones = MultiValuedField::PhoneNumbers.as_str();
        if body.as_object().and_then(|body| find_member(body, phones)).is_some() {
            object.entry(phones).or_insert_with(|| Value::Array(Vec::new()));
        }
        let is_asserted = |extension: &Schema| {
            resource::names_schema(kind, body, extension) || object.contains_key(extension.id)
        };
        let extensions = kind.extensions.iter().filter(|extension| is_asserted(extension));
        let asserted = extensions.map(|extension| extension.id.to_owned()).collect();
        Ok(Self::Replace { object, asserted })
    }

    /// Reads the body of a PATCH.
    ///
    /// # Errors
    /// The first error of the body.
    pub fn read_patch(body: &Value, fixes: &mut CompatibilityFixes) -> Result<Self, ScimError> {
        patch::parse(body, fixes).map(Self::Patch)
    }

    /// Applies the change to a user, whom the client sees as `view`.
    ///
    /// # Errors
    /// Why the change can't be made.
    pub fn apply(
        &self,
        kind: &ResourceType<'_>,
        user: &User,
        view: &Object,
        fixes: &mut CompatibilityFixes,
    ) -> Result<UserInput, ScimError> {
        let object = match self {
            Self::Replace { object, asserted } => {
                let mut object = object.clone();
                let stay =
                    view.iter().filter(|(key, _)| key.contains(':') && !asserted.contains(key));
                object.extend(stay.map(|(id, current)| (id.clone(), current.clone())));
                object
            }
            Self::Patch(operations) => {
                let patched = PatchedUser { object: view.clone(), kind };
                apply_patch(user, patched, operations, fixes)?
            }
        };
        let is_put = matches!(self, Self::Replace { .. });
        user::parse(kind, &object, Some(UserBeforeChange { user, view, is_put }), fixes)
    }
}

/// The maximum number of list values in a PATCH. Each is compared with each value of the
/// user.
const MAX_VALUES: usize = 1_000;

/// Counts the entries of the lists in a value.
fn count_values(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.len(),
        Value::Object(members) => members.values().map(count_values).sum(),
        _ => 0,
    }
}

fn apply_patch(
    user: &User,
    mut patched: PatchedUser<'_>,
    operations: &[PatchOperation],
    fixes: &mut CompatibilityFixes,
) -> Result<Object, ScimError> {
    // A value that is derived from both names follows them, unless an operation sets it.
    if user.display_name.is_none() {
        patched.object.remove("displayName");
    }
    if let Some(Value::Object(name)) = patched.object.get_mut("name")
        && user.profile.text(ProfileField::FormattedName).is_none()
    {
        name.remove("formatted");
    }
    let count: usize =
        operations.iter().filter_map(|one| one.value.as_ref()).map(count_values).sum();
    if count > MAX_VALUES {
        let detail = format!("the operations have {count} values: send at most {MAX_VALUES}");
        return Err(ScimErrorType::InvalidValue.with_detail(detail));
    }
    for operation in operations {
        patch::apply(&mut patched, operation, fixes)?;
    }
    Ok(patched.object)
}
