//! Parses the texts of a user into a patch.

use std::collections::{BTreeSet, HashSet};

use super::{
    FieldPatch, MAX_TEAMS, MobilePatch, RequestedMembership, StatusRequest, TeamRef, UserPatch,
    values::main_text,
};
use crate::domain::{
    attribute_name::AttributeName,
    custom_attribute::CustomAttributeValue,
    email::Email,
    field_error::{FieldError, Reason},
    id::TeamId,
    mobile::{Mobile, Region},
    multi_valued::{FieldValue, MultiValuedField},
    profile_field::ProfileField,
    team::{TeamKey, TeamName},
    text::parse_line,
    user::UserStatus,
};

/// Why a team without an ID and a name is rejected.
pub const UNNAMED_TEAM: &str = "must have the ID or the name of a team";

/// Why the name of a team that does not exist is rejected.
pub const MISSING_TEAM: &str = "must be the name of a team of this account: create the team \
                                first, or set createMissingTeams";

/// Parses attributes one by one, and collects every error.
#[derive(Debug, Default)]
pub struct UserPatchParser {
    patch: UserPatch,
    region: FieldPatch<String>,
    number: FieldPatch<String>,
    errors: Vec<FieldError>,
}

/// A team in a request: its ID, its name, or both, if they refer to the same team. Blank
/// texts count as missing.
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
    /// Parses one attribute. A blank text clears it, with two exceptions: a last name may
    /// be empty, and the address, the role and `disabled` can't be cleared.
    pub fn set(&mut self, field: ProfileField, value: FieldPatch<&str>) {
        let text = match value {
            FieldPatch::Keep => return,
            FieldPatch::Clear => None,
            FieldPatch::Set(text) => Some(text).filter(|text| !text.trim().is_empty()),
        };
        let Some(text) = text else { return self.clear(field, value) };
        match field {
            ProfileField::Email => {
                self.patch.email = self.parse_field(field, text, str::parse::<Email>)
            }
            ProfileField::Role => self.patch.role = self.parse_patch(field, text, str::parse),
            ProfileField::Disabled => {
                self.patch.status = self.parse_field(field, text, parse_disabled)
            }
            ProfileField::ExternalId => {
                self.patch.external_id = self.parse_patch(field, text, parse_owned_line)
            }
            ProfileField::FirstName => {
                self.patch.first_name = self.parse_patch(field, text, parse_owned_line)
            }
            ProfileField::LastName => {
                self.patch.last_name = self.parse_patch(field, text, parse_owned_line)
            }
            ProfileField::DisplayName => {
                self.patch.display_name = self.parse_patch(field, text, parse_owned_line)
            }
            ProfileField::Manager => {
                self.patch.manager = self.parse_patch(field, text, parse_owned_line)
            }
            ProfileField::UserName => {
                self.patch.user_name = self.parse_patch(field, text, str::parse)
            }
            ProfileField::UserProfileImage => {
                self.patch.profile_image = self.parse_text(field, text);
            }
            ProfileField::MobileRegionCode => self.region = FieldPatch::Set(text.to_owned()),
            ProfileField::MobileNumber => self.number = FieldPatch::Set(text.to_owned()),
            // Set together: `set_teams`.
            ProfileField::TeamName | ProfileField::TeamRole => {}
            _ => {
                let text = self.parse_text(field, text);
                self.patch.texts.insert(field, text);
            }
        }
    }

    /// Sets a custom attribute.
    pub fn set_custom(&mut self, name: &str, value: CustomAttributeValue) {
        self.patch.custom.values.insert(name.to_owned(), value);
    }

    fn clear(&mut self, field: ProfileField, value: FieldPatch<&str>) {
        match field {
            ProfileField::MobileRegionCode | ProfileField::MobileNumber
                if value != FieldPatch::Clear =>
            {
                self.errors.push(super::mobile::missing_part(field));
            }
            ProfileField::Email => {
                let reason = Reason::required("an e-mail address", "Add the address.");
                self.errors.push(FieldError::new(field.path(), "", reason));
            }
            ProfileField::Role | ProfileField::Disabled => {
                let text = if value == FieldPatch::Clear { "null" } else { "" };
                let reason = Reason::new(
                    "must have a value",
                    "a value",
                    "Send a value, or leave the field out to keep it.",
                );
                self.errors.push(FieldError::new(field.path(), text, reason));
            }
            // A blank last name is a value: the user has no last name.
            ProfileField::LastName if value != FieldPatch::Clear => {
                self.patch.last_name = FieldPatch::Set(String::new());
            }
            ProfileField::LastName => self.patch.last_name = FieldPatch::Clear,
            ProfileField::FirstName => self.patch.first_name = FieldPatch::Clear,
            ProfileField::ExternalId => self.patch.external_id = FieldPatch::Clear,
            ProfileField::DisplayName => self.patch.display_name = FieldPatch::Clear,
            ProfileField::Manager => self.patch.manager = FieldPatch::Clear,
            ProfileField::UserName => self.patch.user_name = FieldPatch::Clear,
            ProfileField::UserProfileImage => self.patch.profile_image = FieldPatch::Clear,
            ProfileField::MobileRegionCode => self.region = FieldPatch::Clear,
            ProfileField::MobileNumber => self.number = FieldPatch::Clear,
            ProfileField::TeamName | ProfileField::TeamRole => {}
            text => drop(self.patch.texts.insert(text, FieldPatch::Clear)),
        }
    }

    /// Sets all values of a multi-valued attribute.
    pub fn set_values(&mut self, field: MultiValuedField, values: FieldPatch<Vec<FieldValue>>) {
        let values = match values {
            FieldPatch::Set(values) => {
                let address = main_address(field, &values);
                match field.parse_values(values) {
                    Ok(values) => FieldPatch::Set(values),
                    Err(errors) => {
                        self.patch.email = self.patch.email.take().or(address);
                        return self.errors.extend(errors);
                    }
                }
            }
            other => other,
        };
        self.patch.values.insert(field, values);
    }

    /// Requires both parts of a mobile number if one of them is set.
    pub fn require_whole_mobile(&mut self) {
        match (&self.region, &self.number) {
            (FieldPatch::Set(_), FieldPatch::Keep) => self.number = FieldPatch::Clear,
            (FieldPatch::Keep, FieldPatch::Set(_)) => self.region = FieldPatch::Clear,
            _ => {}
        }
    }

    /// Requests a status.
    pub fn set_status(&mut self, status: Option<StatusRequest>) {
        self.patch.status = status.or(self.patch.status);
    }

    /// Sets all locked attributes. `None` keeps them.
    pub fn set_locks(&mut self, locks: Option<BTreeSet<AttributeName>>) {
        self.patch.locks = locks;
    }

    /// Sets all teams of the user.
    pub fn set_teams<'a>(&mut self, teams: impl ExactSizeIterator<Item = TeamFields<'a>>) {
        self.patch.teams = Some(Vec::new());
        if teams.len() > MAX_TEAMS {
            let reason = format!("must have at most {MAX_TEAMS} teams");
            return self.errors.push(FieldError::new("teams", "", reason));
        }
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        let mut memberships = Vec::new();
        for (index, fields) in teams.enumerate() {
            // A blank role is an error. If it counted as missing, the user could lose a
            // role.
            let role = fields.role.map(str::parse).transpose().map_err(|reason| {
                let text = fields.role.unwrap_or_default();
                self.errors.push(FieldError::new(format!("teams/{index}/role"), text, reason));
            });
            let Some(team) = self.parse_team(index, fields) else { continue };
            if !is_new(&team, &mut ids, &mut names) {
                let reason = Reason::repeated("each team once", "Name each team once.");
                let text = fields.name.or(fields.id).unwrap_or_default();
                self.errors.push(FieldError::new(format!("teams/{index}"), text, reason));
            }
            memberships.push(RequestedMembership { index, team, role: role.unwrap_or_default() });
        }
        self.patch.teams = Some(memberships);
    }

    fn parse_team(&mut self, index: usize, fields: TeamFields<'_>) -> Option<TeamRef> {
        let name = self.parse_part(index, "name", fields.name, str::parse::<TeamName>).ok()?;
        let id = self.parse_part(index, "id", fields.id, |text| {
            text.trim().parse::<TeamId>().map_err(|_| "must be the ID of a team")
        });
        match (id.ok()?, name) {
            (Some(id), name) => Some(TeamRef::Id(id, name)),
            (None, Some(name)) => Some(TeamRef::Name(name)),
            (None, None) => {
                self.errors.push(FieldError::new(format!("teams/{index}"), "", UNNAMED_TEAM));
                None
            }
        }
    }

    /// Parses a part of a team, unless it is blank. `Err`: the error was recorded.
    fn parse_part<T, E: Into<Reason>>(
        &mut self,
        index: usize,
        part: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ()> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        parse(text).map(Some).map_err(|reason| {
            self.errors.push(FieldError::new(format!("teams/{index}/{part}"), text, reason));
        })
    }

    /// Parses a text by the rule of its kind.
    fn parse_text(&mut self, field: ProfileField, text: &str) -> FieldPatch<String> {
        self.parse_patch(field, text, |text| field.definition().kind.parse(text))
    }

    fn parse_field<T, E: Into<Reason>>(
        &mut self,
        field: ProfileField,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let parsed = parse(text);
        parsed.map_err(|reason| self.errors.push(FieldError::new(field.path(), text, reason))).ok()
    }

    fn parse_patch<T, E: Into<Reason>>(
        &mut self,
        field: ProfileField,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> FieldPatch<T> {
        FieldPatch::set_or_keep(self.parse_field(field, text, parse))
    }

    /// Returns the patch as far as it could be parsed, and every error.
    #[must_use]
    pub fn into_parts(mut self) -> (UserPatch, Vec<FieldError>) {
        self.patch.mobile = self.parse_mobile();
        self.errors.extend(self.patch.set_main_values());
        if let FieldPatch::Set(role) = self.patch.role {
            self.errors.extend(self.patch.forbidden_roles(role));
        }
        self.errors.sort_by_key(|error| field_position(&error.field));
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

    fn parse_mobile(&mut self) -> FieldPatch<MobilePatch> {
        let (region, number) = (std::mem::take(&mut self.region), std::mem::take(&mut self.number));
        if (&region, &number) == (&FieldPatch::Clear, &FieldPatch::Clear) {
            return FieldPatch::Clear;
        }
        let mut is_incomplete = false;
        for (part, field) in
            [(&region, ProfileField::MobileRegionCode), (&number, ProfileField::MobileNumber)]
        {
            if *part == FieldPatch::Clear {
                self.errors.push(super::mobile::missing_part(field));
                is_incomplete = true;
            }
        }
        let region = match &region {
            FieldPatch::Clear | FieldPatch::Keep => None,
            FieldPatch::Set(text) => {
                let field = ProfileField::MobileRegionCode;
                let region = self.parse_field(field, text, str::parse::<Region>);
                is_incomplete |= region.is_none();
                region
            }
        };
        match (region, number) {
            _ if is_incomplete => FieldPatch::Keep,
            (None, FieldPatch::Set(number)) => FieldPatch::Set(MobilePatch::Number(number)),
            (Some(region), FieldPatch::Set(number)) => self
                .parse_patch(ProfileField::MobileNumber, &number, |text| {
                    Mobile::parse(region, text)
                })
                .map(MobilePatch::Whole),
            (Some(region), _) => FieldPatch::Set(MobilePatch::Region(region)),
            (None, _) => FieldPatch::Keep,
        }
    }
}

/// The position of an error among the errors of a user. `disabled`, the teams, and the
/// attributes that imports do not have come last.
fn field_position(field: &str) -> usize {
    use ProfileField::{Disabled, TeamName, TeamRole};
    let name = field.split('/').next().unwrap_or_default();
    let comes_last = |field: &ProfileField| {
        !field.definition().is_importable || matches!(field, Disabled | TeamName | TeamRole)
    };
    let (last, first): (Vec<_>, Vec<_>) = ProfileField::ALL.into_iter().partition(comes_last);
    let mut all = first.into_iter().chain(last);
    all.position(|known| known.path().split('/').next() == Some(name)).unwrap_or(usize::MAX)
}

/// The main address of a list of addresses whose other values may have errors.
fn main_address(field: MultiValuedField, values: &[FieldValue]) -> Option<Email> {
    let main = main_text(field, values).filter(|_| field == MultiValuedField::Emails);
    main.and_then(|text| text.parse().ok())
}

fn parse_owned_line(text: &str) -> Result<String, crate::domain::text::TextError> {
    parse_line(text).map(str::to_owned)
}

/// The status that the field `disabled` requests.
fn parse_disabled(text: &str) -> Result<StatusRequest, &'static str> {
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
