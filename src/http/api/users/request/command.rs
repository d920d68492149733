//! What a request asks for, of a user as it is given.

use super::{
    Address, MobileChanges, MobileDraft, Number, Short, UserChanges, UserDraft, UserTeamDraft,
};
use crate::{
    domain::{
        role::{AccountRole as DomainAccountRole, TeamRole as DomainTeamRole},
        staging::{self, Draft, Edit, MobileDraft as DomainMobile, MobileEdit, TeamDraft},
        user::UserStatus as DomainStatus,
    },
    http::api::{
        body::{Field, Parsed, Patched},
        enums::{AccountRole, UserStatus},
        fields::{Line, Text},
        partial_body::PartialBody,
    },
};

fn text<const MAX: usize>(Parsed(Text(text)): Parsed<Text<MAX>>) -> Option<String> {
    text
}

fn patched<const MAX: usize>(input: Patched<Parsed<Text<MAX>>>) -> Option<Option<String>> {
    input.into_option().map(|value| value.and_then(text))
}

/// A text that may be empty, which is not the same as to be left out.
fn retain_text(Parsed(Text(text)): Short) -> String {
    text.unwrap_or_default()
}

fn role(role: AccountRole) -> String {
    DomainAccountRole::from(role).as_str().to_owned()
}

/// The status that a request asks for, by either form of the switch.
fn status(status: Field<UserStatus>, disabled: Field<bool>) -> Option<String> {
    let text = match (status, disabled) {
        (Field::Value(status), _) => DomainStatus::from(status).as_str(),
        (Field::Absent, Field::Value(true)) => DomainStatus::Disabled.as_str(),
        (Field::Absent, Field::Value(false)) => staging::ENABLED,
        (Field::Absent, Field::Absent) => return None,
    };
    Some(text.to_owned())
}

fn teams(teams: Vec<UserTeamDraft>) -> Vec<TeamDraft> {
    teams.into_iter().map(TeamDraft::from).collect()
}

impl UserDraft {
    /// What is asked for, and whether missing teams are made.
    pub(in crate::http::api) fn into_command(self) -> (Draft, bool) {
        let create = self.create_missing_teams.into_option().unwrap_or_default();
        let Parsed(Address(email)) = self.email;
        let draft = Draft {
            email,
            pushed: None,
            external_id: self.external_id.and_then(text),
            first_name: self.first_name.and_then(text),
            last_name: self.last_name.map(retain_text),
            position: self.position.and_then(text),
            department: self.department.and_then(text),
            role: self.role.into_option().map(role),
            mobile: self.mobile.map(DomainMobile::from),
            profile_image: self.user_profile_image.and_then(text),
            status: status(self.status, self.disabled),
            teams: self.teams.into_option().map(teams),
        };
        (draft, create)
    }
}

impl UserChanges {
    /// What is asked for, and whether missing teams are made.
    pub(in crate::http::api::users) fn into_command(self) -> (Edit, bool) {
        let create = self.create_missing_teams.into_option().unwrap_or_default();
        let edit = Edit {
            email: self.email.into_option().map(|Parsed(Address(email))| email),
            pushed: None,
            external_id: patched(self.external_id),
            first_name: patched(self.first_name),
            last_name: self.last_name.into_option().map(|name| name.map(retain_text)),
            position: patched(self.position),
            department: patched(self.department),
            role: self.role.into_option().map(|input| Some(role(input))),
            mobile: self.mobile.into_option().map(|mobile| mobile.map(MobileEdit::from)),
            profile_image: patched(self.user_profile_image),
            status: status(self.status, self.disabled),
            teams: self.teams.into_option().map(teams),
        };
        (edit, create)
    }
}

impl From<MobileDraft> for DomainMobile {
    fn from(mobile: MobileDraft) -> Self {
        let MobileDraft { region_code: Parsed(Line(region_code)), number: Parsed(Number(number)) } =
            mobile;
        Self { region_code, number }
    }
}

impl From<MobileChanges> for MobileEdit {
    fn from(mobile: MobileChanges) -> Self {
        let MobileChanges { region_code, number } = mobile;
        Self {
            region_code: region_code.into_option().map(|Parsed(Line(code))| code),
            number: number.into_option().map(|Parsed(Number(number))| number),
        }
    }
}

impl From<UserTeamDraft> for TeamDraft {
    fn from(team: UserTeamDraft) -> Self {
        let UserTeamDraft { id, name, role } = team;
        Self {
            id: id.map(|Parsed(id)| id.to_string()),
            name: name.map(|Parsed(Line(name))| name),
            role: role.into_option().map(|role| DomainTeamRole::from(role).as_str().to_owned()),
        }
    }
}

/// What is left of a body that can't be read as a whole: the values that a rule
/// is about, and that may be right in themselves.
pub(in crate::http::api::users) fn legible(rest: &PartialBody) -> Edit {
    let part = |field: &str| {
        let place = format!("/mobile/{field}");
        rest.value(&place).map(|value| rest.text(&place).unwrap_or_else(|| value.to_string()))
    };
    let edit = MobileEdit { region_code: part("regionCode"), number: part("number") };
    let mobile = rest.value("/mobile").map(|mobile| mobile.is_object().then_some(edit));
    let team = |place: usize| {
        let text = |field: &str| rest.text(&format!("/teams/{place}/{field}"));
        TeamDraft { id: text("id"), name: text("name"), role: text("role") }
    };
    let teams = rest.value("/teams").and_then(|teams| teams.as_array());
    Edit {
        email: rest.text("/email"),
        role: rest.value("/role").map(|_| rest.text("/role")),
        mobile,
        profile_image: rest.value("/userProfileImage").map(|_| rest.text("/userProfileImage")),
        teams: teams.map(|teams| (0..teams.len()).map(team).collect()),
        ..Edit::default()
    }
}
