//! Applies a patch to a user: the rules that concern more than one field.

use std::collections::BTreeMap;

use super::{
    FieldPatch, StatusRequest, UserPatch,
    values::{patch_mobile_or_list, patch_values},
};
use crate::domain::{
    attribute_name::AttributeName,
    custom_attribute::{
        AttributeDefinition, AttributeWriter, CustomAttributeName, unknown_attribute,
    },
    field_error::FieldError,
    membership::ForbiddenTeamRole,
    multi_valued::MultiValuedField,
    profile_field::{ProfileField, ProfileTexts},
    provisioning::derive_names,
    role::AccountRole,
    user::{Profile, User, UserStatus},
    value_name::ValueName,
};

impl UserPatch {
    /// Returns the user after the patch, with the custom attributes. As [`Self::apply`].
    ///
    /// # Errors
    /// As [`Self::apply`], and every error below `attributes` and `lockedAttributes`.
    pub fn apply_with_definitions(
        self,
        user: User,
        definitions: &[AttributeDefinition],
        writer: AttributeWriter,
    ) -> Result<User, Vec<FieldError>> {
        let mut errors = self.undefined_locks(&user, definitions);
        let custom = self.custom.apply(&user.profile.custom, definitions, writer);
        let custom = custom.map_err(|more| errors.extend(more)).unwrap_or_default();
        match self.apply(user) {
            Ok(user) if errors.is_empty() => {
                Ok(User { profile: Profile { custom, ..user.profile }, ..user })
            }
            Ok(_) => Err(errors),
            Err(mut all) => {
                all.extend(errors);
                Err(all)
            }
        }
    }

    /// The errors of locks of custom attributes that the account does not define.
    fn undefined_locks(&self, user: &User, definitions: &[AttributeDefinition]) -> Vec<FieldError> {
        let custom = self.locks.iter().flatten().filter_map(|name| name.custom());
        let is_known = |name: &CustomAttributeName| {
            user.locks.contains(&(*name).into()) || definitions.iter().any(|one| one.name == *name)
        };
        let undefined = custom.filter(|name| !is_known(name));
        let error = |name: CustomAttributeName| {
            let reason = unknown_attribute(name.as_str(), definitions);
            FieldError::new("lockedAttributes", AttributeName::from(name).to_string(), reason)
        };
        undefined.map(error).collect()
    }

    /// Returns the user after the patch, without the custom attributes. Fields that the patch
    /// keeps are not validated again.
    ///
    /// # Errors
    /// Every error that concerns more than one field: `mobile/number`, `status`,
    /// `teams/0/role`.
    pub fn apply(mut self, user: User) -> Result<User, Vec<FieldError>> {
        // A client may send back the lists that it has read.
        self.values.retain(|field, values| {
            !matches!(values, FieldPatch::Set(values) if *values == *user.values(*field))
        });
        let email = self.email.clone().unwrap_or_else(|| user.email.clone());
        let role = self.role.resolve(user.role, || AccountRole::Stakeholder);
        let mut errors = self.forbidden_roles(role);
        let phone_numbers = self.values.get(&MultiValuedField::PhoneNumbers);
        let mobile =
            patch_mobile_or_list(self.mobile.clone(), phone_numbers, user.profile.mobile.as_ref());
        let mobile = mobile.map_err(|error| errors.push(error)).unwrap_or_default();
        let status = match self.status {
            None => Ok(user.status),
            Some(request) => resolve_status(user.status, user.first_login_at.is_some(), request),
        };
        let status = status.map_err(|error| errors.push(error)).unwrap_or(user.status);
        if !errors.is_empty() {
            return Err(errors);
        }
        let parsed = derive_names(&email);
        let before = MultiValuedField::ALL.map(|field| user.main_value(field));
        let user = self.apply_identifiers(user);
        let mut after = User {
            role,
            profile: Profile {
                first_name: self.first_name.resolve(user.profile.first_name, || parsed.first),
                last_name: self.last_name.resolve(user.profile.last_name, || parsed.last),
                texts: patch_texts(self.texts, user.profile.texts),
                mobile,
                profile_image: self.profile_image.resolve_option(user.profile.profile_image),
                values: user.profile.values,
                custom: user.profile.custom,
            },
            locks: self.locks.unwrap_or(user.locks),
            status,
            display_name: self.display_name.resolve_option(user.display_name),
            manager: self.manager.resolve_option(user.manager),
            ..user
        };
        patch_values(&mut after, self.values, before)?;
        Ok(after)
    }

    /// Returns the user with the unique values of the patch, even if others have errors.
    #[must_use]
    pub fn apply_identifiers(&self, user: User) -> User {
        User {
            email: self.email.clone().unwrap_or(user.email),
            external_id: self.external_id.clone().resolve_option(user.external_id),
            user_name: self.user_name.clone().resolve_option(user.user_name),
            ..user
        }
    }

    /// Returns the patch of a replacement. It clears each field that an administrator can
    /// write and that is left out, unless `is_unchanged` is true of the field's name in the
    /// contract. Status, teams and the fields of an identity provider stay.
    #[must_use]
    pub fn into_replacement(mut self, is_unchanged: impl Fn(&str) -> bool) -> Self {
        let is_cleared = |field: ProfileField| !is_unchanged(field.as_str());
        self.external_id.clear_if_absent(is_cleared(ProfileField::ExternalId));
        self.first_name.clear_if_absent(is_cleared(ProfileField::FirstName));
        self.last_name.clear_if_absent(is_cleared(ProfileField::LastName));
        for text in ProfileField::text_fields() {
            self.texts.entry(text).or_default().clear_if_absent(is_cleared(text));
        }
        self.role.clear_if_absent(is_cleared(ProfileField::Role));
        // The list of phone numbers may set the mobile number.
        let is_set = |field| matches!(self.values.get(&field), Some(FieldPatch::Set(_)));
        let has_phones = is_set(MultiValuedField::PhoneNumbers);
        let is_image_cleared = is_cleared(ProfileField::UserProfileImage);
        self.mobile.clear_if_absent(!is_unchanged("mobile") && !has_phones);
        self.profile_image.clear_if_absent(is_image_cleared);
        self.custom.is_replacement = !is_unchanged("attributes");
        for field in MultiValuedField::ALL {
            let is_cleared = !is_unchanged(field.as_str());
            self.values.entry(field).or_default().clear_if_absent(is_cleared);
        }
        self
    }

    /// The fields of a new user that get a default, because the patch does not set them.
    #[must_use]
    pub fn default_fields(&self) -> Vec<ValueName> {
        let is_set = |field: &FieldPatch<String>| matches!(field, FieldPatch::Set(_));
        let fields = [
            (ProfileField::FirstName, is_set(&self.first_name)),
            (ProfileField::LastName, is_set(&self.last_name)),
            (ProfileField::Role, matches!(self.role, FieldPatch::Set(_))),
            (ProfileField::Disabled, self.status.is_some()),
        ];
        fields.into_iter().filter(|(_, is_set)| !is_set).map(|(field, _)| field.into()).collect()
    }

    /// The errors of the team roles that an account role does not allow.
    pub(super) fn forbidden_roles(&self, account: AccountRole) -> Vec<FieldError> {
        let stated = self.teams.iter().flatten();
        let roles = stated.filter_map(|membership| Some((membership.index, membership.role?)));
        let forbidden = roles.filter(|(_, role)| !account.allows(*role));
        let error = |(index, team)| {
            ForbiddenTeamRole { account, team }.to_field_error(format!("teams/{index}/role"))
        };
        forbidden.map(error).collect()
    }
}

fn patch_texts(
    patch: BTreeMap<ProfileField, FieldPatch<String>>,
    mut texts: ProfileTexts,
) -> ProfileTexts {
    for (field, change) in patch {
        if let Some(text) = change.resolve_option(texts.remove(&field)) {
            texts.insert(field, text);
        }
    }
    texts
}

/// Returns the status of a user after a request to change it.
///
/// Whether a user has logged in can't be chosen: a user who has is never STAGED
/// again, and one who has not is never ACTIVE. Either value enables a user who
/// is DISABLED.
///
/// # Errors
/// The error, at `status`.
fn resolve_status(
    current: UserStatus,
    has_logged_in: bool,
    request: StatusRequest,
) -> Result<UserStatus, FieldError> {
    use UserStatus::{Active, Disabled, Staged};
    let enabled = if has_logged_in { Active } else { Staged };
    match request {
        StatusRequest::Enabled => Ok(enabled),
        StatusRequest::Is(Disabled) => Ok(Disabled),
        StatusRequest::Is(_) if current == Disabled => Ok(enabled),
        StatusRequest::Is(request) if request == enabled => Ok(enabled),
        StatusRequest::Is(request) => {
            let reason = match has_logged_in {
                true => "must be ACTIVE or DISABLED for a user who has logged in",
                false => {
                    "must be STAGED or DISABLED for a user who has not logged in: the first login makes it ACTIVE"
                }
            };
            Err(FieldError::new("status", request.as_str(), reason))
        }
    }
}
