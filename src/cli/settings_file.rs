//! The configuration file, and the names of settings in messages.

use std::path::Path;

use super::{CliError, messages::field_message};
use crate::{config::SettingsLayer, domain::field_error::FieldError};

/// The settings that flags set, by their names in the file.
#[derive(Debug, Clone, Default)]
pub(super) struct SettingSources {
    pub(super) flags: Vec<String>,
}

impl SettingSources {
    /// The message of an error, with the setting as it was written: as a flag, as a
    /// variable of the environment, or in the file.
    pub(super) fn error_message(&self, error: &FieldError, file: Option<&SettingsFile>) -> String {
        let label = self.label(&error.field, file);
        field_message(&label, &error.value, &error.reason)
    }

    fn label(&self, setting: &str, file: Option<&SettingsFile>) -> String {
        let variable = format!("USHER_{}", setting.to_ascii_uppercase());
        if self.flags.iter().any(|flag| flag == setting) {
            format!("--{}", setting.replace('_', "-"))
        } else if std::env::var_os(&variable).is_some() {
            variable
        } else if let Some(file) = file.filter(|file| file.table.contains_key(setting)) {
            format!("{}, {setting}", file.name)
        } else {
            setting.to_owned()
        }
    }
}

/// A configuration file.
pub(super) struct SettingsFile {
    name: String,
    text: String,
    table: toml::Table,
}

impl SettingsFile {
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(CliError::io(&name))?;
        // What can't be parsed is reported with its line.
        let table = text.parse().unwrap_or_default();
        Ok(Self { name, text, table })
    }

    pub(super) fn parse(&self) -> (SettingsLayer, Vec<String>) {
        let (layer, errors) = SettingsLayer::from_toml(&self.text);
        (layer, errors.iter().map(|error| format!("{}, {error}", self.name)).collect())
    }
}
