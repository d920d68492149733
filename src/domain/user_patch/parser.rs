//! Parses the texts of a user into a patch.

use std::collections::HashSet;

use super::{
    Field, MAX_TEAMS, MobilePatch, Placement, StatusRequest, TeamRef, UserField, UserPatch,
};
use crate::domain::{
    email::Email,
    field_error::{FieldError, Reason},
    id::TeamId,
    mobile::{Mobile, Region},
    provisioning::image,
    team::{TeamKey, TeamName},
    text::line,
    user::UserStatus,
};

/// Why a team without an ID and a name is rejected.
pub const UNNAMED_TEAM: &str = "must have the id or the name of a team";

/// Parses attributes one by one, and gathers every error.
#[derive(Debug, Default)]
pub struct UserPatchParser {
    patch: UserPatch,
    region: Field<String>,
    number: Field<String>,
    errors: Vec<FieldError>,
}

/// A team as a client names it: by ID, by name, or by both, which must then be
/// of one team. Blank texts count as missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TeamFields<'a> {
    /// The team's ID.
    pub id: Option<&'a str>,
    /// The team's name, compared without regard to case.
    pub name: Option<&'a str>,
    /// The requested role. `None`: RESPONDER.
    pub role: Option<&'a str>,
}

impl UserPatchParser {
    /// Parses one attribute. A blank text clears it; but a last name may be
    /// empty, and the address, the role and the switch can't be cleared.
    pub fn set(&mut self, field: UserField, value: Field<&str>) {
        let text = match value {
            Field::Keep => return,
            Field::Clear => None,
            Field::Set(text) => Some(text).filter(|text| !text.trim().is_empty()),
        };
        let Some(text) = text else { return self.clear(field, value) };
        match field {
            UserField::Email => self.patch.email = self.parse(field, text, str::parse::<Email>),
            UserField::Role => self.patch.role = self.field(field, text, str::parse),
            UserField::Disabled => self.patch.status = self.parse(field, text, switch),
            UserField::ExternalId => self.patch.external_id = self.field(field, text, own_line),
            UserField::FirstName => self.patch.first_name = self.field(field, text, own_line),
            UserField::LastName => self.patch.last_name = self.field(field, text, own_line),
            UserField::Position => self.patch.position = self.field(field, text, own_line),
            UserField::Department => self.patch.department = self.field(field, text, own_line),
            UserField::DisplayName => self.patch.display_name = self.field(field, text, own_line),
            UserField::Manager => self.patch.manager = self.field(field, text, own_line),
            UserField::UserName => self.patch.user_name = self.field(field, text, str::parse),
            UserField::UserProfileImage => {
                self.patch.profile_image = self.field(field, text, |text| image(text.trim()));
            }
            UserField::MobileRegionCode => self.region = Field::Set(text.to_owned()),
            UserField::MobileNumber => self.number = Field::Set(text.to_owned()),
        }
    }

    fn clear(&mut self, field: UserField, value: Field<&str>) {
        match field {
            UserField::MobileRegionCode | UserField::MobileNumber if value != Field::Clear => {
                self.errors.push(super::apply::missing_part(field));
            }
            UserField::Email => {
                let reason = Reason::required("an e-mail address", "Add the address.");
                self.errors.push(FieldError::new(field.path(), "", reason));
            }
            UserField::Role | UserField::Disabled => {
                let text = if value == Field::Clear { "null" } else { "" };
                let reason = Reason::new(
                    "must have a value",
                    "a value",
                    "Send a value, or leave the field out to keep it.",
                );
                self.errors.push(FieldError::new(field.path(), text, reason));
            }
            // A user who is said to have no last name has none.
            UserField::LastName if value != Field::Clear => {
                self.patch.last_name = Field::Set(String::new());
            }
            UserField::LastName => self.patch.last_name = Field::Clear,
            UserField::FirstName => self.patch.first_name = Field::Clear,
            UserField::ExternalId => self.patch.external_id = Field::Clear,
            UserField::Position => self.patch.position = Field::Clear,
            UserField::Department => self.patch.department = Field::Clear,
            UserField::DisplayName => self.patch.display_name = Field::Clear,
            UserField::Manager => self.patch.manager = Field::Clear,
            UserField::UserName => self.patch.user_name = Field::Clear,
            UserField::UserProfileImage => self.patch.profile_image = Field::Clear,
            UserField::MobileRegionCode => self.region = Field::Clear,
            UserField::MobileNumber => self.number = Field::Clear,
        }
    }

    /// Requires both parts of a mobile number if there is one of them.
    pub fn require_whole_mobile(&mut self) {
        match (&self.region, &self.number) {
            (Field::Set(_), Field::Keep) => self.number = Field::Clear,
            (Field::Keep, Field::Set(_)) => self.region = Field::Clear,
            _ => {}
        }
    }

    /// Requests a status.
    pub fn set_status(&mut self, status: Option<StatusRequest>) {
        self.patch.status = status.or(self.patch.status);
    }

    /// Names all teams of the user.
    pub fn set_teams<'a>(&mut self, teams: impl ExactSizeIterator<Item = TeamFields<'a>>) {
        self.patch.teams = Some(Vec::new());
        if teams.len() > MAX_TEAMS {
            let reason = format!("must have at most {MAX_TEAMS} teams");
            return self.errors.push(FieldError::new("teams", "", reason));
        }
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        let mut placements = Vec::new();
        for (place, fields) in teams.enumerate() {
            // A blank role is not a missing one: it would take a role away.
            let role = fields.role.map(str::parse).transpose().map_err(|why| {
                let text = fields.role.unwrap_or_default();
                self.errors.push(FieldError::new(format!("teams/{place}/role"), text, why));
            });
            let Some(team) = self.team(place, fields) else { continue };
            if !is_new(&team, &mut ids, &mut names) {
                let reason = Reason::repeated("each team once", "Name each team once.");
                let text = fields.name.or(fields.id).unwrap_or_default();
                self.errors.push(FieldError::new(format!("teams/{place}"), text, reason));
            }
            placements.extend(role.ok().map(|role| Placement { team, role }));
        }
        self.patch.teams = Some(placements);
    }

    fn team(&mut self, place: usize, fields: TeamFields<'_>) -> Option<TeamRef> {
        let name = self.at(place, "name", fields.name, str::parse::<TeamName>).ok()?;
        let id = self.at(place, "id", fields.id, |text| {
            text.trim().parse::<TeamId>().map_err(|_| "must be the id of a team")
        });
        match (id.ok()?, name) {
            (Some(id), name) => Some(TeamRef::Id(id, name)),
            (None, Some(name)) => Some(TeamRef::Name(name)),
            (None, None) => {
                self.errors.push(FieldError::new(format!("teams/{place}"), "", UNNAMED_TEAM));
                None
            }
        }
    }

    /// Parses a part of a team, unless it is blank. `Err`: the error was noted.
    fn at<T, E: Into<Reason>>(
        &mut self,
        place: usize,
        part: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ()> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        parse(text).map(Some).map_err(|why| {
            self.errors.push(FieldError::new(format!("teams/{place}/{part}"), text, why));
        })
    }

    fn parse<T, E: Into<Reason>>(
        &mut self,
        field: UserField,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let parsed = parse(text);
        parsed.map_err(|why| self.errors.push(FieldError::new(field.path(), text, why))).ok()
    }

    fn field<T, E: Into<Reason>>(
        &mut self,
        field: UserField,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Field<T> {
        Field::set_or_keep(self.parse(field, text, parse))
    }

    /// Returns the patch as far as it could be parsed, and every error.
    #[must_use]
    pub fn into_parts(mut self) -> (UserPatch, Vec<FieldError>) {
        self.patch.mobile = self.mobile();
        if let Field::Set(role) = self.patch.role {
            self.errors.extend(self.patch.forbidden_pairs(role));
        }
        self.errors.sort_by_key(|error| order(&error.field));
        (self.patch, self.errors)
    }

    /// Returns the patch.
    ///
    /// # Errors
    /// Every error of its attributes.
    pub fn finish(self) -> Result<UserPatch, Vec<FieldError>> {
        let (patch, errors) = self.into_parts();
        if errors.is_empty() { Ok(patch) } else { Err(errors) }
    }

    fn mobile(&mut self) -> Field<MobilePatch> {
        let (region, number) = (std::mem::take(&mut self.region), std::mem::take(&mut self.number));
        for (part, other, field) in [
            (&region, &number, UserField::MobileRegionCode),
            (&number, &region, UserField::MobileNumber),
        ] {
            if *part == Field::Clear && *other != Field::Clear {
                self.errors.push(super::apply::missing_part(field));
                return Field::Keep;
            }
        }
        let region = match &region {
            Field::Clear => return Field::Clear,
            Field::Keep => None,
            Field::Set(text) => {
                match self.parse(UserField::MobileRegionCode, text, str::parse::<Region>) {
                    Some(region) => Some(region),
                    None => return Field::Keep,
                }
            }
        };
        match (region, number) {
            (None, Field::Set(number)) => Field::Set(MobilePatch::Number(number)),
            (Some(region), Field::Set(number)) => self
                .field(UserField::MobileNumber, &number, |text| Mobile::read(region, text))
                .map(MobilePatch::Whole),
            (Some(region), _) => Field::Set(MobilePatch::Region(region)),
            (None, _) => Field::Keep,
        }
    }
}

/// The place of a field among the fields of a user.
fn order(field: &str) -> usize {
    const ORDER: [&str; 10] = [
        "email",
        "externalId",
        "firstName",
        "lastName",
        "position",
        "department",
        "role",
        "mobile",
        "userProfileImage",
        "disabled",
    ];
    let name = field.split('/').next().unwrap_or_default();
    ORDER.iter().position(|one| *one == name).unwrap_or(ORDER.len())
}

fn own_line(text: &str) -> Result<String, crate::domain::text::TextFault> {
    line(text).map(str::to_owned)
}

/// The status that the switch `disabled` requests.
fn switch(text: &str) -> Result<StatusRequest, &'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(StatusRequest::Is(UserStatus::Disabled)),
        "false" | "0" => Ok(StatusRequest::Enabled),
        _ => Err("must be true or false"),
    }
}

fn is_new(team: &TeamRef, ids: &mut HashSet<TeamId>, names: &mut HashSet<TeamKey>) -> bool {
    match team {
        TeamRef::Id(id, _) => ids.insert(*id),
        TeamRef::Name(name) => names.insert(name.key().clone()),
    }
}
