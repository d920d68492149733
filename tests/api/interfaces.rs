//! One person through all three interfaces: staged by an administrator, pushed by SCIM, and
//! logged in by SAML, in each order. The result is one user. docs/scim.md says which source
//! sets each field.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    world::{Person, SESSION, World},
};

on_both_databases! {
    user_provisioned_by_three_interfaces_is_one_user_in_each_order,
    phone_number_with_unusual_characters_is_accepted_by_every_interface,
}

const ADA: &str = "ada@example.com";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interface {
    Rest,
    Scim,
    Saml,
}
use Interface::{Rest, Saml, Scim};

const ORDERS: [[Interface; 3]; 6] = [
    [Rest, Scim, Saml],
    [Rest, Saml, Scim],
    [Scim, Rest, Saml],
    [Scim, Saml, Rest],
    [Saml, Rest, Scim],
    [Saml, Scim, Rest],
];

async fn user_provisioned_by_three_interfaces_is_one_user_in_each_order(db: TestDb) {
    let world = World::new(db);
    for (number, order) in ORDERS.into_iter().enumerate() {
        // Each order in an account of its own would need connections of its own:
        // a person of their own does as well.
        let ada = Ada { world: &world, email: format!("{number}{ADA}") };
        for interface in order {
            ada.comes_by(interface).await;
        }
        ada.is_one_user(order).await;
    }
}

async fn phone_number_with_unusual_characters_is_accepted_by_every_interface(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    for (index, number) in ["(+47)\u{202f}23\u{a0}56\u{2009}01\u{2011}00", "＋４７２３５６０１００"]
        .into_iter()
        .enumerate()
    {
        let mobile = json!({"regionCode": "NO", "number": number});
        let email = |interface: &str| format!("{interface}{index}@example.com");
        let staged = json!({"email": email("rest"), "mobile": mobile});
        api.post("/users", &staged).await.body(StatusCode::CREATED);
        let columns = "email,mobileRegionCode,mobileNumber";
        crate::import::csv(&api, "", &format!("{columns}\n{},NO,{number}\n", email("csv"))).await;
        let pushed = json!({
            "schemas": [USER, EXTENSION], "userName": email("scim"),
            "emails": [{"value": email("scim"), "type": "work"}], EXTENSION: {"mobile": mobile},
        });
        scim.post("/Users", &pushed).await.body(StatusCode::CREATED);
        let person = Person::with_email(&email("saml")).with_attribute("mobileRegionCode", "NO");
        world.login(&person.with_attribute("mobileNumber", number)).await;
        for interface in ["rest", "csv", "scim", "saml"] {
            let stored = world.user(&email(interface)).profile.mobile.unwrap();
            assert_eq!(
                (stored.e164.as_str(), &*stored.number),
                ("+4723560100", number),
                "{interface}"
            );
        }
    }
}

struct Ada<'a> {
    world: &'a World,
    email: String,
}

impl Ada<'_> {
    async fn comes_by(&self, interface: Interface) {
        match interface {
            Rest => self.is_staged().await,
            Scim => self.is_pushed().await,
            Saml => self.logs_in().await,
        }
    }

    /// Stages the user through the admin API, or changes the existing one.
    async fn is_staged(&self) {
        let api = ApiClient::for_server(&self.world.server);
        let staged = json!({
            "email": self.email, "role": "USER", "department": "Engines",
            "teams": [{"name": "Staged", "role": "ADMIN"}], "createMissingTeams": true,
        });
        let response = api.post("/users", &staged).await;
        if response.status == StatusCode::CREATED {
            return;
        }
        assert_eq!(response.problem(StatusCode::CONFLICT).0, "exists");
        let there = self.fetch_views(&api).await;
        let path = format!("/users/{}", there["id"].as_str().unwrap());
        let changes = json!({"role": "USER", "department": "Engines"});
        api.patch(&path, &changes).await.body(StatusCode::OK);
    }

    /// Pushes the user by SCIM, or adopts the existing one.
    async fn is_pushed(&self) {
        let scim = ApiClient::scim(&self.world.server, Dialect::Okta);
        let pushed = json!({
            "schemas": [USER], "userName": self.email, "externalId": "00u1", "title": "Countess",
            "name": {"givenName": "Augusta", "familyName": "King"}, "active": true,
        });
        if scim.post("/Users", &pushed).await.status == StatusCode::CREATED {
            return;
        }
        let filter = format!("userName eq \"{}\"", self.email);
        let found =
            scim.get(&path_with_query("/Users", &[("filter", &filter)])).await.body(StatusCode::OK);
        assert_eq!(found["totalResults"], 1);
        let path = format!("/Users/{}", found["Resources"][0]["id"].as_str().unwrap());
        let value = json!({
            "externalId": "00u1", "title": "Countess",
            "name": {"givenName": "Augusta", "familyName": "King"}, "active": true,
        });
        let body = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": value}]});
        scim.send(scim.request(Method::PATCH, &path).json(&body)).await.body(StatusCode::OK);
    }

    async fn logs_in(&self) {
        let says = Person::with_email(&self.email)
            .with_attribute("firstName", "Ada")
            .with_attribute("lastName", "Lovelace")
            .with_attribute("position", "Analyst")
            .with_attribute("role", "RESPONDER")
            .with_attribute("teamName", "Logged in");
        let browser = self.world.login(&says).await;
        assert!(browser.cookie(SESSION).is_some(), "she is let in");
    }

    async fn fetch_views(&self, api: &ApiClient) -> Value {
        let filter = format!("email eq \"{}\"", self.email);
        let page = api
            .get(&path_with_query(
                "/users",
                &[("filter", &filter), ("include", "teams,identities")],
            ))
            .await
            .body(StatusCode::OK);
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "one user");
        page["items"][0].clone()
    }

    async fn is_one_user(&self, order: [Interface; 3]) {
        let ada = self.fetch_views(&ApiClient::for_server(&self.world.server)).await;
        let first = order[0];
        let is =
            |field: &str, expected: &str| assert_eq!(ada[field], expected, "{order:?}: {field}");
        is("status", "ACTIVE");
        is(
            "origin",
            match first {
                Rest => "ADMIN",
                Scim => "SCIM",
                Saml => "LOGIN",
            },
        );
        // SCIM does not send the role, and a login does not change an existing user. So the
        // role is the one that the administrator has set, before or after.
        is("role", "USER");
        is("department", "Engines");
        // The identity provider has set these, and no other source after it.
        is("firstName", "Augusta");
        is("lastName", "King");
        is("position", "Countess");
        assert_eq!(ada["identities"].as_array().unwrap().len(), 1, "{order:?}");
        let teams: Vec<_> =
            ada["teams"].as_array().unwrap().iter().map(|team| team["name"].clone()).collect();
        let expected = match first {
            Rest => vec!["Staged"],
            Scim => vec![],
            // A login adds only a user that it creates to its team.
            Saml => vec!["Logged in"],
        };
        assert_eq!(json!(teams), json!(expected), "{order:?}");
        // She comes back as who she is.
        self.logs_in().await;
        let again = self.fetch_views(&ApiClient::for_server(&self.world.server)).await;
        let same = |field: &str| assert_eq!(again[field], ada[field], "{order:?}: {field}");
        ["id", "role", "firstName", "position", "teams", "identities", "version"]
            .into_iter()
            .for_each(same);
    }
}
