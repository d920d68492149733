//! A conversation as its file has it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A conversation as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conversation {
    /// What it is about, for the reader.
    #[serde(rename = "about")]
    pub(super) _about: String,
    /// Where the provider documents what it sends.
    pub(super) sources: Vec<String>,
    pub(super) dialect: String,
    /// The headers of each request.
    pub(super) headers: BTreeMap<String, String>,
    /// What no answer may tell.
    #[serde(default)]
    pub(super) secrets: Vec<String>,
    pub(super) steps: Vec<Step>,
}

/// One request, and what is to be answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Why it is sent.
    pub(super) says: String,
    /// Sent by an administrator to the admin API, and not by the provider.
    #[serde(default)]
    pub(super) by_admin: bool,
    /// `GET /Users?filter=userName eq "ada"`: the query as a person reads it.
    pub(super) request: String,
    pub(super) body: Option<Value>,
    /// An answer that is put back, with what `body` says in place of it.
    pub(super) puts_back: Option<String>,
    /// How many times it is sent.
    #[serde(default = "default_times")]
    pub(super) times: u32,
    pub(super) status: u16,
    /// What the header `Usher-Compatibility-Fixes` tells.
    #[serde(default)]
    pub(super) fixes: Vec<String>,
    #[serde(default)]
    pub(super) answer_headers: BTreeMap<String, String>,
    /// Parts of the answer. `null`: it is not there.
    pub(super) answer: Option<Value>,
    /// What is kept of the answer: names, and pointers into it.
    #[serde(default)]
    pub(super) keeps: BTreeMap<String, String>,
    /// Who then logs in, through SAML.
    #[serde(default)]
    pub(super) logins: Vec<Login>,
    /// Whose session has ended, by the `NameID` of their login.
    #[serde(default)]
    pub(super) signed_out: Vec<String>,
    /// What the admin API shows then.
    #[serde(default)]
    pub(super) in_usher: Vec<ApiExpectation>,
}

/// A login through SAML, with what the identity provider says of the person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    pub(super) name_id: String,
    /// If the `NameID` is none.
    pub(super) email: Option<String>,
    /// Why they are not let in, if they are not.
    pub(super) rejected: Option<String>,
}

/// What the admin API must return.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiExpectation {
    pub(super) at: String,
    #[serde(default = "ok")]
    pub(super) status: u16,
    pub(super) shows: Option<Value>,
}

fn default_times() -> u32 {
    1
}

fn ok() -> u16 {
    200
}
