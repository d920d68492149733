//! Texts that the domain reads by its own rules.

use super::*;

/// What stands between a reason and the value that it is about: an error of the
/// library has a message alone.
pub(in crate::http::api) const BEFORE_VALUE: char = '\u{1f}';

/// A text that is read as something of the domain, by its own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::api) struct Parsed<T>(pub(in crate::http::api) T);

impl<T: FromStr<Err: Display>, E: DeserializeError> Deserr<E> for Parsed<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        // What is no text is refused in the words of the type, if it has them.
        let is_text = matches!(value, Value::String(_));
        let text = text_of(value);
        let why = match text.parse() {
            Ok(value) if is_text => return Ok(Self(value)),
            Ok(_) => "must be a text".to_owned(),
            Err(why) => T::Err::to_string(&why),
        };
        let msg = format!("{why}{BEFORE_VALUE}{text}");
        Err(take_cf_content(E::error::<V>(None, ErrorKind::Unexpected { msg }, location)))
    }
}
