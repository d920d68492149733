//! Team roles of members, requested and effective, and changes of memberships.

use super::{
    field_error::{FieldError, Reason},
    id::UserId,
    role::{AccountRole, TeamRole},
};

/// The default team role.
pub const DEFAULT_TEAM_ROLE: TeamRole = TeamRole::Responder;

/// A member's role in a team, next to their account role.
///
/// The account role raises the effective role without a write. So a lower account role removes
/// the raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberRole {
    /// The role that was requested, and is stored.
    pub requested: TeamRole,
    /// The effective role: the higher one of the requested role and the account role.
    /// Responses, filters and permissions use it.
    pub effective: TeamRole,
}

impl MemberRole {
    /// The role of a member with this account role.
    #[must_use]
    pub fn new(requested: TeamRole, account: AccountRole) -> Self {
        Self { requested, effective: requested.raised_to(account) }
    }
}

/// The fields of a user that a change of memberships needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipUser {
    /// The account role.
    pub role: AccountRole,
    /// Whether logins and SCIM may not change their memberships.
    pub has_locked_teams: bool,
}

/// A requested change of one user in one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberChange {
    /// The user.
    pub user: UserId,
    /// The desired membership.
    pub desired: DesiredMembership,
}

/// The desired membership of a user in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DesiredMembership {
    /// They are in the team, and request this role. Without a role, a member
    /// keeps theirs, and a new one requests [`DEFAULT_TEAM_ROLE`].
    In(Option<TeamRole>),
    /// They are not in the team.
    Out,
}

/// The effect of a change on a membership. All roles are requested roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipEffect {
    /// The user is added.
    Add(TeamRole),
    /// The role is changed.
    Change {
        /// The role before.
        from: TeamRole,
        /// The role after.
        to: TeamRole,
    },
    /// The user is removed.
    Remove(TeamRole),
    /// Nothing changes.
    Nothing,
}

/// A team role that the user's account role does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be lower than the account role {account}: use one of {}", open(*.account))]
pub struct ForbiddenTeamRole {
    /// The account role of the user.
    pub account: AccountRole,
    /// The team role that is not allowed.
    pub team: TeamRole,
}

impl ForbiddenTeamRole {
    /// The error of a field that holds the team role.
    #[must_use]
    pub fn to_field_error(self, field: String) -> FieldError {
        let allowed = format!("one of {}", open(self.account));
        let remedy = format!("Use {allowed}.");
        FieldError::new(field, self.team.as_str(), Reason::with_detail(self, allowed, remedy))
    }
}

fn open(account: AccountRole) -> String {
    let allowed = TeamRole::ALL.into_iter().filter(|role| account.allows(*role));
    let names: Vec<_> = allowed.map(TeamRole::as_str).collect();
    names.join(", ")
}

/// Computes the effect of a change, from the account role, the current requested team
/// role and the desired membership.
///
/// # Errors
/// If the requested team role is too low for the account role.
pub fn resolve_change(
    account: AccountRole,
    current: Option<TeamRole>,
    desired: DesiredMembership,
) -> Result<MembershipEffect, ForbiddenTeamRole> {
    let role = match desired {
        DesiredMembership::Out => {
            return Ok(current.map_or(MembershipEffect::Nothing, MembershipEffect::Remove));
        }
        DesiredMembership::In(Some(team)) if !account.allows(team) => {
            return Err(ForbiddenTeamRole { account, team });
        }
        DesiredMembership::In(Some(role)) => role,
        DesiredMembership::In(None) => current.unwrap_or(DEFAULT_TEAM_ROLE),
    };
    Ok(match current {
        None => MembershipEffect::Add(role),
        Some(from) if from == role => MembershipEffect::Nothing,
        Some(from) => MembershipEffect::Change { from, to: role },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_in_effect_is_the_higher_one_of_requested_and_account_role() {
        for account in AccountRole::ALL {
            for requested in TeamRole::ALL {
                let role = MemberRole::new(requested, account);
                assert_eq!(role.requested, requested);
                assert_eq!(role.effective, requested.max(account.lowest_team_role()));
            }
        }
    }

    #[test]
    fn user_state_follows_from_status_and_logins() {
        use AccountRole::{Admin, Guest, Stakeholder, User as Member};
        use DesiredMembership::{In, Out};
        use TeamRole::{Admin as Lead, Responder, Stakeholder as Watcher, User};
        for (account, current, desired, effect) in [
            (Stakeholder, None, In(None), MembershipEffect::Add(Responder)),
            (Member, None, In(None), MembershipEffect::Add(Responder)),
            (Admin, None, In(None), MembershipEffect::Add(Responder)),
            (Admin, Some(Watcher), In(None), MembershipEffect::Nothing),
            (
                Admin,
                Some(Watcher),
                In(Some(Lead)),
                MembershipEffect::Change { from: Watcher, to: Lead },
            ),
            (Guest, None, In(Some(Watcher)), MembershipEffect::Add(Watcher)),
            (Guest, Some(Watcher), In(None), MembershipEffect::Nothing),
            (Member, Some(User), In(Some(User)), MembershipEffect::Nothing),
            (Member, Some(User), In(Some(Lead)), MembershipEffect::Change { from: User, to: Lead }),
            (Member, Some(Lead), Out, MembershipEffect::Remove(Lead)),
            (Member, None, Out, MembershipEffect::Nothing),
        ] {
            assert_eq!(
                resolve_change(account, current, desired),
                Ok(effect),
                "{account} {desired:?}"
            );
        }
    }

    #[test]
    fn forbidden_role_pair_is_rejected_with_the_allowed_roles() {
        let rejected = resolve_change(
            AccountRole::User,
            None,
            DesiredMembership::In(Some(TeamRole::Responder)),
        );
        let error = rejected.unwrap_err().to_field_error("role".into());
        assert_eq!(
            error.to_string(),
            "role: \"RESPONDER\" must not be lower than the account role USER: use one of \
             USER, ADMIN"
        );
    }
}
