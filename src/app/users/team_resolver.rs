//! Resolves the teams in user patches, and creates missing teams.

use std::collections::{BTreeMap, HashMap};

use crate::{
    app::{Error, random, teams},
    domain::{
        Timestamp,
        audit::Author,
        field_error::{FieldError, Reason},
        id::{AccountId, TeamId},
        provisioning::ExistingTeam,
        role::TeamRole,
        team::{Team, TeamKey, TeamName},
        user_patch::{MISSING_TEAM, RequestedMembership, TeamRef},
    },
    store::Tx,
};

/// The teams of one user with the role in each, or every error of them.
pub(super) type ResolvedTeams = Result<Vec<(TeamId, TeamRole)>, Vec<FieldError>>;

/// The teams that user patches name.
pub(super) struct TeamResolver {
    by_id: HashMap<TeamId, TeamName>,
    by_key: HashMap<TeamKey, TeamId>,
    /// The teams to create, always in the same order, so that two transactions that
    /// create the same teams can't deadlock.
    missing: BTreeMap<String, Team>,
    /// Whether missing teams are created.
    create: bool,
}

impl TeamResolver {
    /// Loads the teams that the patches name.
    pub(super) fn load<'a>(
        tx: &mut Tx<'_>,
        account: AccountId,
        memberships: impl IntoIterator<Item = &'a RequestedMembership>,
        create: bool,
        planned: &HashMap<TeamKey, ExistingTeam>,
    ) -> Result<Self, Error> {
        let (mut ids, mut keys) = (Vec::new(), Vec::new());
        for membership in memberships {
            match &membership.team {
                TeamRef::Id(id, _) => ids.push(*id),
                TeamRef::Name(name) => keys.push(name.key().clone()),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        keys.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        keys.dedup();
        let mut existing = tx.existing_teams_by_id(account, &ids)?;
        existing.extend(tx.existing_teams(account, &keys)?);
        existing.extend(keys.iter().filter_map(|key| planned.get(key).cloned()));
        let mut teams = Self {
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            missing: BTreeMap::new(),
            create,
        };
        for ExistingTeam { id, name } in existing {
            teams.by_key.insert(name.key().clone(), id);
            teams.by_id.insert(id, name);
        }
        Ok(teams)
    }

    /// Resolves the teams of one user with the role in each, and records the teams to create.
    ///
    /// # Errors
    /// All errors, each at its place.
    pub(super) fn resolve(
        &mut self,
        author: &Author,
        now: Timestamp,
        memberships: &[RequestedMembership],
    ) -> Result<ResolvedTeams, Error> {
        let mut errors = Vec::new();
        let mut found: Vec<(TeamId, TeamRole)> = Vec::new();
        for membership in memberships {
            let index = membership.index;
            let id = match self.resolve_team(index, &membership.team) {
                Ok(id) => id,
                Err(UnresolvedTeam::Invalid(error)) => {
                    errors.push(error);
                    continue;
                }
                Err(UnresolvedTeam::ToCreate(name)) => self.add_missing(author, now, name)?,
            };
            if found.iter().any(|(other, _)| *other == id) {
                let reason = Reason::repeated("each team once", "Name each team once.");
                errors.push(FieldError::new(format!("teams/{index}"), id.to_string(), reason));
            }
            found.push((id, membership.requested_role()));
        }
        Ok(if errors.is_empty() { Ok(found) } else { Err(errors) })
    }

    fn resolve_team(&self, index: usize, team: &TeamRef) -> Result<TeamId, UnresolvedTeam> {
        match team {
            TeamRef::Id(id, name) => {
                let Some(stored_name) = self.by_id.get(id) else {
                    let reason = "must be the ID of a team of this account";
                    return Err(FieldError::new(
                        format!("teams/{index}/id"),
                        id.to_string(),
                        reason,
                    )
                    .into());
                };
                match name {
                    Some(name) if name.key() != stored_name.key() => {
                        let reason = format!(
                            "must be the name of the team {id}: leave the ID or the name out"
                        );
                        Err(FieldError::new(format!("teams/{index}/name"), name.as_str(), reason)
                            .into())
                    }
                    Some(_) | None => Ok(*id),
                }
            }
            TeamRef::Name(name) => match self.by_key.get(name.key()) {
                Some(id) => Ok(*id),
                None if self.create => Err(UnresolvedTeam::ToCreate(name.clone())),
                None => {
                    Err(FieldError::new(format!("teams/{index}/name"), name.as_str(), MISSING_TEAM)
                        .into())
                }
            },
        }
    }

    fn add_missing(
        &mut self,
        author: &Author,
        now: Timestamp,
        name: TeamName,
    ) -> Result<TeamId, Error> {
        let id = random::generate_id(TeamId::new, now)?;
        self.by_key.insert(name.key().clone(), id);
        self.by_id.insert(id, name.clone());
        let team = Team::new(id, author.account, name, author.origin(), now);
        self.missing.insert(team.name.key().as_str().to_owned(), team);
        Ok(id)
    }

    /// The name of a team.
    pub(super) fn name(&self, id: TeamId) -> Option<&TeamName> {
        self.by_id.get(&id)
    }

    /// The teams to create.
    pub(super) fn missing_teams(&self) -> impl Iterator<Item = &Team> {
        self.missing.values()
    }

    /// Creates the recorded teams that are used.
    pub(super) fn create_missing(
        &self,
        tx: &mut Tx<'_>,
        author: &Author,
        used: impl Fn(TeamId) -> bool,
    ) -> Result<(), Error> {
        for team in self.missing.values().filter(|team| used(team.id)) {
            tx.insert_team(team)?;
            teams::audit_creation(tx, author, team)?;
        }
        Ok(())
    }
}

/// The reason why a named team was not found.
enum UnresolvedTeam {
    Invalid(FieldError),
    /// It will be created.
    ToCreate(TeamName),
}

impl From<FieldError> for UnresolvedTeam {
    fn from(error: FieldError) -> Self {
        Self::Invalid(error)
    }
}
