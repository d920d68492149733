//! The texts of a user in bodies and answers: one property for each definition.

use std::collections::BTreeMap;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde_json::Value as Json;

use super::{
    body::{BodyErrors, ParsedText, read_defined},
    fields::TextValue,
    multi_values::read_values,
};
use crate::domain::{
    multi_valued::{FieldValue, MultiValuedField},
    profile_field::{ProfileField, ProfileTexts},
    profile_text::{MAX_URL_CHARS, TextKind},
    text::MAX_CHARS,
    user_patch::{FieldPatch, UserPatchParser},
};

/// A body that writes a user: the texts, and all other fields.
#[derive(Debug)]
pub(super) struct BodyWithTexts<T, F> {
    pub(super) texts: BTreeMap<ProfileField, FieldPatch<T>>,
    values: Vec<(MultiValuedField, Vec<FieldValue>)>,
    pub(super) fields: F,
}

/// A text of one kind of body.
pub(super) trait BodyText: Sized + AsRef<str> {
    /// Reads the text of an attribute.
    fn read<V: IntoValue>(
        field: ProfileField,
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors>;
}

/// A text within the bounds of the contract, trimmed.
#[derive(Debug)]
pub(super) struct BoundedText(String);

impl AsRef<str> for BoundedText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl BodyText for BoundedText {
    fn read<V: IntoValue>(
        field: ProfileField,
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let text = match field.definition().kind {
            TextKind::WebAddress => read_bounded::<MAX_URL_CHARS, _>(value, location),
            _ => read_bounded::<MAX_CHARS, _>(value, location),
        }?;
        Ok(Self(text.unwrap_or_default()))
    }
}

/// Reads a text of at most `MAX` characters. A blank one counts as absent.
fn read_bounded<const MAX: usize, V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
) -> Result<Option<String>, BodyErrors> {
    let ParsedText(TextValue::<MAX>(text)) = Deserr::deserialize_from_value(value, location)?;
    Ok(text)
}

impl BodyText for String {
    fn read<V: IntoValue>(
        _: ProfileField,
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        Self::deserialize_from_value(value, location)
    }
}

impl<T: BodyText, F: Deserr<BodyErrors>> Deserr<BodyErrors> for BodyWithTexts<T, F> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let (mut texts, mut values) = (BTreeMap::new(), Vec::new());
        let fields = read_defined(value, location, definitions(), |field, value, location| {
            match (field, value) {
                (DefinedField::Text(field), Json::Null) => {
                    texts.insert(field, FieldPatch::Clear);
                }
                (DefinedField::Text(field), value) => {
                    let text = T::read(field, value.into_value(), location)?;
                    texts.insert(field, FieldPatch::Set(text));
                }
                (DefinedField::MultiValued(field), value) => {
                    values.push((field, read_values(field, value, location)?));
                }
            }
            Ok(())
        })?;
        Ok(Self { texts, values, fields })
    }
}

impl<T: BodyText, F> BodyWithTexts<T, F> {
    /// Removes all values of a list. Returns whether the body sets it as well.
    pub(super) fn clear_values(&mut self, list: MultiValuedField) -> bool {
        let was_set =
            self.values.iter().any(|(field, values)| *field == list && !values.is_empty());
        self.values.push((list, Vec::new()));
        was_set
    }

    /// Sets each text and list of the user.
    pub(super) fn set_profile(&self, parser: &mut UserPatchParser) {
        for (field, values) in &self.values {
            parser.set_values(*field, FieldPatch::Set(values.clone()));
        }
        for (field, text) in &self.texts {
            parser.set(*field, text.as_ref().map(AsRef::as_ref));
        }
    }
}

/// A field of a body that has a definition.
#[derive(Clone, Copy)]
enum DefinedField {
    Text(ProfileField),
    MultiValued(MultiValuedField),
}

fn definitions() -> impl Iterator<Item = (&'static str, DefinedField)> {
    let texts = ProfileField::writable().map(|field| (field.as_str(), DefinedField::Text(field)));
    let multi_valued =
        MultiValuedField::ALL.map(|field| (field.as_str(), DefinedField::MultiValued(field)));
    texts.chain(multi_valued)
}

/// The names of the texts and lists of a body, before those of its other fields.
pub(super) fn with_names<'a>(others: &[&'a str]) -> Vec<&'a str> {
    let defined = definitions().map(|(name, _)| -> &'a str { name });
    defined.chain(others.iter().copied()).collect()
}

/// The texts of a response, by name. One that a user does not have is null.
pub(super) fn response_properties(mut texts: ProfileTexts) -> serde_json::Map<String, Json> {
    ProfileField::text_fields()
        .map(|field| (field.as_str().to_owned(), texts.remove(&field).into()))
        .collect()
}
