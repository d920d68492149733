//! What is stored of an attempt, and how much.

use chrono::TimeDelta;
use serde_json::Value;
use usher::{
    app::housekeeping,
    domain::{
        attempt::{Attempt, AttemptOutcome, AttemptReference},
        id::{AttemptId, UserId},
    },
    store::{EXPIRED_AT_ONCE, StoreError, Tx},
};

use crate::{
    support::{browser::Browser, db::TestDb},
    world::{Person, World, failed_check_ids},
};

on_both_databases! {
    successful_logins_of_a_connection_share_a_template,
    template_is_deleted_after_its_attempts,
    template_is_not_deleted_before_many_attempts,
    template_is_deleted_with_its_connection,
    unsolicited_relay_state_is_stored_with_the_attempt,
}

/// The attempt of a login of a known user whose identity provider sends what is usual.
async fn usual_attempt(world: &World) -> Attempt {
    let claim = |name| format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{name}");
    let person = Person::with_email("ada.lovelace@example.com")
        .with_attribute(&claim("givenname"), "Ada")
        .with_attribute(&claim("surname"), "Lovelace")
        .with_attribute(&claim("emailaddress"), "ada.lovelace@example.com")
        .with_attribute(&claim("name"), "ada.lovelace@example.com")
        .with_attribute("http://schemas.microsoft.com/identity/claims/tenantid", "4711")
        .with_values("groups", &["Analysts", "Poets"]);
    for _ in 0..2 {
        world.login(&person).await;
    }
    let attempt = world.latest_attempt();
    assert_eq!(attempt.outcome, AttemptOutcome::SignedIn);
    attempt
}

/// The attempt of another user at the same time.
fn another(attempt: &Attempt, number: u32) -> Attempt {
    let [a, b, c, d] = number.to_be_bytes();
    let mix = number.wrapping_mul(2_654_435_761).to_be_bytes();
    let user = UserId::new(attempt.at, [mix[0], mix[1], mix[2], mix[3], a, b, c, d, 0, 0]);
    let subject = Some(format!("user.{}@example.com", hex::encode(mix)));
    let mut attempt = Attempt {
        id: AttemptId::new(attempt.at, [a, b, c, d, mix[0], mix[1], mix[2], mix[3], 0, 0]),
        reference: AttemptReference::new([mix[0], mix[1], mix[2], mix[3], a, b, c, d, 0, 0, 0, 0]),
        user: Some(user),
        email: subject.clone(),
        subject,
        ..attempt.clone()
    };
    if let Some(plan) = &mut attempt.plan {
        use usher::domain::provisioning::Decision;
        if let Decision::SignIn(login) = &mut plan.decision {
            login.user = user;
        }
    }
    attempt
}

#[tokio::test]
async fn attempt_of_a_successful_login_is_small() {
    const COUNT: u32 = 5_000;
    let world = World::new(TestDb::sqlite());
    let attempt = usual_attempt(&world).await;
    let db = world.server.db();
    let bytes = || {
        let sql = "SELECT name || ' ' || sum(pgsize) || ' ' || sum(payload) AS line FROM dbstat \
                   WHERE name LIKE '%attempt%' GROUP BY name ORDER BY name";
        let lines = db.query_lines(sql);
        let numbers = |line: &String| {
            let mut parts = line.split(' ').skip(1).map(|number| number.parse::<u64>().unwrap());
            (parts.next().unwrap(), parts.next().unwrap())
        };
        let table = lines.iter().find(|line| line.starts_with("attempts "));
        let pages: u64 = lines.iter().map(|line| numbers(line).0).sum();
        (numbers(table.unwrap()).1, pages, lines)
    };
    let (_, pages_before, _) = bytes();
    let write = |tx: &mut Tx<'_>| {
        (0..COUNT).try_for_each(|number| tx.insert_attempt(&another(&attempt, number)))
    };
    db.write(write).map_err(|error: StoreError| error).unwrap();
    let (row, pages, lines) = bytes();
    let (row, all) = (row / u64::from(COUNT), (pages - pages_before) / u64::from(COUNT));
    println!("a row has {row} bytes, with indexes {all}: {lines:#?}");
    assert!(row < 500, "a row has {row} bytes: {lines:#?}");
    assert!(all < 1_000, "an attempt takes {all} bytes: {lines:#?}");
    let last = another(&attempt, COUNT - 1);
    let found = db.read(|tx| tx.attempt(world.server.account.id, last.id));
    assert_eq!(found.map_err(|error: StoreError| error).unwrap(), Some(last));
}

fn count_without_template(world: &World) -> usize {
    let rows = world.server.db().rows_of("attempts");
    // As SQLite quotes it.
    let is_null = |value: &Value| value.is_null() || value == "NULL";
    rows.iter().filter(|row| is_null(&row["template_id"])).count()
}

async fn successful_logins_of_a_connection_share_a_template(db: TestDb) {
    let world = World::new(db);
    let attempt = usual_attempt(&world).await;
    let templates = world.count_rows("attempt_templates");
    world.server.clock.advance(TimeDelta::minutes(3));
    let other = Person::with_email("bob@example.com");
    for _ in 0..3 {
        world.server.clock.advance(TimeDelta::seconds(7));
        world.login(&other).await;
    }
    // The others have no attributes.
    assert_eq!(world.count_rows("attempt_templates"), templates + 1);
    assert_eq!(count_without_template(&world), 0);
    assert_eq!(world.server.attempts().len(), 5);
    assert!(world.server.attempts().contains(&attempt));

    let texts = |attempt: &Attempt| {
        let texts =
            attempt.checks.iter().map(|check| format!("{} {}", check.expected, check.actual));
        texts.collect::<Vec<_>>()
    };
    let latest = world.latest_attempt();
    let now = world.server.clock.now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert!(texts(&latest).iter().any(|text| text.contains(&format!("valid at {now}"))));
    assert_ne!(texts(&latest), texts(&attempt));

    // A rejected message is stored as it is.
    let rejected =
        world.expect_failed_login(&Person::with_email("x").with_audience("https://other")).await;
    assert_eq!(failed_check_ids(&rejected), ["conditions.audience"]);
    assert_eq!(count_without_template(&world), 1);
}

async fn template_is_deleted_after_its_attempts(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email("ada@example.com")).await;
    let sweep = || {
        housekeeping::sweep(&world.server.app).unwrap();
        (world.count_rows("attempts"), world.count_rows("attempt_templates"))
    };
    // Attempts are kept for 30 days, and a template is used for 30 days.
    for (days, left) in [(0, (1, 1)), (29, (1, 1)), (2, (0, 1)), (40, (0, 0))] {
        world.server.clock.advance(TimeDelta::days(days));
        assert_eq!(sweep(), left, "after {days} more days");
    }
}

async fn template_is_not_deleted_before_many_attempts(db: TestDb) {
    let world = World::new(db);
    let attempt = usual_attempt(&world).await;
    let db = &world.server.app.db;
    let many = u32::try_from(EXPIRED_AT_ONCE).unwrap() + 100;
    let insert = |tx: &mut Tx<'_>| {
        (0..many).try_for_each(|number| tx.insert_attempt(&another(&attempt, number)))
    };
    db.write(insert).map_err(|error: StoreError| error).unwrap();
    world.server.clock.advance(TimeDelta::days(365));
    let now = world.server.clock.now();
    let sweep_once = |tx: &mut Tx<'_>| tx.delete_expired(now, now - TimeDelta::days(30));
    db.write(sweep_once).map_err(|error: StoreError| error).unwrap();
    assert_ne!(world.count_rows("attempts"), 0);
    assert_ne!(world.count_rows("attempt_templates"), 0);
    housekeeping::sweep(&world.server.app).unwrap();
    assert_eq!((world.count_rows("attempts"), world.count_rows("attempt_templates")), (0, 0));
}

async fn template_is_deleted_with_its_connection(db: TestDb) {
    let world = World::new(db);
    world.login(&Person::with_email("ada@example.com")).await;
    assert_eq!(world.count_rows("attempt_templates"), 1);
    let (account, connection) = (world.server.account.id, world.server.connection.id);
    let deleted = world.server.db().write(|tx| tx.delete_connection(account, connection));
    assert!(deleted.map_err(|error: StoreError| error).unwrap());
    assert_eq!(world.count_rows("attempt_templates"), 0);
}

/// Anybody may send one, so it must not make a template for each.
async fn unsolicited_relay_state_is_stored_with_the_attempt(db: TestDb) {
    let saml = usher::domain::connection::SamlPolicy { idp_initiated: true, ..Default::default() };
    let world = World::with_policies(db, saml, Default::default());
    for relay_state in ["", "first", "second"] {
        world.server.clock.advance(TimeDelta::seconds(1));
        let browser = Browser::new();
        let response = world.unsolicited_response(&Person::with_email("ada@example.com"));
        let relay_state = Some(relay_state).filter(|text| !text.is_empty());
        world.server.post_acs(&browser, Some(&response), relay_state).await;
        let attempt = world.latest_attempt();
        assert_eq!(failed_check_ids(&attempt), Vec::<&str>::new());
        let state = attempt.checks.iter().find(|check| check.id.as_str() == "relay_state").unwrap();
        assert!(state.actual.starts_with(relay_state.unwrap_or("none")), "{state:?}");
    }
    assert_eq!(world.count_rows("attempt_templates"), 2, "with a value, and without");
}
