//! Messages of the use cases in the words of the command line. The use cases
//! name fields and parameters as the admin API does; a command has flags and
//! arguments in their place.

use clap::{ArgMatches, parser::ValueSource};

use super::{CliError, output};
use crate::{
    app,
    domain::{
        field_error::FieldError,
        quote::{MAX_QUOTED_CHARS, visible},
    },
};

/// Words of the admin API with their replacements on the command line. The first match
/// counts.
const REPLACEMENTS: [(&str, &str); 14] = [
    ("repeat the request with force=true", "use --force"),
    ("Repeat the request with force=true", "Use --force"),
    ("name its encoding as charset in the Content-Type", "name its encoding by --charset"),
    (
        "Send one user on each line as application/x-ndjson (on the command line: name the file \
         .ndjson), or a list of users to /api/v1/users/batch.",
        "Write one user on each line, and end the file's name with .ndjson.",
    ),
    ("and send that file", "and import that file"),
    ("with its scimClientId", "with --scim-client"),
    ("set createMissingTeams", "use --create-missing-teams"),
    ("createMissingTeams", "--create-missing-teams"),
    ("onExisting=", "--on-existing "),
    ("mode=", "--mode "),
    ("results=", "--results "),
    ("dryRun=true", "--dry-run"),
    ("(enabled=false)", "(--enabled false)"),
    (
        "Use the fingerprintSha256 of a certificate of the connection.",
        "`usher connection show` lists the fingerprints.",
    ),
];

/// Fields whose argument has another name. Every other field has the argument of its
/// own name.
const ARGUMENTS: [(&str, &str); 6] = [
    ("certificates", "certificate"),
    ("addCertificates", "add_certificate"),
    ("removeCertificates", "remove_certificate"),
    ("expiresAt", "expires"),
    ("scimClientId", "scim_client"),
    ("header", "file"),
];

/// The kinds of resources, with the commands that list them.
const LISTS: [(&str, &str); 7] = [
    ("account", "account list"),
    ("connection", "connection list"),
    ("key", "key list"),
    ("SCIM client", "scim-client list"),
    ("user", "user list"),
    ("team", "team list"),
    ("attribute definition", "attribute list"),
];

/// The command that was typed.
pub(super) struct TypedCommand {
    command: clap::Command,
    matches: ArgMatches,
}

impl TypedCommand {
    /// The innermost subcommand of a command line.
    pub(super) fn new(command: clap::Command, matches: ArgMatches) -> Self {
        let inner = matches.subcommand().and_then(|(name, inner)| {
            Some((command.find_subcommand(name)?.clone(), inner.clone()))
        });
        match inner {
            Some((command, matches)) => Self::new(command, matches),
            None => Self { command, matches },
        }
    }

    /// Returns the message of an error, in the words of the command line.
    pub(super) fn error_message(&self, failure: &CliError) -> String {
        match failure {
            CliError::App(app::Error::Invalid(errors)) => self.field_error_messages(errors),
            CliError::App(app::Error::UniqueConflict { thing, conflicts }) => {
                let errors: Vec<_> = conflicts.iter().map(app::Conflict::to_field_error).collect();
                format!("the {thing} exists already\n{}", self.field_error_messages(&errors))
            }
            CliError::App(error @ app::Error::NotFound { thing, .. }) => {
                let list = LISTS.iter().find(|(listed, _)| listed == thing);
                let remedy = list.map(|(_, list)| format!(". See `usher {list}`"));
                format!("{error}{}", remedy.unwrap_or_default())
            }
            CliError::App(error) => replace_with_flags(&error.to_string()),
            CliError::Several(errors) => {
                let messages = errors.iter().map(|error| self.error_message(error));
                messages.collect::<Vec<_>>().join("\n")
            }
            other => other.to_string(),
        }
    }

    fn field_error_messages(&self, errors: &[FieldError]) -> String {
        let messages = errors
            .iter()
            .map(|error| field_message(&self.argument(&error.field), &error.value, &error.reason));
        messages.collect::<Vec<_>>().join("\n")
    }

    /// The flag or argument of a field, as it is typed. A field without one keeps its
    /// name.
    fn argument(&self, field: &str) -> String {
        let (name, part) = field.split_once('/').unwrap_or((field, ""));
        let other = ARGUMENTS.iter().find(|(other, _)| *other == name);
        let id = other.map_or_else(|| snake_case(name), |(_, id)| (*id).to_owned());
        let is_named = |arg: &&clap::Arg| [name, &id].contains(&arg.get_id().as_str());
        let found = self.command.get_arguments().find(is_named);
        let argument = match found.map(clap::Arg::get_long) {
            None => return field.to_owned(),
            Some(Some(long)) => format!("--{long}"),
            Some(None) => self.positional(&id),
        };
        match part.parse::<usize>() {
            Ok(column) if name == "header" => format!("{argument}, column {}", column + 1),
            // The value identifies the element.
            Ok(_) => argument,
            Err(_) => format!("{argument} {part}").trim_end().to_owned(),
        }
    }

    /// A path as it was typed; of any other argument its name.
    fn positional(&self, id: &str) -> String {
        let path = self.matches.try_get_one::<std::path::PathBuf>(id).ok().flatten();
        path.map_or_else(|| id.to_ascii_uppercase(), |path| path.display().to_string())
    }

    /// The settings that flags set.
    pub(super) fn typed_settings(&self) -> Vec<String> {
        let is_typed = |id: &&str| self.matches.value_source(id) == Some(ValueSource::CommandLine);
        let ids = self.matches.ids().map(clap::Id::as_str);
        ids.filter(is_typed).map(str::to_owned).collect()
    }
}

/// Returns the message of an error of a row: the field and the value, if there are any,
/// and the remedy.
pub(super) fn row_error_message(error: &FieldError) -> String {
    field_message(&error.field, &error.value, &error.reason)
}

/// Formats a field, its value, and the reason.
pub(super) fn field_message(field: &str, value: &str, reason: &str) -> String {
    let detail = output::plain(&replace_with_flags(reason));
    match (field, value) {
        ("", "") => detail,
        ("", value) => format!("{} {detail}", quote(value)),
        (field, "") => format!("{field}: {detail}"),
        // The value of a secret.
        (field, "(hidden)") => format!("{field}: {detail}"),
        (field, value) => format!("{field}: {} {detail}", quote(value)),
    }
}

/// Quotes a value as a shell does: a value with double quotes stands between single
/// ones.
fn quote(value: &str) -> String {
    let mark = if value.contains('"') { '\'' } else { '"' };
    format!("{mark}{}{mark}", visible(value, MAX_QUOTED_CHARS))
}

fn snake_case(name: &str) -> String {
    let mut id = String::new();
    for char in name.chars() {
        if char.is_ascii_uppercase() {
            id.push('_');
        }
        id.push(char.to_ascii_lowercase());
    }
    id
}

fn replace_with_flags(text: &str) -> String {
    REPLACEMENTS.iter().fold(text.to_owned(), |text, (word, flag)| text.replace(word, flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &[&str]) -> TypedCommand {
        let command = crate::cli::command();
        let matches = command.clone().get_matches_from(line);
        TypedCommand::new(command, matches)
    }

    #[test]
    fn error_omits_empty_values_and_api_parameters() {
        for (field, value, reason, expected) in [
            ("role", "OWNER", "must be one of USER", "role: \"OWNER\" must be one of USER"),
            ("header", "", "must have the column email", "header: must have the column email"),
            ("", "", "must be text in UTF-8", "must be text in UTF-8"),
            ("key", "(hidden)", "must be base64", "key: must be base64"),
            ("filter", "a eq \"b\"", "must be short", "filter: 'a eq \"b\"' must be short"),
            (
                "email",
                "mode=x",
                "must be new: use onExisting=UPDATE",
                "email: \"mode=x\" must be new: use --on-existing UPDATE",
            ),
        ] {
            assert_eq!(row_error_message(&FieldError::new(field, value, reason)), expected);
        }
    }

    #[test]
    fn failure_names_flags() {
        let command = typed(&["usher", "user", "enable", "ada"]);
        let error = command.error_message(&CliError::App(app::Error::Rejected(
            app::Rejection::LastAdmin { field: "role" },
        )));
        assert!(error.ends_with("Give another user the role first, or use --force"), "{error}");
    }

    #[test]
    fn fields_are_named_as_they_are_typed() {
        let set = ["usher", "connection", "set", "Okta"];
        let import = ["usher", "user", "import", "users.csv"];
        for (line, field, expected) in [
            (&set[..], "ssoUrl", "--sso-url"),
            (&set, "idpEntityId", "--idp-entity-id"),
            (&set, "removeCertificates/0", "--remove-certificate"),
            (&set, "relayStates/1", "--relay-state"),
            (&set, "mapping/firstName", "--map firstName"),
            (&set, "checkProvisionAttribute", "--guard"),
            (&set, "unknown/1", "unknown/1"),
            (&["usher", "account", "create", "a"], "slug", "SLUG"),
            (&["usher", "attempt", "show", "x"], "reference", "REFERENCE"),
            (&import, "header/3", "users.csv, column 4"),
            (&import, "header", "users.csv"),
        ] {
            assert_eq!(typed(line).argument(field), expected, "{field}");
        }
    }

    #[test]
    fn every_renamed_field_has_an_argument() {
        fn collect(command: &clap::Command, ids: &mut Vec<String>) {
            ids.extend(command.get_arguments().map(|arg| arg.get_id().to_string()));
            command.get_subcommands().for_each(|inner| collect(inner, ids));
        }
        let mut ids = Vec::new();
        collect(&crate::cli::command(), &mut ids);
        for (field, id) in ARGUMENTS {
            assert!(ids.iter().any(|known| known == id), "{field}: {id}");
        }
    }

    #[test]
    fn missing_thing_has_the_command_that_lists_it() {
        let command = typed(&["usher", "team", "show", "Ops"]);
        let missing = CliError::App(app::Error::not_found("team", "Ops in the account acme"));
        assert_eq!(
            command.error_message(&missing),
            "team Ops in the account acme was not found. See `usher team list`"
        );
    }
}
