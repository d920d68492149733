//! Values of request bodies that several resources share.

use deserr::{Deserr, IntoValue, Sequence as _, Value, ValuePointerRef};

use super::body::BodyErrors;
pub(super) use crate::domain::field_format::{
    EntityIdValue, FieldFormatError, LineValue, TextValue, TimestampText, WebAddressValue,
};

/// A list of at most `MAX` elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BoundedVec<T, const MAX: usize>(pub(super) Vec<T>);

impl<T: Deserr<BodyErrors>, const MAX: usize> Deserr<BodyErrors> for BoundedVec<T, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        // A list that is too long is not parsed.
        let too_many = matches!(&value, Value::Sequence(all) if all.len() > MAX);
        if !too_many {
            return Vec::deserialize_from_value(value, location).map(Self);
        }
        Err(BodyErrors::from_value(value, format!("must have at most {MAX} elements"), location))
    }
}
