//! Fields of a body that have definitions, in addition to the fields of a struct.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde_json::Value as Json;

use super::errors::BodyErrors;

/// Reads each field that has a definition by `read`, and the others as a struct.
///
/// # Errors
/// Every error, in the order of the body.
pub(in crate::http::api) fn read_defined<K, F: Deserr<BodyErrors>, V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
    definitions: impl Iterator<Item = (&'static str, K)>,
    mut read: impl FnMut(K, Json, ValuePointerRef<'_>) -> Result<(), BodyErrors>,
) -> Result<F, BodyErrors> {
    let mut errors = None;
    let mut body = Json::deserialize_from_value(value, location)?;
    let mut order = Vec::new();
    if let Some(fields) = body.as_object_mut() {
        order.extend(fields.keys().cloned());
        for (name, key) in definitions {
            let Some(value) = fields.shift_remove(name) else { continue };
            if let Err(more) = read(key, value, location.push_key(name)) {
                errors = Some(more.append_to(errors));
            }
        }
    }
    let errors = match (F::deserialize_from_value(body.into_value(), location), errors) {
        (Ok(fields), None) => return Ok(fields),
        (Ok(_), Some(errors)) => errors,
        (Err(more), errors) => more.append_to(errors),
    };
    Err(errors.in_order(&order, location))
}
