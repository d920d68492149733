//! The texts of a user in bodies and answers: one property for each definition.

use std::collections::BTreeMap;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde_json::Value as Json;

use super::{
    body::{BodyErrors, ParsedText, PatchField},
    fields::TextValue,
};
use crate::domain::{
    profile_field::{ProfileField, ProfileTexts},
    provisioning::MAX_URL_CHARS,
    text::MAX_CHARS,
    user_patch::{FieldPatch, UserPatchParser},
};

/// A body that writes a user: the texts, and all other fields.
#[derive(Debug)]
pub(super) struct WithTexts<T, F> {
    pub(super) texts: BTreeMap<ProfileField, PatchField<T>>,
    pub(super) fields: F,
}

/// A text as a kind of body has it.
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
        let text = match field {
            ProfileField::UserProfileImage => {
                let ParsedText(TextValue::<MAX_URL_CHARS>(text)) =
                    Deserr::deserialize_from_value(value, location)?;
                text
            }
            _ => {
                let ParsedText(TextValue::<MAX_CHARS>(text)) =
                    Deserr::deserialize_from_value(value, location)?;
                text
            }
        };
        Ok(Self(text.unwrap_or_default()))
    }
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

impl<T: BodyText, F: Deserr<BodyErrors>> Deserr<BodyErrors> for WithTexts<T, F> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let (mut texts, mut errors) = (BTreeMap::new(), None);
        let mut body = Json::deserialize_from_value(value, location)?;
        let mut order = Vec::new();
        if let Some(all) = body.as_object_mut() {
            order.extend(all.keys().cloned());
            for field in ProfileField::written() {
                let Some(value) = all.shift_remove(field.as_str()) else { continue };
                let name = field.as_str();
                let text = match value {
                    Json::Null => Ok(PatchField::Null),
                    value => T::read(field, value.into_value(), location.push_key(name))
                        .map(PatchField::Value),
                };
                match text {
                    Ok(text) => drop(texts.insert(field, text)),
                    Err(more) => errors = Some(more.behind(errors)),
                }
            }
        }
        let errors = match (F::deserialize_from_value(body.into_value(), location), errors) {
            (Ok(fields), None) => return Ok(Self { texts, fields }),
            (Ok(_), Some(errors)) => errors,
            (Err(more), errors) => more.behind(errors),
        };
        Err(errors.in_order(&order, location))
    }
}

impl<T: BodyText, F> WithTexts<T, F> {
    /// Sets each text of the user.
    pub(super) fn set_texts(&self, parser: &mut UserPatchParser) {
        for (field, text) in &self.texts {
            parser.set(
                *field,
                match text {
                    PatchField::Absent => FieldPatch::Keep,
                    PatchField::Null => FieldPatch::Clear,
                    PatchField::Value(text) => FieldPatch::Set(text.as_ref()),
                },
            );
        }
    }
}

/// The names of the texts of a body, before those of its other fields.
pub(super) fn with_names<'a>(others: &[&'a str]) -> Vec<&'a str> {
    let texts = ProfileField::written().map(|field| -> &'a str { field.as_str() });
    texts.chain(others.iter().copied()).collect()
}

/// The texts of an answer, by name. One that a user does not have is null.
pub(super) fn in_answer(mut texts: ProfileTexts) -> BTreeMap<&'static str, Option<String>> {
    ProfileField::texts().map(|field| (field.as_str(), texts.remove(&field))).collect()
}
