//! Users.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    Timestamp,
    attribute_name::AttributeName,
    custom_attribute::{CustomAttributeName, CustomAttributes, count_bytes},
    email::Email,
    id::{AccountId, ConnectionId, IdentityId, UserId},
    mobile::Mobile,
    multi_valued::{FieldValue, MultiValuedField, ValuesByField, default_value},
    named_enum::named,
    profile_field::{ProfileField, ProfileTexts},
    provenance::AttributeProvenance,
    role::AccountRole,
    subject::SubjectKey,
    user_name::{UserName, UserNameKey},
};

/// A person in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never changes.
    pub id: UserId,
    /// The account that the user belongs to.
    pub account: AccountId,
    /// Unique in the account, compared by key.
    pub email: Email,
    /// The `userName` from an identity provider. Unique in the account, compared by
    /// key, together with the addresses of the users who have none.
    pub user_name: Option<UserName>,
    /// The display name from an identity provider, if it differs from both names.
    pub display_name: Option<String>,
    /// The manager from an identity provider, as plain text.
    pub manager: Option<String>,
    /// The account's own ID for the user, e.g. a staff number; unique in the account,
    /// compared exactly.
    pub external_id: Option<String>,
    /// Their account role.
    pub role: AccountRole,
    /// Further attributes of the person.
    pub profile: Profile,
    /// Who set the attributes.
    pub provenance: AttributeProvenance,
    /// The attributes that logins and SCIM may not change.
    pub locks: BTreeSet<AttributeName>,
    /// Whether they may log in, and whether they have.
    pub status: UserStatus,
    /// How the user was created.
    pub origin: Origin,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When anything of the user last changed.
    pub updated_at: Timestamp,
    /// The first login, if there was one.
    pub first_login_at: Option<Timestamp>,
    /// The latest login, if there was one.
    pub last_login_at: Option<Timestamp>,
    /// Grows by one with each change.
    pub version: i64,
}

/// The attributes of a person, without address and role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// The attributes without rules of their own, by their definitions.
    pub texts: ProfileTexts,
    /// Mobile phone number.
    pub mobile: Option<Mobile>,
    /// Absolute http or https URL of a picture. Never fetched.
    pub profile_image: Option<String>,
    /// The multi-valued attributes that differ from their defaults: see [`User::values`].
    pub values: ValuesByField,
    /// The custom attributes that have a value.
    pub custom: CustomAttributes,
}

named! {
    /// Whether a user may log in, and whether they have logged in.
    UserStatus as "user status" {
        /// Prepared by an administrator or an identity provider; has not logged in.
        Staged = "STAGED",
        /// Has logged in.
        Active = "ACTIVE",
        /// May not log in.
        Disabled = "DISABLED",
    }
}

impl User {
    /// A staged user with the defaults, and with empty names.
    #[must_use]
    pub fn new(
        id: UserId,
        account: AccountId,
        email: Email,
        origin: Origin,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            account,
            email,
            user_name: None,
            display_name: None,
            manager: None,
            external_id: None,
            role: AccountRole::Stakeholder,
            profile: Profile::default(),
            provenance: AttributeProvenance::default(),
            locks: BTreeSet::new(),
            status: UserStatus::Staged,
            origin,
            created_at: now,
            updated_at: now,
            first_login_at: None,
            last_login_at: None,
            version: 1,
        }
    }

    /// The user's `userName`: their address, unless an identity provider has
    /// given them another.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.user_name.as_ref().map_or(self.email.as_str(), UserName::as_str)
    }

    /// Whether the user is an administrator who may log in.
    #[must_use]
    pub fn is_enabled_admin(&self) -> bool {
        self.role == AccountRole::Admin && self.status != UserStatus::Disabled
    }

    /// Whether the values or the locks of custom attributes differ from an earlier state.
    /// `None`: the user is new.
    #[must_use]
    pub fn changes_custom_attributes(&self, before: Option<&Self>) -> bool {
        fn custom(user: &User) -> (&CustomAttributes, Vec<CustomAttributeName>) {
            (&user.profile.custom, user.locks.iter().filter_map(|name| name.custom()).collect())
        }
        match before {
            Some(before) => custom(self) != custom(before),
            None => custom(self) != (&CustomAttributes::new(), Vec::new()),
        }
    }

    /// Removes a custom attribute with its lock and the record of who set it.
    pub fn forget_custom_attribute(&mut self, name: CustomAttributeName) {
        let is_other = |other: CustomAttributeName| other.key() != name.key();
        let is_retained = |attribute: AttributeName| attribute.custom().is_none_or(is_other);
        self.profile.custom.retain(|other, _| is_other(*other));
        self.locks.retain(|attribute| is_retained(*attribute));
        self.provenance.retain(|value| is_retained(value.attribute));
    }

    /// The approximate number of bytes of the user's texts, without the fields that every user
    /// has.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let profile = &self.profile;
        let texts = [
            self.external_id.as_ref(),
            self.display_name.as_ref(),
            self.manager.as_ref(),
            profile.profile_image.as_ref(),
            Some(&profile.first_name),
            Some(&profile.last_name),
        ];
        let texts = texts.into_iter().flatten().chain(profile.texts.values()).map(String::len);
        let values = profile.values.values().flatten().map(FieldValue::text_bytes);
        texts.chain(values).sum::<usize>() + count_bytes(&profile.custom)
    }

    /// The values of a multi-valued attribute. If its list is not stored, its main value is
    /// the only value; without a main value, it has no values.
    #[must_use]
    pub fn values(&self, field: MultiValuedField) -> Cow<'_, [FieldValue]> {
        match self.profile.values.get(&field) {
            Some(values) => Cow::Borrowed(values),
            None => {
                let main = self.main_value(field).map(|text| default_value(field, &text));
                Cow::Owned(main.into_iter().collect())
            }
        }
    }

    /// The main value of a multi-valued attribute: the login address, the mobile number as
    /// a `tel:` URI (RFC 3966), or the profile image.
    #[must_use]
    pub fn main_value(&self, field: MultiValuedField) -> Option<String> {
        match field {
            MultiValuedField::Emails => Some(self.email.to_string()),
            MultiValuedField::PhoneNumbers => self.profile.mobile.as_ref().map(Mobile::to_uri),
            MultiValuedField::Photos => self.profile.profile_image.clone(),
            _ => None,
        }
    }

    /// The display name: the one that an identity provider has set, or first and last name.
    /// May be empty.
    #[must_use]
    pub fn display_name(&self) -> String {
        self.display_name.clone().unwrap_or_else(|| self.profile.full_name())
    }

    /// The key by which the user's `userName` is compared.
    #[must_use]
    pub fn user_name_key(&self) -> UserNameKey {
        self.user_name.as_ref().map_or_else(|| self.email.key().into(), |name| name.key().clone())
    }
}

impl Profile {
    /// The value of an attribute without rules of its own.
    #[must_use]
    pub fn text(&self, field: ProfileField) -> Option<&str> {
        self.texts.get(&field).map(String::as_str)
    }

    /// First and last name as one text; empty if both are.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.first_name, &self.last_name)
    }
}

/// First and last name as one text; empty if both are.
#[must_use]
pub fn full_name(first: &str, last: &str) -> String {
    format!("{first} {last}").trim().to_owned()
}

named! {
    /// How a user or a team was created: by a login, an administrator, or SCIM.
    Origin as "origin" {
        /// Created at a first login.
        Login = "LOGIN",
        /// Staged by an administrator.
        Admin = "ADMIN",
        /// Pushed by an identity provider.
        Scim = "SCIM",
    }
}

/// The tombstone of a deleted user. A login re-creates the user only if the account allows
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedUser {
    /// The user's own identifier.
    pub id: UserId,
    /// The account that the user belonged to.
    pub account: AccountId,
    /// Their address. Unique in the account among those who were deleted.
    pub email: Email,
    /// When they were deleted.
    pub deleted_at: Timestamp,
}

/// The link from a subject on a connection to a user. Created at the first login;
/// later logins find the user by it, even if the e-mail address has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Never changes.
    pub id: IdentityId,
    /// The account of both ends.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionId,
    /// The subject; see [`provisioning::identify`](super::provisioning::identify).
    pub subject: SubjectKey,
    /// The user.
    pub user: UserId,
    /// When the link was created.
    pub created_at: Timestamp,
}
