//! Changing who is in a team: what is asked for, and what becomes of it.

use super::{
    fault::Fault,
    id::UserId,
    role::{AccountRole, TeamRole},
};

/// What shall be of one user in one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberChange {
    /// The user.
    pub user: UserId,
    /// What shall be.
    pub wanted: Wanted,
}

/// What shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// They are in the team. Without a role, who is in it keeps theirs, and
    /// who is not gets [`default_role`].
    In(Option<TeamRole>),
    /// They are not in the team.
    Out,
}

/// What becomes of a user in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// They come into it.
    Add(TeamRole),
    /// They have another role in it.
    Change {
        /// What they were.
        from: TeamRole,
        /// What they are.
        to: TeamRole,
    },
    /// They leave it.
    Remove(TeamRole),
    /// All is as it was.
    Nothing,
}

/// A team role that may not stand beside the user's account role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be lower than the account role {account}: use one of {}", open(*.account))]
pub struct ForbiddenPair {
    /// What the user is in the account.
    pub account: AccountRole,
    /// What they may not be in a team.
    pub team: TeamRole,
}

impl ForbiddenPair {
    /// The fault of a field that holds the team role.
    #[must_use]
    pub fn at(self, field: String) -> Fault {
        Fault::new(field, self.team.as_str(), self)
    }
}

fn open(account: AccountRole) -> String {
    let allowed = TeamRole::ALL.into_iter().filter(|role| account.allows(*role));
    let names: Vec<_> = allowed.map(TeamRole::as_str).collect();
    names.join(", ")
}

/// What a user is in a team if nobody says otherwise.
#[must_use]
pub fn default_role(account: AccountRole) -> TeamRole {
    TeamRole::Responder.raised_to(account)
}

/// What becomes of a user in a team: of what they are in the account, what
/// they are in the team, and what shall be.
///
/// # Errors
/// [`ForbiddenPair`] if the team role that was asked for is too low.
pub fn settle(
    account: AccountRole,
    current: Option<TeamRole>,
    wanted: Wanted,
) -> Result<Effect, ForbiddenPair> {
    let role = match wanted {
        Wanted::Out => return Ok(current.map_or(Effect::Nothing, Effect::Remove)),
        Wanted::In(Some(team)) if !account.allows(team) => {
            return Err(ForbiddenPair { account, team });
        }
        Wanted::In(Some(role)) => role,
        Wanted::In(None) => current.unwrap_or_else(|| default_role(account)),
    };
    Ok(match current {
        None => Effect::Add(role),
        Some(from) if from == role => Effect::Nothing,
        Some(from) => Effect::Change { from, to: role },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_user_follows_from_what_they_are() {
        use AccountRole::{Admin, Guest, Stakeholder, User as Member};
        use TeamRole::{Admin as Lead, Responder, Stakeholder as Watcher, User};
        use Wanted::{In, Out};
        for (account, current, wanted, effect) in [
            (Stakeholder, None, In(None), Effect::Add(Responder)),
            (Member, None, In(None), Effect::Add(User)),
            (Admin, None, In(None), Effect::Add(Lead)),
            (Guest, None, In(Some(Watcher)), Effect::Add(Watcher)),
            (Guest, Some(Watcher), In(None), Effect::Nothing),
            (Member, Some(User), In(Some(User)), Effect::Nothing),
            (Member, Some(User), In(Some(Lead)), Effect::Change { from: User, to: Lead }),
            (Member, Some(Lead), Out, Effect::Remove(Lead)),
            (Member, None, Out, Effect::Nothing),
        ] {
            assert_eq!(settle(account, current, wanted), Ok(effect), "{account} {wanted:?}");
        }
    }

    #[test]
    fn a_forbidden_pair_is_refused_with_both_roles_and_those_that_are_open() {
        let refused = settle(AccountRole::User, None, Wanted::In(Some(TeamRole::Responder)));
        let fault = refused.unwrap_err().at("role".into());
        assert_eq!(
            fault.to_string(),
            "role: \"RESPONDER\" must not be lower than the account role USER: use one of \
             USER, ADMIN"
        );
    }
}
