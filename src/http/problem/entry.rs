//! The entries of a problem. One that is about no single value has an entry in
//! the same four parts as any other.

use super::{
    details::{MAX_FAULTS, ProblemError},
    kind::{Problem, Several, allowed, one_of},
};
use crate::{
    app::{self, Refusal},
    domain::field_error::{FieldError, Reason},
};

const KEY: &str = "Bearer and an API key (usher_…)";
const AUTHORIZATION: &str = "Authorization";
const CONTENT_TYPE: &str = "Content-Type";

impl Problem {
    /// The values that can't be used.
    fn values(&self) -> Vec<ProblemError> {
        match self {
            Self::Query(faults) => {
                faults.iter().take(MAX_FAULTS).map(ProblemError::in_query).collect()
            }
            Self::Headers(faults) => {
                faults.iter().take(MAX_FAULTS).map(ProblemError::in_header).collect()
            }
            Self::Body(errors) | Self::Several(Several { errors, .. }) => {
                errors.iter().take(MAX_FAULTS).cloned().collect()
            }
            Self::App(app::Error::Invalid(faults)) => {
                faults.iter().take(MAX_FAULTS).map(ProblemError::in_body).collect()
            }
            Self::Malformed(fault) => vec![ProblemError::in_body(fault)],
            Self::App(app::Error::Exists { conflicts, .. }) => {
                conflicts.iter().map(ProblemError::conflict).collect()
            }
            _ => Vec::new(),
        }
    }

    /// All errors; at least one.
    pub(super) fn errors(&self) -> Vec<ProblemError> {
        let values = self.values();
        if values.is_empty() { vec![of(self)] } else { values }
    }

    /// Formats all errors as one text, for error bodies that have only a text.
    pub(in crate::http) fn text(&self) -> Option<String> {
        let errors = match self {
            // The detail names them already.
            Self::App(app::Error::Exists { .. }) | Self::Malformed(_) => Vec::new(),
            other => other.values(),
        };
        let errors = errors.iter().map(|error| {
            let place =
                error.parameter.as_ref().or(error.header.as_ref()).or(error.pointer.as_ref());
            format!("{} {}", place.map_or("", String::as_str), error.detail)
        });
        let errors = errors.collect::<Vec<_>>().join("; ");
        match (self.detail(), errors.is_empty()) {
            (Some(detail), false) => Some(format!("{detail}: {errors}")),
            (detail, _) => detail,
        }
    }
}

/// Builds the error entry: the field, what is expected, and what to do next.
fn of(problem: &Problem) -> ProblemError {
    let (field, expected, remedy) = parts(problem);
    let reason = match problem.detail() {
        Some(detail) => detail,
        None => "could not be served".into(),
    };
    // The detail of the problem contains the remedy if it needs one.
    let reason = Reason::with_detail(reason, expected, remedy);
    let fault = FieldError::new(field, value(problem), reason);
    match field.starts_with(char::is_uppercase) {
        true => ProblemError::in_header(&fault),
        false => ProblemError::of(&fault),
    }
}

fn value(problem: &Problem) -> String {
    match problem {
        Problem::App(app::Error::NotFound { name, .. }) => name.clone(),
        Problem::App(app::Error::Changed { if_match, .. }) => if_match.to_string(),
        Problem::App(app::Error::AlreadyThere { .. }) => "*".into(),
        Problem::Charset { label, .. } => label.clone(),
        Problem::App(app::Error::NotAdmin(role)) => role.to_string(),
        _ => String::new(),
    }
}

fn parts(problem: &Problem) -> (&'static str, String, String) {
    let (field, expected, remedy) = match problem {
        Problem::MethodNotAllowed(allow) => {
            let methods = allowed(allow).to_str().unwrap_or_default().to_owned();
            return ("method", format!("one of {methods}"), format!("Use one of {methods}."));
        }
        Problem::MediaType { expected } => {
            let expected = one_of(expected);
            let remedy = format!("Send the body as {expected}, and say so in Content-Type.");
            return (CONTENT_TYPE, expected, remedy);
        }
        Problem::Charset { accepted, .. } => {
            let remedy = "Send the body in UTF-8 (charset=utf-8).";
            return (CONTENT_TYPE, format!("the charset {}", one_of(accepted)), remedy.into());
        }
        Problem::ImportFailed { .. } => {
            let remedy = "Correct the rows that results names, or use mode=ROW_BY_ROW.";
            return ("results", "rows that can all be used".into(), remedy.into());
        }
        Problem::ImportEnded { code, .. } if code == Refusal::ImportTooSlow.code() => {
            of_refusal(&Refusal::ImportTooSlow)
        }
        Problem::ImportEnded { import, .. } => {
            let remedy = format!(
                "Read what was written (GET /api/v1/imports/{import}), then send the file again."
            );
            return ("request", "an import that ends with its last row".into(), remedy);
        }
        Problem::TooLarge { limit } => {
            let expected = format!("at most {limit} bytes");
            return ("body", expected, "Send less in one request.".into());
        }
        Problem::TooSlow { seconds } => {
            let expected = format!("the whole body within {seconds} seconds");
            return ("body", expected, "Send the request again, without pauses.".into());
        }
        Problem::App(error) => return of_use_case(error),
        Problem::Unparsed(reason) => reason.parts(),
        Problem::NotSignedIn => {
            ("Cookie", "the session of a user", "Sign in, then send the request again.")
        }
        Problem::NoCredentials => (AUTHORIZATION, KEY, "Send an API key, or sign in as an ADMIN."),
        Problem::BadCredentials => {
            (AUTHORIZATION, KEY, "Use another API key, or create one: usher key create.")
        }
        Problem::Authorization(_) => {
            (AUTHORIZATION, KEY, "Send the header once: Authorization: Bearer usher_….")
        }
        Problem::CrossSite => (
            "Origin",
            "the origin of this site",
            "Send the request from a page of this site, or with an API key.",
        ),
        Problem::NoFilter => ("filter", "no filter", "Leave the filter out."),
        Problem::NoSuchPage => {
            ("path", "an address of the contract", "Look the address up in /openapi.json.")
        }
        Problem::Encoded => {
            ("Content-Encoding", "identity", "Send the body as it is, without an encoding.")
        }
        Problem::KeyReused => (
            "Idempotency-Key",
            "the request that the key was first used for",
            "Use a new key for a new request.",
        ),
        Problem::UnderWay => (
            "Idempotency-Key",
            "a request that has been answered",
            "Send the request again in a moment.",
        ),
        Problem::Cancelled => AGAIN,
        Problem::Query(_)
        | Problem::Headers(_)
        | Problem::Malformed(_)
        | Problem::Body(_)
        | Problem::Several(_) => ("request", "values that can be used", "Correct the values."),
    };
    (field, expected.into(), remedy.into())
}

/// A temporary failure.
const AGAIN: (&str, &str, &str) = (
    "request",
    "a server that can do the work",
    "Send the same request again, after the seconds of Retry-After.",
);

fn of_use_case(error: &app::Error) -> (&'static str, String, String) {
    let (field, expected, remedy) = match error {
        app::Error::NotFound { thing, .. } => {
            // "user" begins with a vowel in writing alone.
            let article = if thing.starts_with(['a', 'A', 'e', 'i', 'o']) { "an" } else { "a" };
            let expected = format!("the id of {article} {thing} of this account");
            return (
                "path",
                expected,
                format!("List what there is to find the id of the {thing}."),
            );
        }
        app::Error::MissingScope(scope) => {
            let expected = format!("a key with the scope {scope}");
            return (AUTHORIZATION, expected, format!("Use a key that has the scope {scope}."));
        }
        app::Error::Changed { .. } => {
            ("If-Match", "the ETag of the present state", "Read it again, and send its new ETag.")
        }
        app::Error::AlreadyThere { .. } => (
            "If-None-Match",
            "nothing there yet",
            "Leave If-None-Match out to change what is there.",
        ),
        app::Error::Exists { .. } => {
            ("request", "values that no other resource has", "Use other values.")
        }
        app::Error::Refused(refusal) => of_refusal(refusal),
        app::Error::Revoked | app::Error::KeyExpired { .. } => {
            (AUTHORIZATION, KEY, "Use another API key, or create one: usher key create.")
        }
        app::Error::NotAdmin(_) => ("role", "ADMIN", "Sign in as an ADMIN, or use an API key."),
        app::Error::Scim(_) => ("request", "values that can be used", "Correct the values."),
        app::Error::Invalid(_) => ("body", "values that can be used", "Correct the values."),
        app::Error::Busy(_) | app::Error::Unavailable(_) => AGAIN,
        app::Error::Store(_) | app::Error::Sealed | app::Error::Internal { .. } => (
            "request",
            "a server without a fault",
            "Report the requestId to the operator of this server.",
        ),
    };
    (field, expected.into(), remedy.into())
}

fn of_refusal(refusal: &Refusal) -> (&'static str, &'static str, &'static str) {
    match refusal {
        Refusal::LastAdmin { field } => (
            field,
            "another user with the role ADMIN who may log in",
            "Make another user ADMIN first, or send force=true.",
        ),
        Refusal::LastKeyMaker => (
            "scopes",
            "another key with the scope keys:write",
            "Create another key first, or send force=true.",
        ),
        Refusal::ConnectionInUse { .. } => (
            "force",
            "a connection that no user is known by",
            "Disable the connection instead, or send force=true.",
        ),
        Refusal::ImportTooLarge { .. } | Refusal::ImportTooSlow => (
            "mode",
            "an import that writes less at once, or row by row",
            "Send the file with the mode that detail names, or in several parts.",
        ),
        Refusal::ScimClientInUse { .. } => (
            "force",
            "a SCIM client without valid keys",
            "Delete or rotate its keys first, or send force=true.",
        ),
        Refusal::KeyExpired { .. } => (
            "expiresAt",
            "a key that has not expired",
            "Create a new key, for a SCIM client with its scimClientId.",
        ),
        Refusal::TooManyImports => (
            "request",
            "fewer imports of the account that have not ended",
            "Wait for the end of an import, or cancel one.",
        ),
        Refusal::CertificateInUse { .. } => (
            "force",
            "a certificate that did not verify the latest login",
            "Keep it until the identity provider signs with another one, or send force=true.",
        ),
        Refusal::OwnKey => (
            AUTHORIZATION,
            "another key than the one that is deleted",
            "Delete the key with another key, or as a signed-in ADMIN.",
        ),
    }
}
