//! The teams of a new user, with their role in each.

use std::collections::HashMap;

use super::{
    ExistingTeam, FallbackReason, ProfileField, TeamAssignment, ValueFallback, ValueSource,
    ValueWithSource,
    attribute_reader::{FieldReader, FirstValidValue, fallback},
};
use crate::domain::{
    membership::{DEFAULT_TEAM_ROLE, MemberRole},
    role::{AccountRole, TeamRole},
    team::{TeamKey, TeamName},
    user_patch::MAX_TEAMS,
};

/// A team as the assertion names it.
struct NamedTeam {
    name: TeamName,
    /// Its place among all values of the attribute.
    index: usize,
    /// Its place among those that are not blank.
    filled_index: usize,
}

/// The teams that an assertion names.
pub(super) struct AssignedTeams {
    pub(super) teams: Vec<AssignedTeam>,
    /// Whether a name could not be used, so that the list of teams is incomplete.
    pub(super) has_unusable_names: bool,
}

/// A team with the source of its role.
#[derive(Clone)]
pub(super) struct AssignedTeam {
    pub(super) assignment: TeamAssignment,
    pub(super) origin: RoleOrigin,
}

/// The source of a team role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoleOrigin {
    /// It was received.
    Received,
    /// A role above the highest one of the connection was received.
    Lowered,
    /// None was received.
    Absent,
    /// The received role could not be used.
    Unusable,
}

/// How the values of `teamRole` belong to teams.
enum TeamRoleSpec<'a> {
    /// There is none.
    Nothing,
    /// One for all teams, or there is none that could be used.
    ForAll(Option<&'a str>),
    /// One for each value of `teamName`, blank ones too, in the same order.
    ForEach(Vec<&'a str>),
    /// One for each value of `teamName` that is not blank, in the same order.
    ForEachFilled(Vec<&'a str>),
}

/// The keys of the teams that could be used, each once, in order.
pub(super) fn team_keys(reader: &FieldReader<'_>) -> Vec<TeamKey> {
    read_team_names(reader).teams.into_iter().map(|team| team.name.key().clone()).collect()
}

/// Adds a new user to the teams that the assertion names. Without a usable team name,
/// `teamRole` is ignored.
pub(super) fn assign_teams(
    reader: &FieldReader<'_>,
    account_role: AccountRole,
    existing_teams: &[ExistingTeam],
    fallbacks: &mut Vec<ValueFallback>,
) -> AssignedTeams {
    let TeamNames { teams: named, has_unusable, fallbacks: errors } = read_team_names(reader);
    fallbacks.extend(errors);
    if named.is_empty() {
        return AssignedTeams { teams: Vec::new(), has_unusable_names: has_unusable };
    }
    let roles = RoleAssigner {
        attribute: reader.name(ProfileField::TeamRole),
        source: reader.source(ProfileField::TeamRole),
        highest: reader.policy.highest_team_role,
        account_role,
    };
    let input = read_roles(reader, account_role, fallbacks);
    let for_all = match &input {
        TeamRoleSpec::ForAll(Some(text)) => Some(roles.assign(Some(text), fallbacks)),
        // Recorded already.
        TeamRoleSpec::ForAll(None) => {
            let role = roles.assign(None, fallbacks);
            Some(AssignedRole { origin: RoleOrigin::Unusable, ..role })
        }
        TeamRoleSpec::Nothing => Some(roles.assign(None, fallbacks)),
        TeamRoleSpec::ForEach(_) | TeamRoleSpec::ForEachFilled(_) => None,
    };
    let teams_by_key: HashMap<&TeamKey, &ExistingTeam> =
        existing_teams.iter().map(|team| (team.name.key(), team)).collect();
    let to_assignment = |team: NamedTeam| {
        let role =
            for_all.clone().unwrap_or_else(|| roles.assign(input.value_for(&team), fallbacks));
        let existing = teams_by_key.get(team.name.key());
        let assignment = TeamAssignment {
            name: existing.map_or(team.name, |team| team.name.clone()),
            existing: existing.map(|team| team.id),
            requested: role.requested,
            role: role.effective,
        };
        AssignedTeam { assignment, origin: role.origin }
    };
    let teams = named.into_iter().map(to_assignment).collect();
    AssignedTeams { teams, has_unusable_names: has_unusable }
}

/// The teams that the values of `teamName` name.
struct TeamNames {
    /// The teams that could be used, each once, in order.
    teams: Vec<NamedTeam>,
    /// Whether a name could not be used.
    has_unusable: bool,
    /// One for each name that could not be used, or that was named before.
    fallbacks: Vec<ValueFallback>,
}

fn read_team_names(reader: &FieldReader<'_>) -> TeamNames {
    let attribute = reader.name(ProfileField::TeamName);
    let mut teams: Vec<NamedTeam> = Vec::new();
    let mut seen: HashMap<TeamKey, &str> = HashMap::new();
    let mut has_unusable = false;
    let rejected = reader.rejected(ProfileField::TeamName).into_iter();
    let mut fallbacks: Vec<_> =
        rejected.map(|(value, reason)| fallback(attribute, value, reason, None)).collect();
    let positions = reader.all_values(ProfileField::TeamName);
    let filled = positions.into_iter().enumerate().filter(|(_, text)| !text.is_empty());
    for (filled_place, (place, text)) in filled.enumerate() {
        let name: TeamName = match text.parse() {
            Ok(name) => name,
            Err(error) => {
                fallbacks.push(fallback(attribute, text, error.into(), None));
                has_unusable = true;
                continue;
            }
        };
        if let Some(first) = seen.get(name.key()).copied() {
            fallbacks.push(fallback(attribute, text, FallbackReason::RepeatedTeam, Some(first)));
            continue;
        }
        if teams.len() == MAX_TEAMS {
            fallbacks.push(fallback(attribute, text, FallbackReason::TooManyValues, None));
            has_unusable = true;
            break;
        }
        seen.insert(name.key().clone(), text);
        teams.push(NamedTeam { name, index: place, filled_index: filled_place });
    }
    TeamNames { teams, has_unusable, fallbacks }
}

/// Determines the role of each team.
///
/// If there are as many roles as teams, each team has the role at its place. Blank values
/// keep their places, so that no role moves to another team. Otherwise blank values count
/// as absent. Then one role is for all teams, and as many roles as names belong to them in
/// order. With any other count, the first usable role is for all teams, as a fallback. If
/// one attribute fills names and roles, its first usable role is for all teams.
fn read_roles<'a>(
    reader: &FieldReader<'a>,
    account_role: AccountRole,
    fallbacks: &mut Vec<ValueFallback>,
) -> TeamRoleSpec<'a> {
    let attribute = reader.name(ProfileField::TeamRole);
    let roles = reader.all_values(ProfileField::TeamRole);
    let filled = reader.filled_values(ProfileField::TeamRole);
    let names = reader.all_values(ProfileField::TeamName);
    let filled_names = names.iter().filter(|name| !name.is_empty()).count();
    let default = DEFAULT_TEAM_ROLE.raised_to(account_role).as_str();
    let rejected = reader.rejected(ProfileField::TeamRole);
    let is_rejected = !rejected.is_empty();
    let reject = |(value, reason)| fallback(attribute, value, reason, Some(default));
    fallbacks.extend(rejected.into_iter().map(reject));
    if filled.is_empty() {
        return if is_rejected { TeamRoleSpec::ForAll(None) } else { TeamRoleSpec::Nothing };
    }
    if attribute == reader.name(ProfileField::TeamName) {
        return TeamRoleSpec::ForAll(filled.into_iter().find(|text| parse_role(text).is_ok()));
    }
    // Values that a table has left out count as received.
    let received = |field| reader.received_count(field);
    let all_listed = received(ProfileField::TeamRole) == filled.len()
        && received(ProfileField::TeamName) == filled_names;
    if roles.len() == names.len() && names.len() > 1 {
        return TeamRoleSpec::ForEach(roles);
    }
    if let [only] = filled[..]
        && received(ProfileField::TeamRole) == 1
    {
        return TeamRoleSpec::ForAll(Some(only));
    }
    if filled.len() == filled_names && all_listed {
        return TeamRoleSpec::ForEachFilled(filled);
    }
    let first = FirstValidValue::read(attribute, filled.clone(), parse_role);
    let first_role = first.value.unwrap_or(DEFAULT_TEAM_ROLE);
    let highest = reader.policy.highest_team_role.unwrap_or(TeamRole::Admin);
    let used = first_role.min(highest).raised_to(account_role).as_str();
    fallbacks.extend(first.fallback_per_value(Some(used)));
    fallbacks.push(first.fallback_for_all(FallbackReason::TeamRoleCount, Some(used)));
    TeamRoleSpec::ForAll(filled.into_iter().find(|text| parse_role(text).is_ok()))
}

impl<'a> TeamRoleSpec<'a> {
    fn value_for(&self, team: &NamedTeam) -> Option<&'a str> {
        let text = match self {
            Self::Nothing => None,
            Self::ForAll(text) => *text,
            Self::ForEach(texts) => texts.get(team.index).copied(),
            Self::ForEachFilled(texts) => texts.get(team.filled_index).copied(),
        };
        text.filter(|text| !text.is_empty())
    }
}

/// A team role that was requested, and the one in effect with its source.
#[derive(Clone)]
struct AssignedRole {
    requested: TeamRole,
    effective: ValueWithSource<TeamRole>,
    origin: RoleOrigin,
}

/// Assigns team roles that the account role allows.
struct RoleAssigner<'a> {
    attribute: &'a str,
    /// The source of the values of the attribute.
    source: ValueSource,
    /// The highest role that the connection allows.
    highest: Option<TeamRole>,
    account_role: AccountRole,
}

impl RoleAssigner<'_> {
    /// The role that a value requests, and the one in effect, which is never
    /// lower than the account role.
    ///
    /// A fallback replaces a value that was received. A default that is raised is not a
    /// fallback: RESPONDER was not requested, and the source
    /// [`ValueSource::RaisedToAccountRole`] says where the role came from.
    fn assign(&self, text: Option<&str>, fallbacks: &mut Vec<ValueFallback>) -> AssignedRole {
        let input = text.map(parse_role);
        let request = input.clone().and_then(Result::ok);
        let highest = self.highest.unwrap_or(TeamRole::Admin);
        let requested = request.unwrap_or(DEFAULT_TEAM_ROLE).min(highest);
        let value = MemberRole::new(requested, self.account_role).effective;
        let source = match request {
            _ if value != requested => ValueSource::RaisedToAccountRole,
            Some(_) => self.source.clone(),
            None => ValueSource::Default,
        };
        let origin = match &input {
            None => RoleOrigin::Absent,
            Some(Err(_)) => RoleOrigin::Unusable,
            Some(Ok(role)) if *role > highest => RoleOrigin::Lowered,
            Some(Ok(_)) => RoleOrigin::Received,
        };
        let error = match input {
            Some(Err(unknown)) => Some(unknown),
            Some(Ok(role)) if role > highest => Some(FallbackReason::AboveHighestRole),
            Some(Ok(role)) if role != value => {
                Some(FallbackReason::LowerThanAccountRole(self.account_role))
            }
            Some(Ok(_)) | None => None,
        };
        if let (Some(text), Some(reason)) = (text, error) {
            fallbacks.push(fallback(self.attribute, text, reason, Some(value.as_str())));
        }
        AssignedRole { requested, effective: ValueWithSource { value, source }, origin }
    }
}

fn parse_role(text: &str) -> Result<TeamRole, FallbackReason> {
    text.parse().map_err(|_| FallbackReason::UnknownRole)
}
