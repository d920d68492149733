//! Fields that a client sends back unchanged.
//!
//! A client may read a resource, change a field, and send all of it. A field with its
//! current value is no change: it may be read-only, or have a value that only an
//! earlier release accepted. It is removed from the body if it is an error there.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, web};
use chrono::DateTime;
use serde::Serialize;
use serde_json::Value;

use super::{conditional, parts::Part};
use crate::{
    app,
    domain::{
        etag::{ETag, IfMatch},
        field_error::CONTRADICTS,
    },
    http::problem::{Problem, details::ProblemError},
};

/// The resource that a request changes, as it is now.
pub(super) struct CurrentResource {
    noun: &'static str,
    id: String,
    json: Value,
    etag: ETag,
}

impl CurrentResource {
    /// Takes the body of a response to GET.
    pub(super) fn new(
        noun: &'static str,
        id: impl ToString,
        body: impl Serialize,
        etag: ETag,
    ) -> Self {
        let json = serde_json::to_value(body).unwrap_or_default();
        Self { noun, id: id.to_string(), json, etag }
    }

    /// Whether a read-only field with another value is an entity tag, or an earlier version.
    fn is_earlier_tag(&self, sent: &Value, error: &ProblemError) -> bool {
        let version = |body: &Value| body.get("version").and_then(Value::as_i64);
        let is_tag = |text: &str| text.len() > 2 && text.starts_with('"') && text.ends_with('"');
        match error.pointer.as_deref() {
            Some("/etag") => sent.get("etag").and_then(Value::as_str).is_some_and(is_tag),
            Some("/version") => {
                let versions = (version(sent), version(&self.json));
                matches!(versions, (Some(sent), Some(current)) if sent < current)
            }
            _ => false,
        }
    }

    /// The problem of a body that is an earlier state of the resource, if the
    /// precondition or the tag in the body says so. It explains the errors of read-only
    /// fields, and is listed after the others.
    fn stale_problem(
        &self,
        request: &HttpRequest,
        sent: &Value,
        errors: Vec<ProblemError>,
    ) -> Option<Problem> {
        let (read_only, mut others): (Vec<_>, Vec<_>) =
            errors.into_iter().partition(|error| error.is_read_only() && !is_immutable(error));
        // Fields of another state may contradict each other.
        others.retain(|error| !error.detail.starts_with(CONTRADICTS));
        if read_only.is_empty() {
            return None;
        }
        let stale = self.state_problem(request, sent, read_only);
        stale.map(|stale| match others.is_empty() {
            true => stale,
            false => Problem::Body(others).merge_optional(Some(stale)),
        })
    }

    /// The problem of another state, if the precondition or the tag in the body is of one.
    fn state_problem(
        &self,
        request: &HttpRequest,
        sent: &Value,
        read_only: Vec<ProblemError>,
    ) -> Option<Problem> {
        let if_match = conditional::parse_if_match(request).unwrap_or_default();
        if !if_match.allows(&self.etag) {
            return Some(app::Error::precondition(self.noun, &self.id, &if_match).into());
        }
        let Self { noun, id, .. } = self;
        let tags = read_only.into_iter().filter(|error| self.is_earlier_tag(sent, error));
        let errors = tags.map(|error| ProblemError {
            expected: "the current value".into(),
            remedy: format!("Read the {noun} again, and repeat the change."),
            detail: format!(
                "does not match the current state of the {noun}. Read the {noun} again"
            ),
            ..error
        });
        let errors: Vec<_> = errors.collect();
        (!errors.is_empty()).then(|| Problem::Stale { noun, id: id.clone(), errors })
    }
}

/// Whether an error is about a field that no state of the resource has with another value.
fn is_immutable(error: &ProblemError) -> bool {
    matches!(error.pointer.as_deref(), Some("/id" | "/createdAt"))
}

/// The fields of a body that were removed, because they have their current values.
#[derive(Debug, Default)]
pub(super) struct UnchangedFields(BTreeSet<String>);

impl UnchangedFields {
    /// Whether this field of the body was removed.
    pub(super) fn contains(&self, field: &str) -> bool {
        self.0.contains(field)
    }

    /// The names of the fields.
    pub(super) fn to_names(&self) -> BTreeSet<String> {
        self.0.clone()
    }
}

/// A body that was parsed, and the state on which its meaning depends.
pub(super) struct UpdateBody<T> {
    /// The body.
    pub(super) value: T,
    /// The entity tag of the resource with which fields were compared, if any were
    /// removed.
    compared_with: Option<ETag>,
}

impl<T> UpdateBody<T> {
    /// Returns the body and the precondition of the change: if fields were removed, the
    /// resource must still be as it was.
    pub(super) fn with_precondition(self, if_match: IfMatch) -> (T, IfMatch) {
        let Self { value, compared_with } = self;
        match compared_with {
            Some(tag) if if_match.allows(&tag) => (value, IfMatch::OneOf(vec![tag])),
            _ => (value, if_match),
        }
    }
}

/// Parses the body of a change. If it has errors at fields with their current values,
/// these fields are removed, and it is parsed again.
///
/// The problem is that of `parse`, or [`Problem::Stale`] or
/// [`app::Error::PreconditionFailed`] if read-only fields have other values, and the body
/// or the precondition says that they are of an earlier state.
pub(super) async fn parse_update<T>(
    request: &HttpRequest,
    bytes: Result<web::Bytes, Problem>,
    parse: impl AsyncFn(&web::Bytes, &UnchangedFields) -> Part<T>,
    load_current: impl AsyncFnOnce() -> Result<CurrentResource, Problem>,
) -> Part<UpdateBody<T>> {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(problem) => return Part::Unusable(problem),
    };
    let mut unchanged = UnchangedFields::default();
    let mut part = parse(&bytes, &unchanged).await;
    let uncompared = |value| UpdateBody { value, compared_with: None };
    let sent: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if body_errors(&part).is_empty() || !sent.is_object() {
        return part.map(uncompared);
    }
    let current = match load_current().await {
        Ok(current) => Some(current),
        // The error of the path is reported for every request.
        Err(Problem::App(app::Error::NotFound { .. })) => None,
        Err(other) => {
            return Part::Unusable(match part.into_problem() {
                Some(problem) => problem.merge_optional(Some(other)),
                None => other,
            });
        }
    };
    let is_conditional =
        conditional::parse_if_match(request).is_ok_and(|it| it != IfMatch::Unconditional);
    let state = current.as_ref().map(|current| &current.json);
    let comparison = Comparison { sent: &sent, current: state, is_conditional };
    let mut rest = sent.clone();
    loop {
        let mut is_smaller = false;
        for pointer in body_errors(&part).iter().filter_map(|it| comparison.unchanged_part(it)) {
            is_smaller |= remove(&mut rest, &pointer);
            if let Some(field) = pointer.strip_prefix('/').filter(|field| !field.contains('/')) {
                unchanged.0.insert(field.to_owned());
            }
        }
        if !is_smaller {
            let stale = current.as_ref();
            let stale = stale.and_then(|it| it.stale_problem(request, &sent, body_errors(&part)));
            return match stale {
                Some(stale) => Part::Unusable(stale),
                None => part.map(uncompared),
            };
        }
        let bytes = web::Bytes::from(serde_json::to_vec(&rest).unwrap_or_default());
        part = match parse(&bytes, &unchanged).await {
            Part::Usable(value) => {
                let compared_with = current.map(|current| current.etag);
                return Part::Usable(UpdateBody { value, compared_with });
            }
            part => part,
        };
    }
}

/// The errors of a part that are about a body.
fn body_errors<T>(part: &Part<T>) -> Vec<ProblemError> {
    match part.problem() {
        Some(Problem::Body(errors)) => errors.clone(),
        Some(Problem::App(app::Error::Invalid(errors))) => {
            errors.iter().map(ProblemError::in_body).collect()
        }
        _ => Vec::new(),
    }
}

/// A body, to be compared with the current resource.
struct Comparison<'a> {
    sent: &'a Value,
    /// The resource. `None`: it does not exist, so that no read-only field is wrong.
    current: Option<&'a Value>,
    /// Whether the request has a precondition.
    is_conditional: bool,
}

impl Comparison<'_> {
    /// The JSON pointer of the part of the body that has an error and its current
    /// value.
    fn unchanged_part(&self, error: &ProblemError) -> Option<String> {
        let pointer = error.pointer.as_deref()?;
        if error.is_read_only() {
            let sent = self.sent.pointer(pointer)?;
            let is_unchanged = self.current.is_none_or(|current| match current.pointer(pointer) {
                Some(current) => is_same(sent, current),
                // A client may send null or no elements for what a response leaves out.
                None => sent.is_null() || sent.as_array().is_some_and(Vec::is_empty),
            });
            return is_unchanged.then(|| pointer.to_owned());
        }
        // If two fields contradict each other, one of them is the edit. Which one is known
        // only if the body is of the current state. Otherwise a request that is sent again
        // would undo its own change.
        let is_of_this_state = self.is_conditional
            || ["/etag", "/version"].into_iter().any(|pointer| self.is_unchanged(pointer));
        if error.detail.starts_with(CONTRADICTS) && !is_of_this_state {
            return None;
        }
        let (field, _) = pointer.strip_prefix('/')?.split_once('/').unwrap_or((pointer, ""));
        let field = format!("/{}", field.trim_start_matches('/'));
        if self.is_unchanged(&field) {
            return Some(field);
        }
        // Of an element with an ID, other fields need not be sent.
        let (element, _) = pointer.rsplit_once('/')?;
        let is_same_element = self.is_unchanged(&format!("{element}/id"));
        (is_same_element && self.is_unchanged(pointer)).then(|| pointer.to_owned())
    }

    fn is_unchanged(&self, pointer: &str) -> bool {
        let current = self.current.and_then(|current| current.pointer(pointer));
        let values = (self.sent.pointer(pointer), current);
        matches!(values, (Some(sent), Some(current)) if is_same(sent, current))
    }
}

/// Whether two values are equal, except for the format of timestamps.
pub(super) fn is_same(sent: &Value, current: &Value) -> bool {
    match (sent, current) {
        (Value::String(sent), Value::String(current)) => {
            let moment = DateTime::parse_from_rfc3339;
            sent == current
                || matches!((moment(sent), moment(current)), (Ok(sent), Ok(current)) if sent == current)
        }
        (Value::Array(sent), Value::Array(current)) => {
            sent.len() == current.len()
                && sent.iter().zip(current).all(|(sent, current)| is_same(sent, current))
        }
        (Value::Object(sent), Value::Object(current)) => {
            sent.len() == current.len()
                && sent.iter().all(|(name, sent)| {
                    current.get(name).is_some_and(|current| is_same(sent, current))
                })
        }
        _ => sent == current,
    }
}

/// Removes the field at a JSON pointer. Returns whether it was there.
fn remove(body: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    let name = name.replace("~1", "/").replace("~0", "~");
    let parent = body.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.is_some_and(|fields| fields.remove(&name).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::field_error::{FieldError, Reason};

    /// The part of a body that is removed for an error at a place.
    fn removed(sent: &Value, place: &'static str, reason: Reason) -> Option<String> {
        let current = json!({
            "createdAt": "2027-01-31T09:15:00Z", "name": "Ada", "firstLoginAt": null,
            "mobile": {"number": "1", "e164": "+1"},
            "teams": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        });
        let comparison = Comparison { sent, current: Some(&current), is_conditional: false };
        let error = FieldError::new(place, "", reason);
        comparison.unchanged_part(&ProblemError::in_body(&error))
    }

    #[test]
    fn only_unchanged_fields_are_removed() {
        let (read_only, invalid) = (Reason::read_only, || Reason::must_be("another"));
        let teams = json!([{"id": 1, "name": "a"}, {"id": 2, "name": "c"}]);
        for (sent, place, reason, expected) in [
            (json!({"createdAt": "2027-01-31T10:15:00+01:00"}), "createdAt", read_only(), true),
            (json!({"createdAt": "2027-01-31T09:15:01Z"}), "createdAt", read_only(), false),
            (json!({"firstLoginAt": null}), "firstLoginAt", read_only(), true),
            (json!({"raisedTeamRoles": null}), "raisedTeamRoles", read_only(), true),
            (json!({"raisedTeamRoles": []}), "raisedTeamRoles", read_only(), true),
            (json!({"raisedTeamRoles": [{}]}), "raisedTeamRoles", read_only(), false),
            (json!({"mobile": {"number": "2", "e164": "+1"}}), "mobile/e164", read_only(), true),
            (json!({"mobile": {"number": "2", "e164": "+2"}}), "mobile/e164", read_only(), false),
            (json!({"name": "Ada"}), "name", invalid(), true),
            (json!({"name": "Bob"}), "name", invalid(), false),
            (json!({"unknown": null}), "unknown", invalid(), false),
            (json!({"teams": teams}), "teams/0/name", invalid(), true),
            (json!({"teams": teams}), "teams/1/name", invalid(), false),
            (json!({"teams": [{"name": "a"}]}), "teams/0/name", invalid(), false),
        ] {
            let removed = removed(&sent, place, reason);
            assert_eq!(removed, expected.then(|| format!("/{place}")), "{sent} {place}");
        }
        let mobile = json!({"mobile": {"number": "1", "e164": "+1"}});
        assert_eq!(removed(&mobile, "mobile/number", invalid()), Some("/mobile".to_owned()));
    }
}
