//! From what was written to what can be staged.

use std::collections::HashSet;

use super::{
    ENABLED,
    draft::{Draft, MobileDraft, TeamDraft},
};
use crate::domain::{
    email::Email,
    field_error::{FieldError, Reason},
    id::TeamId,
    membership::{DEFAULT_TEAM_ROLE, ForbiddenPair},
    mobile::{Mobile, Region},
    provisioning::{image, names},
    role::{AccountRole, TeamRole},
    team::{TeamKey, TeamName},
    text::line,
    user::{Profile, UserStatus},
    user_name::UserName,
};

/// The most teams that can be given with one user.
pub const MAX_TEAMS: usize = 1_000;

/// A user as they shall be: every value can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Their address.
    pub email: Email,
    /// What the account itself calls them.
    pub external_id: Option<String>,
    /// What they shall be in the account.
    pub role: AccountRole,
    /// Everything else of the person.
    pub profile: Profile,
    /// The status, if it was asked for; see [`status`](super::status).
    pub status: Option<StatusRequest>,
    /// What an identity provider says of them, if it was asked for. `None`: what
    /// it has said before.
    pub pushed: Option<PushedUser>,
    /// All teams that they shall be in, if it was asked for, each in its
    /// place. `None`: those that they are in.
    pub teams: Option<Vec<Placement>>,
}

/// The status that a draft asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusRequest {
    /// This one.
    Is(UserStatus),
    /// Not DISABLED: ACTIVE after the first login, else STAGED.
    Enabled,
}

/// What only an identity provider says of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushedUser {
    /// What it calls them, if not by their address.
    pub user_name: Option<UserName>,
    /// How it shows them, if not by both names.
    pub display_name: Option<String>,
    /// Whom it calls their manager.
    pub manager: Option<String>,
}

/// A team that a user shall be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Which.
    pub team: TeamRef,
    /// The role that is requested. If it was stated, it may stand beside the
    /// account role.
    pub role: TeamRole,
}

/// A team as it was named. Whether it is there is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamRef {
    /// By its id; and by its name, if that was given as well.
    Id(TeamId, Option<TeamName>),
    /// By its name alone.
    Name(TeamName),
}

/// Reads what was written.
///
/// # Errors
/// All faults, each at its place: `email`, `mobile/number`, `teams/0/role`.
pub fn read(draft: &Draft) -> Result<NewUser, Vec<FieldError>> {
    let mut reading = Reading { faults: Vec::new() };
    let email = reading.email(&draft.email);
    let external_id = reading.line("externalId", draft.external_id.as_deref());
    let first_name = reading.line("firstName", draft.first_name.as_deref());
    let last_name = reading.line("lastName", draft.last_name.as_deref());
    let position = reading.line("position", draft.position.as_deref());
    let department = reading.line("department", draft.department.as_deref());
    let role = reading.role(draft.role.as_deref());
    let mobile = draft.mobile.as_ref().and_then(|mobile| reading.mobile(mobile));
    let profile_image = reading.image(draft.profile_image.as_deref());
    let status = reading.status(draft.status.as_deref());
    let pushed = draft.pushed.as_ref().map(|pushed| PushedUser {
        user_name: reading.user_name(pushed.user_name.as_deref()),
        display_name: reading.line("displayName", pushed.display_name.as_deref()),
        manager: reading.line("manager", pushed.manager.as_deref()),
    });
    let teams = draft.teams.as_ref().map(|teams| reading.teams(teams, role));
    let (Some(email), Some(role)) = (email, role) else { return Err(reading.faults) };
    if !reading.faults.is_empty() {
        return Err(reading.faults);
    }
    let parsed = names(&email);
    // Who is said to have no last name has none.
    let no_last_name = draft.last_name.as_ref().map(|_| String::new());
    let profile = Profile {
        first_name: first_name.unwrap_or(parsed.first),
        last_name: last_name.or(no_last_name).unwrap_or(parsed.last),
        position,
        department,
        mobile,
        profile_image,
    };
    Ok(NewUser { email, external_id, role, profile, status, pushed, teams })
}

struct Reading {
    faults: Vec<FieldError>,
}

impl Reading {
    fn fault(
        &mut self,
        field: impl Into<std::borrow::Cow<'static, str>>,
        value: &str,
        why: impl Into<Reason>,
    ) {
        self.faults.push(FieldError::new(field, value, why));
    }

    fn email(&mut self, text: &str) -> Option<Email> {
        text.parse().map_err(|why| self.fault("email", text, why)).ok()
    }

    fn user_name(&mut self, text: Option<&str>) -> Option<UserName> {
        let text = filled(text)?;
        text.parse().map_err(|why| self.fault("userName", text, why)).ok()
    }

    fn line(&mut self, field: &'static str, text: Option<&str>) -> Option<String> {
        let text = filled(text)?;
        line(text).map(str::to_owned).map_err(|why| self.fault(field, text, why)).ok()
    }

    fn role(&mut self, text: Option<&str>) -> Option<AccountRole> {
        match filled(text) {
            None => Some(AccountRole::Stakeholder),
            Some(text) => text.parse().map_err(|why| self.fault("role", text, why)).ok(),
        }
    }

    fn image(&mut self, text: Option<&str>) -> Option<String> {
        let text = filled(text)?;
        image(text.trim()).map_err(|why| self.fault("userProfileImage", text, why)).ok()
    }

    fn status(&mut self, text: Option<&str>) -> Option<StatusRequest> {
        let text = filled(text)?;
        let name = text.trim().to_ascii_uppercase();
        if name == ENABLED {
            return Some(StatusRequest::Enabled);
        }
        let read = name.parse().map(StatusRequest::Is);
        read.map_err(|_| self.fault("status", text, "must be one of STAGED, ACTIVE, DISABLED")).ok()
    }

    fn mobile(&mut self, draft: &MobileDraft) -> Option<Mobile> {
        let MobileDraft { region_code, number } = draft;
        if region_code.trim().is_empty() {
            self.fault(
                "mobile/regionCode",
                "",
                Reason::required(
                    "the code of the number's region",
                    "Add the region code, such as DE.",
                ),
            );
        }
        if number.trim().is_empty() {
            self.fault("mobile/number", "", Reason::required("a phone number", "Add the number."));
        }
        if region_code.trim().is_empty() || number.trim().is_empty() {
            return None;
        }
        let region: Region = region_code
            .parse()
            .map_err(|why| self.fault("mobile/regionCode", region_code, why))
            .ok()?;
        Mobile::read(region, number).map_err(|why| self.fault("mobile/number", number, why)).ok()
    }

    /// `account` is none if it could not be read: then pairs are not looked at.
    fn teams(&mut self, drafts: &[TeamDraft], account: Option<AccountRole>) -> Vec<Placement> {
        if drafts.len() > MAX_TEAMS {
            self.fault("teams", "", format!("must have at most {MAX_TEAMS} teams"));
            return Vec::new();
        }
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        let mut placements = Vec::new();
        for (place, draft) in drafts.iter().enumerate() {
            let role = self.team_role(place, draft.role.as_deref(), account);
            let Some(team) = self.team(place, draft) else { continue };
            if !is_new(&team, &mut ids, &mut names) {
                self.fault(
                    format!("teams/{place}"),
                    "",
                    Reason::repeated("each team once", "Name each team once."),
                );
            }
            placements.extend(role.map(|role| Placement { team, role }));
        }
        placements
    }

    fn team(&mut self, place: usize, draft: &TeamDraft) -> Option<TeamRef> {
        let name = match filled(draft.name.as_deref()) {
            None => None,
            Some(text) => match text.parse::<TeamName>() {
                Ok(name) => Some(name),
                Err(why) => {
                    self.fault(format!("teams/{place}/name"), text, why);
                    return None;
                }
            },
        };
        match (filled(draft.id.as_deref()), name) {
            (None, Some(name)) => Some(TeamRef::Name(name)),
            (None, None) => {
                self.fault(format!("teams/{place}"), "", "must have the id or the name of a team");
                None
            }
            (Some(text), name) => match text.trim().parse() {
                Ok(id) => Some(TeamRef::Id(id, name)),
                Err(_) => {
                    self.fault(format!("teams/{place}/id"), text, "must be the id of a team");
                    None
                }
            },
        }
    }

    /// What is left out requests RESPONDER. What is stated has to be allowed.
    fn team_role(
        &mut self,
        place: usize,
        text: Option<&str>,
        account: Option<AccountRole>,
    ) -> Option<TeamRole> {
        let field = format!("teams/{place}/role");
        let Some(text) = filled(text) else {
            return Some(DEFAULT_TEAM_ROLE);
        };
        match (text.parse::<TeamRole>(), account) {
            (Err(why), _) => {
                self.fault(field, text, why);
                None
            }
            (Ok(role), Some(account)) if !account.allows(role) => {
                self.faults.push(ForbiddenPair { account, team: role }.at(field));
                None
            }
            (Ok(role), _) => Some(role),
        }
    }
}

fn is_new(team: &TeamRef, ids: &mut HashSet<TeamId>, names: &mut HashSet<TeamKey>) -> bool {
    match team {
        TeamRef::Id(id, _) => ids.insert(*id),
        TeamRef::Name(name) => names.insert(name.key().clone()),
    }
}

/// A text, unless it is blank.
fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}
