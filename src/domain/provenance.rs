//! Who set the values of a user, when, and by which request.

mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{
    Timestamp,
    id::{ApiKeyId, AttemptId, ConnectionId, ScimClientId, UserId},
    value_name::ValueName,
};

/// Who set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setter {
    /// A login.
    Login {
        /// The connection, if it is known.
        connection: Option<ConnectionId>,
        /// The attempt.
        attempt: AttemptId,
    },
    /// A SCIM client.
    ScimClient(ScimClientId),
    /// A program with a key of the admin API.
    ApiKey(ApiKeyId),
    /// An administrator who was signed in.
    User(UserId),
    /// The operator on the command line.
    CommandLine,
    /// A default, such as a name that was parsed from the e-mail address.
    Default,
}

/// Who set a value, when, and by which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The setter.
    pub setter: Setter,
    /// Whether an import set it.
    pub is_import: bool,
    /// When it was set.
    pub at: Timestamp,
    /// The ID of the request, if there was one.
    pub request: Option<String>,
}

impl Provenance {
    /// The same change for a default value.
    #[must_use]
    pub fn as_default(&self) -> Self {
        Self { setter: Setter::Default, is_import: false, ..self.clone() }
    }
}

impl Setter {
    /// Whether it is a login through a connection.
    #[must_use]
    pub fn is_login_through(self, through: ConnectionId) -> bool {
        matches!(self, Self::Login { connection: Some(connection), .. } if connection == through)
    }
}

/// Who set the values of a user, grouped by change. A value without a record was never set,
/// or was set by a release that kept no record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeProvenance {
    /// Each name is in one group at most. No group is empty.
    groups: Vec<(Provenance, BTreeSet<ValueName>)>,
}

impl AttributeProvenance {
    /// The record of a value.
    #[must_use]
    pub fn get(&self, value: ValueName) -> Option<&Provenance> {
        let mut groups = self.groups.iter();
        groups.find(|(_, names)| names.contains(&value)).map(|(provenance, _)| provenance)
    }

    /// Each change with the values that it set and no later change has.
    pub fn groups(&self) -> impl Iterator<Item = (&Provenance, &BTreeSet<ValueName>)> {
        self.groups.iter().map(|(provenance, names)| (provenance, names))
    }

    /// Removes the records of the values that do not match a condition.
    pub fn retain(&mut self, is_retained: impl Fn(ValueName) -> bool) {
        for (_, names) in &mut self.groups {
            names.retain(|name| is_retained(*name));
        }
        self.groups.retain(|(_, names)| !names.is_empty());
    }

    /// Replaces the record of some values.
    pub fn set(&mut self, provenance: &Provenance, values: &BTreeSet<ValueName>) {
        if values.is_empty() {
            return;
        }
        self.retain(|name| !values.contains(&name));
        match self.groups.iter_mut().find(|(stored, _)| stored == provenance) {
            Some((_, names)) => names.extend(values),
            None => self.groups.push((provenance.clone(), values.clone())),
        }
    }
}
