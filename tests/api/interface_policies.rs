//! Every attribute of a user, set by an administrator, a SCIM client and a login in each order:
//! the update policy of the connection decides who wins. The expected values and setters
//! follow from a model of docs/provisioning.md.

mod model;

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use usher::domain::{
    api_key::Dialect, attribute_name::AttributeName, mapping_target::MappingTarget,
    value_name::ValueName,
};

use self::model::{Model, State};
use crate::{
    client::ApiClient,
    scim::patched,
    support::db::TestDb,
    world::{Person, World},
};

on_both_databases! {
    first_login_sets_attributes_that_were_not_set,
    empty_attributes_are_filled,
    each_login_sets_its_attributes,
    logins_never_set_an_attribute,
}

async fn first_login_sets_attributes_that_were_not_set(db: TestDb) {
    compare_orders(World::new(db), Policy::FirstLogin).await;
}

async fn empty_attributes_are_filled(db: TestDb) {
    compare_orders(World::new(db), Policy::FillEmpty).await;
}

async fn each_login_sets_its_attributes(db: TestDb) {
    compare_orders(World::new(db), Policy::Always).await;
}

async fn logins_never_set_an_attribute(db: TestDb) {
    compare_orders(World::new(db), Policy::Never).await;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    FirstLogin,
    FillEmpty,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Admin,
    Scim,
    Login,
    /// A login whose assertion has no attributes.
    EmptyLogin,
}
use Step::{Admin, EmptyLogin, Login, Scim};

const ORDERS: [[Step; 3]; 6] = [
    [Admin, Scim, Login],
    [Admin, Login, Scim],
    [Scim, Admin, Login],
    [Scim, Login, Admin],
    [Login, Admin, Scim],
    [Login, Scim, Admin],
];

/// Each attribute, and each type of a list. The list itself: values of another type.
const NAMES: &str = "email userName externalId firstName lastName displayName formattedName \
    middleName honorificPrefix honorificSuffix nickName profileUrl position department userType \
    preferredLanguage locale timezone employeeNumber costCenter organization division role \
    disabled mobile userProfileImage manager entitlements roles x509Certificates emails \
    emails.work emails.home emails.other phoneNumbers phoneNumbers.work phoneNumbers.home \
    phoneNumbers.fax phoneNumbers.pager phoneNumbers.other ims ims.aim ims.gtalk ims.icq ims.xmpp \
    ims.msn ims.skype ims.qq ims.yahoo photos photos.thumbnail addresses addresses.work \
    addresses.home addresses.other";

const NOT_ADMIN: &[&str] = &["userName", "displayName", "manager"];
const NOT_SCIM: &[&str] = &["externalId"];
const NOT_LOGIN: &[&str] =
    &["disabled", "emails", "phoneNumbers", "ims", "photos", "photos.thumbnail", "addresses"];

/// The texts whose path in SCIM differs from the name.
const SCIM_PATHS: [(&str, &str); 16] = [
    ("firstName", "/name/givenName"),
    ("lastName", "/name/familyName"),
    ("formattedName", "/name/formatted"),
    ("middleName", "/name/middleName"),
    ("honorificPrefix", "/name/honorificPrefix"),
    ("honorificSuffix", "/name/honorificSuffix"),
    ("position", "/title"),
    ("department", "/enterprise/department"),
    ("employeeNumber", "/enterprise/employeeNumber"),
    ("costCenter", "/enterprise/costCenter"),
    ("organization", "/enterprise/organization"),
    ("division", "/enterprise/division"),
    ("manager", "/enterprise/manager/value"),
    ("role", "/usher/role"),
    ("mobile", "/usher/mobile"),
    ("disabled", "/active"),
];

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const USHER: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn names() -> impl Iterator<Item = &'static str> {
    NAMES.split_whitespace()
}

fn list_of(name: &str) -> Option<&str> {
    let list = name.split('.').next()?;
    let is_list = ["emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles"];
    (is_list.contains(&list) || list == "x509Certificates").then_some(list)
}

/// The value that the numbered step of a person sends.
fn value(name: &str, person: usize, step: usize) -> String {
    match name {
        "email" => format!("ada.lovelace@{person}.example"),
        "disabled" => "false".into(),
        "preferredLanguage" | "locale" => ["de", "fr", "en-GB", "it", "es"][step].into(),
        "timezone" => {
            let zones = ["Berlin", "Paris", "London", "Rome", "Madrid"];
            format!("Europe/{}", zones[step])
        }
        "role" => ["USER", "RESPONDER", "GUEST", "USER", "RESPONDER"][step].into(),
        "mobile" => format!("+49151123456{person}{step}"),
        "x509Certificates" => BASE64_STANDARD.encode(format!("certificate {person} {step}")),
        "profileUrl" | "userProfileImage" => format!("https://example.com/{name}/{person}/{step}"),
        name if name.starts_with("photos") => format!("https://example.com/{name}/{person}/{step}"),
        name if name.starts_with("emails") => format!("{name}@{person}{step}.example"),
        name => format!("{name} {person} {step}"),
    }
}

fn mobile(person: usize, step: usize) -> Value {
    json!({"regionCode": "DE", "number": value("mobile", person, step)})
}

/// The lists that the admin API and SCIM send whole.
fn lists(person: usize, step: usize) -> Map<String, Value> {
    let mut lists = Map::new();
    let text = |name| value(name, person, step);
    let main = [
        ("emails", json!({"value": text("email"), "type": "work", "primary": true})),
        ("phoneNumbers", json!({"value": format!("tel:{}", text("mobile")), "type": "mobile"})),
        ("photos", json!({"value": text("userProfileImage"), "type": "photo", "primary": true})),
    ];
    for (list, value) in main {
        lists.insert(list.into(), json!([value]));
    }
    for (name, list) in names().filter_map(|name| Some((name, list_of(name)?))) {
        let part = if list == "addresses" { "locality" } else { "value" };
        let mut entry = json!({part: text(name)});
        match name.split_once('.') {
            Some((_, kind)) => entry["type"] = kind.into(),
            None if NOT_LOGIN.contains(&name) => entry["type"] = "special".into(),
            None => {}
        }
        let values = lists.entry(list).or_insert_with(|| json!([]));
        values.as_array_mut().unwrap().push(entry);
    }
    lists
}

/// One of the people, and the programs that provision them.
struct Provisioned<'a> {
    world: &'a World,
    api: &'a ApiClient,
    scim: &'a ApiClient,
    person: usize,
}

impl Provisioned<'_> {
    async fn run(&self, step: Step, number: usize) {
        self.world.server.clock.advance(chrono::TimeDelta::seconds(1));
        let id = (number > 0).then(|| self.world.user(&value("email", self.person, 0)).id);
        match step {
            Admin => self.write(id.map(|id| format!("/users/{id}")), number).await,
            Scim => self.push(id.map(|id| format!("/Users/{id}")), number).await,
            Login => self.log_in(number).await,
            EmptyLogin => {
                let person = Person::with_email(&value("email", self.person, 0));
                self.world.login(&person).await;
            }
        }
    }

    async fn write(&self, path: Option<String>, step: usize) {
        let mut body = lists(self.person, step);
        let sent = names().filter(|name| list_of(name).is_none() && !NOT_ADMIN.contains(name));
        body.extend(sent.map(|name| (name.into(), value(name, self.person, step).into())));
        body.insert("disabled".into(), false.into());
        body.insert("mobile".into(), mobile(self.person, step));
        let team = json!({"name": format!("Admin {}", self.person), "role": "USER"});
        body.insert("teams".into(), json!([team]));
        body.insert("createMissingTeams".into(), true.into());
        match path {
            Some(path) => self.api.patch(&path, &body.into()).await.body(StatusCode::OK),
            None => self.api.post("/users", &body.into()).await.body(StatusCode::CREATED),
        };
    }

    async fn push(&self, path: Option<String>, step: usize) {
        let mut body = json!({"schemas": [USER, ENTERPRISE, USHER], "name": {}});
        (body["enterprise"], body["usher"]) = (json!({"manager": {}}), json!({}));
        let is_sent = |name: &&str| {
            let is_main = ["email", "userProfileImage"].contains(name);
            list_of(name).is_none() && !NOT_SCIM.contains(name) && !is_main
        };
        for name in names().filter(is_sent) {
            let path = SCIM_PATHS.iter().find(|(attribute, _)| *attribute == name);
            let path = path.map_or_else(|| format!("/{name}"), |(_, path)| (*path).to_owned());
            let (parent, last) = path.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[last] = value(name, self.person, step).into();
        }
        (body["active"], body["usher"]["mobile"]) = (true.into(), mobile(self.person, step));
        let body = body.as_object_mut().unwrap();
        for (key, schema) in [("enterprise", ENTERPRISE), ("usher", USHER)] {
            let extension = body.remove(key).unwrap();
            body.insert(schema.into(), extension);
        }
        body.extend(lists(self.person, step));
        let user = match path {
            Some(path) => {
                let operations = json!([{"op": "replace", "value": body}]);
                patched(self.scim, &path, operations).await.body(StatusCode::OK)
            }
            None => {
                let body = Value::Object(body.clone());
                self.scim.post("/Users", &body).await.body(StatusCode::CREATED)
            }
        };
        let group = json!({
            "schemas": [GROUP], "displayName": format!("Scim {}", self.person),
            "members": [{"value": user["id"]}],
        });
        self.scim.post("/Groups", &group).await.body(StatusCode::CREATED);
    }

    async fn log_in(&self, step: usize) {
        let text = |name| value(name, self.person, step);
        let mut person = Person::with_email(&text("email"))
            .with_attribute("mobileRegionCode", "DE")
            .with_attribute("mobileNumber", &text("mobile"))
            .with_attribute("teamName", &format!("Login {} {step}", self.person));
        let is_sent =
            |name: &&str| !NOT_LOGIN.contains(name) && !["email", "mobile"].contains(name);
        for name in names().filter(is_sent) {
            person = person.with_attribute(name, &text(name));
        }
        self.world.login(&person).await;
    }

    /// The setter and the value of each attribute and each membership.
    async fn explanation(&self) -> State {
        let id = self.world.user(&value("email", self.person, 0)).id;
        let explained = self.api.get(&format!("/users/{id}/explain")).await.body(StatusCode::OK);
        let entry = |explained: &Value| {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let attribute = text(&explained["attribute"]).unwrap();
            let setter = text(&explained["setBy"]["type"]).unwrap();
            if let Some(team) = text(&explained["team"]["name"]) {
                return (format!("team {team}"), (String::new(), setter));
            }
            let mut value = text(&explained["value"]).unwrap();
            if let Ok(Value::Array(values)) = serde_json::from_str(&value) {
                let part = |value: &Value| text(&value["value"]).or(text(&value["locality"]));
                let parts: Vec<_> = values.iter().filter_map(part).collect();
                value = parts.join(", ");
            }
            let name = match text(&explained["valueType"]) {
                Some(kind) => format!("{attribute}.{kind}"),
                None => attribute,
            };
            (name, (value, setter))
        };
        explained["values"].as_array().unwrap().iter().map(entry).collect()
    }
}

/// Maps all attributes, and sets the policy of each.
async fn configure(world: &World, api: &ApiClient, policy: Policy) {
    let mappable: BTreeSet<_> = MappingTarget::iter().map(ValueName::from).collect();
    for name in names() {
        let value_name = name.parse::<ValueName>().unwrap();
        let is_set = mappable.contains(&value_name) || name == "email";
        assert_eq!(is_set, !NOT_LOGIN.contains(&name), "{name}");
    }
    let attributes = names().map(|name| name.split('.').next().unwrap()).chain(["teams"]);
    let attributes: BTreeSet<_> = attributes.collect();
    let defined: BTreeSet<_> = AttributeName::iter().filter_map(AttributeName::built_in).collect();
    assert_eq!(attributes, defined, "an attribute has no case here");

    // A postal address is its locality here.
    let is_mapped = |target: &MappingTarget| {
        let name = target.to_string();
        let is_part = name.starts_with("addresses") && !name.ends_with(".locality");
        !target.has_default_name() && !is_part
    };
    let mapping = MappingTarget::iter().filter(is_mapped);
    let mapping =
        mapping.map(|target| (target.to_string(), json!(ValueName::from(target).to_string())));
    let policy = match policy {
        Policy::FirstLogin => "FIRST_LOGIN",
        Policy::FillEmpty => "FILL_EMPTY",
        Policy::Always => "ALWAYS",
        Policy::Never => "NEVER",
    };
    let policies =
        attributes.into_iter().filter(|name| !["email", "disabled", "photos"].contains(name));
    let policies: Map<_, _> = policies.map(|name| (name.to_owned(), json!(policy))).collect();
    let body = json!({"mapping": mapping.collect::<Map<_, _>>(), "updatePolicies": policies});
    let path = format!("/connections/{}", world.server.connection.id);
    api.send(api.request(Method::PATCH, &path).json(&body)).await.body(StatusCode::OK);
}

async fn compare_orders(world: World, policy: Policy) {
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    configure(&world, &api, policy).await;
    for (person, order) in ORDERS.into_iter().enumerate() {
        let provisioned = Provisioned { world: &world, api: &api, scim: &scim, person };
        let mut model = Model { policy, person, state: State::new() };
        let steps = order.into_iter().chain([EmptyLogin, Login]);
        for (number, step) in steps.enumerate() {
            provisioned.run(step, number).await;
            model.run(step, number);
            let actual = provisioned.explanation().await;
            let names: BTreeSet<_> = actual.keys().chain(model.state.keys()).collect();
            for name in names {
                let (actual, expected) = (actual.get(name), model.state.get(name));
                assert_eq!(actual, expected, "{name} after {number} of {order:?} {policy:?}");
            }
        }
    }
}
