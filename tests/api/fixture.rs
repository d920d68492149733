//! An account in which there is one of everything that a path can name: the
//! account of the contract's examples.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use usher::saml::keys::fingerprint;

use crate::{
    client::ApiClient,
    contract::{Operation, operations},
    import_jobs::wait_until_ended,
    support::db::TestDb,
    world::{Person, World},
};

/// The certificate of the examples.
const CERTIFICATE: &str = include_str!("../../src/http/api/openapi/certificate.pem");

/// The certificate that is to follow it.
const NEXT_CERTIFICATE: &str = include_str!("examples/next_certificate.pem");

/// The account of the contract's examples, and a program that may do everything
/// in it.
///
/// Ada is in the team Analytical Engine since her login through the connection
/// Staff. Charles was deleted. Nobody has logged in through Contractors, which
/// has two certificates. Mary was imported.
pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) api: ApiClient,
    /// The IDs, by the names that they have in paths.
    ids: BTreeMap<&'static str, String>,
    deleted_user: String,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let world = World::new(TestDb::sqlite());
        let api = ApiClient::with_key_name(&world.server, "Payroll");
        // Each has a time of its own, and so its place in lists.
        let tick = || world.server.clock.advance(TimeDelta::seconds(1));
        let made = async |path: &str, body: Value| {
            tick();
            let made = api.post(path, &body).await.body(StatusCode::CREATED);
            let id = made.get("id").or_else(|| made["key"].get("id"));
            id.and_then(Value::as_str).expect("an id").to_owned()
        };
        let changed = async |path: &str, body: Value| {
            tick();
            api.patch(path, &body).await.body(StatusCode::OK);
        };
        changed("/account", json!({"name": "Example Ltd"})).await;
        let staff = format!("/connections/{}", world.server.connection.id);
        changed(&staff, json!({"name": "Staff", "keepMessagesHours": 1})).await;
        tick();
        world.login(&ada()).await;
        let user = world.user("ada.lovelace@example.com").id.to_string();
        changed(&format!("/users/{user}"), json!({"externalId": "4711"})).await;
        let ada = api.get(&format!("/users/{user}")).await.body(StatusCode::OK);
        let id_of = |list: &str| ada[list][0]["id"].as_str().expect("an id").to_owned();
        let deleted_user = made("/users", json!({"email": "charles.babbage@example.com"})).await;
        tick();
        api.delete(&format!("/users/{deleted_user}")).await.body(StatusCode::NO_CONTENT);
        let client = made("/scim-clients", json!({"name": "Entra", "dialect": "ENTRA"})).await;
        let key = made("/keys", json!({"name": "Nightly", "scopes": ["users:read"]})).await;
        let contractors = json!({"name": "Contractors", "metadata": metadata()});
        let connection = made("/connections", contractors).await;
        tick();
        let import = api.request(Method::POST, "/users/import").header("prefer", "respond-async");
        let import = import.header("content-type", "text/csv");
        let import = import.body("email,firstName\nmary.somerville@example.com,Mary\n");
        let import = api.send(import).await.body(StatusCode::ACCEPTED);
        let import = import["id"].as_str().expect("an import").to_owned();
        wait_until_ended(&api, &format!("/imports/{import}")).await;
        tick();
        let first_of = async |path: &str| {
            let page = api.get(path).await.body(StatusCode::OK);
            page["items"][0]["id"].as_str().expect("an item").to_owned()
        };
        let definition = json!({"name": "shoeSize", "type": "INTEGER"});
        let definition = made("/attribute-definitions", definition).await;
        let ids = BTreeMap::from([
            ("attributeDefinitionId", definition),
            ("teamId", id_of("teams")),
            ("identityId", id_of("identities")),
            ("userId", user),
            ("keyId", key),
            ("scimClientId", client),
            ("connectionId", connection),
            ("fingerprint", fingerprint(&der(CERTIFICATE))),
            ("attemptId", first_of("/attempts").await),
            ("auditEntryId", first_of("/audit").await),
            ("importId", import),
        ]);
        Self { world, api, ids, deleted_user }
    }

    /// The values of this account, each with the value that examples have
    /// instead.
    pub(crate) fn example_values(&self) -> Vec<(String, String)> {
        let all = operations();
        let mut values = Vec::new();
        for operation in &all {
            for parameter in operation.is["parameters"].as_array().into_iter().flatten() {
                if parameter["in"] == "path" {
                    let name = parameter["name"].as_str().expect("a name");
                    let real = self.path_value(operation, name);
                    let example = parameter["example"].as_str().expect("an example");
                    values.push((real, example.to_owned()));
                }
            }
        }
        let server = &self.world.server;
        values.push((server.address.clone(), "https://usher.example.com".into()));
        let address = server.address.trim_start_matches("http://").to_owned();
        values.push((address, "usher.example.com".into()));
        values.push((server.account.id.to_string(), new_id("acc")));
        values.push((server.connection.id.to_string(), new_id("c0")));
        values
    }

    /// The fingerprint of a certificate in PEM.
    pub(crate) fn fingerprint_of(&self, pem: &str) -> String {
        fingerprint(&der(pem))
    }

    /// The address of an operation below `/api/v1`, with the ids of what is
    /// there.
    pub(crate) fn path(&self, operation: &Operation) -> String {
        let path = operation.path.strip_prefix("/api/v1").expect("below the API");
        let path = path
            .replace("/deleted-users/{userId}", &format!("/deleted-users/{}", self.deleted_user));
        let path =
            self.ids.iter().fold(path, |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        assert!(!path.contains('{'), "{path}: the fixture has no such thing");
        path
    }

    /// The value of a parameter in the path of an operation.
    pub(crate) fn path_value(&self, operation: &Operation, name: &str) -> String {
        match operation.path.starts_with("/api/v1/deleted-users/") {
            true => self.deleted_user.clone(),
            false => self.ids[name].clone(),
        }
    }

    /// The address of an operation below `/scim/v2`, with the ids of what is
    /// there.
    pub(crate) fn scim_path(&self, operation: &Operation) -> String {
        let path = operation.path.strip_prefix("/scim/v2").expect("below SCIM");
        let of = if path.starts_with("/Users") { "userId" } else { "teamId" };
        let parameters = operation.is["parameters"].as_array().into_iter().flatten();
        parameters.filter(|one| one["in"] == "path").fold(path.to_owned(), |path, one| {
            let name = one["name"].as_str().expect("a name");
            let example = one["example"].as_str().expect("an example");
            let value = if name == "id" { &self.ids[of] } else { example };
            path.replace(&format!("{{{name}}}"), value)
        })
    }

    /// An operation of SCIM as its example has it, by some client.
    pub(crate) fn scim_request(&self, scim: &ApiClient, operation: &Operation) -> RequestBuilder {
        let request = scim.request(operation.method.clone(), &self.scim_path(operation));
        match operation.is["requestBody"]["content"].get("application/scim+json") {
            None => request,
            Some(content) => request
                .header("content-type", "application/scim+json")
                .body(self.real(&content["example"].to_string())),
        }
    }

    /// An operation as its example has it, by some program; once for each type
    /// of body that it takes.
    pub(crate) fn requests(&self, api: &ApiClient, operation: &Operation) -> Vec<RequestBuilder> {
        let request = || api.request(operation.method.clone(), &self.path(operation));
        let Some(contents) = operation.is["requestBody"]["content"].as_object() else {
            return vec![request()];
        };
        let contents = contents.iter().map(|(kind, content)| {
            let text = match &content["example"] {
                Value::String(text) => text.clone(),
                json => self.real(&json.to_string()),
            };
            request().header("content-type", kind).body(text)
        });
        contents.collect()
    }

    /// A text with the values of this account instead of those of the examples.
    pub(crate) fn real(&self, text: &str) -> String {
        let values = self.example_values().into_iter();
        values.fold(text.to_owned(), |text, (real, example)| text.replace(&example, &real))
    }
}

/// The ID that examples have for something that no path names.
pub(crate) fn new_id(digits: &str) -> String {
    format!("0198c5a0-7d2c-7000-8000-{digits:0>12}")
}

/// What the identity provider says of Ada.
fn ada() -> Person {
    Person::with_email("ada.lovelace@example.com")
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "Lovelace")
        .with_attribute("position", "Analyst")
        .with_attribute("department", "Engines")
        .with_attribute("role", "USER")
        .with_attribute("mobileRegionCode", "DE")
        .with_attribute("mobileNumber", "0221 123123")
        .with_attribute("teamName", "Analytical Engine")
        .with_attribute("teamRole", "USER")
}

fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    BASE64_STANDARD.decode(lines.collect::<String>()).expect("a certificate")
}

/// The metadata of the identity provider of the connection Contractors.
fn metadata() -> String {
    let keys = [CERTIFICATE, NEXT_CERTIFICATE].map(|pem| {
        let certificate = BASE64_STANDARD.encode(der(pem));
        format!(
            "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">\
             <X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>\
             </KeyDescriptor>"
        )
    });
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         entityID=\"https://idp.example.com/metadata\"><IDPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{}<SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
         Location=\"https://idp.example.com/sso\"/></IDPSSODescriptor></EntityDescriptor>",
        keys.concat()
    )
}
