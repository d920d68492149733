//! The kinds of errors that the error page distinguishes.

use actix_web::http::StatusCode;

use crate::domain::{
    attempt::{Attempt, AttemptOutcome},
    check::{CheckId, Checks},
    provisioning::{Decision, Denial},
};

/// Declares the kinds of error pages, each with its status (RFC 9110 15) and whether a retry
/// may help. A kind for which it does not help needs an administrator.
macro_rules! kinds {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$kind_meta:meta])* $kind:ident = $status:ident, $retry_helps:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$kind_meta])* $kind,)+ }

        impl $name {
            /// All of them.
            pub const ALL: [Self; [$(StatusCode::$status),+].len()] = [$(Self::$kind),+];

            /// The HTTP status of the error page.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)+ }
            }

            /// Whether a retry may help. The page then offers it as the next step.
            #[must_use]
            pub const fn retry_helps(self) -> bool {
                match self { $(Self::$kind => $retry_helps,)+ }
            }
        }
    };
}

kinds! {
    /// The kind of an error page. Errors that need the same advice share a kind.
    ErrorPageKind {
        /// The check provision attribute is missing, so the user may not be created.
        NotProvisioned = FORBIDDEN, false;
        /// The user is disabled.
        UserDisabled = FORBIDDEN, false;
        /// The user was deleted.
        UserDeleted = FORBIDDEN, false;
        /// The connection is disabled.
        ConnectionDisabled = FORBIDDEN, true;
        /// The identity provider sends no usable subject.
        SubjectUnusable = FORBIDDEN, false;
        /// The identity provider sends no usable e-mail address.
        EmailUnusable = FORBIDDEN, false;
        /// The user with this address has another identity at the connection.
        IdentityConflict = FORBIDDEN, false;
        /// The identity provider rejected the login.
        IdpRejected = FORBIDDEN, true;
        /// The response was used before.
        AlreadyUsed = BAD_REQUEST, true;
        /// No login of this browser is waiting for this response.
        NotWaiting = BAD_REQUEST, true;
        /// The response is not valid at this time.
        WrongTime = BAD_REQUEST, true;
        /// The response is invalid in any other way.
        NotInOrder = BAD_REQUEST, true;
        /// No attempt has the reference.
        UnknownReference = NOT_FOUND, true;
        /// No page has the address.
        NotFound = NOT_FOUND, true;
        /// The path does not support the method.
        MethodNotAllowed = METHOD_NOT_ALLOWED, true;
        /// The request cannot be read.
        BadRequest = BAD_REQUEST, true;
        /// Other requests changed the same records for too long. A retry may succeed.
        Busy = SERVICE_UNAVAILABLE, true;
        /// The database is not available. A retry may succeed.
        Unavailable = SERVICE_UNAVAILABLE, true;
        /// An internal error.
        Internal = INTERNAL_SERVER_ERROR, true;
    }
}

impl ErrorPageKind {
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
