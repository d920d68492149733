use super::*;

fn faults(toml: &str) -> Vec<String> {
    let faults = Config::new(Layer::from_toml(toml).unwrap()).unwrap_err();
    faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.value)).collect()
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
    let layer = Layer::from_toml(&uncommented).unwrap();
    let Layer { base_url, listen, .. } = &layer;
    assert!(base_url.is_some() && listen.is_some());
    let settings = format!("{layer:?}").matches("None").count();
    assert_eq!(settings, 0, "a setting is missing in usher.toml: {layer:?}");
    let given = Config::new(layer).unwrap().to_string();
    assert_eq!(given, Config::new(Layer::default()).unwrap().to_string());
    assert!(Config::new(Layer::from_toml(DEFAULT_FILE).unwrap()).is_ok());
}

#[test]
fn what_is_printed_can_be_read_again() {
    let printed = Config::new(Layer::default()).unwrap().to_string();
    let again = Config::new(Layer::from_toml(&printed).unwrap()).unwrap().to_string();
    assert_eq!(printed, again);
}

#[test]
fn an_unknown_setting_is_an_error_that_names_it() {
    let error = Layer::from_toml("base_uri = 'https://x.example'").unwrap_err();
    assert!(error.contains("base_uri") && error.contains("base_url"), "{error}");
}

#[test]
fn every_fault_is_told_at_once() {
    let toml = r#"
        base_url = "http://login.example.com"
        listen = "8080"
        session_hours = 0
        token_minutes = 6
        return_origins = ["http://app.example.com"]
        log_format = "xml"
    "#;
    let wanted = [
        "listen 8080",
        "log_format xml",
        "session_hours 0",
        "token_minutes 6",
        "return_origins http://app.example.com",
        "base_url http://login.example.com",
    ];
    assert_eq!(faults(toml), wanted);
    assert_eq!(faults("landing = '//evil.net'"), ["landing //evil.net"]);
}

#[test]
fn secrets_are_not_shown() {
    let toml = "secret_key = 'hunter2'\ndatabase = 'postgres://usher:hunter2@db.example/usher'";
    let config = Config::new(Layer::from_toml(toml).unwrap()).unwrap();
    assert!(!format!("{config:?}{config}").contains("hunter2"), "{config}");
    assert!(config.to_string().contains("postgres://usher:hidden@db.example/usher"));
}

#[test]
fn no_form_of_a_databases_password_is_shown() {
    for database in [
        "postgres://usher@db.example/usher?password=hunter2",
        "postgres:///usher?host=/run/postgresql&p%61ssword=hunter2",
        "postgres://usher@db.example/usher?sslmode=verify-full&sslpassword=hunter2",
        "host=db.example password=hunter2",
        "postgres://usher:hunter2@/usher",
    ] {
        let layer = Layer { database: Some(database.to_owned().into()), ..Layer::default() };
        let config = Config::new(layer).unwrap();
        assert!(!format!("{config:?}{config}").contains("hunter2"), "{config}");
        assert!(config.to_string().contains("hidden"), "{config}");
    }
    let shown = |database: &str| {
        let layer = Layer { database: Some(database.to_owned().into()), ..Layer::default() };
        Config::new(layer).unwrap().database_shown()
    };
    for database in
        ["sqlite:usher.sqlite", "./usher.sqlite", "postgres://u@db.example/x?sslmode=require"]
    {
        assert_eq!(shown(database), database);
    }
}

#[test]
fn a_flag_goes_before_a_file() {
    let flags = Layer { listen: Some("127.0.0.1:1".into()), ..Layer::default() };
    let file = Layer::from_toml("listen = '127.0.0.1:2'\nlog = 'debug'").unwrap();
    let config = Config::new(flags.over(file)).unwrap();
    assert_eq!((config.listen.port(), config.log.as_str()), (1, "debug"));
}
