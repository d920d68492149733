use super::*;

fn postgres(text: &str) -> PostgresAddress {
    match DatabaseAddress::parse(text).unwrap().0 {
        AddressKind::Postgres(address) => address,
        AddressKind::Sqlite(path) => panic!("{text} is the file {path}"),
    }
}

fn rejection(text: &str) -> String {
    DatabaseAddress::parse(text).unwrap_err().to_string()
}

#[test]
fn time_limits_are_set_unless_the_address_sets_them() {
    let all = "connect_timeout=3&tcp_user_timeout=5000&keepalives_idle=5&keepalives_interval=2\
               &keepalives_count=3&fallback_application_name=usher";
    assert_eq!(
        postgres("postgres://u:p@db/usher").to_libpq(),
        format!("postgres://u:p@db/usher?{all}")
    );
    let input = "postgres://db/usher?connect_timeout=10&tcp_user_timeout=0&keepalives_idle=1\
                 &keepalives_interval=1&keepalives_count=1&fallback_application_name=x";
    assert_eq!(postgres(input).to_libpq(), input);
    let text = postgres("host=db dbname=usher connect_timeout=9").to_libpq();
    assert!(
        text.starts_with("host=db dbname=usher connect_timeout=9 tcp_user_timeout=5000 "),
        "{text}"
    );
    assert!(!text.contains("connect_timeout=3"), "{text}");
}

#[test]
fn writable_host_is_used_unless_the_address_sets_another_target() {
    let default = "target_session_attrs=read-write";
    for several in [
        "postgres://u@a:5432,b:5433/usher",
        "postgres://u@[::1]:1,[fe80::1%25eth0]/usher",
        "postgres:///usher?host=a,b",
        "host=a,b dbname=usher",
    ] {
        assert!(postgres(several).to_libpq().contains(default), "{several}");
    }
    for otherwise in ["postgres://u@a/usher", "postgres://u@a,b/usher?target_session_attrs=any"] {
        assert!(!postgres(otherwise).to_libpq().contains(default), "{otherwise}");
    }
}

#[test]
fn session_limits_are_not_passed_to_libpq() {
    for (text, name, expected) in [
        ("postgres://db/usher", "lock_timeout", None),
        ("postgres://db/usher?lock_timeout=0", "lock_timeout", Some(Some("0"))),
        ("postgres://db/usher?statement_timeout=2min", "statement_timeout", Some(Some("2min"))),
        ("host=db statement_timeout=7s", "statement_timeout", Some(Some("7s"))),
        (
            "postgres://db/usher?options=-c%20statement_timeout%3D5s",
            "statement_timeout",
            Some(None),
        ),
    ] {
        let address = postgres(text);
        let expected = expected.map(|value| value.map(str::to_owned));
        assert_eq!(address.session_limit(name), expected, "{text}");
        assert!(!address.to_libpq().contains("lock_timeout"), "{text}");
        assert!(!address.to_libpq().contains("statement_timeout="), "{text}");
    }
    for value in ["", "x", "1;DROP", "-1", "5 s", "1d", "99999999999"] {
        assert!(
            rejection(&format!("postgres://db/usher?lock_timeout={value}")).contains("duration"),
            "{value}"
        );
    }
}

#[test]
fn password_is_never_printed_in_any_position() {
    for (text, printed) in [
        ("postgres://ada:geheim@db/usher", "postgres://ada:hidden@db/usher"),
        ("postgres://ada:ge?h#eim@db/usher", "postgres://ada:hidden@db/usher"),
        ("postgres://:geheim@db/usher", "postgres://:hidden@db/usher"),
        (
            "postgres://ada:geheim@a:1,b:2,[::1]/usher?sslmode=require",
            "postgres://ada:hidden@a:1,b:2,[::1]/usher?sslmode=require",
        ),
        (
            "postgres:///usher?host=/run&p%61ssword=geheim",
            "postgres:///usher?host=/run&p%61ssword=hidden",
        ),
        (
            "postgres://db/usher?sslpassword=geheim&user=ada",
            "postgres://db/usher?sslpassword=hidden&user=ada",
        ),
        (
            "postgres://db/usher?oauth_client_secret=geheim",
            "postgres://db/usher?oauth_client_secret=hidden",
        ),
        ("host=db password=geheim dbname=usher", "host=db password=hidden dbname=usher"),
        ("host = db password = 'ge\\' heim' user=ada", "host=db password=hidden user=ada"),
        ("mysql://ada:geheim@db/usher", "mysql://ada:hidden@db/usher"),
        ("postgres://ada:ge@heim@db/usher", "(hidden)"),
        ("postgres://ada:ge/heim@db/usher", "(hidden)"),
        ("postgres://ada:geheim@[::1/usher", "(hidden)"),
        ("postgress:ada:geheim@db/usher", "(hidden)"),
        ("host=db password='geheim", "(hidden)"),
        ("sqlite:usher.sqlite", "sqlite:usher.sqlite"),
        ("./usher.sqlite", "./usher.sqlite"),
        ("/var/lib/usher.sqlite", "/var/lib/usher.sqlite"),
        ("postgres://u@db.example/x?sslmode=require", "postgres://u@db.example/x?sslmode=require"),
    ] {
        assert_eq!(DatabaseAddress::redact(text), printed);
        assert!(!DatabaseAddress::redact(text).contains("heim"), "{text}");
    }
}

#[test]
fn secrets_are_recognized_encoded_and_decoded() {
    let secrets = postgres("postgres://ada:s%65cret@db/usher?sslpassword=other").secrets();
    assert_eq!(secrets, ["s%65cret", "secret", "other", "other"]);
    assert_eq!(postgres("host=db password='a b'").secrets(), ["a b"]);
    assert!(postgres("postgres://ada@db/usher").secrets().is_empty());
}

#[test]
fn unsupported_address_is_named() {
    for (text, reason) in [
        ("", "is empty"),
        ("usher.sqlite", "sqlite:FILE"),
        ("mysql://u@h/d", "is MySQL"),
        ("mariadb://u@h/d", "is MariaDB"),
        ("jdbc:postgresql://h/d", "JDBC"),
        ("file:usher.sqlite", "sqlite:FILE"),
        ("https://db.example", "web page"),
        ("postgresql+psycopg://u@h/d", "leave it out"),
        ("Postgres://u@h/d", "lower case"),
        ("postgres:/u@h/d", "two slashes"),
        ("postgress://u@h/d", "write postgres://"),
        ("sqlite:", "name a file"),
        ("sqlite://", "name a file"),
        ("sqlite::memory:", "memory"),
        (":memory:", "not supported"),
        ("postgres://u:p@h:99999999/d", "%2F"),
        ("postgres://u:p/q@h/d", "%2F"),
        ("postgres://u:p%2@h/d", "% as %25"),
        ("postgres://u:100%@h/d", "% as %25"),
        ("postgres://h/d?x", "NAME=VALUE"),
        ("host=db password='x", "single quotes"),
    ] {
        let reason_now = rejection(text);
        assert!(reason_now.contains(reason), "{text}: {reason_now}");
    }
}
