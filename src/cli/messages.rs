//! Messages of the use cases in the words of the command line. The use cases
//! name parameters as the admin API does; a command has flags in their place.

use super::{CliError, output};
use crate::{
    app,
    domain::{field_error::FieldError, quote::QuotedText},
};

/// Words of the admin API with their replacements on the command line. The first match
/// counts.
const REPLACEMENTS: [(&str, &str); 12] = [
    ("repeat the request with force=true (on the command line: --force)", "use --force"),
    ("repeat the request with force=true", "use --force"),
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
];

/// Returns the message of an error, in the words of the command line.
pub(super) fn error_message(failure: &CliError) -> String {
    match failure {
        CliError::App(app::Error::Invalid(faults)) => {
            faults.iter().map(field_error_message).collect::<Vec<_>>().join("\n")
        }
        CliError::App(error) => replace_with_flags(&error.to_string()),
        other => other.to_string(),
    }
}

/// Returns the message of a field error: the field and the value, if there are any, and
/// the remedy.
pub(super) fn field_error_message(fault: &FieldError) -> String {
    let detail = replace_with_flags(&fault.reason);
    let detail = output::plain(&detail);
    match (fault.field.as_ref(), fault.value.as_str()) {
        ("", "") => detail,
        ("", value) => format!("{} {detail}", QuotedText(value)),
        (field, "") => format!("{field}: {detail}"),
        (field, value) => format!("{field}: {} {detail}", QuotedText(value)),
    }
}

fn replace_with_flags(text: &str) -> String {
    REPLACEMENTS.iter().fold(text.to_owned(), |text, (word, flag)| text.replace(word, flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_omits_empty_values_and_api_parameters() {
        for (field, value, reason, expected) in [
            ("role", "OWNER", "must be one of USER", "role: \"OWNER\" must be one of USER"),
            ("header", "", "must have the column email", "header: must have the column email"),
            ("", "", "must be text in UTF-8", "must be text in UTF-8"),
            (
                "email",
                "mode=x",
                "must be new: use onExisting=UPDATE",
                "email: \"mode=x\" must be new: use --on-existing UPDATE",
            ),
        ] {
            assert_eq!(field_error_message(&FieldError::new(field, value, reason)), expected);
        }
    }

    #[test]
    fn failure_names_flags() {
        let error = error_message(&CliError::App(app::Error::Refused(app::Refusal::LastAdmin {
            field: "role",
        })));
        assert!(error.ends_with("make another one first, or use --force"), "{error}");
    }
}
