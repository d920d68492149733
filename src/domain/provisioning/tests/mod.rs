//! The rules as tables: a named case for each sentence of the document and of
//! the rules that were made of it.

use std::str::FromStr;

use super::{
    Decision, DeletedUserMatch, Denial, ExistingRecords, ExistingTeam, ExistingUser, LoginInput,
    MappingPreset, MappingTarget, Plan, ProfileField, ResolvedSubject, Subject, TakenValues,
    UserCreation, ValueFallback, ValueSource, ValueWithSource, identify, plan,
};
use crate::domain::{
    attributes::{Attribute, Attributes},
    connection::ProvisioningPolicy,
    custom_attribute::AttributeDefinition,
    id::{TeamId, UserId},
    role::{AccountRole, TeamRole},
    subject::SubjectKey,
    user::UserStatus,
};

mod custom_attributes;
mod document;
mod encrypted_attributes;
mod existing;
mod friendly_names;
mod guard;
mod identification;
mod lists;
mod mapping;
mod mobile;
mod person;
mod properties;
mod team_roles;
mod teams;
mod transforms;
mod update;

const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// A login with all its input. By default, it is that of Ada Lovelace, who is not known
/// yet, without attributes.
struct Case {
    enabled: bool,
    policy: ProvisioningPolicy,
    subject: Subject,
    attributes: Vec<Attribute>,
    encrypted: usize,
    known: ExistingRecords,
    definitions: Vec<AttributeDefinition>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            enabled: true,
            policy: ProvisioningPolicy::default(),
            subject: subject("ada.lovelace@example.com", Some(EMAIL_FORMAT)),
            attributes: Vec::new(),
            encrypted: 0,
            known: ExistingRecords::default(),
            definitions: Vec::new(),
        }
    }
}

/// Attributes by name, each with its values.
type AttributeList<'a> = &'a [(&'a str, &'a [&'a str])];

/// What must be seen of a fallback: attribute, value, code of the reason, used.
type ExpectedFallback<'a> = (&'a str, &'a str, &'a str, Option<&'a str>);

impl Case {
    /// Ada, with these attributes; each has its values in one element.
    fn with(attributes: AttributeList<'_>) -> Self {
        let attributes = attributes.iter().map(|(name, values)| attribute(name, values)).collect();
        Self { attributes, ..Self::default() }
    }

    fn resolve(&self) -> Result<ResolvedSubject, Denial> {
        let attributes = Attributes::new(self.attributes.clone());
        identify(&self.login(&attributes))
    }

    fn plan(&self) -> Plan {
        let attributes = Attributes::new(self.attributes.clone());
        let login = self.login(&attributes);
        match identify(&login) {
            Ok(who) => plan(&login, &who, &self.known).plan,
            Err(denial) => Plan { decision: Decision::Deny(denial), fallbacks: Vec::new() },
        }
    }

    fn login<'a>(&'a self, attributes: &'a Attributes) -> LoginInput<'a> {
        LoginInput {
            connection_enabled: self.enabled,
            policy: &self.policy,
            subject: &self.subject,
            attributes,
            definitions: &self.definitions,
        }
    }

    fn decision(&self) -> Decision {
        self.plan().decision
    }

    /// The user that is created, and the fallbacks.
    #[track_caller]
    fn created(&self) -> (UserCreation, Vec<ValueFallback>) {
        match self.plan() {
            Plan { decision: Decision::Create(creation), fallbacks } => (*creation, fallbacks),
            other => panic!("nobody is created: {other:?}"),
        }
    }
}

/// Creates Ada with these attributes, asserts the fallbacks, and gives her.
#[track_caller]
fn create(attributes: AttributeList<'_>, expected: &[ExpectedFallback<'_>]) -> UserCreation {
    let (creation, fallbacks) = Case::with(attributes).created();
    assert_fallbacks(&fallbacks, expected);
    creation
}

#[track_caller]
fn assert_fallbacks(fallbacks: &[ValueFallback], expected: &[ExpectedFallback<'_>]) {
    let actual: Vec<ExpectedFallback<'_>> = fallbacks
        .iter()
        .map(|fallback| {
            let used = fallback.used.as_deref();
            (fallback.attribute.as_str(), fallback.value.as_str(), fallback.reason.code(), used)
        })
        .collect();
    assert_eq!(actual, expected);
}

fn attribute(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        friendly_name: None,
        values: values.iter().map(|&value| value.to_owned()).collect(),
    }
}

fn subject(name_id: &str, format: Option<&str>) -> Subject {
    Subject { name_id: name_id.to_owned(), format: format.map(str::to_owned) }
}

/// The key of a subject in the format that leaves open what it is.
fn key(text: &str) -> SubjectKey {
    SubjectKey::candidates(text).pop().unwrap()
}

fn user_id(number: u8) -> UserId {
    UserId::from(uuid::Uuid::from_bytes([number; 16]))
}

fn team_id(number: u8) -> TeamId {
    TeamId::from(uuid::Uuid::from_bytes([number; 16]))
}

fn known_user(number: u8, status: UserStatus, subject: Option<&str>) -> ExistingUser {
    ExistingUser { id: user_id(number), status, subject: subject.map(key), last_login_at: None }
}

fn known_team(number: u8, name: &str) -> ExistingTeam {
    ExistingTeam { id: team_id(number), name: name.parse().unwrap() }
}

fn from_attribute(name: &str) -> ValueSource {
    ValueSource::Attribute(name.to_owned())
}

fn source_of(creation: &UserCreation, field: ProfileField) -> Option<&ValueSource> {
    creation.sources.iter().find(|(of, _)| *of == field).map(|(_, source)| source)
}

/// Each team's name and role.
fn teams(creation: &UserCreation) -> Vec<(&str, TeamRole)> {
    creation.teams.iter().map(|team| (team.name.as_str(), team.role.value)).collect()
}

fn parsed<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}
