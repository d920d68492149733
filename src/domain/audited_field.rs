//! The names of the fields that entries of the audit can have.

use std::sync::LazyLock;

use super::{
    connection_setting::ConnectionSetting, multi_valued::MultiValuedField,
    profile_field::ProfileField,
};

/// The field of a mobile number as a whole: an entry has its parts.
pub const MOBILE: &str = "mobile";

/// The parts of a mobile number.
pub const MOBILE_PARTS: [&str; 2] = ["mobile.regionCode", "mobile.number"];

/// The teams of a user: each membership has an entry of its own.
pub const TEAMS: &str = "teams";

/// The fields that no definition lists.
const OTHERS: [&str; 39] = [
    MOBILE,
    TEAMS,
    "email",
    "userName",
    "displayName",
    "manager",
    "externalId",
    "firstName",
    "lastName",
    "role",
    "userProfileImage",
    "status",
    "lockedAttributes",
    "sessions",
    "user",
    "connection",
    "subject",
    "name",
    "members",
    "scopes",
    "scimClient",
    "expiresAt",
    "replaces",
    "replacedBy",
    "dialect",
    "keys",
    "userExternalIds",
    "teamExternalIds",
    "enabled",
    "metadata",
    "idpEntityId",
    "ssoUrl",
    "certificates",
    "ignoredCertificates",
    "identities",
    "attempts",
    "slug",
    "contact",
    "recreateDeleted",
];

/// Every name, each once, in alphabetic order.
pub fn audited_field_names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let texts = ProfileField::texts().map(ProfileField::as_str);
        let lists = MultiValuedField::ALL.into_iter().map(MultiValuedField::as_str);
        let settings = ConnectionSetting::ALL.into_iter().map(ConnectionSetting::as_str);
        let mut names: Vec<_> = OTHERS
            .into_iter()
            .chain(MOBILE_PARTS)
            .chain(texts)
            .chain(lists)
            .chain(settings)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    });
    &NAMES
}
