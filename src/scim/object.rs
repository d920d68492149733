//! Objects in responses: members without a value are left out.

use serde_json::Value;

use super::schema::Object;
use crate::domain::Timestamp;

/// The members that have a value.
pub(super) fn object_of<'a>(members: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Object {
    let filled = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    filled.collect()
}

/// A list, unless it is empty.
pub(super) fn non_empty_list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

/// Formats a timestamp (RFC 7643, section 2.3.5).
pub(super) fn format_timestamp(timestamp: Timestamp) -> Value {
    timestamp.to_rfc3339_opts(chrono::SecondsFormat::Micros, true).into()
}
