//! `usher attempt`

use clap::Subcommand;

use super::{
    CliError,
    account_arg::{AccountArg, with_account_name},
    attempt_view,
    listing::{FilterBuilder, LimitArg},
    setup::Setup,
    start_time::StartTime,
};
use crate::{
    app::{
        App, Error, accounts,
        attempts::{self, AttemptView},
        callers::Caller,
        connections,
    },
    domain::{
        account::Account,
        attempt::{AttemptOutcome, AttemptReference},
        field_error::FieldError,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the attempts of an account, the latest first
    List {
        #[command(flatten)]
        of: AccountArg,
        /// Only attempts on this connection: its ID or its name
        #[arg(long)]
        connection: Option<String>,
        /// Only attempts with this outcome: CREATED, CLAIMED, SIGNED_IN, DENIED, REJECTED
        #[arg(long, value_parser = outcome)]
        outcome: Option<AttemptOutcome>,
        /// Only attempts with this e-mail address, successful or not
        #[arg(long)]
        email: Option<String>,
        /// Only attempts with exactly this subject, successful or not
        #[arg(long)]
        subject: Option<String>,
        /// Only attempts since this time: 30m, 2h, 7d, a day or a time
        #[arg(long, value_parser = StartTime::parse)]
        since: Option<StartTime>,
        /// Only attempts that match a filter of the admin API, e.g. 'user.id eq "…"'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Show an attempt: the failed check and its remedy, the plan, and the received values
    Show {
        /// The account; by default any account, for a reference
        #[arg(long)]
        account: Option<String>,
        /// Write JSON
        #[arg(long)]
        json: bool,
        /// Also the passed checks, with expected and received values
        #[arg(long, short)]
        verbose: bool,
        /// The reference that the person quotes; by default the latest attempt
        reference: Option<String>,
    },
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::List { of, connection, outcome, email, subject, since, filter, limit } => {
                let account = of.load(&app)?;
                let mut conditions = FilterBuilder::new(filter);
                if let Some(name) = connection {
                    let id = connections::find_by_id_or_name(&app, &account, &name)
                        .map_err(|error| with_account_name(error, &account))?
                        .id;
                    conditions.add_equals("connection.id", &id.to_string());
                }
                let outcome = outcome.map(|outcome| outcome.as_str().to_owned());
                let texts = [("outcome", outcome), ("email", email), ("subject", subject)];
                for (attribute, text) in texts {
                    if let Some(text) = text {
                        conditions.add_equals(attribute, &text);
                    }
                }
                conditions.add_since("at", since.map(|since| since.moment(app.now())));
                let caller = Caller::command_line(account.id);
                let read = |query: &_| attempts::list_page(&app, &caller, query);
                let found = limit.read_pages(conditions.into_query(), read)?;
                attempt_view::list(&found, &account, of.json)
            }
            Self::Show { account, json, verbose, reference } => {
                let (view, account) = find_attempt(&app, account.as_deref(), reference.as_deref())?;
                if json {
                    return attempt_view::json(view);
                }
                let all = connections::list(&app, &account)?;
                let connection =
                    all.into_iter().find(|candidate| candidate.id == view.attempt.connection);
                attempt_view::show(&view.attempt, &account, connection.as_ref(), verbose)
            }
        }
    }
}

/// An attempt and its account. Without an account, a reference is looked up in all accounts.
fn find_attempt(
    app: &App,
    account: Option<&str>,
    reference: Option<&str>,
) -> Result<(AttemptView, Account), Error> {
    let account = account.map(|slug| accounts::find_by_slug(app, slug)).transpose()?;
    let (attempt, account) = match reference {
        Some(text) => {
            let reason = "must be a reference, such as 7KQ3-M2XB-90FD";
            let error = || FieldError::new("reference", text, reason);
            let reference = AttemptReference::parse(text).ok_or_else(error)?;
            attempts::find_by_reference(app, account.as_ref(), &reference)?
        }
        None => {
            let account = match account {
                Some(account) => account,
                None => accounts::find_by_slug(app, accounts::DEFAULT_SLUG)?,
            };
            (attempts::find_latest(app, &account)?, account)
        }
    };
    Ok((attempts::get(app, &Caller::command_line(account.id), attempt.id)?, account))
}

/// An outcome as the contract spells it, in any case.
fn outcome(text: &str) -> Result<AttemptOutcome, String> {
    let name = text.trim().replace('-', "_");
    let found = AttemptOutcome::ALL
        .into_iter()
        .find(|candidate| candidate.as_str().eq_ignore_ascii_case(&name));
    found.ok_or_else(|| {
        let all = AttemptOutcome::ALL.map(|outcome| outcome.as_str().to_ascii_uppercase());
        format!("must be one of {}", all.join(", "))
    })
}
