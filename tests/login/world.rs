//! An identity provider, its users, and their browsers.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use usher::domain::{
    Timestamp,
    attempt::Attempt,
    connection::{ProvisioningPolicy, SamlPolicy},
    user::User,
};

use crate::support::{
    browser::{Browser, location},
    db::TestDb,
    forge::{
        Assertion, Key, MessageContext, Response as Message,
        message::{EMAIL_ADDRESS, PASSWORD, attribute, instant},
        xml::{element, text},
    },
    server::{AuthnRequest, Server, Setup, TestServerOptions},
};

/// The identity provider's entity ID.
pub(crate) const IDP: &str = "https://idp.example/entity";
/// The session's cookie where there is no https.
pub(crate) const SESSION: &str = "usher-session";
/// The cookie of a browser that has begun a login, where there is no https.
pub(crate) const LOGIN: &str = "usher-login";

pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
pub(crate) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
pub(crate) const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// A server with a connection to an identity provider whose responses the test
/// controls.
pub(crate) struct World {
    pub(crate) server: Server,
    key: Key,
}

/// The claims of an identity provider about a person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    name_id: String,
    format: &'static str,
    attributes: Vec<(String, Vec<String>)>,
    friendly: Vec<(String, String, String)>,
    identifier: Option<String>,
    encrypts_attribute: bool,
    session_until: Option<Timestamp>,
    audience: Option<&'static str>,
}

impl Person {
    /// A person whose `NameID` is the e-mail address, without attributes.
    pub(crate) fn with_email(email: &str) -> Self {
        Self::with_name_id(email, EMAIL_ADDRESS)
    }

    /// A person with a `NameID` of another format.
    pub(crate) fn with_name_id(name_id: &str, format: &'static str) -> Self {
        Self {
            name_id: name_id.into(),
            format,
            attributes: Vec::new(),
            friendly: Vec::new(),
            identifier: None,
            encrypts_attribute: false,
            session_until: None,
            audience: None,
        }
    }

    /// With this attribute.
    pub(crate) fn with_attribute(self, name: &str, value: &str) -> Self {
        self.with_values(name, &[value])
    }

    /// With this attribute of several values.
    pub(crate) fn with_values(mut self, name: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.attributes.push((name.into(), values));
        self
    }

    /// With this element, or nothing, in place of the `NameID`.
    pub(crate) fn with_identifier(self, element: &str) -> Self {
        Self { identifier: Some(element.into()), ..self }
    }

    /// With an attribute that is encrypted individually.
    pub(crate) fn encrypts_attribute(self) -> Self {
        Self { encrypts_attribute: true, ..self }
    }

    /// With an attribute of this `Name`, `FriendlyName` and value, in front of
    /// all others.
    pub(crate) fn with_friendly_name(
        mut self,
        name: &str,
        friendly_name: &str,
        value: &str,
    ) -> Self {
        self.friendly.push((name.into(), friendly_name.into(), value.into()));
        self
    }

    /// With a `SessionNotOnOrAfter`.
    pub(crate) fn with_session_until(self, moment: Timestamp) -> Self {
        Self { session_until: Some(moment), ..self }
    }

    /// In a message with another audience.
    pub(crate) fn with_audience(self, audience: &'static str) -> Self {
        Self { audience: Some(audience), ..self }
    }

    fn assertion(&self, context: &MessageContext, id: &str) -> Assertion {
        let mut assertion = Assertion::valid(context, &self.name_id);
        assertion.id = format!("_assertion{id}");
        assertion.subject.format = self.format.into();
        assertion.subject.identifier.clone_from(&self.identifier);
        if let Some(audience) = self.audience {
            assertion.conditions.audiences = vec![vec![audience.into()]];
        }
        if let Some(until) = self.session_until {
            let class = element("saml:AuthnContextClassRef", &[], PASSWORD);
            let authn_context = element("saml:AuthnContext", &[], &class);
            let (now, until) = (instant(context.now), instant(until));
            let times = [("AuthnInstant", now.as_str()), ("SessionNotOnOrAfter", &until)];
            assertion.authn_statement = element("saml:AuthnStatement", &times, &authn_context);
        }
        let attributes = self.attributes.iter().map(|(name, values)| {
            let values: Vec<_> = values.iter().map(|value| text(value)).collect();
            attribute(name, &values.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let friendly = self.friendly.iter().map(|(name, friendly_name, value)| {
            let names = [("FriendlyName", friendly_name.as_str()), ("Name", name)];
            let value = element("saml:AttributeValue", &[], &text(value));
            element("saml:Attribute", &names, &value)
        });
        let encrypted =
            self.encrypts_attribute.then(|| element("saml:EncryptedAttribute", &[], ""));
        let attributes: String = friendly.chain(attributes).chain(encrypted).collect();
        assertion.attributes = match attributes.as_str() {
            "" => String::new(),
            attributes => element("saml:AttributeStatement", &[], attributes),
        };
        assertion
    }
}

impl World {
    /// With the default policies of a connection.
    pub(crate) fn new(db: TestDb) -> Self {
        Self::with_policies(db, SamlPolicy::default(), ProvisioningPolicy::default())
    }

    /// With these policies.
    pub(crate) fn with_policies(
        db: TestDb,
        saml: SamlPolicy,
        provisioning: ProvisioningPolicy,
    ) -> Self {
        Self::build(db, saml, provisioning, TestServerOptions::default())
    }

    /// With a guard: a user is created only with this attribute.
    pub(crate) fn with_guard(db: TestDb, attribute: &str) -> Self {
        let check_provision_attribute = Some(attribute.to_owned());
        let policy = ProvisioningPolicy { check_provision_attribute, ..Default::default() };
        Self::with_policies(db, SamlPolicy::default(), policy)
    }

    /// With another deployment.
    pub(crate) fn with_deployment(db: TestDb, options: TestServerOptions) -> Self {
        Self::build(db, SamlPolicy::default(), ProvisioningPolicy::default(), options)
    }

    /// With these policies and this deployment.
    pub(crate) fn build(
        db: TestDb,
        saml: SamlPolicy,
        provisioning: ProvisioningPolicy,
        options: TestServerOptions,
    ) -> Self {
        let key = Key::identity_provider(Timestamp::from_timestamp(1_800_000_000, 0).unwrap());
        let setup = Setup { saml, provisioning, ..setup(&key) };
        Self { server: Server::start_in(db, setup, options), key }
    }

    /// The input of another connection to the same identity provider.
    pub(crate) fn setup(&self) -> Setup {
        setup(&self.key)
    }

    /// Another server on the same database.
    pub(crate) fn replica(&self) -> Self {
        Self { server: self.server.replica(), key: self.key.clone() }
    }

    /// Another server on the same database, with another secret key.
    pub(crate) fn replica_with_key(&self, secret_key: &str) -> Self {
        Self { server: self.server.replica_with_key(secret_key), key: self.key.clone() }
    }

    /// An address of the server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.address)
    }

    /// The message in which the identity provider answers a request.
    pub(crate) fn response_to(&self, request: &AuthnRequest, person: &Person) -> String {
        let AuthnRequest { id, sp_entity_id, acs_url, relay_state: _ } = request;
        self.message(sp_entity_id, acs_url, Some(id.clone()), person)
    }

    /// An unsolicited response.
    pub(crate) fn unsolicited_response(&self, person: &Person) -> String {
        let base = self.server.app.settings.base_url.as_str();
        let path = format!("{base}saml/{}", self.server.connection.id);
        self.message(&format!("{path}/metadata"), &format!("{path}/acs"), None, person)
    }

    fn message(
        &self,
        sp_entity_id: &str,
        acs_url: &str,
        request: Option<String>,
        person: &Person,
    ) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let id = COUNT.fetch_add(1, Ordering::Relaxed).to_string();
        let context = MessageContext {
            idp_entity_id: IDP.into(),
            sp_entity_id: sp_entity_id.into(),
            acs_url: acs_url.into(),
            request,
            now: self.server.clock.now(),
        };
        let assertion = person.assertion(&context, &id).signed(&self.key);
        let xml = Message::valid(&context, assertion).xml("");
        BASE64_STANDARD.encode(xml)
    }

    /// Completes a login, successful or not. The clock advances first, so that attempts
    /// are ordered by time.
    pub(crate) async fn try_login(&self, browser: &Browser, person: &Person) -> Response {
        self.server.clock.advance(TimeDelta::milliseconds(1));
        let request = self.server.begin_login(browser).await;
        let response = self.response_to(&request, person);
        self.server.post_acs(browser, Some(&response), Some(&request.relay_state)).await
    }

    /// Completes a login in a new browser, which must succeed.
    pub(crate) async fn login(&self, person: &Person) -> Browser {
        let browser = Browser::new();
        let response = self.try_login(&browser, person).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&response), "/", "{:#?}", self.latest_attempt());
        assert!(self.session(&browser).await.is_some());
        browser
    }

    /// Completes a login that must be rejected. Returns its attempt.
    pub(crate) async fn expect_failed_login(&self, person: &Person) -> Attempt {
        let browser = Browser::new();
        let response = self.try_login(&browser, person).await;
        self.expect_rejection(&browser, &response).await
    }

    /// Asserts that a response was rejected. Returns its attempt.
    pub(crate) async fn expect_rejection(&self, browser: &Browser, answer: &Response) -> Attempt {
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let reference = location(answer).strip_prefix("/signin/error/");
        let reference = reference.unwrap_or_else(|| panic!("not rejected: {answer:?}"));
        assert_eq!(browser.cookie(SESSION), None);
        assert_eq!(self.session(browser).await, None);
        let mut attempts = self.server.attempts().into_iter();
        attempts.find(|attempt| attempt.reference.as_str() == reference).unwrap()
    }

    /// The signed-in user, as the server returns it.
    pub(crate) async fn session(&self, browser: &Browser) -> Option<Value> {
        let response = browser.get(&self.url("/session")).await;
        match response.status() {
            StatusCode::OK => Some(response.json().await.unwrap()),
            StatusCode::UNAUTHORIZED => None,
            other => panic!("GET /session answers {other}"),
        }
    }

    /// A request as a page of Usher sends it.
    pub(crate) async fn send_from_own_page(
        &self,
        browser: &Browser,
        method: Method,
        path: &str,
    ) -> Response {
        let origin = self.server.app.settings.base_url.origin().ascii_serialization();
        let request = browser.request(method, &self.url(path)).header("origin", origin);
        browser.send(request).await
    }

    /// The latest attempt.
    pub(crate) fn latest_attempt(&self) -> Attempt {
        self.server.attempts().into_iter().next().unwrap()
    }

    /// The user with this address. Panics if there is none.
    pub(crate) fn user(&self, email: &str) -> User {
        let existing = self.server.user(email).unwrap_or_else(|| panic!("{email} was not found"));
        let account = self.server.account.id;
        let user = self.server.db().read(|tx| tx.user(account, existing.id));
        user.map_err(|error: usher::store::StoreError| error).unwrap().unwrap()
    }

    /// The teams of a user, each with their role in it that is in effect.
    pub(crate) fn teams(&self, user: &User) -> Vec<(String, &'static str)> {
        let teams = self.server.app.db.read(|tx| tx.teams_of(user.account, user.id));
        let teams = teams.map_err(|error: usher::store::StoreError| error).unwrap();
        teams
            .into_iter()
            .map(|(team, role)| (team.name.to_string(), role.effective.as_str()))
            .collect()
    }

    /// How many rows a table has.
    pub(crate) fn count_rows(&self, table: &str) -> usize {
        self.server.db().rows_of(table).len()
    }
}

fn setup(key: &Key) -> Setup {
    Setup {
        idp_entity_id: IDP.into(),
        sso_url: "https://idp.example/sso".into(),
        certificates: vec![key.der()],
        saml: SamlPolicy::default(),
        provisioning: ProvisioningPolicy::default(),
    }
}

/// The IDs of the failed checks of an attempt.
pub(crate) fn failed_check_ids(attempt: &Attempt) -> Vec<&str> {
    attempt.checks.failed().map(|check| check.id.as_str()).collect()
}
