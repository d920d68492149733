//! Attempts to log in, and the audit log. Both are lists by time, the newest first.

use super::attributes;
use crate::domain::{
    attempt::AttemptOutcome,
    audit::{Actor, AuditAction},
    audited_field::audited_field_names,
    filter::ValueType::{Element, Exact, Id, Moment, Name, NameOrPart, Text},
};

attributes! {
    /// The filter and sort attributes of the list of attempts.
    AttemptAttribute of "attempts" by At, Descending {
        /// The attempt's own identifier.
        Id("id", Id, unique),
        /// The reference that the person can quote.
        Reference("reference", Exact, unique),
        /// When the response arrived. The default order.
        At("at", Moment, indexed, sortable),
        /// How it ended.
        Outcome("outcome", Name(&AttemptOutcome::NAMES)),
        /// The connection that received the response.
        Connection("connection.id", Id),
        /// The user, if the login found or created one.
        User("user.id", Id, indexed),
        /// The e-mail address, if the response has one.
        Email("email", Text, indexed),
        /// The subject of the response, if it was signed.
        Subject("subject", Exact, indexed),
    }
}

attributes! {
    /// The filter and sort attributes of the audit log.
    AuditAttribute of "audit entries" by At, Descending {
        /// The entry's own identifier.
        Id("id", Id, unique),
        /// When the change was made. The default order.
        At("at", Moment, indexed, sortable),
        /// The kind of actor.
        ActorType("actor.type", Name(&Actor::KINDS)),
        /// The actor: a key, a user, or the attempt of a login.
        ActorId("actor.id", Id, indexed),
        /// The action, such as `user.create`.
        Action("action", NameOrPart(&AuditAction::NAMES)),
        /// The resource that was changed.
        Target("target.id" | "target", Id, indexed),
        /// The user whom the change concerns.
        User("user.id", Id, indexed),
        /// A field that was changed, such as `role`.
        ChangedField("changes.field", Element(audited_field_names())),
        /// The ID of the request.
        RequestId("requestId", Exact),
    }
}
