//! The profile of a new user, as plans are stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{
    domain::{id::AttemptId, mobile::Mobile, multi_valued::FieldValue, user::Profile},
    store::error::{RowRef, StoreError},
};

#[derive(Serialize, Deserialize)]
pub(super) struct ProfileJson {
    first_name: String,
    last_name: String,
    /// By the names of their definitions.
    #[serde(flatten)]
    texts: BTreeMap<String, Option<String>>,
    mobile: Option<MobileJson>,
    profile_image: Option<String>,
    /// By the names of the attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, Vec<Map<String, Json>>>,
    /// By the names of the custom attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    custom: BTreeMap<String, Json>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MobileJson {
    region: String,
    number: String,
    e164: String,
}

impl From<&Profile> for ProfileJson {
    fn from(profile: &Profile) -> Self {
        let Profile { first_name, last_name, texts, mobile, profile_image, values, custom } =
            profile.clone();
        let texts = texts.into_iter().map(|(field, text)| (field.as_str().to_owned(), Some(text)));
        let mobile =
            mobile.map(|Mobile { region, number, e164 }| MobileJson { region, number, e164 });
        let to_json = |values: Vec<FieldValue>| values.iter().map(FieldValue::to_json).collect();
        let values = values.into_iter();
        let values = values.map(|(list, values)| (list.as_str().to_owned(), to_json(values)));
        let custom = custom.into_iter().map(|(name, value)| (name.to_string(), value));
        let (texts, values, custom) = (texts.collect(), values.collect(), custom.collect());
        Self { first_name, last_name, texts, mobile, profile_image, values, custom }
    }
}

impl ProfileJson {
    pub(super) fn read(self, place: &RowRef<AttemptId>) -> Result<Profile, StoreError> {
        let Self { first_name, last_name, texts, mobile, profile_image, values, custom } = self;
        let texts = texts.into_iter().filter_map(|(name, text)| {
            let field = place.parse("plan", &name);
            text.map(|text| Ok((field?, text)))
        });
        let texts = texts.collect::<Result<_, StoreError>>()?;
        let mobile =
            mobile.map(|MobileJson { region, number, e164 }| Mobile { region, number, e164 });
        let values = values.into_iter().map(|(list, values)| {
            let values = values.iter().filter_map(FieldValue::from_json).collect();
            Ok((place.parse("plan", &list)?, values))
        });
        let values = values.collect::<Result<_, StoreError>>()?;
        let custom =
            custom.into_iter().map(|(name, value)| Ok((place.parse("plan", &name)?, value)));
        let custom = custom.collect::<Result<_, StoreError>>()?;
        Ok(Profile { first_name, last_name, texts, mobile, profile_image, values, custom })
    }
}
