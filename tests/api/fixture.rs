//! An account in which there is one of everything that an address can name.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use usher::{saml::keys::fingerprint, testidp::TestIdp};

use crate::{
    client::Api,
    contract::{Operation, operations},
    support::{db::TestDb, forge::Key},
    world::{Person, World},
};

/// The account, and a program that may do everything in it.
pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) api: Api,
    /// The ids, by the names that they have in addresses.
    ids: BTreeMap<&'static str, String>,
    deleted_user: String,
    /// Below a user, an identity of theirs.
    identity: String,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let world = World::new(TestDb::sqlite());
        let api = Api::of(&world.server);
        let made = async |path: &str, body: Value| {
            let made = api.post(path, &body).await.body(StatusCode::CREATED);
            let id = made.get("id").or_else(|| made["key"].get("id"));
            id.and_then(Value::as_str).expect("an id").to_owned()
        };
        let user = made("/users", json!({"email": "grace.hopper@example.com"})).await;
        let deleted_user = made("/users", json!({"email": "gone@example.com"})).await;
        api.delete(&format!("/users/{deleted_user}")).await.body(StatusCode::NO_CONTENT);
        let team = made("/teams", json!({"name": "Compilers"})).await;
        let member = format!("/teams/{team}/members/{user}");
        assert!(api.put(&member, &json!({"role": "USER"})).await.status.is_success());
        let key = made("/keys", json!({"name": "A key", "scopes": ["users:read"]})).await;

        // Somebody has logged in by the first connection; the second can go.
        let first = format!("/connections/{}", world.server.connection.id);
        api.patch(&first, &json!({"keepMessagesHours": 1})).await.body(StatusCode::OK);
        world.login(&Person::of("jean.bartik@example.com")).await;
        let now = world.server.clock.now();
        let parts = |key: Key| (key.private.private_key_to_pkcs8().unwrap(), key.der());
        let (private, der) = parts(Key::identity_provider(now));
        let (entity_id, sso_url) = ("https://another.example/", "https://another.example/sso");
        let idp = TestIdp::from_der(entity_id, sso_url, &private, &der).unwrap();
        let metadata = idp.metadata_xml().unwrap();
        let connection =
            made("/connections", json!({"name": "Another", "metadata": metadata})).await;
        let (_, added) = parts(Key::attacker(now));
        let certificate = json!({"certificate": BASE64_STANDARD.encode(&added)});
        let certificates = format!("/connections/{connection}/certificates");
        api.post(&certificates, &certificate).await.body(StatusCode::OK);
        let first_of = async |path: &str| {
            let page = api.get(path).await.body(StatusCode::OK);
            page["items"][0]["id"].as_str().expect("an item").to_owned()
        };
        let jean = world.user("jean.bartik@example.com").id;
        let shown = api.get(&format!("/users/{jean}")).await.body(StatusCode::OK);
        let identity = shown["identities"][0]["id"].as_str().expect("an id").to_owned();
        let import = api.request(Method::POST, "/users/import").header("prefer", "respond-async");
        let import = api.send(import.header("content-type", "text/csv").body("email\n")).await;
        let ids = BTreeMap::from([
            ("userId", user),
            ("teamId", team),
            ("keyId", key),
            ("connectionId", connection),
            ("fingerprint", fingerprint(&added)),
            ("identityId", identity.clone()),
            ("attemptId", first_of("/attempts").await),
            ("auditEntryId", first_of("/audit").await),
            ("importId", import.body["id"].as_str().expect("an import").to_owned()),
        ]);
        let identity = format!("/users/{jean}/identities/{identity}");
        Self { world, api, ids, deleted_user, identity }
    }

    /// The address of an operation below `/api/v1`, with the ids of what is
    /// there.
    pub(crate) fn path(&self, operation: &Operation) -> String {
        let path = operation.path.strip_prefix("/api/v1").expect("below the API");
        let path = path
            .replace("/deleted-users/{userId}", &format!("/deleted-users/{}", self.deleted_user))
            .replace("/users/{userId}/identities/{identityId}", &self.identity);
        let path =
            self.ids.iter().fold(path, |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        assert!(!path.contains('{'), "{path}: the fixture has no such thing");
        path
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
    pub(crate) fn scim_request(&self, scim: &Api, operation: &Operation) -> RequestBuilder {
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
    pub(crate) fn requests(&self, api: &Api, operation: &Operation) -> Vec<RequestBuilder> {
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

    /// A text with the ids of what is there instead of those of the examples.
    pub(crate) fn real(&self, text: &str) -> String {
        let all = operations();
        let parameters =
            all.iter().flat_map(|one| one.is["parameters"].as_array().into_iter().flatten());
        parameters.filter(|parameter| parameter["in"] == "path").fold(
            text.to_owned(),
            |text, parameter| {
                let id = self.ids.get(parameter["name"].as_str().expect("a name"));
                text.replace(
                    parameter["example"].as_str().expect("an example"),
                    id.expect("a known id"),
                )
            },
        )
    }
}
