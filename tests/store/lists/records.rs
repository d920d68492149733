//! What else is listed.

use usher::domain::{
    api_key::ApiKey,
    attempt::Attempt,
    audit::AuditEntry,
    connection::Connection,
    filter::{Attribute as _, ValueType},
    import::ImportJob,
    lists::{
        AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute,
        ImportAttribute, KeyAttribute, Member, MemberAttribute, ScimClientAttribute,
    },
    scim_client::ScimClient,
    text::fold,
    user::DeletedUser,
};
use uuid::Uuid;

use super::model::{ModelAttribute, Value};

impl ModelAttribute for MemberAttribute {
    type Item = Member;

    fn id(member: &Member) -> Uuid {
        member.user.as_uuid()
    }

    fn value(self, member: &Member) -> Value {
        match self {
            Self::User => Value::Id(member.user.as_uuid()),
            Self::Role => Value::text(Some(member.role.effective.as_str())),
            Self::Email => Value::text(Some(member.email.key().as_str())),
        }
    }
}

impl ModelAttribute for AttemptAttribute {
    type Item = Attempt;

    fn id(attempt: &Attempt) -> Uuid {
        attempt.id.as_uuid()
    }

    fn value(self, attempt: &Attempt) -> Value {
        match self {
            Self::Id => Value::Id(attempt.id.as_uuid()),
            Self::Reference => Value::text(Some(attempt.reference.as_str())),
            Self::At => Value::Moment(attempt.at),
            Self::Outcome => Value::text(Some(attempt.outcome.as_str())),
            Self::Connection => Value::Id(attempt.connection.as_uuid()),
            Self::User => Value::id(attempt.user.map(|user| user.as_uuid())),
            Self::Email => Value::text(attempt.email.as_deref().map(fold).as_deref()),
            Self::Subject => Value::text(attempt.subject.as_deref()),
        }
    }
}

impl ModelAttribute for AuditAttribute {
    type Item = AuditEntry;

    fn id(entry: &AuditEntry) -> Uuid {
        entry.id.as_uuid()
    }

    fn value(self, entry: &AuditEntry) -> Value {
        match self {
            Self::Id => Value::Id(entry.id.as_uuid()),
            Self::At => Value::Moment(entry.at),
            Self::ActorType => Value::text(Some(entry.actor.kind())),
            Self::ActorId => Value::id(entry.actor.id()),
            Self::Action => Value::text(Some(&entry.action)),
            Self::Target => Value::Id(entry.target.id),
            Self::User => Value::id(entry.target.user.map(|user| user.as_uuid())),
            Self::ChangedField => {
                let fields = entry.changes.iter().map(|change| change.field.to_string());
                Value::Elements(fields.collect())
            }
            Self::RequestId => Value::text(entry.request.as_deref()),
        }
    }
}

impl ModelAttribute for ConnectionAttribute {
    type Item = Connection;

    fn id(connection: &Connection) -> Uuid {
        connection.id.as_uuid()
    }

    fn value(self, connection: &Connection) -> Value {
        match self {
            Self::Id => Value::Id(connection.id.as_uuid()),
            Self::Name => Value::text(Some(&fold(&connection.name))),
            Self::Enabled => Value::Bool(connection.enabled),
            Self::IdpEntityId => Value::text(Some(&connection.idp.entity_id)),
        }
    }
}

impl ModelAttribute for KeyAttribute {
    type Item = ApiKey;

    fn id(key: &ApiKey) -> Uuid {
        key.id.as_uuid()
    }

    fn is_order_of_ids(self) -> bool {
        self.value_type() == ValueType::Id || self == Self::CreatedAt
    }

    fn value(self, key: &ApiKey) -> Value {
        match self {
            Self::Id => Value::Id(key.id.as_uuid()),
            Self::Name => Value::text(Some(&fold(&key.name))),
            Self::ScimClient => Value::id(key.scim_client.map(|client| client.as_uuid())),
            Self::ExpiresAt => Value::moment(key.expires_at),
            Self::LastUsedAt => Value::moment(key.last_used_at),
            Self::CreatedAt => Value::Moment(key.created_at),
        }
    }
}

impl ModelAttribute for ScimClientAttribute {
    type Item = ScimClient;

    fn id(client: &ScimClient) -> Uuid {
        client.id.as_uuid()
    }

    fn is_order_of_ids(self) -> bool {
        self.value_type() == ValueType::Id || self == Self::CreatedAt
    }

    fn value(self, client: &ScimClient) -> Value {
        match self {
            Self::Id => Value::Id(client.id.as_uuid()),
            Self::Name => Value::text(Some(&fold(&client.name))),
            Self::Dialect => Value::text(Some(client.dialect.as_str())),
            Self::CreatedAt => Value::Moment(client.created_at),
        }
    }
}

impl ModelAttribute for ImportAttribute {
    type Item = ImportJob;

    fn id(job: &ImportJob) -> Uuid {
        job.id.as_uuid()
    }

    fn value(self, job: &ImportJob) -> Value {
        match self {
            Self::Id => Value::Id(job.id.as_uuid()),
            Self::State => Value::text(Some(job.state.as_str())),
            Self::CreatedAt => Value::Moment(job.created_at),
            Self::FinishedAt => Value::moment(job.finished_at),
        }
    }
}

impl ModelAttribute for DeletedUserAttribute {
    type Item = DeletedUser;

    fn id(user: &DeletedUser) -> Uuid {
        user.id.as_uuid()
    }

    fn value(self, user: &DeletedUser) -> Value {
        match self {
            Self::Id => Value::Id(user.id.as_uuid()),
            Self::Email => Value::text(Some(user.email.key().as_str())),
            Self::DeletedAt => Value::Moment(user.deleted_at),
        }
    }
}
