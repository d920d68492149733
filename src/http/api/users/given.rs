//! Users as requests give them.

mod asked;

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) use self::asked::legible;
use super::super::{
    body::{self, Faults, Given, Parsed, Patched},
    given::{Line, Text},
    wire::{AccountRole, TeamRole, UserStatus},
};
use crate::domain::{
    email::{Email, EmailError},
    mobile::MAX_NUMBER_CHARS,
    provisioning::MAX_URL_CHARS,
    text::MAX_CHARS,
};

type Short = Parsed<Text<MAX_CHARS>>;
type Image = Parsed<Text<MAX_URL_CHARS>>;

/// An address without white space around it.
#[derive(Debug)]
pub(in crate::http::api) struct Address(String);

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
    /// Unique in the account, whatever its case.
    #[schema(value_type = String, format = "email", max_length = 254, example = "ada.lovelace@example.com")]
    email: Parsed<Address>,
    /// What the account itself calls them; unique in the account.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "4711")]
    #[deserr(default)]
    external_id: Option<Short>,
    /// Parsed from the address, if left out, null or blank.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Ada")]
    #[deserr(default)]
    first_name: Option<Short>,
    /// Parsed from the address, if left out or null. May be empty.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Lovelace")]
    #[deserr(default)]
    last_name: Option<Short>,
    /// E.g. their job's title.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Analyst")]
    #[deserr(default)]
    position: Option<Short>,
    /// Where in the organisation they are.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Engines")]
    #[deserr(default)]
    department: Option<Short>,
    /// What they shall be in the account; STAKEHOLDER, if left out.
    #[deserr(default)]
    role: Option<AccountRole>,
    /// How to reach them on the road.
    #[deserr(default)]
    mobile: Option<MobileDraft>,
    /// Absolute http or https URL of a picture. The server never fetches it.
    #[schema(value_type = Option<String>, format = "web-address", max_length = 2048, example = "https://example.com/ada.png")]
    #[deserr(default)]
    user_profile_image: Option<Image>,
    /// A new user is STAGED, if it is left out, or DISABLED. Of a user who is
    /// there it stays as it is, if it is left out. Whether they have logged in
    /// can't be chosen: who has is ACTIVE or DISABLED, who has not is STAGED or
    /// DISABLED. ACTIVE enables whoever is DISABLED: one who has not logged in
    /// is then STAGED. Disabling ends all sessions of the user.
    #[deserr(default)]
    status: Option<UserStatus>,
    /// All teams that they shall be in, each once. Left out: none for a new
    /// user; those that they are in for one who is there.
    #[schema(max_items = 1000)]
    #[deserr(default)]
    teams: Option<Vec<UserTeamDraft>>,
    /// Whether teams that are named and are not there are made. Needs the scope
    /// `teams:write` as well.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    create_missing_teams: Given<bool>,
}

/// A mobile number as it shall be.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field_of_mobile)]
pub(in crate::http::api) struct MobileDraft {
    /// ISO 3166-1 alpha-2, whatever its case.
    #[schema(value_type = String, format = "region-code", pattern = "^[A-Za-z]{2}$", example = "DE")]
    region_code: Parsed<Line>,
    /// A number of the region: national, or in E.164.
    #[schema(value_type = String, format = "phone-number", min_length = 1, max_length = 40, example = "0221 123123")]
    number: Parsed<Number>,
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
    id: Option<Parsed<Uuid>>,
    /// The team's name, whatever its case.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$", example = "Analytical Engine")]
    #[deserr(default)]
    name: Option<Parsed<Line>>,
    /// What the user shall be in it; not lower than their role in the account.
    /// Left out: RESPONDER, which a higher account role raises.
    #[deserr(default)]
    role: Option<TeamRole>,
}

/// What shall change of a user.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field)]
pub(in crate::http::api) struct UserChanges {
    /// Unique in the account, whatever its case.
    #[schema(value_type = String, required = false, format = "email", max_length = 254, example = "ada.king@example.com")]
    #[deserr(default)]
    email: Given<Parsed<Address>>,
    /// What the account itself calls them; unique in the account.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "4711")]
    #[deserr(default)]
    external_id: Patched<Short>,
    /// Parsed from the address, if null or blank.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Ada")]
    #[deserr(default)]
    first_name: Patched<Short>,
    /// Parsed from the address, if null. May be empty.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "King")]
    #[deserr(default)]
    last_name: Patched<Short>,
    /// E.g. their job's title.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Analyst")]
    #[deserr(default)]
    position: Patched<Short>,
    /// Where in the organisation they are.
    #[schema(value_type = Option<String>, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*$", example = "Engines")]
    #[deserr(default)]
    department: Patched<Short>,
    /// What they shall be in the account; STAKEHOLDER, if null. It raises lower
    /// team roles for as long as they have it.
    #[schema(value_type = Option<AccountRole>)]
    #[deserr(default)]
    role: Patched<AccountRole>,
    /// How to reach them on the road: what is left out of it stays.
    #[schema(value_type = Option<MobileChanges>)]
    #[deserr(default)]
    mobile: Patched<MobileChanges>,
    /// Absolute http or https URL of a picture. The server never fetches it.
    #[schema(value_type = Option<String>, format = "web-address", max_length = 2048, example = "https://example.com/ada.png")]
    #[deserr(default)]
    user_profile_image: Patched<Image>,
    /// DISABLED: they may not log in, and all their sessions end. ACTIVE
    /// enables whoever is DISABLED; one who has not logged in is then STAGED.
    /// Who has logged in can't be STAGED, who has not can't be made ACTIVE.
    #[schema(value_type = UserStatus, required = false)]
    #[deserr(default)]
    status: Given<UserStatus>,
    /// All teams that they shall be in, each once; those that are left out are
    /// left by the user.
    #[schema(value_type = Vec<UserTeamDraft>, required = false, max_items = 1000)]
    #[deserr(default)]
    teams: Given<Vec<UserTeamDraft>>,
    /// Whether teams that are named and are not there are made. Needs the scope
    /// `teams:write` as well.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    create_missing_teams: Given<bool>,
}

/// What shall change of a mobile number. One who has none needs both.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields = no_field_of_mobile)]
pub(in crate::http::api) struct MobileChanges {
    /// ISO 3166-1 alpha-2, whatever its case.
    #[schema(value_type = String, required = false, format = "region-code", pattern = "^[A-Za-z]{2}$", example = "DE")]
    #[deserr(default)]
    region_code: Given<Parsed<Line>>,
    /// A number of the region: national, or in E.164.
    #[schema(value_type = String, required = false, format = "phone-number", min_length = 1, max_length = 40, example = "0221 123123")]
    #[deserr(default)]
    number: Given<Parsed<Number>>,
}

/// What is no number at all.
#[derive(Debug)]
pub(in crate::http::api) struct Number(String);

impl std::str::FromStr for Number {
    type Err = super::super::given::Unfit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Text::<MAX_NUMBER_CHARS>(text) = text.parse()?;
        text.map(Self).ok_or(Self::Err::Empty)
    }
}

fn no_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> Faults {
    const READ_ONLY: [&str; 12] = [
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
    ];
    body::unknown(&READ_ONLY, key, accepted, location)
}

fn no_field_of_mobile(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> Faults {
    body::unknown(&["e164"], key, accepted, location)
}
