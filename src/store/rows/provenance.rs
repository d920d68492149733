//! The record of who set a value, as JSON.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::{json, row::stored_as};
use crate::{
    domain::provenance::{Provenance, Setter},
    store::{
        error::{RowRef, StoreError},
        sql::JsonText,
    },
};

/// Who set a value, and when. Each name is short: every user has some of these.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredProvenance {
    /// The kind of setter.
    by: SetterKind,
    /// The setter, or the attempt of a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<uuid::Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection: Option<uuid::Uuid>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    import: bool,
    /// In microseconds.
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    /// The attributes that were set. Empty for a membership.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<String>,
}

/// A stored name never changes.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SetterKind {
    Login,
    ScimClient,
    ApiKey,
    User,
    CommandLine,
    Default,
}

impl From<&Provenance> for StoredProvenance {
    fn from(provenance: &Provenance) -> Self {
        let Provenance { setter, is_import, at, request } = provenance;
        let (by, id, connection) = match setter {
            Setter::Login { connection, attempt } => {
                (SetterKind::Login, Some(attempt.as_uuid()), connection.map(|id| id.as_uuid()))
            }
            Setter::ScimClient(client) => (SetterKind::ScimClient, Some(client.as_uuid()), None),
            Setter::ApiKey(key) => (SetterKind::ApiKey, Some(key.as_uuid()), None),
            Setter::User(user) => (SetterKind::User, Some(user.as_uuid()), None),
            Setter::CommandLine => (SetterKind::CommandLine, None, None),
            Setter::Default => (SetterKind::Default, None, None),
        };
        let (import, at, request) = (*is_import, at.timestamp_micros(), request.clone());
        Self { by, id, connection, import, at, request, fields: Vec::new() }
    }
}

impl StoredProvenance {
    /// Without the attributes. `None` if it has no ID, or a moment out of range.
    pub(super) fn read(self) -> Option<Provenance> {
        let Self { by, id, connection, import: is_import, at, request, fields: _ } = self;
        let setter = match by {
            SetterKind::Login => {
                Setter::Login { connection: connection.map(Into::into), attempt: id?.into() }
            }
            SetterKind::ScimClient => Setter::ScimClient(id?.into()),
            SetterKind::ApiKey => Setter::ApiKey(id?.into()),
            SetterKind::User => Setter::User(id?.into()),
            SetterKind::CommandLine => Setter::CommandLine,
            SetterKind::Default => Setter::Default,
        };
        let at = DateTime::from_timestamp_micros(at)?;
        Some(Provenance { setter, is_import, at, request })
    }
}

stored_as! {
    Provenance as JsonText:
        |provenance| json::write(&StoredProvenance::from(provenance))?,
        |stored, row_ref, column| {
            let stored: StoredProvenance = json::read(row_ref, column, &stored)?;
            stored.read().ok_or_else(|| row_ref.corrupt(column))?
        };
}
