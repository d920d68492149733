use super::*;

/// The settings of a file without errors.
fn layer(toml: &str) -> SettingsLayer {
    let (layer, errors) = SettingsLayer::from_toml(toml);
    assert_eq!(errors, [""; 0]);
    layer
}

fn errors(toml: &str) -> Vec<String> {
    let errors = Config::new(layer(toml)).unwrap_err();
    errors.into_iter().map(|error| format!("{} {}", error.field, error.value)).collect()
}

#[test]
fn the_default_file_names_every_setting_with_its_default() {
    let uncommented: String = DEFAULT_FILE
        .lines()
        .filter_map(|line| {
            line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && !rest.is_empty())
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let all = layer(&uncommented);
    let SettingsLayer { base_url, listen, .. } = &all;
    assert!(base_url.is_some() && listen.is_some());
    let settings = format!("{all:?}").matches("None").count();
    assert_eq!(settings, 0, "a setting is missing in usher.toml: {all:?}");
    let input = Config::new(all).unwrap().to_string();
    assert_eq!(input, Config::new(SettingsLayer::default()).unwrap().to_string());
    assert!(Config::new(layer(DEFAULT_FILE)).is_ok());
}

#[test]
fn printed_configuration_parses_to_the_same_configuration() {
    let printed = Config::new(SettingsLayer::default()).unwrap().to_string();
    let again = Config::new(layer(&printed)).unwrap().to_string();
    assert_eq!(printed, again);
}

#[test]
fn every_error_of_a_file_is_reported_with_its_line() {
    let toml = "base_uri = 'https://x.example'\nlisten = 8080\nsession_hours = 1\n\
                return_origins = 'https://app.example.com'\nsecret_key = ['geheim']\nzzz = 1\n";
    let (layer, errors) = SettingsLayer::from_toml(toml);
    assert_eq!(
        errors,
        [
            "line 1: base_uri is not a setting. Did you mean base_url?",
            "line 2: listen must be a string in quotes",
            "line 4: return_origins must be a list of strings, such as [\"https://app.example.com\"]",
            "line 5: secret_key must be a string in quotes",
            "line 6: zzz is not a setting. Remove it, or see `usher config default` for the settings.",
        ]
    );
    assert_eq!(layer.session_hours, Some(Number::Whole(1)), "the others are read");
    let (_, errors) = SettingsLayer::from_toml("listen = '127.0.0.1:80\nlog = 'info'");
    assert!(errors[0].starts_with("line 1, listen: "), "{errors:?}");
}

#[test]
fn every_error_is_reported_at_once() {
    let toml = r#"
        base_url = "http://login.example.com"
        listen = "8080"
        session_hours = 0
        token_minutes = 6
        return_origins = ["http://app.example.com"]
        log_format = "xml"
        landing = "//evil.example"
        attempt_days = "90"
        second_opinion = "true"
        workers = -1
        secret_key = "geheim"
    "#;
    let expected = [
        "listen 8080",
        "log_format xml",
        "workers -1",
        "session_hours 0",
        "token_minutes 6",
        "attempt_days 90",
        "second_opinion true",
        "return_origins http://app.example.com",
        "base_url http://login.example.com",
        "landing //evil.example",
        "secret_key (hidden)",
    ];
    assert_eq!(errors(toml), expected);
    assert_eq!(errors("landing = '//evil.net'"), ["landing //evil.net"]);
}

#[test]
fn secrets_are_not_printed() {
    let key = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=";
    let toml =
        &format!("secret_key = '{key}'\ndatabase = 'postgres://usher:hunter2@db.example/usher'");
    let config = Config::new(layer(toml)).unwrap();
    let body = format!("{config:?}{config}");
    assert!(!body.contains("hunter2") && !body.contains(key), "{config}");
    assert!(config.to_string().contains("postgres://usher:hidden@db.example/usher"));
}

#[test]
fn no_database_password_is_printed() {
    for database in [
        "postgres://usher@db.example/usher?password=hunter2",
        "postgres:///usher?host=/run/postgresql&p%61ssword=hunter2",
        "postgres://usher@db.example/usher?sslmode=verify-full&sslpassword=hunter2",
        "host=db.example password=hunter2",
        "postgres://usher:hunter2@/usher",
    ] {
        let layer = SettingsLayer {
            database: Some(database.to_owned().into()),
            ..SettingsLayer::default()
        };
        let config = Config::new(layer).unwrap();
        assert!(!format!("{config:?}{config}").contains("hunter2"), "{config}");
        assert!(config.to_string().contains("hidden"), "{config}");
    }
    let body = |database: &str| {
        let layer = SettingsLayer {
            database: Some(database.to_owned().into()),
            ..SettingsLayer::default()
        };
        Config::new(layer).unwrap().redacted_database()
    };
    for database in
        ["sqlite:usher.sqlite", "./usher.sqlite", "postgres://u@db.example/x?sslmode=require"]
    {
        assert_eq!(body(database), database);
    }
}

#[test]
fn flag_overrides_the_file() {
    let flags = SettingsLayer { listen: Some("127.0.0.1:1".into()), ..SettingsLayer::default() };
    let file = layer("listen = '127.0.0.1:2'\nlog = 'debug'");
    let config = Config::new(flags.merge_over(file)).unwrap();
    assert_eq!((config.listen.port(), config.log.as_str()), (1, "debug"));
}
