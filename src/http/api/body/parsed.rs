//! Texts that the domain reads by its own rules.

use super::*;

/// What stands between a reason and the value that it is about: an error of the
/// library has a message alone.
pub(super) const BEFORE_VALUE: char = '\u{1f}';

/// A text that is read as something of the domain, by its own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::api) struct Parsed<T>(pub(in crate::http::api) T);

impl<T: FromStr<Err: Display>, E: DeserializeError> Deserr<E> for Parsed<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let text = String::deserialize_from_value(value, location)?;
        text.parse().map(Self).map_err(|why: T::Err| {
            let msg = format!("{why}{BEFORE_VALUE}{text}");
            take_cf_content(E::error::<V>(None, ErrorKind::Unexpected { msg }, location))
        })
    }
}
