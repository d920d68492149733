//! The names of the fields that entries of the audit log have.

use std::sync::LazyLock;

use super::{
    connection_setting::ConnectionSetting, multi_valued::MultiValuedField,
    profile_field::ProfileField,
};

/// The name of a field in an entry of the audit log. Entries are written with this type, so every
/// name is one of [`audited_field_names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditedField(&'static str);

/// Declares the fields that no definition lists.
macro_rules! own_fields {
    ($($field:ident = $name:literal,)*) => {
        impl AuditedField {
            $(
                #[doc = concat!("`", $name, "`.")]
                pub const $field: Self = Self($name);
            )*

            const OWN: [Self; [$($name),*].len()] = [$(Self::$field),*];
        }
    };
}

own_fields! {
    ATTEMPTS = "attempts",
    CANONICAL_VALUES = "canonicalValues",
    CASE_EXACT = "caseExact",
    CERTIFICATES = "certificates",
    CONNECTION = "connection",
    CONTACT = "contact",
    DESCRIPTION = "description",
    DIALECT = "dialect",
    DISPLAY_NAME = "displayName",
    EMAIL = "email",
    ENABLED = "enabled",
    EXPIRES_AT = "expiresAt",
    EXTERNAL_ID = "externalId",
    FIRST_NAME = "firstName",
    IDENTITIES = "identities",
    IDP_ENTITY_ID = "idpEntityId",
    IGNORED_CERTIFICATES = "ignoredCertificates",
    KEYS = "keys",
    LAST_NAME = "lastName",
    LOCKED_ATTRIBUTES = "lockedAttributes",
    MANAGER = "manager",
    MEMBERS = "members",
    METADATA = "metadata",
    MOBILE_NUMBER = "mobile.number",
    MOBILE_REGION_CODE = "mobile.regionCode",
    MULTI_VALUED = "multiValued",
    MUTABILITY = "mutability",
    NAME = "name",
    SUB_ATTRIBUTES = "subAttributes",
    RECREATE_DELETED = "recreateDeleted",
    REPLACED_BY = "replacedBy",
    REPLACES = "replaces",
    REQUIRED = "required",
    ROLE = "role",
    SCIM_CLIENT = "scimClient",
    SCOPES = "scopes",
    SESSIONS = "sessions",
    SLUG = "slug",
    SSO_URL = "ssoUrl",
    STATUS = "status",
    SUBJECT = "subject",
    TEAM = "team",
    TEAM_EXTERNAL_IDS = "teamExternalIds",
    TYPE = "type",
    USER = "user",
    USER_EXTERNAL_IDS = "userExternalIds",
    USER_NAME = "userName",
    USER_PROFILE_IMAGE = "userProfileImage",
    USERS = "users",
    VISIBILITY = "visibility",
}

/// The field of a mobile number as a whole, in filters: an entry has its parts.
pub const MOBILE: &str = "mobile";

/// The parts of a mobile number.
pub const MOBILE_PARTS: [&str; 2] =
    [AuditedField::MOBILE_REGION_CODE.0, AuditedField::MOBILE_NUMBER.0];

/// The teams of a user, in filters: each membership has an entry of its own.
pub const TEAMS: &str = "teams";

impl AuditedField {
    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The texts of a user.
    pub fn text_fields() -> impl Iterator<Item = (ProfileField, Self)> {
        ProfileField::text_fields().map(|field| (field, Self(field.as_str())))
    }
}

impl From<MultiValuedField> for AuditedField {
    fn from(list: MultiValuedField) -> Self {
        Self(list.as_str())
    }
}

impl From<ConnectionSetting> for AuditedField {
    fn from(setting: ConnectionSetting) -> Self {
        Self(setting.as_str())
    }
}

/// Every name that a filter accepts, each once, in alphabetic order.
pub fn audited_field_names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let texts = AuditedField::text_fields().map(|(_, name)| name);
        let lists = MultiValuedField::ALL.into_iter().map(AuditedField::from);
        let settings = ConnectionSetting::ALL.into_iter().map(AuditedField::from);
        let fields = AuditedField::OWN.into_iter().chain(texts).chain(lists).chain(settings);
        let mut names: Vec<_> = fields.map(AuditedField::as_str).chain([MOBILE, TEAMS]).collect();
        names.sort_unstable();
        names.dedup();
        names
    });
    &NAMES
}
