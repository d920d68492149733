//! `usher attempt`

use clap::Subcommand;

use super::{Failure, attempt_view, output, owner::Owner, setup::Setup};
use crate::{
    app::{App, Error, accounts, attempts, connections},
    domain::{
        account::Account,
        attempt::{Attempt, Outcome, Reference},
        fault::Fault,
    },
    store::AttemptFilter,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the attempts of an account, the latest first
    List {
        #[command(flatten)]
        of: Owner,
        /// Only those of a connection: its id or its name
        #[arg(long)]
        connection: Option<String>,
        /// Only those that ended so: created, claimed, signed_in, denied, rejected
        #[arg(long, value_parser = outcome)]
        outcome: Option<Outcome>,
        /// Only those with this e-mail address, let in or not
        #[arg(long)]
        email: Option<String>,
        /// Only those with exactly this subject, let in or not
        #[arg(long)]
        subject: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        count: u32,
    },
    /// Show an attempt: each check with what was wanted and what was got, the plan, and how it ended
    Show {
        /// The account; any, if a reference is given
        #[arg(long)]
        account: Option<String>,
        /// Write JSON
        #[arg(long)]
        json: bool,
        /// The reference, as the person quotes it; the latest attempt, unless given
        reference: Option<String>,
    },
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        let app = setup.app()?;
        match self {
            Self::List { of, connection, outcome, email, subject, count } => {
                let account = of.account(&app)?;
                let connection = match connection {
                    Some(name) => Some(connections::by_name(&app, &account, &name)?.id),
                    None => None,
                };
                let filter = AttemptFilter {
                    connection,
                    outcome,
                    email,
                    subject,
                    before: None,
                    limit: count,
                };
                attempt_view::list(&attempts::list(&app, &account, &filter)?, of.json)
            }
            Self::Show { account, json, reference } => {
                let (attempt, account) = find(&app, account.as_deref(), reference.as_deref())?;
                if json {
                    output::json(&attempt_view::Body::from(&attempt))
                } else {
                    let all = connections::list(&app, &account)?;
                    let connection = all.into_iter().find(|one| one.id == attempt.connection);
                    attempt_view::show(&attempt, &account, connection.as_ref())
                }
            }
        }
    }
}

/// An attempt and its account. Without an account, a reference is looked up in all of
/// them.
fn find(
    app: &App,
    account: Option<&str>,
    reference: Option<&str>,
) -> Result<(Attempt, Account), Error> {
    let account = account.map(|slug| accounts::by_slug(app, slug)).transpose()?;
    match reference {
        Some(text) => {
            let fault = || Fault::new("reference", text, "is no reference, such as 7KQ3-M2XB-90FD");
            let reference = Reference::parse(text).ok_or_else(fault)?;
            attempts::by_reference(app, account.as_ref(), &reference)
        }
        None => {
            let account = match account {
                Some(account) => account,
                None => accounts::by_slug(app, accounts::DEFAULT_SLUG)?,
            };
            Ok((attempts::latest(app, &account)?, account))
        }
    }
}

fn outcome(text: &str) -> Result<Outcome, String> {
    let all =
        [Outcome::Created, Outcome::Claimed, Outcome::SignedIn, Outcome::Denied, Outcome::Rejected];
    let found = all.into_iter().find(|outcome| outcome.as_str() == text);
    found.ok_or_else(|| format!("is none of {}", all.map(Outcome::as_str).join(", ")))
}
