//! Users as requests give them.

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::super::{
    body::{self, Faults, Field, Parsed, Patched},
    enums::{AccountRole, TeamRole, UserStatus, named},
    fields::{Line, Text},
};
use crate::domain::{
    email::{Email, EmailError},
    id::TeamId,
    mobile::MAX_NUMBER_CHARS,
    provisioning::MAX_URL_CHARS,
    text::MAX_CHARS,
};

type Short = Parsed<Text<MAX_CHARS>>;
type Image = Parsed<Text<MAX_URL_CHARS>>;

/// An address without white space around it.
#[derive(Debug)]
pub(in crate::http::api) struct Address(pub(super) String);

impl std::str::FromStr for Address {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let _: Email = text.parse()?;
        if text.trim() == text { Ok(Self(text.to_owned())) } else { Err(EmailError::Malformed) }
    }
}

/// A user as they shall be. Only the address is needed.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field)]
pub(in crate::http::api) struct UserDraft {
    /// Unique in the account, regardless of case.
    #[schema(value_type = String, required = true, format = "email", max_length = 254, example = "ada.lovelace@example.com")]
    #[deserr(default)]
    pub(super) email: Field<Parsed<Address>>,
    /// What the account itself calls them; unique in the account. null or
    /// an empty text clears it.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "4711")]
    #[deserr(default)]
    pub(super) external_id: Patched<Short>,
    /// Parsed from the address, if left out, null or blank.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Ada")]
    #[deserr(default)]
    pub(super) first_name: Patched<Short>,
    /// Parsed from the address, if left out or null. May be empty.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Lovelace")]
    #[deserr(default)]
    pub(super) last_name: Patched<Short>,
    /// Job title. null or an empty text clears it.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Analyst")]
    #[deserr(default)]
    pub(super) position: Patched<Short>,
    /// Department. null or an empty text clears it.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Engines")]
    #[deserr(default)]
    pub(super) department: Patched<Short>,
    /// The account role; STAKEHOLDER if left out. It can't be null.
    #[schema(value_type = AccountRole, required = false)]
    #[deserr(default)]
    pub(super) role: Field<AccountRole>,
    /// Mobile phone number. null clears it.
    #[schema(value_type = Option<MobileDraft>)]
    #[deserr(default)]
    pub(super) mobile: Patched<MobileDraft>,
    /// Absolute http or https URL of a picture. The server never fetches it. null
    /// or an empty text clears it.
    #[schema(value_type = Option<String>, format = "web-address", max_length = 2048, example = "https://example.com/ada.png")]
    #[deserr(default)]
    pub(super) user_profile_image: Patched<Image>,
    /// Whether they may not log in. Disabling ends all sessions of the user.
    /// Left out: a new user may log in; of a user who is there it stays as it
    /// is.
    #[schema(value_type = bool, required = false, example = false)]
    #[deserr(default)]
    pub(super) disabled: Field<bool>,
    /// Deprecated: use `disabled`. Whether a user has logged in can't be chosen:
    /// STAGED and ACTIVE enable a user who is DISABLED.
    #[schema(value_type = UserStatus, required = false, deprecated)]
    #[deserr(default)]
    pub(super) status: Field<UserStatus>,
    /// All teams that they shall be in, each once. Left out: none for a new
    /// user; those that they are in for one who is there. It can't be null.
    #[schema(value_type = Vec<UserTeamDraft>, required = false, max_items = 1000)]
    #[deserr(default)]
    pub(super) teams: Field<Vec<UserTeamDraft>>,
    /// Whether to create teams that are named and do not exist. Needs the scope
    /// `teams:write` as well.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    pub(super) create_missing_teams: Field<bool>,
}

/// A mobile number as it shall be.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field_of_mobile)]
pub(in crate::http::api) struct MobileDraft {
    /// ISO 3166-1 alpha-2, regardless of case.
    #[schema(value_type = String, format = "region-code", pattern = "^[A-Za-z]{2}$", example = "DE")]
    pub(super) region_code: Parsed<Line>,
    /// A number of the region: national, or in E.164.
    #[schema(value_type = String, format = "phone-number", min_length = 1, max_length = 40, example = "0221 123123")]
    pub(super) number: Parsed<Number>,
}

/// A team that a user shall be in: by id, by name, or by both, which then have
/// to be of one team.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields)]
pub(in crate::http::api) struct UserTeamDraft {
    /// The team's id.
    #[schema(value_type = Option<Uuid>)]
    #[deserr(default)]
    pub(super) id: Option<Parsed<TeamId>>,
    /// The team's name, regardless of case.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$", example = "Analytical Engine")]
    #[deserr(default)]
    pub(super) name: Option<Parsed<Line>>,
    /// What the user shall be in it; not lower than their role in the account.
    /// Left out: RESPONDER, which a higher account role raises. It can't be null.
    #[schema(value_type = TeamRole, required = false)]
    #[deserr(default)]
    pub(super) role: Field<TeamRole>,
}

/// What shall change of a user.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field)]
pub(in crate::http::api) struct UserChanges {
    /// Unique in the account, regardless of case.
    #[schema(value_type = String, required = false, format = "email", max_length = 254, example = "ada.king@example.com")]
    #[deserr(default)]
    pub(super) email: Field<Parsed<Address>>,
    /// What the account itself calls them; unique in the account. null or an
    /// empty text clears it.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "4711")]
    #[deserr(default)]
    pub(super) external_id: Patched<Short>,
    /// null or an empty text clears it: then it is parsed from the address.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Ada")]
    #[deserr(default)]
    pub(super) first_name: Patched<Short>,
    /// null clears it: then it is parsed from the address. May be empty.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "King")]
    #[deserr(default)]
    pub(super) last_name: Patched<Short>,
    /// E.g. their job's title. null or an empty text clears it.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Analyst")]
    #[deserr(default)]
    pub(super) position: Patched<Short>,
    /// Where in the organisation they are. null or an empty text clears it.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Engines")]
    #[deserr(default)]
    pub(super) department: Patched<Short>,
    /// The account role. It can't be cleared. It raises lower team roles for as long
    /// as the user has it.
    #[schema(value_type = AccountRole, required = false)]
    #[deserr(default)]
    pub(super) role: Field<AccountRole>,
    /// Mobile phone number; a part that is left out stays. null clears it.
    #[schema(value_type = Option<MobileChanges>)]
    #[deserr(default)]
    pub(super) mobile: Patched<MobileChanges>,
    /// Absolute http or https URL of a picture. The server never fetches it. null
    /// or an empty text clears it.
    #[schema(value_type = Option<String>, format = "web-address", max_length = 2048, example = "https://example.com/ada.png")]
    #[deserr(default)]
    pub(super) user_profile_image: Patched<Image>,
    /// Whether they may not log in. Disabling ends all sessions of the user. It
    /// can't be cleared.
    #[schema(value_type = bool, required = false, example = false)]
    #[deserr(default)]
    pub(super) disabled: Field<bool>,
    /// Deprecated: use `disabled`. Whether a user has logged in can't be chosen:
    /// STAGED and ACTIVE enable a user who is DISABLED.
    #[schema(value_type = UserStatus, required = false, deprecated)]
    #[deserr(default)]
    pub(super) status: Field<UserStatus>,
    /// All teams that they shall be in, each once; those that are left out are
    /// left by the user. An empty list takes them out of all teams; it can't be
    /// null.
    #[schema(value_type = Vec<UserTeamDraft>, required = false, max_items = 1000)]
    #[deserr(default)]
    pub(super) teams: Field<Vec<UserTeamDraft>>,
    /// Whether to create teams that are named and do not exist. Needs the scope
    /// `teams:write` as well.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    pub(super) create_missing_teams: Field<bool>,
    /// The fields to clear, as null does: for clients that can't send null. A
    /// field can't be set and cleared in one request.
    #[schema(value_type = Vec<ClearableUserField>, required = false, example = json!([]))]
    #[deserr(default)]
    pub(super) clear: Field<Vec<ClearableUserField>>,
}

named! {
    /// A field of a user that can be cleared.
    ClearableUserField {
        ExternalId = "externalId",
        FirstName = "firstName",
        LastName = "lastName",
        Position = "position",
        Department = "department",
        Mobile = "mobile",
        UserProfileImage = "userProfileImage",
    }
}

/// What shall change of a mobile number. One who has none needs both.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field_of_mobile)]
pub(in crate::http::api) struct MobileChanges {
    /// ISO 3166-1 alpha-2, regardless of case.
    #[schema(value_type = String, required = false, format = "region-code", pattern = "^[A-Za-z]{2}$", example = "DE")]
    #[deserr(default)]
    pub(super) region_code: Field<Parsed<Line>>,
    /// A number of the region: national, or in E.164.
    #[schema(value_type = String, required = false, format = "phone-number", min_length = 1, max_length = 40, example = "0221 123123")]
    #[deserr(default)]
    pub(super) number: Field<Parsed<Number>>,
}

/// What is no number at all.
#[derive(Debug)]
pub(in crate::http::api) struct Number(pub(super) String);

impl std::str::FromStr for Number {
    type Err = super::super::fields::Unfit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Text::<MAX_NUMBER_CHARS>(text) = text.parse()?;
        text.map(Self).ok_or(Self::Err::Empty)
    }
}

fn no_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> Faults {
    const READ_ONLY: [&str; 14] = [
        "etag",
        "id",
        "userName",
        "displayName",
        "manager",
        "identities",
        "origin",
        "createdAt",
        "updatedAt",
        "firstLoginAt",
        "lastLoginAt",
        "version",
        "raisedTeamRoles",
        "teamsUrl",
    ];
    body::unknown(&READ_ONLY, key, accepted, location)
}

fn no_field_of_mobile(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> Faults {
    body::unknown(&["e164"], key, accepted, location)
}
