//! `usher connection`

use clap::Subcommand;

use super::{
    CliError,
    account_arg::{AccountArg, with_account_name},
    connection_idp::{CertificateArgs, IdentityProviderArgs},
    connection_settings::Policy,
    connection_view,
    listing::{LimitArg, filtered},
    setup::Setup,
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        connections::{self, ConnectionUpdate, UpdatedConnection},
    },
    domain::{
        account::Account,
        connection::Connection,
        etag::IfMatch,
        field_error::{FieldError, REQUIRED},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a connection, from the identity provider's metadata or from its entity ID, URL and certificate
    Create {
        #[command(flatten)]
        of: AccountArg,
        /// Its display name, on the sign-in page
        #[arg(long)]
        name: String,
        #[command(flatten)]
        idp: IdentityProviderArgs,
        #[command(flatten)]
        policy: Policy,
    },
    /// Change a connection; flags that are left out change nothing
    Set {
        #[command(flatten)]
        of: AccountArg,
        /// Its ID or its name
        connection: String,
        /// Its display name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        idp: IdentityProviderArgs,
        #[command(flatten)]
        rollover: CertificateArgs,
        #[command(flatten)]
        policy: Policy,
    },
    /// Delete a connection, with its identities, sessions and attempts; the users stay
    Delete {
        #[command(flatten)]
        of: AccountArg,
        /// Its ID or its name
        connection: String,
        /// Also delete a connection that has identities
        #[arg(long)]
        force: bool,
    },
    /// List the connections of an account
    List {
        #[command(flatten)]
        of: AccountArg,
        /// Only those that match a filter of the admin API, e.g. 'enabled eq false'
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        limit: LimitArg,
    },
    /// Show a connection: its policy, its certificates, and the values to paste into the identity provider
    Show {
        #[command(flatten)]
        of: AccountArg,
        /// Its ID or its name
        connection: String,
    },
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::Create { of, name, idp, policy } => {
                let account = of.load(&app)?;
                let connection = create(&app, &account, name, idp, policy)?;
                connection_view::warn_of_ignored(&connection)?;
                connection_view::show(&app, connection, of.json)
            }
            Self::Set { of, connection, name, idp, rollover, policy } => {
                let account = of.load(&app)?;
                let found = find_connection(&app, &account, &connection)?;
                let update = read_update(&app, &account, &found, (name, idp, rollover, policy))?;
                let caller = Caller::command_line(account.id);
                let UpdatedConnection { before, after } =
                    connections::update(&app, &caller, found.id, &update)?;
                connection_view::warn_of_ignored(&after)?;
                if !of.json {
                    connection_view::show_certificate_changes(&before, &after)?;
                }
                connection_view::show(&app, after, of.json)
            }
            Self::Delete { of, connection, force } => {
                let account = of.load(&app)?;
                let found = find_connection(&app, &account, &connection)?;
                let caller = Caller::command_line(account.id);
                let (id, unconditional) = (found.id, IfMatch::Unconditional);
                let dependents = connections::delete(&app, &caller, id, &unconditional, force)?;
                connection_view::show_deleted(&found, dependents, of.json)
            }
            Self::List { of, filter, limit } => {
                let account = of.load(&app)?;
                let caller = Caller::command_line(account.id);
                let read = |query: &_| connections::list_page(&app, &caller, query);
                let found = limit.read_pages(filtered(filter), read)?;
                connection_view::list(&account, found, of.json)
            }
            Self::Show { of, connection } => {
                let account = of.load(&app)?;
                let found = find_connection(&app, &account, &connection)?;
                connection_view::show(&app, found, of.json)
            }
        }
    }
}

/// The connection of this ID or name.
fn find_connection(app: &App, account: &Account, name: &str) -> Result<Connection, CliError> {
    connections::find_by_id_or_name(app, account, name)
        .map_err(|error| with_account_name(error, account))
}

fn create(
    app: &App,
    account: &Account,
    name: String,
    idp: IdentityProviderArgs,
    policy: Policy,
) -> Result<Connection, CliError> {
    let (idp, mut errors) = idp.read(app.now());
    let is_complete = idp.metadata.is_some() || (idp.entity_id.is_some() && idp.sso_url.is_some());
    if !is_complete && errors.is_empty() {
        errors.push(CliError::Other(
            "the identity provider is missing: use --metadata, or --idp-entity-id, --sso-url and \
             --certificate"
                .into(),
        ));
    }
    let (patch, invalid) = policy.into_patch(Some(name));
    let new = ConnectionUpdate { patch, idp, ..ConnectionUpdate::default() };
    let caller = Caller::command_line(account.id);
    check(errors, invalid, || connections::find_creation_errors(app, &caller, &new))?;
    Ok(connections::create(app, &caller, &new)?)
}

/// Returns the change that the flags of `set` request.
fn read_update(
    app: &App,
    account: &Account,
    connection: &Connection,
    (name, idp, rollover, policy): (Option<String>, IdentityProviderArgs, CertificateArgs, Policy),
) -> Result<ConnectionUpdate, CliError> {
    let (idp, mut errors) = idp.read(app.now());
    let (certificates, force, more) = rollover.read();
    errors.extend(more);
    let (patch, invalid) = policy.into_patch(name);
    let update =
        ConnectionUpdate { patch, idp, certificates, force, ..ConnectionUpdate::default() };
    let caller = Caller::command_line(account.id);
    let find_errors =
        || connections::find_update_errors(app, &caller, Some(connection.id), &update);
    check(errors, invalid, find_errors)?;
    Ok(update)
}

/// Checks that every file and every flag could be read.
///
/// # Errors
/// Every error, with those of the other flags.
fn check(
    files: Vec<CliError>,
    mut invalid: Vec<FieldError>,
    find_errors: impl FnOnce() -> Result<Vec<FieldError>, Error>,
) -> Result<(), CliError> {
    if files.is_empty() && invalid.is_empty() {
        return Ok(());
    }
    let more = find_errors()?.into_iter();
    // Without one of the files, other fields of the identity provider are missing.
    let is_consequence = |error: &FieldError| {
        !files.is_empty() && (error.field == "certificates" || error.reason == REQUIRED)
    };
    invalid.extend(more.filter(|error| !is_consequence(error)));
    let mut errors = files;
    if !invalid.is_empty() {
        errors.push(CliError::App(Error::Invalid(invalid)));
    }
    Err(CliError::Several(errors))
}
