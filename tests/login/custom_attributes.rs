//! Logins fill custom attributes, where the connection maps attributes to them.

use chrono::TimeDelta;
use serde_json::{Value, json};
use usher::{
    app::{
        attribute_definitions,
        callers::Caller,
        connections::{self, ConnectionUpdate},
        users::{self, UpdateOptions},
    },
    domain::{
        connection_patch::ConnectionPatch,
        connection_setting::ConnectionSetting,
        custom_attribute::{
            AttributeDefinition, AttributeDefinitionChanges, Mutability, NewAttributeDefinition,
            SubAttributeDefinition, ValueType, Visibility,
        },
        etag::IfMatch,
        provenance::Setter,
        provisioning::Decision,
        user::User,
        user_patch::UserPatch,
    },
};

use crate::{
    support::db::TestDb,
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

fn operator(world: &World) -> Caller {
    Caller::command_line(world.server.account.id)
}

/// The draft of an attribute.
fn draft(name: &str, value_type: ValueType) -> NewAttributeDefinition {
    NewAttributeDefinition {
        name: name.parse().unwrap(),
        value_type,
        is_multi_valued: false,
        is_case_exact: false,
        sub_attributes: Vec::new(),
        changes: AttributeDefinitionChanges::default(),
    }
}

fn sub_attribute(name: &str, value_type: ValueType) -> SubAttributeDefinition {
    SubAttributeDefinition {
        name: name.parse().unwrap(),
        value_type,
        is_case_exact: false,
        description: String::new(),
        is_required: false,
        canonical_values: Vec::new(),
    }
}

fn define(world: &World, new: NewAttributeDefinition) -> AttributeDefinition {
    attribute_definitions::create(&world.server.app, &operator(world), new).unwrap()
}

/// Defines a text with a visibility.
pub(crate) fn define_text(world: &World, name: &str, visibility: Visibility) {
    let visibility = Some(visibility);
    let changes = AttributeDefinitionChanges { visibility, ..Default::default() };
    define(world, NewAttributeDefinition { changes, ..draft(name, ValueType::String) });
}

/// Sets settings of the connection.
pub(crate) fn configure(world: &World, settings: &Value) {
    let settings = settings.as_object().unwrap().iter().map(|(name, value)| {
        let setting: ConnectionSetting = name.parse().unwrap();
        (setting, setting.parse(value).unwrap())
    });
    let patch = ConnectionPatch { settings: settings.collect(), ..Default::default() };
    let update = ConnectionUpdate { patch, ..ConnectionUpdate::default() };
    let id = world.server.connection.id;
    connections::update(&world.server.app, &operator(world), id, &update).unwrap();
}

/// A world with an attribute of several kinds, which the connection maps.
fn world(db: TestDb, policies: &Value) -> World {
    let world = World::new(db);
    define(&world, draft("shoeSize", ValueType::Integer));
    define(
        &world,
        NewAttributeDefinition { is_multi_valued: true, ..draft("tags", ValueType::String) },
    );
    define(
        &world,
        NewAttributeDefinition {
            sub_attributes: vec![
                sub_attribute("city", ValueType::String),
                sub_attribute("floor", ValueType::Integer),
            ],
            ..draft("office", ValueType::Complex)
        },
    );
    define(
        &world,
        NewAttributeDefinition {
            changes: AttributeDefinitionChanges {
                canonical_values: Some(vec!["GOLD".into(), "SILVER".into()]),
                ..Default::default()
            },
            ..draft("level", ValueType::String)
        },
    );
    configure(
        &world,
        &json!({
            "mapping": {
                "attributes.shoeSize": "size",
                "attributes.tags": "tags",
                "attributes.office.city": "city",
                "attributes.office.floor": "floor",
                "attributes.level": "groups",
            },
            "transforms": [
                { "field": "attributes.tags", "separator": ";" },
                {
                    "field": "attributes.level",
                    "table": [{ "received": "vip", "value": "GOLD" }],
                    "defaultValue": "SILVER",
                },
            ],
            "updatePolicies": policies,
        }),
    );
    world
}

fn ada(size: &str, tags: &str) -> Person {
    Person::with_email(ADA)
        .with_attribute("size", size)
        .with_attribute("tags", tags)
        .with_attribute("city", "London")
        .with_attribute("floor", "3")
}

fn attributes(world: &World) -> Value {
    let custom = world.user(ADA).profile.custom;
    custom.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

fn setter(user: &User, name: &str) -> Option<Setter> {
    user.provenance.get(name.parse().unwrap()).map(|record| record.setter)
}

/// Each change of the latest login, and each fallback.
fn latest(world: &World) -> (Vec<String>, Vec<String>) {
    let plan = world.latest_attempt().plan.unwrap();
    let fallbacks = plan.fallbacks.iter();
    let fallbacks = fallbacks.map(|it| format!("{} {}", it.value, it.reason.code())).collect();
    let Decision::SignIn(entry) = plan.decision else { panic!("{plan:?}") };
    let text = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let changes = entry.changes.into_iter().map(|change| {
        format!("{}: {} -> {}", change.field, text(change.before), text(change.after))
    });
    (changes.collect(), fallbacks)
}

/// The audited changes of custom attributes in the latest entry of a user.
fn audited(world: &World) -> Vec<String> {
    let rows = world.server.db().rows_of("audit_events");
    let mut entries = rows.iter().filter(|row| row["action"].as_str().unwrap().contains("user."));
    let changes = entries.next_back().unwrap()["changes"].to_string();
    let names = ["shoeSize", "tags", "office", "level"];
    let names = names.into_iter().map(|name| format!("attributes.{name}"));
    names.filter(|name| changes.contains(name.as_str())).collect()
}

async fn first_login_fills_custom_attributes(db: TestDb) {
    let world = world(db, &json!({}));
    world.login(&ada("38", "a; b").with_values("groups", &["vpn", "VIP"])).await;
    let expected = json!({
        "shoeSize": 38, "tags": ["a", "b"], "office": {"city": "London", "floor": 3},
        "level": "GOLD",
    });
    assert_eq!(attributes(&world), expected);
    let user = world.user(ADA);
    for name in ["attributes.shoeSize", "attributes.office", "attributes.level"] {
        let login = setter(&user, name).unwrap();
        assert!(login.is_login_through(world.server.connection.id), "{name}: {login:?}");
    }
    let plan = world.latest_attempt().plan.unwrap();
    assert_eq!(plan.fallbacks, []);
    let Decision::Create(creation) = plan.decision else { panic!("{plan:?}") };
    let fields = creation.fields();
    let fields = fields.iter().filter(|field| field.name.starts_with("attributes."));
    let fields: Vec<_> =
        fields.map(|it| format!("{}={} ({})", it.name, it.value, it.source)).collect();
    assert_eq!(
        fields,
        [
            "attributes.level=GOLD (the attribute groups)",
            r#"attributes.office={"city":"London","floor":3} (the attribute city)"#,
            "attributes.shoeSize=38 (the attribute size)",
            r#"attributes.tags=["a","b"] (the attribute tags)"#,
        ]
    );
    assert_eq!(audited(&world).len(), 4);
}

async fn default_of_the_connection_counts_as_a_default(db: TestDb) {
    let world = world(db, &json!({"attributes.level": "FILL_EMPTY"}));
    world.login(&Person::with_email(ADA)).await;
    assert_eq!(attributes(&world), json!({"level": "SILVER"}));
    assert_eq!(setter(&world.user(ADA), "attributes.level"), Some(Setter::Default));
    world.login(&Person::with_email(ADA).with_attribute("groups", "vip")).await;
    assert_eq!(latest(&world).0, ["attributes.level: SILVER -> GOLD"]);
}

async fn later_logins_change_what_the_policies_say(db: TestDb) {
    let policies = json!({
        "attributes.shoeSize": "ALWAYS", "attributes.tags": "FIRST_LOGIN",
        "attributes.office": "FILL_EMPTY", "attributes.level": "NEVER",
    });
    let world = world(db, &policies);
    let vip = |person: Person| person.with_attribute("groups", "vip");
    world.login(&vip(ada("38", "a"))).await;
    let office = json!({"city": "London", "floor": 3});
    assert_eq!(attributes(&world), json!({"shoeSize": 38, "tags": ["a"], "office": office}));
    world.server.clock.advance(TimeDelta::hours(1));
    let moved = vip(ada("39", "b").with_attribute("city", "Paris"));
    world.login(&moved).await;
    assert_eq!(latest(&world), (vec!["attributes.shoeSize: 38 -> 39".to_owned()], vec![]));
    assert_eq!(audited(&world), ["attributes.shoeSize"]);
    assert_eq!(attributes(&world), json!({"shoeSize": 39, "tags": ["a"], "office": office}));
    let version = world.user(ADA).version;
    world.login(&moved).await;
    assert_eq!(world.user(ADA).version, version, "the same values change nothing");
    world.login(&Person::with_email(ADA)).await;
    assert_eq!(latest(&world).0, ["attributes.shoeSize: 39 -> -"]);
    assert_eq!(attributes(&world), json!({"tags": ["a"], "office": office}));
}

async fn refused_values_and_locks_are_recorded_and_change_nothing(db: TestDb) {
    let policies = json!({"attributes.shoeSize": "ALWAYS", "attributes.tags": "ALWAYS"});
    let world = world(db, &policies);
    world.login(&ada("big", "a").with_attribute("floor", "")).await;
    assert_eq!(attributes(&world)["shoeSize"], Value::Null);
    let fallback = world.latest_attempt().plan.unwrap().fallbacks.remove(0);
    assert_eq!((fallback.attribute.as_str(), fallback.used), ("size", None));
    assert_eq!(fallback.reason.to_string(), "must be a number without a fraction");
    world.login(&ada("38", "a")).await;
    let long = "x".repeat(300);
    world.login(&ada("38.5", &long)).await;
    let (changes, fallbacks) = latest(&world);
    assert_eq!(changes, [""; 0]);
    assert_eq!(fallbacks.len(), 2);
    assert!(fallbacks.contains(&"38.5 INVALID_VALUE".to_owned()), "{fallbacks:?}");

    let lock = vec!["attributes.shoeSize".parse().unwrap()];
    let patch = UserPatch { locks: Some(lock.into_iter().collect()), ..UserPatch::default() };
    let id = world.user(ADA).id;
    let options = UpdateOptions::default();
    users::update(&world.server.app, &operator(&world), id, &IfMatch::Any, &patch, options)
        .unwrap();
    world.login(&ada("39", "b")).await;
    let (changes, fallbacks) = latest(&world);
    assert_eq!(changes, [r#"attributes.tags: ["a"] -> ["b"]"#]);
    assert_eq!(fallbacks, ["39 LOCKED"]);
    assert_eq!(attributes(&world)["shoeSize"], 38);
}

async fn mutability_of_the_definition_holds_for_logins(db: TestDb) {
    let world = world(db, &json!({"attributes.shoeSize": "ALWAYS"}));
    let caller = operator(&world);
    let all = attribute_definitions::list(&world.server.app, &caller).unwrap();
    let size = all.into_iter().find(|one| one.name.as_str() == "shoeSize").unwrap();
    let set = |mutability| {
        let changes =
            AttributeDefinitionChanges { mutability: Some(mutability), ..Default::default() };
        let any = IfMatch::Any;
        attribute_definitions::update(&world.server.app, &caller, size.id, &any, &changes).unwrap();
    };
    set(Mutability::ReadOnly);
    world.login(&ada("38", "a")).await;
    assert_eq!(world.latest_attempt().plan.unwrap().fallbacks[0].reason.code(), "READ_ONLY");
    set(Mutability::Immutable);
    world.login(&ada("38", "a")).await;
    assert_eq!(latest(&world), (vec!["attributes.shoeSize: - -> 38".to_owned()], vec![]));
    world.login(&ada("39", "a")).await;
    assert_eq!(latest(&world), (vec![], vec!["39 IMMUTABLE".to_owned()]));
    assert_eq!(attributes(&world)["shoeSize"], 38);
}

async fn deleted_definition_is_removed_from_the_connection(db: TestDb) {
    let world = world(db, &json!({"attributes.shoeSize": "ALWAYS"}));
    world.login(&ada("38", "a")).await;
    let (app, caller) = (&world.server.app, operator(&world));
    for definition in attribute_definitions::list(app, &caller).unwrap() {
        attribute_definitions::delete(app, &caller, definition.id, &IfMatch::Any, true).unwrap();
    }
    world.login(&ada("39", "b")).await;
    assert_eq!(latest(&world), (vec![], vec![]));
    assert_eq!(attributes(&world), json!({}));
    let connection = connections::get(app, &caller, world.server.connection.id).unwrap();
    let provisioning = connection.connection.provisioning;
    assert_eq!((provisioning.mapping.len(), provisioning.transforms.len()), (0, 0));
    assert!(provisioning.update_policies.is_empty());
}

on_both_databases! {
    first_login_fills_custom_attributes,
    default_of_the_connection_counts_as_a_default,
    later_logins_change_what_the_policies_say,
    refused_values_and_locks_are_recorded_and_change_nothing,
    mutability_of_the_definition_holds_for_logins,
    deleted_definition_is_removed_from_the_connection,
}
