//! Problem details on the wire (RFC 9457).

use serde::Serialize;
use utoipa::ToSchema;

use uuid::Uuid;

use crate::domain::{
    check::excerpt,
    field_error::{FieldError, READ_ONLY},
};

/// The maximum number of errors in a response. Reading a body stops after them.
pub(in crate::http) const MAX_ERRORS: usize = 100;

/// The problem of a request that failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Problem {
    /// Always `about:blank`. `code` names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub(super) kind: &'static str,
    /// The status in words.
    #[schema(example = "Unprocessable Content")]
    pub(super) title: &'static str,
    /// The status of the response.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub(super) status: u16,
    /// The kind of problem. A code never changes its meaning. There may be more
    /// codes later: treat one that you do not know as its `status` says.
    #[schema(value_type = ProblemCode)]
    pub(super) code: &'static str,
    /// A description of the problem, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "the body has 1 error")]
    pub(super) detail: Option<String>,
    /// The ID of the request, as in the log.
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
    /// Every error of the request, or the first 100 if there are more.
    pub(super) errors: Vec<ProblemError>,
}

/// The kinds of problems. There may be more later.
#[derive(ToSchema)]
#[schema(value_type = String, examples("invalid"))]
#[expect(dead_code, reason = "describes a field")]
pub(in crate::http) struct ProblemCode(String);

/// An error of a request: the field, its value, the expected value and a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ProblemError {
    /// The field: its name, with the fields that hold it, such as
    /// `teams.0.role`; or the parameter, the header, or the part of the request.
    #[schema(example = "teams.0.role")]
    pub(in crate::http) field: String,
    /// The location in the body: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/teams/0/role")]
    pub(in crate::http) pointer: Option<String>,
    /// The query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "filter")]
    pub(in crate::http) parameter: Option<String>,
    /// The header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "If-Match")]
    pub(in crate::http) header: Option<String>,
    /// The value as it was sent, shortened: a string as it is, anything else as
    /// JSON. null if there is none, or if it may be a secret.
    #[schema(required, example = "OWNER")]
    pub(in crate::http) value: Option<String>,
    /// The expected value.
    #[schema(example = "one of STAKEHOLDER, RESPONDER, USER, ADMIN")]
    pub(in crate::http) expected: String,
    /// The remedy.
    #[schema(example = "Use one of STAKEHOLDER, RESPONDER, USER, ADMIN.")]
    pub(in crate::http) remedy: String,
    /// The ID of the resource that has the value already, if the value must be unique
    /// (`exists`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) conflicts_with: Option<Uuid>,
    /// A description of the error, for people.
    #[schema(example = "must be one of STAKEHOLDER, RESPONDER, USER, ADMIN")]
    pub(in crate::http) detail: String,
}

impl ProblemError {
    /// An error of no certain part of a request.
    pub(in crate::http) fn from_field_error(error: &FieldError) -> Self {
        Self {
            field: error.field.replace('/', "."),
            pointer: None,
            parameter: None,
            header: None,
            value: (!error.value.is_empty()).then(|| excerpt(&error.value)),
            expected: error.expected.clone(),
            remedy: error.remedy.to_string(),
            conflicts_with: error.conflicts_with.as_deref().copied(),
            detail: error.reason.clone(),
        }
    }

    /// An error in a body.
    pub(in crate::http) fn in_body(field_error: &FieldError) -> Self {
        let error = Self::from_field_error(field_error);
        match &*field_error.field {
            "" => Self { field: "body".into(), pointer: Some(String::new()), ..error },
            field => Self { pointer: Some(format!("/{field}")), ..error },
        }
    }

    /// Whether the field can't be written.
    pub(in crate::http) fn is_read_only(&self) -> bool {
        self.detail.starts_with(READ_ONLY)
    }

    /// An error in a parameter of the address.
    pub(in crate::http) fn in_query(error: &FieldError) -> Self {
        let name = error.field.to_string();
        Self { field: name.clone(), parameter: Some(name), ..Self::from_field_error(error) }
    }

    /// An error in a header.
    pub(in crate::http) fn in_header(error: &FieldError) -> Self {
        Self { header: Some(error.field.to_string()), ..Self::from_field_error(error) }
    }
}
