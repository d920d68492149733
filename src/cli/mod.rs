//! The command line, for operators.

mod account;
mod account_arg;
mod attempt;
mod attempt_remedy;
mod attempt_view;
mod attribute;
mod audit;
mod backup;
mod command_line;
mod config;
mod connection;
mod connection_idp;
mod connection_settings;
mod connection_view;
mod demo;
mod error;
mod health;
mod import;
mod key;
mod listing;
mod log;
mod messages;
mod number;
mod openapi;
mod output;
mod scim_client;
mod serve;
mod settings_file;
mod setup;
mod start_time;
mod team;
mod user;
mod user_explanation;
mod user_view;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches as _, Parser, Subcommand};

use self::{error::CliError, messages::TypedCommand, settings_file::SettingSources, setup::Setup};
use crate::config::SettingsLayer;

/// Signs people in to a product by SAML single sign-on, and provisions their users and teams.
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
    /// Migrate the database to this version of Usher
    Migrate(serve::StartArgs),
    /// Write a copy of a SQLite database to a file, while Usher runs
    Backup(backup::Backup),
    /// Replace a SQLite database that is not in use with a backup
    Restore(backup::Restore),
    /// The accounts of this deployment
    #[command(subcommand)]
    Account(account::Command),
    /// The connections of an account: its identity providers
    #[command(subcommand)]
    Connection(Box<connection::Command>),
    /// The API keys of an account
    #[command(subcommand)]
    Key(key::Command),
    /// The SCIM clients of an account, which push users and groups
    #[command(subcommand)]
    ScimClient(scim_client::Command),
    /// The users of an account
    #[command(subcommand)]
    User(user::Command),
    /// The teams of an account
    #[command(subcommand)]
    Team(team::Command),
    /// The attributes that an account defines for its users
    #[command(subcommand)]
    Attribute(attribute::Command),
    /// The attempts to log in: their checks, plans and outcomes
    #[command(subcommand)]
    Attempt(attempt::Command),
    /// The audit log of an account: who changed what
    #[command(subcommand)]
    Audit(audit::Command),
    /// The configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print the contract of the admin API or of SCIM (OpenAPI), for client generators
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
    let matches = match command_line::parse(&Cli::command(), std::env::args_os().collect()) {
        Ok(matches) => matches,
        Err(errors) => match errors.as_slice() {
            [error] => error.exit(),
            errors => {
                let _ = output::warn(command_line::describe(errors).trim_end());
                return ExitCode::from(2);
            }
        },
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let command = TypedCommand::new(Cli::command(), matches);
    let sources = SettingSources { flags: command.typed_settings() };
    let unknown = setup::find_unknown_variables(&Cli::command());
    for variable in &unknown {
        let _ = output::warn(&format!("usher: {variable}"));
    }
    let is_check = matches!(cli.command, Command::Config(config::Command::Check));
    if is_check && !unknown.is_empty() {
        let Cli { config, layer, command: _ } = cli;
        if let Err(failure) = (Setup { file: config, layer, sources }).config() {
            report_error(&command, &failure);
        }
        return ExitCode::FAILURE;
    }
    match execute(cli, sources) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report_error(&command, &failure);
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli, sources: SettingSources) -> Result<(), CliError> {
    let Cli { config, layer, command } = cli;
    let setup = Setup { file: config, layer, sources };
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
        Command::Attribute(command) => command.run(&setup),
        Command::Attempt(command) => command.run(&setup),
        Command::Audit(command) => command.run(&setup),
        Command::Config(command) => command.run(&setup),
        Command::OpenApi(command) => command.run(),
        Command::Health => health::check(&setup),
    }
}

/// Removes the numbers of the operating system's errors: ` (os error 2)`.
fn without_error_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(')').map_or("", |(_, rest)| rest))
}

/// Reports an error with its causes.
fn report_error(command: &TypedCommand, failure: &CliError) {
    let printable =
        |text: &str| without_error_numbers(&output::escape_lines(&text.replace('\t', "  ")));
    let mut message = printable(&command.error_message(failure));
    let _ = output::warn(&format!("usher: {message}"));
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        let text = printable(&error.to_string());
        let repeated = format!("{message}: ");
        let text = text.strip_prefix(&repeated).unwrap_or(&text);
        if !message.contains(text) {
            let _ = output::warn(&format!("  because: {text}"));
            message.push_str(text);
        }
        cause = error.source();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_a_limit_and_lists_of_an_account_have_a_filter() {
        for thing in Cli::command().get_subcommands() {
            // An account has at most 100 attributes, which the admin API lists at once.
            if thing.get_name() == "attribute" {
                continue;
            }
            for list in thing.get_subcommands().filter(|command| command.get_name() == "list") {
                let has = |id: &str| list.get_arguments().any(|arg| arg.get_id() == id);
                let is_of_an_account = has("account");
                assert!(has("limit") && has("json"), "{}", thing.get_name());
                assert_eq!(has("filter"), is_of_an_account, "{}", thing.get_name());
            }
        }
    }

    #[test]
    fn errors_of_the_operating_system_have_no_number() {
        for (text, expected) in [
            ("a: No such file (os error 2)", "a: No such file"),
            ("a (os error 2): b (os error 13)!", "a: b!"),
            ("a", "a"),
        ] {
            assert_eq!(without_error_numbers(text), expected);
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
