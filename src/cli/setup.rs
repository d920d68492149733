//! Building the configuration and the application from flags, environment and file.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

use super::{
    CliError,
    settings_file::{SettingSources, SettingsFile},
};
use crate::{
    app::{
        App,
        clock::Clock,
        sealing::{Sealer, SecretKeyError},
    },
    config::{Config, SecretKey, SettingsLayer},
    domain::{
        field_error::{FieldError, Reason},
        suggest::find_nearest,
    },
    store::{DatabaseAddress, Db, KeyOwner, PoolOptions},
};

/// The only setting without a flag, because other users can see flags.
const SECRET_KEY: &str = "USHER_SECRET_KEY";

/// The settings of the command line and the environment.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) file: Option<PathBuf>,
    pub(super) layer: SettingsLayer,
    pub(super) sources: SettingSources,
}

impl Setup {
    /// The checked configuration.
    pub(super) fn config(&self) -> Result<Config, CliError> {
        let file = self.file.as_deref().map(SettingsFile::read).transpose()?;
        let (below, mut errors) = file.as_ref().map(SettingsFile::parse).unwrap_or_default();
        let secret_key = std::env::var(SECRET_KEY).ok().map(Into::into);
        let input = SettingsLayer { secret_key, ..self.layer.clone() };
        let layer = input.merge_over(below);
        let path_errors = validate_paths(&layer.database(), &layer.secret_key());
        let message = |error: &FieldError| self.sources.error_message(error, file.as_ref());
        match Config::new(layer) {
            Ok(config) if errors.is_empty() => return Ok(config),
            Ok(_) => {}
            Err(invalid) => errors.extend(invalid.iter().map(message)),
        }
        errors.extend(path_errors.iter().map(message));
        Err(configuration_error(&errors))
    }

    /// The use cases on the configured database, which must be of this version.
    pub(super) fn app(&self) -> Result<App, CliError> {
        let config = self.config()?;
        let app = open(&config)?;
        check_is_migrated(&app, &config)?;
        Ok(app)
    }
}

/// Returns an error with all problems of the settings.
fn configuration_error(errors: &[String]) -> CliError {
    let errors = errors.iter().map(|error| format!("\n  {error}")).collect::<String>();
    CliError::Config(format!("the configuration can't be used:{errors}"))
}

/// Checks the paths in the settings. A missing file is not an error: it may be created.
fn validate_paths(database: &SecretString, key: &SecretKey) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let text = database.expose_secret();
    if DatabaseAddress::parse(text).is_ok_and(|address| address.is_folder()) {
        let reason = folder_reason("Name a file in it, such as usher.sqlite.");
        errors.push(FieldError::new("database", text, reason));
    }
    let SecretKey::File(path) = key else { return errors };
    let mut add = |reason: Reason| {
        errors.push(FieldError::new("secret_key_file", path.display().to_string(), reason));
    };
    match Sealer::from_existing_file(path) {
        Ok(_) | Err(SecretKeyError::Missing(_)) => {}
        Err(_) if path.is_dir() => {
            add(folder_reason("Name a file in it, such as usher.key."));
        }
        Err(SecretKeyError::Malformed) => add(
            "must have base64 of 32 bytes: name the right file, or remove this one for a new deployment"
                .into(),
        ),
        Err(SecretKeyError::Exposed(_)) => add(Reason::new(
            "can be read by users other than its owner",
            "a file that only its owner can read",
            format!("Run `chmod 600 {}`", path.display()),
        )),
        Err(SecretKeyError::File(_, error)) => add(Reason::with_detail(
            format!("can't be read: {error}"),
            "a file that Usher can read",
            "Change the permissions of the file.",
        )),
        Err(error @ SecretKeyError::Random) => {
            add(Reason::with_detail(error, "random bytes", "Try again."));
        }
    }
    errors
}

/// The reason of a path that must be a file.
fn folder_reason(remedy: &str) -> Reason {
    Reason::new("must be a file, not a folder", "a file", remedy)
}

/// Rejects paths that can't be the files of the settings.
pub(super) fn check_paths(config: &Config) -> Result<(), CliError> {
    let errors = validate_paths(&config.database, &config.secret_key);
    if errors.is_empty() {
        return Ok(());
    }
    Err(configuration_error(&errors.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

/// What a command may create: the database file and the secret key of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CreatePolicy {
    /// Both if neither exists.
    Fresh,
    /// Each that does not exist (`--create`).
    Missing,
}

/// Opens the database and the secret key, which must exist.
pub(super) fn open(config: &Config) -> Result<App, CliError> {
    check_paths(config)?;
    if database_address(config)?.is_missing_file() {
        let database = config.redacted_database();
        return Err(CliError::Config(match has_key(config) {
            true => lost_database_message(config),
            false => format!(
                "the database {database} does not exist. If this is the right database (--database), run `usher migrate`"
            ),
        }));
    }
    let db = Db::open_existing(config.database.expose_secret(), &pool_options(config))?;
    let sealer = match &config.secret_key {
        SecretKey::Value(key) => Sealer::new(key),
        SecretKey::File(path) => Sealer::from_existing_file(path),
    };
    match sealer {
        Ok(sealer) => build_app(config, db, sealer),
        Err(error @ SecretKeyError::Missing(_)) => Err(CliError::Config(match db.is_empty()? {
            true => format!(
                "{error}. If this is the right file (--secret-key-file), run `usher migrate`"
            ),
            false => lost_key_message(config),
        })),
        Err(error) => Err(CliError::Config(error.to_string())),
    }
}

/// Opens the database and the secret key, and creates what may be created.
/// `database` opens the database; it is called once.
pub(super) fn open_or_create(
    config: &Config,
    create: CreatePolicy,
    database: impl FnOnce() -> Result<Db, CliError>,
) -> Result<App, CliError> {
    check_paths(config)?;
    let input = match &config.secret_key {
        SecretKey::Value(key) => {
            Some(Sealer::new(key).map_err(|error| CliError::Config(error.to_string()))?)
        }
        SecretKey::File(_) => None,
    };
    let is_lost = database_address(config)?.is_missing_file() && has_key(config);
    if is_lost && create == CreatePolicy::Fresh {
        return Err(CliError::Config(lost_database_message(config)));
    }
    // The database first: if only the key existed, the next start would report a lost database.
    let db = database()?;
    let path = match (input, &config.secret_key) {
        (Some(sealer), _) => return build_app(config, db, sealer),
        (None, SecretKey::File(path)) => path,
        (None, SecretKey::Value(_)) => {
            return Err(CliError::Config(
                "a secret key is required: set secret_key or secret_key_file".into(),
            ));
        }
    };
    // A new key could not unseal the existing keys.
    if !path.exists() && has_sealed_keys(&db)? {
        return Err(CliError::Config(lost_key_message(config)));
    }
    let sealer = Sealer::from_file(path).map_err(|error| CliError::Config(error.to_string()))?;
    build_app(config, db, sealer)
}

/// The database of a configuration, which is created if it does not exist.
pub(super) fn open_database(config: &Config) -> Result<Db, CliError> {
    Ok(Db::open(config.database.expose_secret(), &pool_options(config))?)
}

/// Whether there is a secret key, also one that can't be used.
pub(super) fn has_key(config: &Config) -> bool {
    match &config.secret_key {
        SecretKey::Value(_) => true,
        SecretKey::File(path) => path.exists(),
    }
}

/// Whether a deployment is new: it has no secret key, and its database is empty.
pub(super) fn is_fresh(config: &Config) -> Result<bool, CliError> {
    if has_key(config) {
        return Ok(false);
    }
    match database_address(config)?.is_file() {
        true => Ok(database_address(config)?.is_missing_file()),
        false => Ok(open_database(config)?.is_empty()?),
    }
}

/// The checked address of the database.
pub(super) fn database_address(config: &Config) -> Result<DatabaseAddress, CliError> {
    DatabaseAddress::parse(config.database.expose_secret())
        .map_err(|error| CliError::Config(format!("database: {error}")))
}

fn build_app(config: &Config, db: Db, sealer: Sealer) -> Result<App, CliError> {
    let settings = Arc::new(config.settings.clone());
    Ok(App::new(db, Clock::system(), Arc::new(sealer), settings))
}

fn pool_options(config: &Config) -> PoolOptions {
    PoolOptions { connections: config.database_connections, ..PoolOptions::default() }
}

/// Whether a database holds sealed keys. One with pending migrations does: keys are
/// created with the database.
fn has_sealed_keys(db: &Db) -> Result<bool, CliError> {
    if db.is_empty()? {
        return Ok(false);
    }
    if !db.pending_migrations()?.is_empty() {
        return Ok(true);
    }
    let keys = db.read(|tx| tx.keys(KeyOwner::Deployment))?;
    Ok(!keys.is_empty())
}

/// Returns the message for a missing database whose secret key exists.
pub(super) fn lost_database_message(config: &Config) -> String {
    let database = config.redacted_database();
    let key = match &config.secret_key {
        SecretKey::Value(_) => "a secret key is set".to_owned(),
        SecretKey::File(path) => format!("the secret key file {} exists", path.display()),
    };
    format!(
        "the database {database} does not exist or is empty, but {key}. If the database was lost, \
         restore a backup: `usher restore FILE`. To begin with a new and empty one, run \
         `usher migrate --create`"
    )
}

/// Returns the message for a missing secret key whose database exists.
fn lost_key_message(config: &Config) -> String {
    let key = match &config.secret_key {
        SecretKey::Value(_) => String::new(),
        SecretKey::File(path) => path.display().to_string(),
    };
    format!(
        "the secret key file {key} does not exist, but the database {} does. Its keys can only be opened with that file. Restore the file (secret_key_file), or set USHER_SECRET_KEY",
        config.redacted_database()
    )
}

/// Rejects a database of another version. The message names the database, because usually
/// another one was intended.
pub(super) fn check_is_migrated(app: &App, config: &Config) -> Result<(), CliError> {
    match app.db.pending_migrations()?.as_slice() {
        [] => Ok(()),
        _ => Err(CliError::Other(format!(
            "the database {} is empty, or not of this version. If this is the right database (--database), run `usher migrate`",
            config.redacted_database()
        ))),
    }
}

/// The `USHER_*` variables that are not a setting, each with the nearest setting
/// if there is one.
///
/// Kubernetes sets such variables for a Service named `usher`, in the form of Docker's
/// links. They are ignored.
pub(super) fn find_unknown_variables(command: &clap::Command) -> Vec<UnknownVariable> {
    let flags = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    let settings = flags.chain([SECRET_KEY]).collect::<BTreeSet<_>>();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ours = names.filter(|name| name.starts_with(PREFIX) && !name.starts_with("USHER_TEST_"));
    let unknown = ours.filter(|name| !settings.contains(name.as_str()) && !is_injected(name));
    let describe = |name: String| {
        // The common prefix does not count for the similarity of names.
        let settings = settings.iter().filter_map(|setting| setting.strip_prefix(PREFIX));
        let nearest = find_nearest(name.trim_start_matches(PREFIX), settings);
        let nearest = nearest.map(|nearest| format!("{PREFIX}{nearest}"));
        UnknownVariable { name, nearest }
    };
    unknown.map(describe).collect()
}

/// The prefix of Usher's variables.
const PREFIX: &str = "USHER_";

/// A variable in the environment that looks like a setting and is not one.
#[derive(Debug)]
pub(super) struct UnknownVariable {
    name: String,
    nearest: Option<String>,
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in the environment is not a setting and has no effect. ", self.name)?;
        match &self.nearest {
            Some(setting) => write!(f, "Did you mean {setting}?"),
            None => f.write_str("Remove it, or see `usher config default` for the settings."),
        }
    }
}

/// Whether Kubernetes, or a link of Docker, sets such a variable for a service
/// whose name begins with `usher`: `USHER_SERVICE_HOST`, `USHER_PORT`,
/// `USHER_PORT_8080_TCP_ADDR`, `USHER_ADMIN_SERVICE_PORT_HTTP`.
fn is_injected(name: &str) -> bool {
    const PARTS: [&str; 4] = ["PROTO", "PORT", "ADDR", ""];
    if name.ends_with("_SERVICE_HOST") || name.ends_with("_PORT") {
        return true;
    }
    if name.contains("_SERVICE_PORT_") || name.ends_with("_SERVICE_PORT") {
        return true;
    }
    let Some((_, rest)) = name.rsplit_once("_PORT_") else {
        // The port's own number ends the name: USHER_PORT_8080_TCP_PORT.
        return false;
    };
    let mut parts = rest.splitn(3, '_');
    let number = parts.next().is_some_and(|part| part.parse::<u16>().is_ok());
    let protocol = parts.next().is_some_and(|part| ["TCP", "UDP", "SCTP"].contains(&part));
    number && protocol && PARTS.contains(&parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::is_injected;

    #[test]
    fn environment_variables_of_kubernetes_services_are_recognized() {
        for name in [
            "USHER_SERVICE_HOST",
            "USHER_SERVICE_PORT",
            "USHER_SERVICE_PORT_HTTP",
            "USHER_PORT",
            "USHER_PORT_8080_TCP",
            "USHER_PORT_8080_TCP_PROTO",
            "USHER_PORT_8080_TCP_PORT",
            "USHER_PORT_8080_TCP_ADDR",
            "USHER_PORT_53_UDP_ADDR",
            "USHER_DB_SERVICE_HOST",
            "USHER_DB_PORT",
            "USHER_DB_PORT_5432_TCP",
        ] {
            assert!(is_injected(name), "{name}");
        }
        for name in [
            "USHER_BASE_URI",
            "USHER_SERVICE",
            "USHER_PORTS",
            "USHER_PORT_HTTP",
            "USHER_PORT_8080",
            "USHER_PORT_8080_TCP_HOST",
            "USHER_LOGS",
        ] {
            assert!(!is_injected(name), "{name}");
        }
    }
}
