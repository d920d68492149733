//! `usher user`

use clap::{Args, Subcommand};

use super::{
    Failure, import,
    listing::Limit,
    output,
    owner::{Owner, in_account},
    setup::Setup,
    user_view::{self, UserUpdate},
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        users::{self, Include, UpdateOptions, UserRecord},
    },
    domain::{
        etag::IfMatch,
        field_error::{FieldError, Reason},
        profile_field::ProfileField,
        user::{Identity, UserStatus},
        user_patch::{Field, StatusRequest, UserPatch, UserPatchParser},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the users of an account
    List {
        #[command(flatten)]
        of: Owner,
        /// Only those that meet a filter of the admin API, e.g. 'status eq "DISABLED" or lastName sw "L"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a user, with teams, identities and sessions
    Show(Named),
    /// Import users from a file: a table (CSV), or a JSON object on each line
    Import(import::Import),
    /// Change a user: only the given flags
    Set {
        #[command(flatten)]
        named: Named,
        /// The role in the account: STAKEHOLDER, GUEST, RESPONDER, USER or ADMIN
        #[arg(long)]
        role: String,
        /// Also take the role ADMIN from the last user who has it
        #[arg(long)]
        force: bool,
    },
    /// Disable a user: no login is let in, and all sessions end at once
    Disable(Forced),
    /// Enable a user who was disabled
    Enable(Named),
    /// End all sessions of a user, who may log in again
    EndSessions(Named),
    /// Unlink an identity from a user: the next login with the user's address links a new one
    ///
    /// This resolves the denial identity_conflict for one person. Make sure first that
    /// it is the same person. The user's sessions through the connection end.
    Unlink {
        #[command(flatten)]
        named: Named,
        /// The identity: an ID, or the subject exactly as the connection sends it
        identity: String,
    },
    /// Delete a user for good. To keep somebody out for a time, disable them
    Delete(Forced),
}

/// One user.
#[derive(Debug, Args)]
pub(super) struct Named {
    #[command(flatten)]
    of: Owner,
    /// The user: an ID, an e-mail address or a user name
    user: String,
}

/// One user, and whether the last administrator may be lost.
#[derive(Debug, Args)]
pub(super) struct Forced {
    #[command(flatten)]
    named: Named,
    /// Also if it is the last user with the role ADMIN who may log in
    #[arg(long)]
    force: bool,
}

/// A user, and the author of a change to them.
struct TargetUser {
    app: App,
    caller: Caller,
    record: UserRecord,
    json: bool,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::List { of, filter, limit } => {
                let app = setup.app()?;
                let account = of.account(&app)?;
                let caller = Caller::command_line(account.id);
                let read = |query: &_| users::list(&app, &caller, query, Include::default());
                user_view::list(limit.read(filter, read)?, &account, of.json)
            }
            Self::Import(import) => import.run(setup),
            Self::Show(named) => named.find(setup)?.show(),
            Self::Set { named, role, force } => {
                let mut parser = UserPatchParser::default();
                parser.set(ProfileField::Role, Field::Set(&role));
                let patch = parser.finish().map_err(Error::Invalid)?;
                named.find(setup)?.update(&patch, force)
            }
            Self::Disable(Forced { named, force }) => {
                named.find(setup)?.update(&status(StatusRequest::Is(UserStatus::Disabled)), force)
            }
            Self::Enable(named) => {
                named.find(setup)?.update(&status(StatusRequest::Enabled), false)
            }
            Self::EndSessions(named) => named.find(setup)?.end_sessions(),
            Self::Unlink { named, identity } => named.find(setup)?.unlink(&identity),
            Self::Delete(Forced { named, force }) => named.find(setup)?.delete(force),
        }
    }
}

fn status(status: StatusRequest) -> UserPatch {
    UserPatch { status: Some(status), ..UserPatch::default() }
}

impl Named {
    fn find(self, setup: &Setup) -> Result<TargetUser, Failure> {
        let Self { of, user } = self;
        let app = setup.app()?;
        let account = of.account(&app)?;
        let record = users::by_name(&app, account.id, &user);
        let record = record.map_err(|error| in_account(error, &account))?;
        let caller = Caller::command_line(account.id);
        Ok(TargetUser { app, caller, record, json: of.json })
    }
}

impl TargetUser {
    fn show(self) -> Result<(), Failure> {
        let sessions = users::sessions(&self.app, &self.caller, self.record.user.id)?;
        user_view::show(self.record, &sessions, self.json)
    }

    fn update(self, patch: &UserPatch, force: bool) -> Result<(), Failure> {
        let Self { app, caller, record, json } = self;
        let (id, how) = (record.user.id, UpdateOptions { force, ..UpdateOptions::default() });
        let changed = users::update(&app, &caller, id, &IfMatch::Unconditional, patch, how);
        user_view::changed(
            UserUpdate { before: record.user, after: changed.map_err(flagged)? },
            json,
        )
    }

    fn end_sessions(self) -> Result<(), Failure> {
        let user = &self.record.user;
        let ended = users::end_sessions(&self.app, &self.caller, user.id)?;
        user_view::ended(user, ended, self.json)
    }

    fn unlink(self, identity: &str) -> Result<(), Failure> {
        let Self { app, caller, record, json } = self;
        let identity = find(&record, identity).map_err(Error::from)?;
        let ids = (record.user.id, identity.id);
        let unlinked = users::unlink(&app, &caller.author, ids, &IfMatch::Unconditional)?;
        user_view::unlinked(&record.user, unlinked, json)
    }

    fn delete(self, force: bool) -> Result<(), Failure> {
        let Self { app, caller, record, json } = self;
        users::delete(&app, &caller, record.user.id, &IfMatch::Unconditional, force)
            .map_err(flagged)?;
        user_view::deleted(&record.user, json)
    }
}

/// Names the flag that insists.
fn flagged(error: Error) -> Failure {
    match error {
        Error::Refused(refusal @ crate::app::Refusal::LastAdmin { .. }) => {
            let text = refusal.to_string();
            Failure::Other(text.replace("repeat the request with force=true", "use --force"))
        }
        other => other.into(),
    }
}

/// The identity of a user with this ID or subject.
fn find<'a>(record: &'a UserRecord, name: &str) -> Result<&'a Identity, FieldError> {
    let UserRecord { user, teams: _, identities } = record;
    let mut found = identities.iter().filter(|identity| {
        identity.id.to_string().eq_ignore_ascii_case(name.trim()) || identity.subject == name
    });
    match (found.next(), found.next()) {
        (Some(identity), None) => return Ok(identity),
        (Some(_), Some(_)) => {
            let reason = "is the subject of several identities: use the ID of one of them";
            let reason = Reason::with_detail(
                format!("{reason}{}", listed(identities)),
                "the ID of one identity",
                "Use the ID of one of them.",
            );
            return Err(FieldError::new("identity", name, reason));
        }
        (None, _) => {}
    }
    let reason = match identities.is_empty() {
        true => format!("must be an identity of {}, who has none", user.email),
        false => format!("must be an identity of {}:{}", user.email, listed(identities)),
    };
    Err(FieldError::new("identity", name, reason))
}

/// A line for each identity.
fn listed(identities: &[Identity]) -> String {
    let line = |identity: &Identity| {
        let Identity { id, connection, subject, .. } = identity;
        format!("\n  {id}  {}  on the connection {connection}", output::plain(subject))
    };
    identities.iter().map(line).collect()
}
