//! `usher user`

use clap::Subcommand;
use serde::Serialize;

use super::{
    Failure, import,
    output::{self, plain},
    owner::Owner,
    setup::Setup,
};
use crate::{
    app::users::{self, Unlinked, UserRecord},
    domain::{audit::Author, fault::Fault, tag::IfMatch, user::Identity},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Import users from a file: a table (CSV), or a JSON object on each line
    Import(import::Import),
    /// Unlink an identity from a user: the next login with the user's address links a new one
    ///
    /// This resolves the denial identity_conflict for one person. Make sure first that
    /// it is the same person. The user's sessions through the connection end.
    Unlink {
        #[command(flatten)]
        of: Owner,
        /// The user: an ID or an e-mail address
        user: String,
        /// The identity: an ID, or the subject exactly as the connection sends it
        identity: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnlinkedBody<'a> {
    id: String,
    connection_id: String,
    subject: &'a str,
    user_id: String,
    ended_sessions: usize,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::Import(import) => import.run(setup),
            Self::Unlink { of, user, identity } => {
                let app = setup.app()?;
                let account = of.account(&app)?;
                let record = users::by_name(&app, account.id, &user)?;
                let identity = find(&record, &identity).map_err(crate::app::Error::from)?;
                let author = Author::command_line(account.id);
                let ids = (record.user.id, identity.id);
                let unlinked = users::unlink(&app, &author, ids, &IfMatch::Whatever)?;
                show_unlinked(&record, &unlinked, of.json)
            }
        }
    }
}

/// The identity of a user with this ID or subject.
fn find<'a>(record: &'a UserRecord, name: &str) -> Result<&'a Identity, Fault> {
    let UserRecord { user, teams: _, identities } = record;
    let mut found = identities.iter().filter(|identity| {
        identity.id.to_string().eq_ignore_ascii_case(name.trim()) || identity.subject == name
    });
    match (found.next(), found.next()) {
        (Some(identity), None) => return Ok(identity),
        (Some(_), Some(_)) => {
            let reason = "is the subject of several identities: use the ID of one of them";
            return Err(Fault::new("identity", name, format!("{reason}{}", listed(identities))));
        }
        (None, _) => {}
    }
    let reason = match identities.is_empty() {
        true => format!("must be an identity of {}, who has none", user.email),
        false => format!("must be an identity of {}:{}", user.email, listed(identities)),
    };
    Err(Fault::new("identity", name, reason))
}

/// A line for each identity.
fn listed(identities: &[Identity]) -> String {
    let line = |identity: &Identity| {
        let Identity { id, connection, subject, .. } = identity;
        format!("\n  {id}  {}  on the connection {connection}", plain(subject))
    };
    identities.iter().map(line).collect()
}

fn show_unlinked(record: &UserRecord, unlinked: &Unlinked, json: bool) -> Result<(), Failure> {
    let Unlinked { identity, ended_sessions } = unlinked;
    if json {
        return output::json(&UnlinkedBody {
            id: identity.id.to_string(),
            connection_id: identity.connection.to_string(),
            subject: &identity.subject,
            user_id: identity.user.to_string(),
            ended_sessions: *ended_sessions,
        });
    }
    let plural = if *ended_sessions == 1 { "" } else { "s" };
    output::write(&format!(
        "Unlinked {} from {}, and ended {ended_sessions} session{plural}. The next login with this \
         address links a new identity.",
        plain(&identity.subject),
        record.user.email,
    ))
}
