//! Conversations of identity providers with a server, replayed from
//! `scim_conversations/*.json`. The requests have the form that the provider documents.
//! Each answer is compared with the file.
//!
//! A step is one request. `{name}` is a value that an earlier step has kept of its answer
//! (`keeps`), `{base}` is the URL of SCIM, and `{number}` is the number of the repetition
//! of a step with `times`. `fixed` names all compatibility fixes.

mod recordings;
mod transcript;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use usher::domain::{api_key::Dialect, provisioning::Decision};

use self::{
    recordings::{Recording, encoded, merged, part_of},
    transcript::{Conversation, Login, Step},
};
use crate::{
    client::{ApiClient, ApiResponse},
    support::{browser::Browser, db::TestDb},
    world::{PERSISTENT, Person, World},
};

macro_rules! conversations {
    ($($name:ident),* $(,)?) => {
        on_both_databases! { $($name),* }
        $(
            async fn $name(db: TestDb) {
                play(db, stringify!($name)).await;
            }
        )*
        const PLAYED: &[&str] = &[$(stringify!($name)),*];
    };
}

conversations! {
    entra_test_connection,
    entra_user,
    entra_user_scim_compliant,
    entra_known_already,
    entra_group,
    entra_validator,
    okta_test_connection,
    okta_user_put,
    okta_user_patch,
    okta_known_already,
    okta_group_patch,
    okta_group_put,
    okta_import,
}

#[test]
fn every_recorded_conversation_has_a_test() {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let names: BTreeSet<_> =
        files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, PLAYED.iter().map(|name| (*name).to_owned()).collect());
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/scim_conversations")
}

async fn play(db: TestDb, name: &str) {
    let text = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    let message: Conversation =
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert!(!message.sources.is_empty(), "{name} names its sources");
    let world = World::new(db);
    let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == message.dialect);
    let provider = ApiClient::scim(&world.server, dialect.expect("a dialect"));
    let base = format!("{}scim/v2", world.server.app.settings.base_url);
    let mut player = ConversationPlayer {
        admin: ApiClient::for_server(&world.server),
        provider,
        headers: message.headers,
        secrets: message.secrets,
        recording: Recording::with("base", base.into()),
        browsers: BTreeMap::new(),
        world,
    };
    for (place, step) in message.steps.iter().enumerate() {
        for number in 1..=step.times {
            let whose = format!("{name}, step {}: {}", place + 1, step.says);
            player.recording.set("number", number.into(), &whose);
            player.take(step, &whose).await;
        }
    }
    let unused: Vec<_> = player.recording.unused().collect();
    assert!(unused.is_empty(), "{name} keeps what it does not use: {unused:?}");
}

struct ConversationPlayer {
    provider: ApiClient,
    admin: ApiClient,
    headers: BTreeMap<String, String>,
    secrets: Vec<String>,
    recording: Recording,
    world: World,
    browsers: BTreeMap<String, Browser>,
}

impl ConversationPlayer {
    async fn take(&mut self, step: &Step, whose: &str) {
        let api = if step.by_admin { &self.admin } else { &self.provider };
        let response = api.send(self.request(step, api, whose)).await;
        assert_eq!(response.status.as_u16(), step.status, "{whose}\n{}", response.text);
        for secret in &self.secrets {
            assert!(
                !response.text.contains(secret),
                "{whose}: a secret is told\n{}",
                response.text
            );
        }
        if !step.by_admin {
            is_scim(&response, whose);
        }
        let fixes: Vec<_> = response.header("usher-compatibility-fixes").into_iter().collect();
        let fixes: Vec<_> = fixes.iter().flat_map(|message| message.split(", ")).collect();
        let expected: Vec<_> =
            step.fixes.iter().map(|one| self.recording.fill(one, whose)).collect();
        assert_eq!(fixes, expected, "{whose}: what was fixed");
        for (name, pointer) in &step.keeps {
            let found = response.body.pointer(pointer);
            let found = found.unwrap_or_else(|| panic!("{whose}: no {pointer}\n{}", response.text));
            self.recording.set(name, found.clone(), whose);
        }
        for (name, expected) in &step.answer_headers {
            let expected = self.recording.fill(expected, whose);
            assert_eq!(response.header(name), Some(expected.as_str()), "{whose}: {name}");
        }
        self.assert_matches(step.answer.as_ref(), &response, whose);
        for login in &step.logins {
            self.log_in(login, whose).await;
        }
        for name_id in &step.signed_out {
            let session = self.world.session(&self.browsers[name_id]).await;
            assert_eq!(session, None, "{whose}: {name_id} is still signed in");
        }
        for look in &step.in_usher {
            let path = self.recording.fill(&look.at, whose);
            let seen = self.admin.get(&encoded(&path)).await;
            let whose = format!("{whose}, and then {path}");
            assert_eq!(seen.status.as_u16(), look.status, "{whose}\n{}", seen.text);
            self.assert_matches(look.shows.as_ref(), &seen, &whose);
        }
    }

    async fn log_in(&mut self, login: &Login, whose: &str) {
        let person = match &login.email {
            Some(email) => {
                Person::with_name_id(&login.name_id, PERSISTENT).with_attribute("email", email)
            }
            None => Person::with_email(&login.name_id),
        };
        match &login.rejected {
            Some(code) => {
                let attempt = self.world.expect_failed_login(&person).await;
                let Decision::Deny(denial) = attempt.plan.unwrap().decision else {
                    panic!("{whose}: {} was let in", login.name_id);
                };
                assert_eq!(denial.code(), code, "{whose}");
            }
            None => {
                let browser = self.world.login(&person).await;
                self.browsers.insert(login.name_id.clone(), browser);
            }
        }
    }

    fn request(&self, step: &Step, api: &ApiClient, whose: &str) -> RequestBuilder {
        let written = self.recording.fill(&step.request, whose);
        let (method, path) = written.split_once(' ').expect("a method and a path");
        let method: Method = method.parse().unwrap();
        let mut request = api.request(method, &encoded(path));
        let back = step.puts_back.as_ref().map(|name| self.recording.get(name, whose));
        let output = step.body.as_ref().map(|body| self.recording.filled(body, whose));
        let body = match (back, output) {
            (Some(back), output) => Some(merged(back, output.unwrap_or_default())),
            (None, output) => output,
        };
        if step.by_admin {
            return match body {
                Some(body) => request.json(&body),
                None => request,
            };
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        body.map_or(request.try_clone().unwrap(), |body| request.body(body.to_string()))
    }

    fn assert_matches(&self, expected: Option<&Value>, answer: &ApiResponse, whose: &str) {
        let Some(expected) = expected else { return };
        let expected = self.recording.filled(expected, whose);
        if let Err(place) = part_of(&expected, &answer.body, "") {
            panic!("{whose}: not so at {place:?}\nwanted {expected:#}\nanswered {:#}", answer.body);
        }
    }
}

/// That every answer with a body is SCIM's.
#[track_caller]
fn is_scim(answer: &ApiResponse, whose: &str) {
    if answer.status == StatusCode::NO_CONTENT {
        assert_eq!(answer.text, "", "{whose}");
        return;
    }
    assert_eq!(answer.header("content-type"), Some("application/scim+json"), "{whose}");
    assert!(answer.body["schemas"].is_array(), "{whose}\n{}", answer.text);
}
