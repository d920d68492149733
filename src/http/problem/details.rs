//! Problem details on the wire (RFC 9457).

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{check::excerpt, fault::Fault};

/// The most faults that an answer names. Reading a body ends behind them.
pub(in crate::http) const MAX_FAULTS: usize = 100;

/// Why a request was not served.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Problem {
    /// Always `about:blank`: `code` tells the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub(super) kind: &'static str,
    /// The status in words.
    #[schema(example = "Unprocessable Content")]
    pub(super) title: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub(super) status: u16,
    /// What kind of problem it is. Never changes its meaning.
    #[schema(example = "invalid")]
    pub(super) code: &'static str,
    /// What is wrong, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "the body has 1 fault")]
    pub(super) detail: Option<String>,
    /// The request, as the log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uuid", example = "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11")]
    pub(super) request_id: Option<String>,
    /// The request, as a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        format = "uri",
        example = "urn:uuid:0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11"
    )]
    pub(super) instance: Option<String>,
    /// Each value that can't be used, all at once; the first 100 if there are more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) errors: Vec<ProblemError>,
}

impl Problem {
    /// All of it as one text, for those whose errors hold no more.
    pub(in crate::http) fn told(&self) -> Option<String> {
        let errors = self.errors.iter().map(|error| {
            let place = error.parameter.as_ref().or(error.pointer.as_ref());
            format!("{} {}", place.map_or("", String::as_str), error.detail)
        });
        let errors = errors.collect::<Vec<_>>().join("; ");
        match (&self.detail, errors.is_empty()) {
            (Some(detail), false) => Some(format!("{detail}: {errors}")),
            (detail, _) => detail.clone(),
        }
    }
}

/// A value that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ProblemError {
    /// Where in the body it stands: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/teams/0/role")]
    pub(in crate::http) pointer: Option<String>,
    /// Which parameter of the address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "filter")]
    pub(in crate::http) parameter: Option<String>,
    /// What was given, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "OWNER")]
    pub(in crate::http) value: Option<String>,
    /// What is wrong with it, and the remedy.
    #[schema(example = "is none of STAKEHOLDER, RESPONDER, USER, ADMIN")]
    pub(in crate::http) detail: String,
}

impl ProblemError {
    /// A fault in a body.
    pub(in crate::http) fn in_body(fault: &Fault) -> Self {
        let Fault { field, value, reason } = fault;
        Self {
            pointer: Some(format!("/{field}")),
            parameter: None,
            value: (!value.is_empty()).then(|| excerpt(value)),
            detail: reason.clone(),
        }
    }

    /// A fault in a parameter of the address.
    pub(in crate::http) fn in_query(fault: &Fault) -> Self {
        let Fault { field, value, reason } = fault;
        Self {
            pointer: None,
            parameter: Some(field.to_string()),
            value: (!value.is_empty()).then(|| excerpt(value)),
            detail: reason.clone(),
        }
    }
}
