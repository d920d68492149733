//! The column `profile` of a user: the attributes without columns of their own, who set
//! each attribute, and the locks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{json, provenance::StoredProvenance};
use crate::{
    domain::{
        attribute_name::{AttributeName, UnknownAttribute},
        custom_attribute::CustomAttributes,
        multi_valued::{FieldValue, ValuesByField},
        profile_field::{ProfileField, ProfileTexts},
        provenance::AttributeProvenance,
        user::{Profile, User},
    },
    store::{
        error::{RowRef, StoreError},
        sql::JsonText,
    },
};

/// The texts that have columns of their own. The others are in `profile`.
pub(super) const COLUMNS: [ProfileField; 2] = [ProfileField::Position, ProfileField::Department];

/// The keys that no attribute has.
const SET_BY: &str = "setBy";
const LOCKS: &str = "locks";
const CUSTOM: &str = "custom";

/// The column, parsed.
pub(crate) struct StoredProfile {
    pub(crate) texts: ProfileTexts,
    pub(crate) values: ValuesByField,
    pub(crate) custom: CustomAttributes,
    pub(super) provenance: AttributeProvenance,
    pub(super) locks: BTreeSet<AttributeName>,
}

/// The column as JSON.
#[derive(Deserialize)]
struct ProfileColumnJson {
    #[serde(default, rename = "setBy")]
    set_by: Vec<StoredProvenance>,
    #[serde(default)]
    locks: Vec<String>,
    #[serde(default)]
    custom: BTreeMap<String, Value>,
    #[serde(flatten)]
    values: BTreeMap<String, StoredValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredValue {
    Text(String),
    List(Vec<Map<String, Value>>),
}

/// Writes the column.
pub(in crate::store) fn write(user: &User) -> JsonText {
    let texts = user.profile.texts.iter().filter(|(field, _)| !COLUMNS.contains(field));
    let texts = texts.map(|(field, text)| (field.as_str().to_owned(), text.clone().into()));
    let values = user.profile.values.iter().map(|(field, values)| {
        (field.as_str().to_owned(), values.iter().map(FieldValue::to_json).collect())
    });
    let mut column: Map<String, Value> = texts.chain(values).collect();
    let groups = user.provenance.groups().map(|(provenance, fields)| {
        let mut stored = StoredProvenance::from(provenance);
        stored.fields = to_texts(fields);
        // Texts and numbers can always be written.
        serde_json::to_value(stored).unwrap_or_default()
    });
    let groups: Vec<_> = groups.collect();
    if !groups.is_empty() {
        column.insert(SET_BY.to_owned(), groups.into());
    }
    if !user.locks.is_empty() {
        column.insert(LOCKS.to_owned(), to_texts(&user.locks).into());
    }
    if !user.profile.custom.is_empty() {
        let custom = user.profile.custom.iter();
        let custom = custom.map(|(name, value)| (name.to_string(), value.clone()));
        column.insert(CUSTOM.to_owned(), Value::Object(custom.collect()));
    }
    JsonText(Value::Object(column).to_string())
}

/// The profile without the attributes that have columns of their own.
impl From<StoredProfile> for Profile {
    fn from(stored: StoredProfile) -> Self {
        let StoredProfile { texts, values, custom, provenance: _, locks: _ } = stored;
        Self { texts, values, custom, ..Self::default() }
    }
}

impl StoredProfile {
    /// Reads the column.
    pub(in crate::store) fn read(
        row_ref: &RowRef<impl Display>,
        profile: &JsonText,
    ) -> Result<Self, StoreError> {
        let ProfileColumnJson { set_by, locks, custom, values } =
            json::read(row_ref, "profile", profile)?;
        let (mut texts, mut values_by_field) = (ProfileTexts::new(), ValuesByField::new());
        for (name, stored) in values {
            match stored {
                StoredValue::Text(text) => {
                    drop(texts.insert(row_ref.parse("profile", &name)?, text));
                }
                StoredValue::List(values) => {
                    let values = values.iter().map(FieldValue::from_json).collect::<Option<_>>();
                    let values =
                        values.ok_or_else(|| row_ref.corrupt(format_args!("profile {name}")))?;
                    values_by_field.insert(row_ref.parse("profile", &name)?, values);
                }
            }
        }
        let mut provenance = AttributeProvenance::default();
        for mut stored in set_by {
            let fields = read_names(row_ref, &std::mem::take(&mut stored.fields))?;
            let record = stored.read().ok_or_else(|| row_ref.corrupt("profile setBy"))?;
            provenance.set(&record, &fields);
        }
        let custom = custom
            .into_iter()
            .map(|(name, value)| row_ref.parse("profile", &name).map(|name| (name, value)));
        Ok(Self {
            texts,
            values: values_by_field,
            custom: custom.collect::<Result<_, _>>()?,
            provenance,
            locks: read_names(row_ref, &locks)?,
        })
    }
}

fn to_texts<T: ToString>(names: &BTreeSet<T>) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn read_names<T: FromStr<Err = UnknownAttribute> + Ord>(
    row_ref: &RowRef<impl Display>,
    names: &[String],
) -> Result<BTreeSet<T>, StoreError> {
    names.iter().map(|name| row_ref.parse("profile", name)).collect()
}
