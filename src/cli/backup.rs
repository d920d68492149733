//! `usher backup` and `usher restore`

use std::path::PathBuf;

use clap::Args;

use super::{
    CliError, output,
    setup::{self, Setup},
};
use crate::store::{self, BackupError};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write, readable only by its owner. It does not contain the secret key
    file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `usher backup` wrote. It replaces the database
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let config = setup.config()?;
        let Self { file, force } = self;
        let result = store::back_up(&setup::database_address(&config)?, &file, force);
        result.map_err(|error| {
            to_cli_error(error, "pg_dump --format=custom --file=FILE", &config.redacted_database())
        })?;
        output::write(&format!(
            "Wrote and checked {}. It does not contain the secret key: keep a separate copy of the key.",
            file.display()
        ))
    }
}

impl Restore {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let config = setup.config()?;
        let database = config.redacted_database();
        let restored = store::restore(&setup::database_address(&config)?, &self.file)
            .map_err(|error| to_cli_error(error, "pg_restore --clean FILE", &database))?;
        let version = match restored.pending.as_slice() {
            [] => String::new(),
            lacking => format!(
                " It was made by an older version and lacks {}: `usher migrate` or `usher serve` \
                 brings it to this version.",
                lacking.join(", ")
            ),
        };
        output::write(&format!(
            "Restored {database} from {}.{version}\nRun `usher config check` before you start Usher: \
             it tries the secret key.",
            self.file.display()
        ))
    }
}

fn to_cli_error(error: BackupError, command: &str, database: &str) -> CliError {
    match error {
        BackupError::NotSqlite => CliError::Other(format!(
            "the database {database} is PostgreSQL, which has its own tools: use `{command}`"
        )),
        BackupError::Store(error) => error.into(),
        error => CliError::Other(error.to_string()),
    }
}
