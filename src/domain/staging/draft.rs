//! What somebody has written.

use crate::domain::{role::TeamRole, team::Team, user::User};

/// A user, every field as it was written. A text that is blank is left out, but
/// for the last name, which may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The address: the one field that is needed.
    pub email: String,
    /// What the account itself calls them.
    pub external_id: Option<String>,
    /// Left out: parsed from the address.
    pub first_name: Option<String>,
    /// Left out: parsed from the address.
    pub last_name: Option<String>,
    /// E.g. their job's title.
    pub position: Option<String>,
    /// Where in the organisation they are.
    pub department: Option<String>,
    /// Left out: STAKEHOLDER.
    pub role: Option<String>,
    /// How to reach them on the road.
    pub mobile: Option<MobileDraft>,
    /// Absolute http or https URL of a picture.
    pub profile_image: Option<String>,
    /// Left out: it is not asked for.
    pub status: Option<String>,
    /// What only an identity provider says of a user. `None`: it is not asked for.
    pub pushed: Option<ScimProfile>,
    /// All teams that the user shall be in. `None`: it is not asked for.
    pub teams: Option<Vec<TeamDraft>>,
}

/// What only an identity provider says of a user, as it was written: by SCIM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScimProfile {
    /// What it calls them. Left out: their address.
    pub user_name: Option<String>,
    /// How it shows them. Left out: by both names.
    pub display_name: Option<String>,
    /// Whom it calls their manager.
    pub manager: Option<String>,
}

/// A mobile number, as it was written. Both parts are needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MobileDraft {
    /// ISO 3166-1 alpha-2.
    pub region_code: String,
    /// National or E.164.
    pub number: String,
}

/// A team that a user shall be in, as it was written: by id, by name, or by
/// both, which then have to be of one team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamDraft {
    /// The team's own identifier.
    pub id: Option<String>,
    /// Its name, regardless of case.
    pub name: Option<String>,
    /// Left out: RESPONDER.
    pub role: Option<String>,
}

impl Draft {
    /// A user who is there, as they would have been written. The teams are not
    /// asked for, nor is the status.
    #[must_use]
    pub fn of(user: &User) -> Self {
        let profile = &user.profile;
        Self {
            email: user.email.to_string(),
            external_id: user.external_id.clone(),
            first_name: Some(profile.first_name.clone()),
            last_name: Some(profile.last_name.clone()),
            position: profile.position.clone(),
            department: profile.department.clone(),
            role: Some(user.role.as_str().to_owned()),
            mobile: profile.mobile.as_ref().map(|mobile| MobileDraft {
                region_code: mobile.region.clone(),
                number: mobile.number.clone(),
            }),
            profile_image: profile.profile_image.clone(),
            status: None,
            pushed: None,
            teams: None,
        }
    }
}

impl TeamDraft {
    /// A team that a user is in, as it would have been written.
    #[must_use]
    pub fn of(team: &Team, role: TeamRole) -> Self {
        Self {
            id: Some(team.id.to_string()),
            name: Some(team.name.to_string()),
            role: Some(role.as_str().to_owned()),
        }
    }
}
