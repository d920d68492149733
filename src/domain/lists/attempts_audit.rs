//! Attempts to log in, and the audit. Both are lists by time, the newest first.

use super::attributes;
use crate::domain::{
    attempt::AttemptOutcome,
    audit::{Actor, AuditAction},
    filter::ValueType::{Exact, Id, Moment, Name, NameOrPart, Text},
};

attributes! {
    /// What the list of attempts can be filtered and sorted by.
    AttemptAttribute of "attempts" by At, Descending {
        /// The attempt's own identifier.
        Id("id", Id, unique),
        /// What the person can quote.
        Reference("reference", Exact, unique),
        /// When the response arrived. The order.
        At("at", Moment, indexed, sortable),
        /// How it ended.
        Outcome("outcome", Name(&AttemptOutcome::NAMES)),
        /// The connection whose address was posted to.
        Connection("connection.id", Id),
        /// The user, if one was found or made.
        User("user.id", Id, indexed),
        /// The address, if one was found.
        Email("email", Text, indexed),
        /// What the identity provider calls the person, if that was signed.
        Subject("subject", Exact, indexed),
    }
}

attributes! {
    /// What the audit can be filtered and sorted by.
    AuditAttribute of "audit entries" by At, Descending {
        /// The entry's own identifier.
        Id("id", Id, unique),
        /// When it was done. The order.
        At("at", Moment, indexed, sortable),
        /// What kind of actor did it.
        ActorType("actor.type", Name(&Actor::KINDS)),
        /// Who did it: a key, a user, a login's attempt.
        ActorId("actor.id", Id, indexed),
        /// What was done, e.g. `user.create`.
        Action("action", NameOrPart(&AuditAction::NAMES)),
        /// To what it was done.
        Target("target.id" | "target", Id, indexed),
        /// The user whom the change concerns.
        User("user.id", Id, indexed),
        /// In which request.
        RequestId("requestId", Exact),
    }
}
