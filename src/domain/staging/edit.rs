//! What somebody wants changed.

use super::draft::{Draft, MobileDraft, ScimProfile, TeamDraft};
use crate::domain::user::User;

/// A change of a user (RFC 7396): `None` stays as it is, `Some(None)` is taken
/// away, which gives it what it would have had if it had been left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// See [`Draft::email`].
    pub email: Option<String>,
    /// See [`Draft::external_id`].
    pub external_id: Option<Option<String>>,
    /// See [`Draft::first_name`].
    pub first_name: Option<Option<String>>,
    /// See [`Draft::last_name`].
    pub last_name: Option<Option<String>>,
    /// See [`Draft::position`].
    pub position: Option<Option<String>>,
    /// See [`Draft::department`].
    pub department: Option<Option<String>>,
    /// See [`Draft::role`].
    pub role: Option<Option<String>>,
    /// See [`Draft::mobile`].
    pub mobile: Option<Option<MobileEdit>>,
    /// See [`Draft::profile_image`].
    pub profile_image: Option<Option<String>>,
    /// See [`Draft::status`].
    pub status: Option<String>,
    /// See [`Draft::pushed`].
    pub pushed: Option<ScimProfile>,
    /// See [`Draft::teams`].
    pub teams: Option<Vec<TeamDraft>>,
}

/// A change of a mobile number, part by part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MobileEdit {
    /// See [`MobileDraft::region_code`].
    pub region_code: Option<String>,
    /// See [`MobileDraft::number`].
    pub number: Option<String>,
}

impl Edit {
    /// What is asked for of a user who is there: what they are, with the
    /// change over it.
    #[must_use]
    pub fn of(self, user: &User) -> Draft {
        self.over(Draft::of(user))
    }

    /// What is asked for: what was written before, with the change over it.
    #[must_use]
    pub fn over(self, now: Draft) -> Draft {
        let mobile = match self.mobile {
            None => now.mobile,
            Some(None) => None,
            Some(Some(MobileEdit { region_code, number })) => {
                let now = now.mobile.unwrap_or_default();
                Some(MobileDraft {
                    region_code: region_code.unwrap_or(now.region_code),
                    number: number.unwrap_or(now.number),
                })
            }
        };
        Draft {
            email: self.email.unwrap_or(now.email),
            external_id: self.external_id.unwrap_or(now.external_id),
            first_name: self.first_name.unwrap_or(now.first_name),
            last_name: self.last_name.unwrap_or(now.last_name),
            position: self.position.unwrap_or(now.position),
            department: self.department.unwrap_or(now.department),
            role: self.role.unwrap_or(now.role),
            mobile,
            profile_image: self.profile_image.unwrap_or(now.profile_image),
            status: self.status,
            pushed: self.pushed,
            teams: self.teams,
        }
    }
}

/// What a draft says; what it leaves out stays as it is.
impl From<Draft> for Edit {
    fn from(draft: Draft) -> Self {
        let Draft {
            email,
            external_id,
            first_name,
            last_name,
            position,
            department,
            role,
            mobile,
            profile_image,
            status,
            pushed,
            teams,
        } = draft;
        let mobile = mobile.map(|MobileDraft { region_code, number }| MobileEdit {
            region_code: Some(region_code),
            number: Some(number),
        });
        Self {
            email: Some(email),
            external_id: external_id.map(Some),
            first_name: first_name.map(Some),
            last_name: last_name.map(Some),
            position: position.map(Some),
            department: department.map(Some),
            role: role.map(Some),
            mobile: mobile.map(Some),
            profile_image: profile_image.map(Some),
            status,
            pushed,
            teams,
        }
    }
}
