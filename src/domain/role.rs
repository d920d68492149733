//! Roles, and the allowed pairs of account role and team role.

use std::str::FromStr;

use super::{field_error::stated, named_enum::named};

named! {
    /// The role of a user in the account, in order of power, except
    /// [`AccountRole::Guest`].
    AccountRole {
        /// Reads their own items. The default.
        Stakeholder = "STAKEHOLDER",
        /// An external person; compatible with any team role.
        Guest = "GUEST",
        /// Answers alerts.
        Responder = "RESPONDER",
        /// Works with everything.
        User = "USER",
        /// Administers the account.
        Admin = "ADMIN",
    }
}

named! {
    /// The role of a user in a team, in order of power.
    #[derive(PartialOrd, Ord)]
    TeamRole {
        /// Reads the team's items.
        Stakeholder = "STAKEHOLDER",
        /// Answers the team's alerts. The default.
        Responder = "RESPONDER",
        /// Works with everything that the team has.
        User = "USER",
        /// Administers the team.
        Admin = "ADMIN",
    }
}

/// The error of a text that is not the name of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {accepted}")]
pub struct UnknownRole {
    /// The names that would have been accepted.
    pub accepted: &'static str,
}

stated!(UnknownRole);

impl AccountRole {
    /// The lowest team role that this account role allows.
    #[must_use]
    pub fn lowest_team_role(self) -> TeamRole {
        match self {
            // A guest of the account may have any team role.
            Self::Guest | Self::Stakeholder => TeamRole::Stakeholder,
            Self::Responder => TeamRole::Responder,
            Self::User => TeamRole::User,
            Self::Admin => TeamRole::Admin,
        }
    }

    /// Whether this role gives more power in the account than another. GUEST gives as
    /// little as STAKEHOLDER.
    #[must_use]
    pub fn exceeds(self, other: Self) -> bool {
        self.lowest_team_role() > other.lowest_team_role()
    }

    /// Whether this account role allows a team role: it may not be
    /// the lower of the two.
    #[must_use]
    pub fn allows(self, team: TeamRole) -> bool {
        team >= self.lowest_team_role()
    }
}

impl TeamRole {
    /// This role, or the lowest that the account role allows.
    #[must_use]
    pub fn raised_to(self, account: AccountRole) -> Self {
        self.max(account.lowest_team_role())
    }
}

impl FromStr for AccountRole {
    type Err = UnknownRole;

    /// Reads a role's name, trimmed and regardless of case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found =
            Self::ALL.into_iter().find(|role| text.trim().eq_ignore_ascii_case(role.as_str()));
        found.ok_or(UnknownRole { accepted: "STAKEHOLDER, GUEST, RESPONDER, USER, ADMIN" })
    }
}

impl FromStr for TeamRole {
    type Err = UnknownRole;

    /// Reads a role's name, trimmed and regardless of case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found =
            Self::ALL.into_iter().find(|role| text.trim().eq_ignore_ascii_case(role.as_str()));
        found.ok_or(UnknownRole { accepted: "STAKEHOLDER, RESPONDER, USER, ADMIN" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_role_pairs_match_the_table() {
        // Rows: account role. Columns: team role STAKEHOLDER, RESPONDER, USER, ADMIN.
        let table = [
            (AccountRole::Stakeholder, [true, true, true, true]),
            (AccountRole::Guest, [true, true, true, true]),
            (AccountRole::Responder, [false, true, true, true]),
            (AccountRole::User, [false, false, true, true]),
            (AccountRole::Admin, [false, false, false, true]),
        ];
        for (account, row) in table {
            for (team, allowed) in TeamRole::ALL.into_iter().zip(row) {
                assert_eq!(account.allows(team), allowed, "{account} with {team}");
                assert!(account.allows(team.raised_to(account)), "{account} with {team}, raised");
                assert_eq!(
                    team.raised_to(account) == team,
                    allowed,
                    "raised only where it must be"
                );
            }
        }
    }

    #[test]
    fn role_names_are_trimmed_and_read_in_any_case() {
        for role in AccountRole::ALL {
            assert_eq!(format!(" {} ", role.as_str().to_lowercase()).parse(), Ok(role));
        }
        for role in TeamRole::ALL {
            assert_eq!(format!("\t{}\n", role.as_str().to_lowercase()).parse(), Ok(role));
        }
        assert!("GUEST".parse::<TeamRole>().is_err(), "GUEST is no team role");
        assert!("OWNER".parse::<AccountRole>().is_err());
        assert!("".parse::<AccountRole>().is_err());
    }
}
