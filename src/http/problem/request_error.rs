//! The entries of a problem. One that is about no single value has an entry in
//! the same four parts as any other.

use super::{
    details::{MAX_ERRORS, ProblemError},
    kind::{CombinedProblem, Problem, allow_header, join_choices},
};
use crate::{
    app::{self, Rejection, error::Conflict},
    domain::field_error::{FieldError, Reason},
};

const EXPECTED_KEY: &str = "Bearer and an API key (usher_…)";
const AUTHORIZATION: &str = "Authorization";
const CONTENT_TYPE: &str = "Content-Type";

impl Problem {
    /// The values that can't be used.
    fn value_errors(&self) -> Vec<ProblemError> {
        match self {
            Self::Query(errors) => {
                errors.iter().take(MAX_ERRORS).map(ProblemError::in_query).collect()
            }
            Self::Headers(errors) => {
                errors.iter().take(MAX_ERRORS).map(ProblemError::in_header).collect()
            }
            Self::Body(errors)
            | Self::Stale { errors, .. }
            | Self::Combined(CombinedProblem { errors, .. }) => {
                errors.iter().take(MAX_ERRORS).cloned().collect()
            }
            Self::App(app::Error::Invalid(errors)) => {
                errors.iter().take(MAX_ERRORS).map(ProblemError::in_body).collect()
            }
            Self::Malformed(error) => vec![ProblemError::in_body(error)],
            Self::App(app::Error::UniqueConflict { conflicts, .. }) => {
                let errors = conflicts.iter().map(Conflict::to_field_error);
                errors.map(|error| ProblemError::in_body(&error)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// All errors; at least one.
    pub(super) fn errors(&self) -> Vec<ProblemError> {
        let values = self.value_errors();
        if values.is_empty() { vec![describe_problem(self)] } else { values }
    }

    /// Formats all errors as one text, for error bodies that have only a text.
    pub(in crate::http) fn to_text(&self) -> Option<String> {
        let errors = match self {
            // The detail names them already.
            Self::App(app::Error::UniqueConflict { .. }) | Self::Malformed(_) => Vec::new(),
            other => other.value_errors(),
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
fn describe_problem(problem: &Problem) -> ProblemError {
    let (field, expected, remedy) = describe_parts(problem);
    let reason = match problem.detail() {
        Some(detail) => detail,
        None => "could not be served".into(),
    };
    // The detail of the problem contains the remedy if it needs one.
    let reason = Reason::with_detail(reason, expected, remedy);
    let error = FieldError::new(field, rejected_value(problem), reason);
    match field.starts_with(char::is_uppercase) {
        true => ProblemError::in_header(&error),
        false => ProblemError::from_field_error(&error),
    }
}

fn rejected_value(problem: &Problem) -> String {
    match problem {
        Problem::App(app::Error::NotFound { name, .. }) => name.clone(),
        Problem::App(app::Error::PreconditionFailed { if_match, .. }) => if_match.to_string(),
        Problem::App(app::Error::AlreadyExists { .. }) => "*".into(),
        Problem::Charset { label, .. } => label.clone(),
        Problem::App(app::Error::NotAdmin(role)) => role.to_string(),
        _ => String::new(),
    }
}

fn describe_parts(problem: &Problem) -> (&'static str, String, String) {
    let (field, expected, remedy) = match problem {
        Problem::MethodNotAllowed(allow) => {
            let methods = allow_header(allow).to_str().unwrap_or_default().to_owned();
            return ("method", format!("one of {methods}"), format!("Use one of {methods}."));
        }
        Problem::MediaType { expected } => {
            let expected = join_choices(expected);
            let remedy = format!("Send the body as {expected}, and say so in Content-Type.");
            return (CONTENT_TYPE, expected, remedy);
        }
        Problem::Charset { accepted, .. } => {
            let remedy = "Send the body in UTF-8 (charset=utf-8).";
            return (
                CONTENT_TYPE,
                format!("the charset {}", join_choices(accepted)),
                remedy.into(),
            );
        }
        Problem::ImportFailed { .. } => {
            let remedy = "Correct the rows that results names, or use mode=ROW_BY_ROW.";
            return ("results", "rows without errors".into(), remedy.into());
        }
        Problem::ImportEnded { code, .. } if code == Rejection::ImportTooSlow.code() => {
            describe_rejection(&Rejection::ImportTooSlow)
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
        Problem::App(error) => return describe_app_error(error),
        Problem::Unparsed(reason) => reason.describe_parts(),
        Problem::NotSignedIn => {
            ("Cookie", "the session of a user", "Sign in, then send the request again.")
        }
        Problem::NoCredentials => {
            (AUTHORIZATION, EXPECTED_KEY, "Send an API key, or sign in as an ADMIN.")
        }
        Problem::BadCredentials => {
            (AUTHORIZATION, EXPECTED_KEY, "Use another API key, or create one: usher key create.")
        }
        Problem::Authorization(_) => {
            (AUTHORIZATION, EXPECTED_KEY, "Send the header once: Authorization: Bearer usher_….")
        }
        Problem::CrossSite => (
            "Origin",
            "the origin of this site",
            "Send the request from a page of this site, or with an API key.",
        ),
        Problem::FilterNotSupported => ("filter", "no filter", "Leave the filter out."),
        Problem::UnknownPath => {
            ("path", "a path of the contract", "Look up the path in /openapi.json.")
        }
        Problem::ContentEncodingNotSupported => {
            ("Content-Encoding", "identity", "Send the body as it is, without an encoding.")
        }
        Problem::IdempotencyKeyReused => (
            "Idempotency-Key",
            "the request that the key was first used for",
            "Use a new key for a new request.",
        ),
        Problem::RequestInProgress => (
            "Idempotency-Key",
            "a key that no other request uses at the moment",
            "Send the request again in a moment.",
        ),
        Problem::Cancelled => RETRY_LATER,
        Problem::Query(_)
        | Problem::Headers(_)
        | Problem::Malformed(_)
        | Problem::Body(_)
        | Problem::Stale { .. }
        | Problem::Combined(_) => ("request", "values that can be used", "Correct the values."),
    };
    (field, expected.into(), remedy.into())
}

/// A temporary failure.
const RETRY_LATER: (&str, &str, &str) = (
    "request",
    "a server that can process the request",
    "Send the same request again after the seconds of Retry-After.",
);

fn describe_app_error(error: &app::Error) -> (&'static str, String, String) {
    let (field, expected, remedy) = match error {
        app::Error::NotFound { thing, .. } => {
            if let Some((expected, remedy)) = describe_part_of_resource(thing) {
                return ("path", expected.into(), remedy.into());
            }
            // "user" begins with a vowel in writing alone.
            let article = if thing.starts_with(['a', 'A', 'e', 'i', 'o']) { "an" } else { "a" };
            let expected = format!("the ID of {article} {thing} of this account");
            return (
                "path",
                expected,
                format!("List the resources to find the ID of the {thing}."),
            );
        }
        app::Error::MissingScope(scope) => {
            let expected = format!("a key with the scope {scope}");
            return (AUTHORIZATION, expected, format!("Use a key that has the scope {scope}."));
        }
        app::Error::PreconditionFailed { .. } => (
            "If-Match",
            "the ETag of the present state",
            "Read the resource again, and send its new ETag.",
        ),
        app::Error::AlreadyExists { .. } => (
            "If-None-Match",
            "a resource that does not exist",
            "Leave If-None-Match out to update the resource.",
        ),
        app::Error::UniqueConflict { .. } => {
            ("request", "values that no other resource has", "Use other values.")
        }
        app::Error::Rejected(rejection) => describe_rejection(rejection),
        app::Error::Revoked | app::Error::KeyExpired { .. } => {
            (AUTHORIZATION, EXPECTED_KEY, "Use another API key, or create one: usher key create.")
        }
        app::Error::NotAdmin(_) => ("role", "ADMIN", "Sign in as an ADMIN, or use an API key."),
        app::Error::Scim(_) => ("request", "values that can be used", "Correct the values."),
        app::Error::Invalid(_) => ("body", "values that can be used", "Correct the values."),
        app::Error::Busy(_) | app::Error::Unavailable(_) => RETRY_LATER,
        app::Error::Store(_) | app::Error::WrongSecretKey | app::Error::Internal { .. } => (
            "request",
            "a server without an error",
            "Report the requestId to the operator of this server.",
        ),
    };
    (field, expected.into(), remedy.into())
}

/// What is expected of a thing that is found only in a resource, and where to look it up.
fn describe_part_of_resource(thing: &str) -> Option<(&'static str, &'static str)> {
    Some(match thing {
        "certificate" => (
            "the fingerprintSha256 of a certificate of the connection",
            "Read the connection to find the fingerprints of its certificates.",
        ),
        "identity of this user" => (
            "the ID of an identity of the user",
            "Read the user to find the IDs of their identities.",
        ),
        "member" => (
            "the ID of a user who is a member of the team",
            "List the members of the team to find their IDs.",
        ),
        "message of the attempt" => (
            "an attempt whose message is retained",
            "Set keepMessagesHours of the connection before the login.",
        ),
        "identity provider metadata of the connection" => (
            "a connection that was created or updated from metadata",
            "Read the connection instead: it has idpEntityId, ssoUrl and certificates.",
        ),
        _ => return None,
    })
}

fn describe_rejection(rejection: &Rejection) -> (&'static str, &'static str, &'static str) {
    match rejection {
        Rejection::LastAdmin { field } => (
            field,
            "another user with the role ADMIN who may log in",
            "Make another user ADMIN first, or send force=true.",
        ),
        Rejection::LastKeyAdmin => (
            "scopes",
            "another key with the scope keys:write",
            "Create another key first, or send force=true.",
        ),
        Rejection::ConnectionInUse { .. } => (
            "force",
            "a connection without identities",
            "Disable the connection instead, or send force=true.",
        ),
        Rejection::ImportTooLarge { .. } | Rejection::ImportTooSlow => (
            "mode",
            "a smaller file, or mode=ROW_BY_ROW",
            "Send the file with the mode that detail names, or in several parts.",
        ),
        Rejection::ScimClientInUse { .. } => (
            "force",
            "a SCIM client without valid keys",
            "Delete or rotate its keys first, or send force=true.",
        ),
        Rejection::KeyExpired { .. } => (
            "expiresAt",
            "a key that has not expired",
            "Create a new key, for a SCIM client with its scimClientId.",
        ),
        Rejection::AttributeInUse { .. } => (
            "force",
            "an attribute of which no user has a value, and which no connection uses",
            "Clear the values and the mappings first, or send force=true.",
        ),
        Rejection::TooManyAttributes => (
            "request",
            "fewer custom attributes of the account",
            "Delete a custom attribute that is not used.",
        ),
        Rejection::TooManyImports => (
            "request",
            "fewer imports of the account that have not ended",
            "Wait for the end of an import, or cancel one.",
        ),
        Rejection::CertificateInUse { .. } => (
            "force",
            "a certificate that did not verify the latest login",
            "Keep it until the identity provider signs with another one, or send force=true.",
        ),
        Rejection::OwnKey => (
            AUTHORIZATION,
            "a key other than the one to delete",
            "Delete the key with another key, or as a signed-in ADMIN.",
        ),
    }
}
