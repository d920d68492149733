//! The command line, for operators.

mod account;
mod account_arg;
mod attempt;
mod attempt_remedy;
mod attempt_view;
mod audit;
mod backup;
mod config;
mod connection;
mod connection_idp;
mod connection_view;
mod demo;
mod failure;
mod health;
mod import;
mod key;
mod listing;
mod log;
mod messages;
mod openapi;
mod output;
mod scim_client;
mod serve;
mod setup;
mod start_time;
mod team;
mod user;
mod user_view;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::{failure::CliError, setup::Setup};
use crate::config::SettingsLayer;

/// Lets people into a product by SAML single sign-on, and makes sure that
/// their user and team are there.
#[derive(Debug, Parser)]
#[command(name = "usher", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// The configuration file (TOML); `usher config default` prints one
    #[arg(long, env = "USHER_CONFIG", global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    #[command(flatten)]
    layer: SettingsLayer,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve logins
    Serve(serve::StartArgs),
    /// Try Usher: serve with an account, a connection and a test identity provider
    Demo(demo::Demo),
    /// Bring the database to this version of Usher
    Migrate(serve::StartArgs),
    /// Write a copy of a SQLite database to a file, while Usher runs
    Backup(backup::Backup),
    /// Put a copy in the place of a SQLite database, while nothing uses it
    Restore(backup::Restore),
    /// The accounts of this deployment
    #[command(subcommand)]
    Account(account::Command),
    /// The connections of an account: its identity providers
    #[command(subcommand)]
    Connection(Box<connection::Command>),
    /// The keys of an account's admin API
    #[command(subcommand)]
    Key(key::Command),
    /// The SCIM clients of an account: who pushes users and groups
    #[command(subcommand)]
    ScimClient(scim_client::Command),
    /// The users of an account
    #[command(subcommand)]
    User(user::Command),
    /// The teams of an account
    #[command(subcommand)]
    Team(team::Command),
    /// The attempts to log in: their checks, plans and outcomes
    #[command(subcommand)]
    Attempt(attempt::Command),
    /// The audit of an account: who changed what
    #[command(subcommand)]
    Audit(audit::Command),
    /// The configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print the contract of the admin API or of SCIM (OpenAPI), for generators of clients
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
    /// Ask a running Usher whether it is ready
    Health,
}

/// The command line as clap describes it, for the documents that name its
/// commands.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let unknown = setup::find_unknown_variables(&Cli::command());
    for variable in &unknown {
        let _ = output::warn(&format!("usher: {variable}"));
    }
    let is_check = matches!(cli.command, Command::Config(config::Command::Check));
    if is_check && !unknown.is_empty() {
        let Cli { config, layer, command: _ } = cli;
        if let Err(failure) = (Setup { file: config, layer }).config() {
            report_error(&failure);
        }
        return ExitCode::FAILURE;
    }
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report_error(&failure);
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> Result<(), CliError> {
    let Cli { config, layer, command } = cli;
    let setup = Setup { file: config, layer };
    match command {
        Command::Serve(start) => serve::serve(&setup, start),
        Command::Demo(demo) => demo.run(setup),
        Command::Migrate(start) => serve::migrate(&setup, start),
        Command::Backup(command) => command.run(&setup),
        Command::Restore(command) => command.run(&setup),
        Command::Account(command) => command.run(&setup),
        Command::Connection(command) => command.run(&setup),
        Command::Key(command) => command.run(&setup),
        Command::ScimClient(command) => command.run(&setup),
        Command::User(command) => command.run(&setup),
        Command::Team(command) => command.run(&setup),
        Command::Attempt(command) => command.run(&setup),
        Command::Audit(command) => command.run(&setup),
        Command::Config(command) => command.run(&setup),
        Command::OpenApi(command) => command.run(),
        Command::Health => health::check(&setup),
    }
}

/// Reports an error with its causes.
fn report_error(failure: &CliError) {
    let message = messages::error_message(failure);
    let mut message = output::escape_lines(&message.replace('\t', "  "));
    let _ = output::warn(&format!("usher: {message}"));
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        let text = output::escape_lines(&error.to_string().replace('\t', "  "));
        if !message.contains(&text) {
            let _ = output::warn(&format!("  because: {text}"));
            message.push_str(&text);
        }
        cause = error.source();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
