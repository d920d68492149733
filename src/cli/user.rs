//! `usher user`

use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use super::{
    CliError,
    account_arg::{AccountArg, with_account_name},
    import,
    listing::{LimitArg, filtered},
    setup::Setup,
    user_explanation,
    user_view::{self, UserChange},
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        users::{self, UpdateOptions, UserExpansions, UserRecord},
    },
    domain::{
        attribute_name::AttributeName,
        etag::IfMatch,
        field_error::{FieldError, Reason},
        profile_field::ProfileField,
        quote::QuotedText,
        user::{Identity, UserStatus},
        user_patch::{FieldPatch, StatusRequest, UserPatch, UserPatchParser},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the users of an account
    List {
        #[command(flatten)]
        of: AccountArg,
        /// Only those that match a filter of the admin API, e.g. 'status eq "DISABLED" or
        /// lastName sw "L"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Show a user, with teams, identities and sessions
    Show(UserArg),
    /// Explain a user: who set each value and when, and who can change it
    Explain(UserArg),
    /// Import users from a file: a table (CSV), or a JSON object on each line
    Import(import::Import),
    /// Change a user; flags that are left out change nothing
    Set {
        #[command(flatten)]
        named: UserArg,
        /// The role in the account: STAKEHOLDER, GUEST, RESPONDER, USER or ADMIN
        #[arg(long)]
        role: String,
        /// Also change the role of the last user with the role ADMIN
        #[arg(long)]
        force: bool,
    },
    /// Disable a user: the user can't log in, and all sessions end at once
    Disable(ForcedUserArg),
    /// Enable a user who was disabled
    Enable(UserArg),
    /// Lock attributes of a user against logins and SCIM clients
    Lock(LockArgs),
    /// Unlock attributes of a user
    Unlock(LockArgs),
    /// End all sessions of a user, who may log in again
    EndSessions(UserArg),
    /// Unlink an identity from a user: the next login with the user's address links a new one
    ///
    /// This resolves the denial IDENTITY_CONFLICT for one person. Make sure first that
    /// it is the same person. The user's sessions through the connection end.
    Unlink {
        #[command(flatten)]
        named: UserArg,
        /// The identity: an ID, or the subject exactly as the connection sends it
        identity: String,
    },
    /// Delete a user permanently. To prevent logins for a time, disable the user
    Delete(ForcedUserArg),
}

/// One user.
#[derive(Debug, Args)]
pub(super) struct UserArg {
    #[command(flatten)]
    of: AccountArg,
    /// The user: an ID, an e-mail address or a user name
    user: String,
}

/// One user, and whether the last administrator may be changed.
#[derive(Debug, Args)]
pub(super) struct ForcedUserArg {
    #[command(flatten)]
    named: UserArg,
    /// Also change the last user with the role ADMIN who may log in
    #[arg(long)]
    force: bool,
}

/// One user, and attributes to lock or unlock.
#[derive(Debug, Args)]
pub(super) struct LockArgs {
    #[command(flatten)]
    named: UserArg,
    /// The attributes, by their names in the admin API, e.g. role or teams
    #[arg(required = true, value_name = "ATTRIBUTE")]
    attributes: Vec<AttributeName>,
}

/// A user, and the author of a change to them.
struct TargetUser {
    app: App,
    caller: Caller,
    record: UserRecord,
    json: bool,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        match self {
            Self::List { of, filter, limit } => {
                let app = setup.app()?;
                let account = of.load(&app)?;
                let caller = Caller::command_line(account.id);
                let read = |query: &_| users::list(&app, &caller, query, UserExpansions::default());
                user_view::list(limit.read_pages(filtered(filter), read)?, &account, of.json)
            }
            Self::Import(import) => import.run(setup),
            Self::Show(named) => named.find(setup)?.show(),
            Self::Explain(named) => named.find(setup)?.explain(),
            Self::Set { named, role, force } => {
                let mut parser = UserPatchParser::default();
                parser.set(ProfileField::Role, FieldPatch::Set(&role));
                let patch = parser.finish().map_err(Error::Invalid)?;
                named.find(setup)?.update(&IfMatch::Unconditional, &patch, force)
            }
            Self::Disable(ForcedUserArg { named, force }) => {
                let patch = status_patch(StatusRequest::Is(UserStatus::Disabled));
                named.find(setup)?.update(&IfMatch::Unconditional, &patch, force)
            }
            Self::Enable(named) => {
                let patch = status_patch(StatusRequest::Enabled);
                named.find(setup)?.update(&IfMatch::Unconditional, &patch, false)
            }
            Self::Lock(LockArgs { named, attributes }) => {
                named.find(setup)?.update_locks(|locks| locks.extend(attributes))
            }
            Self::Unlock(LockArgs { named, attributes }) => named
                .find(setup)?
                .update_locks(|locks| locks.retain(|lock| !attributes.contains(lock))),
            Self::EndSessions(named) => named.find(setup)?.end_sessions(),
            Self::Unlink { named, identity } => named.find(setup)?.unlink(&identity),
            Self::Delete(ForcedUserArg { named, force }) => named.find(setup)?.delete(force),
        }
    }
}

fn status_patch(status: StatusRequest) -> UserPatch {
    UserPatch { status: Some(status), ..UserPatch::default() }
}

impl UserArg {
    fn find(self, setup: &Setup) -> Result<TargetUser, CliError> {
        let Self { of, user } = self;
        let app = setup.app()?;
        let account = of.load(&app)?;
        let record = users::find_by_identifier(&app, account.id, &user);
        let record = record.map_err(|error| with_account_name(error, &account))?;
        let caller = Caller::command_line(account.id);
        Ok(TargetUser { app, caller, record, json: of.json })
    }
}

impl TargetUser {
    fn show(self) -> Result<(), CliError> {
        let sessions = users::list_sessions(&self.app, &self.caller, self.record.user.id)?;
        user_view::show(self.record, &sessions, self.json)
    }

    fn explain(self) -> Result<(), CliError> {
        let explanation = users::explain(&self.app, &self.caller, self.record.user.id)?;
        user_explanation::show(&self.record.user, explanation, self.json)
    }

    /// Changes the locks, unless another caller has changed the user meanwhile.
    fn update_locks(
        self,
        change: impl FnOnce(&mut BTreeSet<AttributeName>),
    ) -> Result<(), CliError> {
        let mut locks = self.record.user.locks.clone();
        change(&mut locks);
        let if_match = IfMatch::OneOf(vec![self.record.etag()]);
        let patch = UserPatch { locks: Some(locks), ..UserPatch::default() };
        self.update(&if_match, &patch, false)
    }

    fn update(self, if_match: &IfMatch, patch: &UserPatch, force: bool) -> Result<(), CliError> {
        let Self { app, caller, record, json } = self;
        let (id, options) = (record.user.id, UpdateOptions { force, ..UpdateOptions::default() });
        let result = users::update(&app, &caller, id, if_match, patch, options);
        user_view::show_change(
            UserChange { before: record.user, after: result.map_err(with_force_flag)? },
            json,
        )
    }

    fn end_sessions(self) -> Result<(), CliError> {
        let user = &self.record.user;
        let ended = users::end_sessions(&self.app, &self.caller, user.id)?;
        user_view::show_ended_sessions(user, ended, self.json)
    }

    fn unlink(self, identity: &str) -> Result<(), CliError> {
        let Self { app, caller, record, json } = self;
        let identity = find_identity(&record, identity).map_err(Error::from)?;
        let ids = (record.user.id, identity.id);
        let unlinked = users::unlink(&app, &caller, ids, &IfMatch::Unconditional)?;
        user_view::show_unlinked(&record.user, unlinked, json)
    }

    fn delete(self, force: bool) -> Result<(), CliError> {
        let Self { app, caller, record, json } = self;
        users::delete(&app, &caller, record.user.id, &IfMatch::Unconditional, force)
            .map_err(with_force_flag)?;
        user_view::show_deleted(&record.user, json)
    }
}

/// Replaces `force=true` by the flag.
fn with_force_flag(error: Error) -> CliError {
    match error {
        Error::Rejected(rejection @ crate::app::Rejection::LastAdmin { .. }) => {
            let text = rejection.to_string();
            CliError::Other(text.replace("repeat the request with force=true", "use --force"))
        }
        other => other.into(),
    }
}

/// The identity of a user with this ID or subject.
fn find_identity<'a>(record: &'a UserRecord, name: &str) -> Result<&'a Identity, FieldError> {
    let UserRecord { user, teams: _, identities } = record;
    let mut found = identities.iter().filter(|identity| {
        identity.id.to_string().eq_ignore_ascii_case(name.trim()) || identity.subject.text == name
    });
    match (found.next(), found.next()) {
        (Some(identity), None) => return Ok(identity),
        (Some(_), Some(_)) => {
            let reason = Reason::with_detail(
                format!(
                    "is the subject of several identities. Use one of the IDs {}",
                    format_identities(identities)
                ),
                "the ID of one identity",
                "Use the ID of one of them.",
            );
            return Err(FieldError::new("identity", name, reason));
        }
        (None, _) => {}
    }
    let reason = match identities.is_empty() {
        true => format!("must be an identity of {}, who has no identities", user.email),
        false => {
            format!("must be an identity of {}: {}", user.email, format_identities(identities))
        }
    };
    Err(FieldError::new("identity", name, reason))
}

/// Each identity with its subject and its connection.
fn format_identities(identities: &[Identity]) -> String {
    let describe = |identity: &Identity| {
        let Identity { id, connection, subject, .. } = identity;
        format!("{id} ({}, connection {connection})", QuotedText(&subject.text))
    };
    identities.iter().map(describe).collect::<Vec<_>>().join(", ")
}
