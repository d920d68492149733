//! A program that calls the admin API.

use reqwest::{Client, Method, RequestBuilder, StatusCode, header::HeaderMap};
use secrecy::ExposeSecret;
use serde_json::Value;
use usher::{
    app::{
        api_keys::{self, NewApiKey},
        callers::Caller,
    },
    domain::{
        account::Account,
        api_key::{Dialect, Scope, Scopes},
    },
};

use crate::support::server::Server;

/// A program with a key.
pub(crate) struct ApiClient {
    base: String,
    client: Client,
    key: Option<String>,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// `Null` if there is none.
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl ApiClient {
    /// A program that may do everything in the account of the server.
    pub(crate) fn for_server(server: &Server) -> Self {
        Self::with_scopes(server, &server.account, Scopes::full())
    }

    /// The same, with a name for its key.
    pub(crate) fn with_key_name(server: &Server, name: &str) -> Self {
        Self::with_name(server, &server.account, Scopes::full(), name)
    }

    /// A program with a key of an account, and some scopes.
    pub(crate) fn with_scopes(server: &Server, account: &Account, scopes: Scopes) -> Self {
        Self::with_name(server, account, scopes, "A test")
    }

    fn with_name(server: &Server, account: &Account, scopes: Scopes, name: &str) -> Self {
        let name = name.into();
        let new = NewApiKey { name, scopes, scim_client: None, dialect: None, expires_at: None };
        let caller = Caller::command_line(account.id);
        let made = api_keys::create_as_operator(&server.app, &caller, &new).unwrap();
        Self::with_key(server, made.text.expose_secret())
    }

    /// A SCIM client with this dialect and a key of the server's account.
    pub(crate) fn scim(server: &Server, dialect: Dialect) -> Self {
        let new = NewApiKey {
            name: format!("A client that speaks {}", dialect.as_str()),
            scopes: [Scope::Scim].into_iter().collect(),
            scim_client: None,
            dialect: Some(dialect),
            expires_at: None,
        };
        let caller = Caller::command_line(server.account.id);
        let made = api_keys::create_as_operator(&server.app, &caller, &new).unwrap();
        Self::scim_with_key(server, made.text.expose_secret())
    }

    /// A SCIM client with this key.
    pub(crate) fn scim_with_key(server: &Server, key: &str) -> Self {
        Self::with_key(server, key).into_scim()
    }

    /// The same, below `/scim/v2`.
    pub(crate) fn into_scim(self) -> Self {
        Self { base: self.base.replace("/api/v1", "/scim/v2"), ..self }
    }

    /// A program with this key.
    pub(crate) fn with_key(server: &Server, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::without_key(server) }
    }

    /// A program without a key.
    pub(crate) fn without_key(server: &Server) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { base: format!("{}/api/v1", server.address), client, key: None }
    }

    /// Its key.
    pub(crate) fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// A request to an address below `/api/v1`, to be sent by [`Api::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> ApiResponse {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        ApiResponse { status, headers, body, text }
    }

    pub(crate) async fn get(&self, path: &str) -> ApiResponse {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> ApiResponse {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> ApiResponse {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> ApiResponse {
        let request = self.request(Method::PATCH, path);
        let request = request.header("content-type", "application/merge-patch+json");
        self.send(request.body(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> ApiResponse {
        self.send(self.request(Method::DELETE, path)).await
    }
}

impl ApiResponse {
    /// The body, of an answer with this status.
    #[track_caller]
    pub(crate) fn body(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// The problem's code and the places of its errors, of an answer with this
    /// status.
    #[track_caller]
    pub(crate) fn problem(&self, status: StatusCode) -> (String, Vec<String>) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status.as_u16());
        let code = self.body["code"].as_str().expect("a code").to_owned();
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        assert!(!errors.is_empty(), "{}", self.text);
        let is_value = code == "invalid_parameter";
        let places = errors.iter().filter_map(|error| {
            for part in ["field", "expected", "remedy", "detail"] {
                assert!(error[part].as_str().is_some_and(|text| !text.is_empty()), "{error}");
            }
            assert!(error.get("value").is_some(), "{error}");
            assert_expectation_and_remedy(error);
            let header = error.get("header").filter(|_| is_value);
            let place = error.get("pointer").or(error.get("parameter")).or(header);
            place.and_then(Value::as_str).map(str::to_owned)
        });
        (code, places.collect())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Asserts that `expected` states the rule and not the error, and that the
/// remedy is a sentence.
#[track_caller]
fn assert_expectation_and_remedy(error: &Value) {
    const ERRORS: [&str; 9] =
        ["is ", "are ", "has ", "must ", "can't ", "can ", "belongs ", "holds ", "contains "];
    let (expected, remedy) = (error["expected"].as_str(), error["remedy"].as_str());
    let (expected, remedy) = (expected.unwrap_or_default(), remedy.unwrap_or_default());
    assert!(!ERRORS.iter().any(|error| expected.starts_with(error)), "{error}");
    assert!(remedy.starts_with(char::is_uppercase) && remedy.ends_with(['.', '?', '…']), "{error}");
}

/// An address with parameters.
pub(crate) fn path_with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("{path}?{}", query.extend_pairs(parameters).finish())
}
