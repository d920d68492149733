//! The explanation of a user: who set each value, and who can change it.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::{
    app::{
        App, Error,
        attribute_visibility::retain_visible,
        callers::Caller,
        listing::read_all,
        resource_names::{NamedResource, load_names},
    },
    domain::{
        attribute_access::{AttributeAccess, describe_access},
        attribute_name::AttributeName,
        connection::Connection,
        custom_attribute::{AttributeDefinition, value_text},
        id::{AccountId, ConnectionId, TeamId, UserId},
        provenance::Provenance,
        team::TeamName,
        update_policy::UpdatePolicy,
        user::User,
        value_name::ValueName,
    },
    store::Tx,
};

/// The explanation of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserExplanation {
    /// The user.
    pub user: UserId,
    /// The attributes that have a value, by name and type, and then the memberships, by the
    /// name of the team.
    pub values: Vec<ValueExplanation>,
}

/// An attribute or a membership: its value, who set it, and who can change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueExplanation {
    /// The attribute, or the values of a list with one type; [`AttributeName::TEAMS`] for a
    /// membership.
    pub name: ValueName,
    /// The team of a membership.
    pub team: Option<(TeamId, TeamName)>,
    /// The value as text: a mobile number in E.164, a list as JSON, and the requested role
    /// of a membership.
    pub value: String,
    /// Who set the value. `None`: a release that kept no record.
    pub set_by: Option<NamedProvenance>,
    /// Whether logins and SCIM clients may not change it.
    pub is_locked: bool,
    /// When logins through each connection set it. Empty if logins never set it.
    pub policies: Vec<ConnectionPolicy>,
    /// Who can change it, in a sentence.
    pub access: String,
}

/// Who set a value, with their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProvenance {
    /// The record.
    pub provenance: Provenance,
    /// The name of the connection, the SCIM client, the key or the user, if it still
    /// exists.
    pub name: Option<String>,
}

/// When logins through a connection set an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionPolicy {
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
    /// The policy.
    pub policy: UpdatePolicy,
}

/// Explains a user.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn explain(app: &App, caller: &Caller, id: UserId) -> Result<UserExplanation, Error> {
    let account = caller.author.account;
    app.db.read(|tx| {
        let mut record = super::load_record(tx, account, id)?;
        let memberships = tx.memberships_of_user(account, id)?;
        let connections = read_all(|page| tx.list_connections(account, page))?;
        let user = &mut record.user;
        retain_visible(tx, account, std::iter::once(&mut *user), |_| true)?;
        let user = &*user;
        let attributes = user.provenance.groups().map(|(provenance, _)| provenance);
        let teams = memberships.iter().filter_map(|membership| membership.provenance.as_ref());
        let explainer = Explainer {
            names: load_setter_names(tx, account, attributes.chain(teams))?,
            connections,
            definitions: match user.profile.custom.is_empty() {
                true => Vec::new(),
                false => tx.attribute_definitions(account)?,
            },
        };
        let attributes = user.values_by_name().into_iter().map(|(name, value)| {
            let text = explained_text(name.attribute, &value);
            explainer.explain(user, name, text, user.provenance.get(name))
        });
        let mut values: Vec<_> = attributes.collect();
        let mut by_team: HashMap<_, _> = memberships
            .into_iter()
            .map(|membership| (membership.team, membership.provenance))
            .collect();
        values.extend(record.teams.iter().map(|(team, role)| {
            let record = by_team.remove(&team.id).flatten();
            let value = role.requested.to_string();
            ValueExplanation {
                team: Some((team.id, team.name.clone())),
                ..explainer.explain(user, AttributeName::TEAMS.into(), value, record.as_ref())
            }
        }));
        Ok(UserExplanation { user: id, values })
    })
}

/// The value as text: a mobile number in E.164, and a list as JSON.
fn explained_text(attribute: AttributeName, value: &Json) -> String {
    match value.get("e164").and_then(Json::as_str) {
        Some(number) if attribute.custom().is_none() => number.to_owned(),
        _ => value_text(value),
    }
}

fn load_setter_names<'a>(
    tx: &mut Tx<'_>,
    account: AccountId,
    records: impl Iterator<Item = &'a Provenance>,
) -> Result<HashMap<NamedResource, String>, Error> {
    let setters = records.filter_map(|record| NamedResource::from_setter(record.setter));
    Ok(load_names(tx, account, setters)?)
}

struct Explainer {
    names: HashMap<NamedResource, String>,
    connections: Vec<Connection>,
    definitions: Vec<AttributeDefinition>,
}

impl Explainer {
    fn explain(
        &self,
        user: &User,
        name: ValueName,
        value: String,
        record: Option<&Provenance>,
    ) -> ValueExplanation {
        let attribute = name.attribute;
        let is_locked = user.is_locked(attribute);
        let set_by = record.map(|record| NamedProvenance {
            provenance: record.clone(),
            name: NamedResource::from_setter(record.setter)
                .and_then(|setter| self.names.get(&setter).cloned()),
        });
        let attribute_access = self.access(attribute);
        let policies = match attribute_access.by_logins {
            true => self.policies(attribute),
            false => Vec::new(),
        };
        let changing = policies.iter().filter(|policy| policy.policy.changes_existing_users());
        let changing: Vec<_> = changing.map(|policy| policy.name.as_str()).collect();
        let access = describe_access(attribute_access, is_locked, &changing);
        ValueExplanation { name, team: None, value, set_by, is_locked, policies, access }
    }

    fn access(&self, attribute: AttributeName) -> AttributeAccess {
        let name = attribute.custom();
        let definition = self.definitions.iter().find(|one| Some(one.name) == name);
        definition.map_or_else(
            || AttributeAccess::new(attribute),
            |definition| AttributeAccess::with_mutability(definition.mutability),
        )
    }

    /// The policy of each connection for an attribute that logins can set.
    fn policies(&self, attribute: AttributeName) -> Vec<ConnectionPolicy> {
        let policy = |connection: &Connection| ConnectionPolicy {
            connection: connection.id,
            name: connection.name.clone(),
            policy: connection.provisioning.update_policy(attribute),
        };
        self.connections.iter().map(policy).collect()
    }
}
