//! Reading a configuration file: every error of it at once.

use toml::de::DeTable;

use super::layer::SettingsLayer;
use crate::domain::suggest::find_nearest;

/// The settings that a file may have.
const SETTINGS: [&str; 18] = [
    "base_url",
    "listen",
    "database",
    "database_connections",
    "secret_key",
    "secret_key_file",
    "session_hours",
    "request_minutes",
    "token_minutes",
    "token_audience",
    "landing",
    "return_origins",
    "attempt_days",
    "second_opinion",
    "log",
    "log_format",
    "workers",
    "grace",
];

impl SettingsLayer {
    /// Reads a configuration file. Returns the valid settings, and the errors of the
    /// others. No error quotes a line, because it may contain a secret.
    #[must_use]
    pub fn from_toml(text: &str) -> (Self, Vec<String>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let mut errors: Vec<_> = errors
                .iter()
                .map(|error| {
                    let start = error.span().map_or(0, |span| span.start);
                    format!("{}: {}", describe_location(text, start), error.message())
                })
                .collect();
            errors.dedup();
            return (Self::default(), errors);
        }
        let (mut layer, mut errors) = (Self::default(), Vec::new());
        for (name, value) in table.get_ref() {
            let (start, name) = (name.span().start, name.get_ref().as_ref());
            let written = text.get(value.span()).unwrap_or_default();
            let result = parse_setting(name, written);
            match result {
                Ok(parsed) => layer = parsed.merge_over(layer),
                Err(error) => errors.push((start, error)),
            }
        }
        // In the order of the file.
        errors.sort_by_key(|(start, _)| *start);
        let errors = errors.into_iter();
        (
            layer,
            errors.map(|(start, error)| format!("{}: {error}", line_label(text, start))).collect(),
        )
    }
}

/// Reads one setting.
fn parse_setting(name: &str, value: &str) -> Result<SettingsLayer, String> {
    if !SETTINGS.contains(&name) {
        let remedy = match find_nearest(name, SETTINGS) {
            Some(setting) => format!("Did you mean {setting}?"),
            None => "Remove it, or see `usher config default` for the settings.".to_owned(),
        };
        return Err(format!("{name} is not a setting. {remedy}"));
    }
    toml::from_str(&format!("{name} = {value}")).map_err(|_| {
        let expected = match name {
            "return_origins" => "a list of strings, such as [\"https://app.example.com\"]",
            _ => "a string in quotes",
        };
        format!("{name} must be {expected}")
    })
}

/// The line of a place in a text.
fn line_label(text: &str, start: usize) -> String {
    let before = text.get(..start).unwrap_or_default();
    format!("line {}", before.matches('\n').count() + 1)
}

/// The line of a place, and the setting that it seems to be about.
fn describe_location(text: &str, start: usize) -> String {
    let number = text.get(..start).unwrap_or_default().matches('\n').count();
    let name = text.lines().nth(number).and_then(|line| line.split_once('='));
    let name = name.map(|(name, _)| name.trim()).filter(|name| SETTINGS.contains(name));
    let name = name.map(|name| format!(", {name}")).unwrap_or_default();
    format!("{}{name}", line_label(text, start))
}
