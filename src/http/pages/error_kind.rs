//! The kinds of errors that the error page distinguishes.

use actix_web::http::StatusCode;

use crate::domain::{
    attempt::{Attempt, AttemptOutcome},
    check::{CheckId, Checks},
    provisioning::{Decision, Denial},
};

/// The kind of an error page. Errors that need the same advice share a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorPageKind {
    /// The check provision attribute is missing, so the user may not be created.
    NotProvisioned,
    /// The user is disabled.
    UserDisabled,
    /// The user was deleted.
    UserDeleted,
    /// The connection is disabled.
    ConnectionDisabled,
    /// The identity provider sends no usable subject.
    SubjectUnusable,
    /// The identity provider sends no usable e-mail address.
    EmailUnusable,
    /// The user with this address has another identity at the connection.
    IdentityConflict,
    /// The identity provider rejected the login.
    IdpRejected,
    /// The response was used before.
    AlreadyUsed,
    /// No login of this browser is waiting for this response.
    NotWaiting,
    /// The response is not valid at this time.
    WrongTime,
    /// The response is invalid in any other way.
    NotInOrder,
    /// No attempt has the reference.
    UnknownReference,
    /// No page has the address.
    NotFound,
    /// The path does not support the method.
    MethodNotAllowed,
    /// The request cannot be read.
    BadRequest,
    /// Other requests changed the same records for too long. A retry may succeed.
    Busy,
    /// The database is not available. A retry may succeed.
    Unavailable,
    /// An internal error.
    Internal,
}

impl ErrorPageKind {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::NotProvisioned,
        Self::UserDisabled,
        Self::UserDeleted,
        Self::ConnectionDisabled,
        Self::SubjectUnusable,
        Self::EmailUnusable,
        Self::IdentityConflict,
        Self::IdpRejected,
        Self::AlreadyUsed,
        Self::NotWaiting,
        Self::WrongTime,
        Self::NotInOrder,
        Self::UnknownReference,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BadRequest,
        Self::Busy,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The error kind of a login attempt. Returns `None` if the login succeeded.
    #[must_use]
    pub fn of_attempt(attempt: &Attempt) -> Option<Self> {
        match attempt.outcome {
            AttemptOutcome::Created | AttemptOutcome::Claimed | AttemptOutcome::SignedIn => None,
            AttemptOutcome::Rejected => Some(Self::of_checks(&attempt.checks)),
            AttemptOutcome::Denied => match attempt.plan.as_ref().map(|plan| &plan.decision) {
                Some(Decision::Deny(denial)) => Some(denial.into()),
                // A record that contradicts itself gets the most general kind.
                Some(Decision::Create(_) | Decision::Claim(_) | Decision::SignIn(_)) | None => {
                    Some(Self::NotInOrder)
                }
            },
        }
    }

    /// The error kind of a message that failed at least one check.
    ///
    /// Failures that happen to honest users have their own kinds, but only if no
    /// other check failed. Any other message is [`ErrorPageKind::NotInOrder`], so that
    /// the page does not reveal which checks a forged message passes.
    #[must_use]
    pub fn of_checks(checks: &Checks) -> Self {
        let worst =
            checks.failed().map(|check| Self::of_check(check.id)).max_by_key(|(rank, _)| *rank);
        worst.map_or(Self::NotInOrder, |(_, kind)| kind)
    }

    /// The error kind of one failed check, and its rank. If several checks failed, the
    /// highest rank decides.
    fn of_check(id: CheckId) -> (u8, Self) {
        match id {
            // Such a message never signs anyone in, and is often neither signed nor
            // complete.
            CheckId::ResponseStatus => (5, Self::IdpRejected),
            CheckId::Replay => (3, Self::AlreadyUsed),
            CheckId::ResponseInResponseTo => (2, Self::NotWaiting),
            CheckId::ResponseIssueInstant | CheckId::ConditionsTime | CheckId::AuthnSession => {
                (1, Self::WrongTime)
            }
            // It has its own time and InResponseTo, and so fails together with the
            // two checks above.
            CheckId::SubjectConfirmation => (0, Self::NotInOrder),
            _ => (4, Self::NotInOrder),
        }
    }

    /// The HTTP status of the error page (RFC 9110 15).
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotProvisioned
            | Self::UserDisabled
            | Self::UserDeleted
            | Self::ConnectionDisabled
            | Self::SubjectUnusable
            | Self::EmailUnusable
            | Self::IdentityConflict
            | Self::IdpRejected => StatusCode::FORBIDDEN,
            Self::AlreadyUsed
            | Self::NotWaiting
            | Self::WrongTime
            | Self::NotInOrder
            | Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::UnknownReference | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether a retry may help. The page then offers it as the next step.
    #[must_use]
    pub fn retry_helps(self) -> bool {
        match self {
            Self::ConnectionDisabled
            | Self::IdpRejected
            | Self::AlreadyUsed
            | Self::NotWaiting
            | Self::WrongTime
            | Self::NotInOrder
            | Self::UnknownReference
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::BadRequest
            | Self::Busy
            | Self::Unavailable
            | Self::Internal => true,
            // Only an administrator can change these.
            Self::NotProvisioned
            | Self::UserDisabled
            | Self::UserDeleted
            | Self::SubjectUnusable
            | Self::EmailUnusable
            | Self::IdentityConflict => false,
        }
    }
}

impl From<&Denial> for ErrorPageKind {
    fn from(denial: &Denial) -> Self {
        match denial {
            Denial::ConnectionDisabled => Self::ConnectionDisabled,
            Denial::UserDisabled(_) => Self::UserDisabled,
            Denial::UserDeleted(_) => Self::UserDeleted,
            Denial::SubjectUnusable => Self::SubjectUnusable,
            Denial::EmailUnusable => Self::EmailUnusable,
            Denial::IdentityConflict(_) => Self::IdentityConflict,
            Denial::GuardAttributeMissing { .. } => Self::NotProvisioned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Check;

    fn failed(ids: &[CheckId]) -> ErrorPageKind {
        let failed = ids.iter().map(|id| Check::failed(*id, "", ""));
        let checks = failed.chain([Check::passed(CheckId::FormEncoding, "", "")]).collect();
        ErrorPageKind::of_checks(&checks)
    }

    #[test]
    fn failures_of_honest_users_are_distinguished() {
        let table: [(&[CheckId], ErrorPageKind); 7] = [
            (&[CheckId::ResponseStatus], ErrorPageKind::IdpRejected),
            (
                &[CheckId::ResponseStatus, CheckId::SignaturePresent, CheckId::AssertionSingle],
                ErrorPageKind::IdpRejected,
            ),
            (&[CheckId::Replay], ErrorPageKind::AlreadyUsed),
            (
                &[CheckId::ResponseInResponseTo, CheckId::ResponseIssueInstant],
                ErrorPageKind::NotWaiting,
            ),
            (
                &[CheckId::ResponseInResponseTo, CheckId::SubjectConfirmation],
                ErrorPageKind::NotWaiting,
            ),
            (&[CheckId::ConditionsTime, CheckId::SubjectConfirmation], ErrorPageKind::WrongTime),
            (&[CheckId::AuthnSession], ErrorPageKind::WrongTime),
        ];
        for (ids, kind) in table {
            assert_eq!(failed(ids), kind, "{ids:?}");
        }
    }

    #[test]
    fn error_page_does_not_reveal_which_checks_passed() {
        for forged in [
            CheckId::XmlSafe,
            CheckId::SignaturePresent,
            CheckId::SignatureKey,
            CheckId::ConditionsAudience,
        ] {
            assert_eq!(failed(&[forged]), ErrorPageKind::NotInOrder, "{forged:?}");
            for other in [CheckId::Replay, CheckId::ResponseInResponseTo, CheckId::ConditionsTime] {
                assert_eq!(
                    failed(&[forged, other]),
                    ErrorPageKind::NotInOrder,
                    "{forged:?} and {other:?}"
                );
            }
        }
        assert_eq!(failed(&[CheckId::SubjectConfirmation]), ErrorPageKind::NotInOrder);
        assert_eq!(ErrorPageKind::of_checks(&Checks::default()), ErrorPageKind::NotInOrder);
    }

    #[test]
    fn only_internal_errors_are_5xx() {
        for kind in ErrorPageKind::ALL {
            let ours = matches!(
                kind,
                ErrorPageKind::Busy | ErrorPageKind::Unavailable | ErrorPageKind::Internal
            );
            assert_eq!(kind.status().is_server_error(), ours, "{kind:?}");
            assert!(ours || kind.status().is_client_error(), "{kind:?}");
        }
    }
}
