//! The one write model of a user: every interface parses a request into a
//! [`UserPatch`], and a new user is a patch over the defaults.
//!
//! The rules are those of a login, but without fallbacks: a value that can't be used is
//! rejected, and all errors are reported at once.

mod apply;
mod mobile;
mod parser;
mod values;

#[cfg(test)]
mod tests;

pub use super::field_patch::FieldPatch;
pub use parser::{MISSING_TEAM, TeamFields, UNNAMED_TEAM, UserPatchParser};

use std::collections::{BTreeMap, BTreeSet};

use super::{
    attribute_name::AttributeName,
    custom_attribute::CustomAttributePatch,
    email::Email,
    field_error::FieldError,
    id::TeamId,
    membership::DEFAULT_TEAM_ROLE,
    mobile::{Mobile, Region},
    multi_valued::{FieldValue, MultiValuedField},
    profile_field::ProfileField,
    role::{AccountRole, TeamRole},
    team::TeamName,
    user::UserStatus,
    user_name::UserName,
};

/// The maximum number of teams that can be named with one user.
pub const MAX_TEAMS: usize = 1_000;

/// A change of a user. Each value is valid by itself. [`UserPatch::apply`] checks the rules
/// that concern more than one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserPatch {
    /// The address. A new user must have one.
    pub email: Option<Email>,
    /// The account's own ID of the user.
    pub external_id: FieldPatch<String>,
    /// Cleared: parsed from the address.
    pub first_name: FieldPatch<String>,
    /// May be set to an empty text. Cleared: parsed from the address.
    pub last_name: FieldPatch<String>,
    /// The attributes without rules of their own. Those that are left out are kept.
    pub texts: BTreeMap<ProfileField, FieldPatch<String>>,
    /// The multi-valued attributes. Those that are left out are kept. Cleared: their
    /// defaults, which are the login address, the mobile number and the profile image.
    pub values: BTreeMap<MultiValuedField, FieldPatch<Vec<FieldValue>>>,
    /// Cleared: STAKEHOLDER.
    pub role: FieldPatch<AccountRole>,
    /// Mobile phone number.
    pub mobile: FieldPatch<MobilePatch>,
    /// Absolute http or https URL of a picture.
    pub profile_image: FieldPatch<String>,
    /// Whether the user may log in. `None`: unchanged.
    pub status: Option<StatusRequest>,
    /// The identity provider's name for the user. Cleared: the address.
    pub user_name: FieldPatch<UserName>,
    /// Cleared: first and last name.
    pub display_name: FieldPatch<String>,
    /// The identity provider's name for the manager.
    pub manager: FieldPatch<String>,
    /// The custom attributes.
    pub custom: CustomAttributePatch,
    /// All locked attributes. `None`: unchanged.
    pub locks: Option<BTreeSet<AttributeName>>,
    /// All teams of the user. `None`: unchanged.
    pub teams: Option<Vec<RequestedMembership>>,
}

/// A change of a mobile number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MobilePatch {
    /// Region and number.
    Whole(Mobile),
    /// The region. The number stays, and must be valid in it.
    Region(Region),
    /// The number, national or E.164. The region stays.
    Number(String),
}

/// A requested status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusRequest {
    /// This one.
    Is(UserStatus),
    /// Not DISABLED: ACTIVE after the first login, else STAGED.
    Enabled,
}

/// A user of a request: what can be parsed, and the errors of the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedUser {
    /// The values without errors.
    pub patch: UserPatch,
    /// Every error of the other values.
    pub errors: Vec<FieldError>,
}

impl ParsedUser {
    /// A user of which nothing could be parsed.
    #[must_use]
    pub fn rejected(error: FieldError) -> Self {
        Self { patch: UserPatch::default(), errors: vec![error] }
    }

    /// Returns the patch.
    ///
    /// # Errors
    /// Every error.
    pub fn into_result(self) -> Result<UserPatch, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(self.patch) } else { Err(self.errors) }
    }

    /// Whether a later error at this place concerns a value that already has an error, or
    /// follows from it.
    #[must_use]
    pub fn explains_place(&self, place: &str) -> bool {
        let is_team_role = place.starts_with("teams/") && place.ends_with("/role");
        self.errors.iter().any(|error| {
            let rest = place.strip_prefix(&*error.field);
            // Whether a team role is allowed depends on the account role.
            error.field.is_empty()
                || is_team_role && error.field == ProfileField::Role.path()
                || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl From<UserPatch> for ParsedUser {
    fn from(patch: UserPatch) -> Self {
        Self { patch, errors: Vec::new() }
    }
}

/// A team to which a user is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedMembership {
    /// Its place among the teams of the request.
    pub index: usize,
    /// The team.
    pub team: TeamRef,
    /// The requested role. `None`: [`DEFAULT_TEAM_ROLE`], which a higher account
    /// role raises.
    pub role: Option<TeamRole>,
}

/// A reference to a team, which may not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamRef {
    /// By ID; and by name, if that was sent as well.
    Id(TeamId, Option<TeamName>),
    /// By name alone.
    Name(TeamName),
}

impl RequestedMembership {
    /// The role that is stored.
    #[must_use]
    pub fn requested_role(&self) -> TeamRole {
        self.role.unwrap_or(DEFAULT_TEAM_ROLE)
    }
}
