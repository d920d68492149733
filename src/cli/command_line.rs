//! Parsing of the command line, with all its errors at once.

use std::ffi::OsString;

use clap::{
    ArgMatches, Command,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

/// Parses a command line. The library stops at the first error, so the invalid argument is
/// removed and the rest is parsed again.
///
/// # Errors
/// Every error, in the order in which they were found.
pub(super) fn parse(command: &Command, line: Vec<OsString>) -> Result<ArgMatches, Vec<Error>> {
    let (mut line, mut errors, mut removed) = (line, Vec::new(), Vec::new());
    loop {
        let error = match command.clone().try_get_matches_from(&line) {
            Ok(matches) if errors.is_empty() => return Ok(matches),
            Ok(_) => return Err(errors),
            Err(error) => error,
        };
        let names = arguments(&error);
        let is_removable = matches!(
            error.kind(),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::UnknownArgument
        );
        let is_first = errors.is_empty();
        let argument = names.first().cloned().unwrap_or_default();
        let rest = if is_removable { remove(&line, &argument, &error) } else { None };
        let is_consequence = !is_removable
            && (error.kind() != ErrorKind::MissingRequiredArgument
                || names.iter().any(|name| removed.contains(name)));
        if is_first || !is_consequence {
            errors.push(error);
        }
        match rest {
            Some(rest) => line = rest,
            None => return Err(errors),
        }
        removed.push(argument);
    }
}

/// The arguments that an error is about: `--skew <SECONDS>`.
fn arguments(error: &Error) -> Vec<String> {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => vec![name.clone()],
        Some(ContextValue::Strings(names)) => names.clone(),
        _ => Vec::new(),
    }
}

/// Returns the line without the argument of an error and its value. `None` if it is not
/// there: it may be a value of the environment.
fn remove(line: &[OsString], argument: &str, error: &Error) -> Option<Vec<OsString>> {
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => Some(value.as_str()),
        _ => None,
    };
    let flag = argument.split([' ', '=']).next().filter(|flag| flag.starts_with('-'));
    let is_value = |at: usize| match value {
        Some(value) => line.get(at).is_some_and(|next| next == value),
        // An unknown flag may have one.
        None => line.get(at).is_some_and(|next| !next.to_string_lossy().starts_with('-')),
    };
    let range = (1..line.len()).find_map(|at| {
        let text = line.get(at)?.to_string_lossy();
        match (flag, text.split_once('=')) {
            (Some(flag), None) if text == flag && is_value(at + 1) => Some(at..at + 2),
            (Some(flag), None) if text == flag && value.is_none() => Some(at..at + 1),
            (Some(flag), Some((name, rest))) => {
                (name == flag && value.is_none_or(|value| value == rest)).then_some(at..at + 1)
            }
            (None, _) if is_value(at) && value.is_some() => Some(at..at + 1),
            _ => None,
        }
    })?;
    let mut rest = line.to_vec();
    rest.drain(range);
    Some(rest)
}

/// Formats several errors. The usage follows the last one.
pub(super) fn describe(errors: &[Error]) -> String {
    let last = errors.len().saturating_sub(1);
    let texts = errors.iter().enumerate().map(|(index, error)| {
        let text = error.to_string();
        if index == last {
            return text;
        }
        let end = ["\n\nUsage:", "\n\nFor more information"];
        let end = end.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
        format!("{}\n", text.get(..end).unwrap_or(&text))
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(line: &str) -> Vec<String> {
        let line = line.split(' ').map(OsString::from).collect();
        let errors = parse(&crate::cli::command(), line).err().unwrap_or_default();
        errors.iter().map(|error| arguments(error).join(", ")).collect()
    }

    #[test]
    fn every_error_of_a_command_line_is_reported() {
        for (line, expected) in [
            ("usher connection list", &[][..]),
            ("usher connection set okta --skew 999", &["--skew <SECONDS>"]),
            (
                "usher connection set okta --skew 999 --sha1-until=x --enabled maybe --map y",
                &[
                    "--skew <SECONDS>",
                    "--sha1-until <TIME>",
                    "--enabled [<BOOL>]",
                    "--map <FIELD=ATTRIBUTE>",
                ],
            ),
            (
                "usher connection set okta --skew 999 --unknown x --keep-messages 1000",
                &["--unknown", "--skew <SECONDS>", "--keep-messages <HOURS>"],
            ),
            ("usher connection create --skew 999", &["--skew <SECONDS>", "--name <NAME>"]),
            ("usher user list --limit x --limit y", &["--limit <NUMBER>", "--limit <NUMBER>"]),
        ] {
            assert_eq!(errors(line), expected, "{line}");
        }
    }

    #[test]
    fn the_usage_follows_the_last_error() {
        let line = "usher connection set okta --skew 999 --enabled maybe".split(' ');
        let errors = parse(&crate::cli::command(), line.map(OsString::from).collect());
        let text = describe(&errors.unwrap_err());
        assert_eq!(text.matches("error: ").count(), 2, "{text}");
        assert_eq!(text.matches("For more information").count(), 1, "{text}");
    }
}
