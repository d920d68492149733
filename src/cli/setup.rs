//! From flags, environment and file to something that works.

use std::{collections::BTreeSet, io::IsTerminal, path::PathBuf, sync::Arc};

use secrecy::ExposeSecret;

use super::Failure;
use crate::{
    app::{App, clock::Clock, sealing::Sealer},
    config::{Config, Layer, LogFormat, SecretKey},
    store::{Db, PoolOptions},
};

/// The one setting that has no flag: others could see it there.
const SECRET_KEY: &str = "USHER_SECRET_KEY";

/// What was given on the command line and in the environment.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) file: Option<PathBuf>,
    pub(super) layer: Layer,
}

impl Setup {
    /// The checked configuration.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let file = match &self.file {
            Some(path) => {
                let shown = path.display().to_string();
                let text = std::fs::read_to_string(path).map_err(Failure::io(&shown))?;
                Layer::from_toml(&text)
                    .map_err(|error| Failure::Config(format!("{shown}: {error}")))?
            }
            None => Layer::default(),
        };
        let secret_key = std::env::var(SECRET_KEY).ok().map(Into::into);
        let given = Layer { secret_key, ..self.layer.clone() };
        Config::new(given.over(file)).map_err(|faults| {
            let faults = faults.iter().map(|fault| format!("\n  {fault}")).collect::<String>();
            Failure::Config(format!("the configuration can't be used:{faults}"))
        })
    }

    /// The use cases on the configured database, which must be of this version.
    pub(super) fn app(&self) -> Result<App, Failure> {
        let config = self.config()?;
        let app = open(&config)?;
        must_be_migrated(&app, &config)?;
        Ok(app)
    }
}

/// Opens the database and the secret key.
pub(super) fn open(config: &Config) -> Result<App, Failure> {
    let sealer = match &config.secret_key {
        SecretKey::Given(key) => Sealer::new(key),
        SecretKey::File(path) => Sealer::from_file(path),
    };
    let sealer = sealer.map_err(|error| Failure::Config(error.to_string()))?;
    let options =
        PoolOptions { connections: config.database_connections, ..PoolOptions::default() };
    let db = Db::open(config.database.expose_secret(), &options)?;
    let settings = Arc::new(config.settings.clone());
    Ok(App { db, clock: Clock::system(), sealer: Arc::new(sealer), settings })
}

/// Refuses a database of another version. Says which database it is: as a
/// rule another one was meant.
pub(super) fn must_be_migrated(app: &App, config: &Config) -> Result<(), Failure> {
    match app.db.pending_migrations()?.as_slice() {
        [] => Ok(()),
        _ => Err(Failure::Other(format!(
            "the database {} is not of this version, or empty: if it is the one that is meant (--database), run `usher migrate`",
            config.database_shown()
        ))),
    }
}

/// Starts the log, on standard error.
pub(super) fn log(config: &Config) -> Result<(), Failure> {
    use tracing_subscriber::fmt;
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log =
        fmt().with_env_filter(filter(config)?).with_ansi(colours).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    started.map_err(|error| Failure::Other(error.to_string()))
}

/// What of the log is written.
pub(super) fn filter(config: &Config) -> Result<tracing_subscriber::EnvFilter, Failure> {
    tracing_subscriber::EnvFilter::try_new(&config.log)
        .map_err(|error| Failure::Config(format!("log: {:?} is no filter: {error}", config.log)))
}

/// Whether every `USHER_*` variable is known: a mistyped one would otherwise
/// be a setting that silently does not hold.
pub(super) fn known_environment(command: &clap::Command) -> Result<(), String> {
    let flags = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    let known = flags.chain([SECRET_KEY]).collect::<BTreeSet<_>>();
    let given = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ours = given.filter(|name| name.starts_with("USHER_") && !name.starts_with("USHER_TEST_"));
    let unknown = ours.filter(|name| !known.contains(name.as_str())).collect::<Vec<_>>();
    match unknown.as_slice() {
        [] => Ok(()),
        names => {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            Err(format!(
                "{} in the environment: there is no such setting. There are {known}",
                names.join(", ")
            ))
        }
    }
}
