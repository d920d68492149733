//! The values of custom attributes that an assertion has.

use serde_json::Value as Json;

use super::{
    FallbackReason, MappingTarget, ValueFallback, ValueSource,
    attribute_reader::{FieldReader, fallback},
    planned_fields::target_text,
    update::Updater,
};
use crate::domain::{
    attribute_name::AttributeName,
    check::excerpt,
    custom_attribute::{
        AttributeDefinition, AttributeWriter, CustomAttributeName, CustomAttributes, CustomTarget,
        DefinedTarget, ForbiddenChange, MAX_VALUES, is_too_long, value_text,
    },
    field_error::{FieldError, REQUIRED, Reason},
    user::User,
};

/// A login changes custom attributes as a SCIM client does.
const WRITER: AttributeWriter = AttributeWriter { is_administrator: false, creates_user: false };

/// The values of a custom attribute in an assertion.
struct ReceivedCustomAttribute<'a> {
    /// The whole attribute.
    target: CustomTarget,
    definition: Option<&'a AttributeDefinition>,
    value: ReceivedValue,
    /// The name of the first attribute that fills it.
    name: &'a str,
    source: ValueSource,
    fallbacks: Vec<ValueFallback>,
    /// Whether the only value is the connection's default.
    is_default: bool,
}

/// A received value.
enum ReceivedValue {
    /// The assertion does not have it.
    Absent,
    /// It could not be read.
    Unusable,
    Whole(Json),
    /// It was not received, and the connection has a default.
    Default(Json),
    /// The received value of each mapped sub-attribute of a complex value.
    Complex(Vec<(CustomAttributeName, ReceivedValue)>),
}

/// What a login does if it receives no value.
#[derive(Clone, Copy)]
struct MergeRules {
    /// It removes the current value.
    removes_absent: bool,
    /// It sets the default of the connection if there was no value.
    fills_by_default: bool,
    /// It replaces the current value by the default of the connection.
    replaces_by_default: bool,
}

impl MergeRules {
    /// A new user has no values to remove or replace.
    const NEW_USER: Self =
        Self { removes_absent: false, fills_by_default: true, replaces_by_default: false };

    fn sets_default(self, current: Option<&Json>) -> bool {
        if current.is_none() { self.fills_by_default } else { self.replaces_by_default }
    }
}

/// Reads each custom attribute that the connection maps. `before`: those of the user.
fn read_attributes<'a>(
    reader: &FieldReader<'a>,
    before: &CustomAttributes,
) -> Vec<ReceivedCustomAttribute<'a>> {
    let targets: Vec<_> = reader.policy.custom_targets().collect();
    let attributes = targets.chunk_by(|one, next| one.attribute == next.attribute);
    attributes.filter_map(|targets| read_attribute(reader, targets, before)).collect()
}

fn read_attribute<'a>(
    reader: &FieldReader<'a>,
    targets: &[CustomTarget],
    before: &CustomAttributes,
) -> Option<ReceivedCustomAttribute<'a>> {
    let is_filled = |target: &&CustomTarget| !reader.filled_values(**target).is_empty();
    let first = *targets.iter().find(is_filled).or(targets.first())?;
    let current = before.get(&first.attribute);
    let mut fallbacks = Vec::new();
    let mut definition = None;
    let mut read = |target: CustomTarget| {
        let defined = target.resolve(reader.definitions).ok();
        definition = definition.or(defined.map(|defined| defined.definition));
        read_target(reader, target, defined, current, &mut fallbacks)
    };
    let value = match targets {
        [CustomTarget { sub_attribute: None, .. }] => read(first),
        targets => {
            let read_one = |target: &CustomTarget| Some((target.sub_attribute?, read(*target)));
            ReceivedValue::Complex(targets.iter().filter_map(read_one).collect())
        }
    };
    let is_default = reader.is_default(first)
        && targets.iter().filter(is_filled).all(|target| reader.is_default(*target));
    Some(ReceivedCustomAttribute {
        target: first.whole(),
        definition,
        value,
        name: reader.name(first),
        source: reader.source(first),
        fallbacks,
        is_default,
    })
}

/// Reads an attribute, or a sub-attribute of one. Malformed values are left out.
fn read_target(
    reader: &FieldReader<'_>,
    target: CustomTarget,
    defined: Option<DefinedTarget<'_>>,
    current: Option<&Json>,
    fallbacks: &mut Vec<ValueFallback>,
) -> ReceivedValue {
    if reader.is_absent(target) {
        return ReceivedValue::Absent;
    }
    let parse = |text: &str| match defined {
        Some(defined) => defined.parse_text(text).map_err(invalid_value),
        None => Err(FallbackReason::NotDefined),
    };
    let value = match defined {
        Some(defined) if defined.has_several_values() => {
            read_several(reader, target, parse, fallbacks)
        }
        _ => {
            let read = reader.read_first(target, parse);
            let current = match target.sub_attribute {
                Some(name) => current.and_then(|value| value.get(name.as_str())),
                None => current,
            };
            let used = read.value.as_ref().or(current).map(value_text);
            fallbacks.extend(read.fallbacks(used.as_deref()));
            read.value
        }
    };
    match value {
        Some(value) if reader.is_default(target) => ReceivedValue::Default(value),
        Some(value) => ReceivedValue::Whole(value),
        None => ReceivedValue::Unusable,
    }
}

fn read_several(
    reader: &FieldReader<'_>,
    target: CustomTarget,
    parse: impl Fn(&str) -> Result<Json, FallbackReason>,
    fallbacks: &mut Vec<ValueFallback>,
) -> Option<Json> {
    let name = reader.name(target);
    let rejected = reader.rejected(target).into_iter();
    fallbacks.extend(rejected.map(|(value, reason)| fallback(name, value, reason, None)));
    let mut values = Vec::new();
    for text in reader.filled_values(target) {
        match parse(text) {
            Ok(value) if values.contains(&value) => {}
            Ok(_) if values.len() >= MAX_VALUES => {
                fallbacks.push(fallback(name, text, FallbackReason::TooManyValues, None));
                break;
            }
            Ok(value) => values.push(value),
            Err(reason) => fallbacks.push(fallback(name, text, reason, None)),
        }
    }
    (!values.is_empty()).then_some(Json::Array(values))
}

fn invalid_value(reason: Reason) -> FallbackReason {
    FallbackReason::InvalidValue(excerpt(&FieldError::new("", "", reason).reason))
}

impl ReceivedCustomAttribute<'_> {
    /// Adds the received values to the attributes `before`.
    ///
    /// # Errors
    /// The reason why the attribute is not changed.
    fn apply(
        &self,
        before: &CustomAttributes,
        rules: MergeRules,
        is_locked: bool,
    ) -> Result<CustomAttributes, FallbackReason> {
        let (name, mut after) = (self.target.attribute, before.clone());
        let Some(definition) = self.definition else { return Ok(after) };
        let current = before.get(&name);
        let value = self.value.merge(current, rules);
        if value.as_ref() == current {
            return Ok(after);
        }
        if is_locked {
            return Err(FallbackReason::Locked);
        }
        definition.check_writer(WRITER, current.is_some())?;
        match value {
            Some(value) => {
                let parsed = definition.parse(&value, "").map_err(invalid_whole)?;
                parsed.map(|value| after.insert(name, value));
            }
            None => drop(after.remove(&name)),
        }
        if is_too_long(before, &after) { Err(FallbackReason::TooManyBytes) } else { Ok(after) }
    }

    /// The fallback of the received value.
    fn fallback(&self, reason: FallbackReason, used: Option<&str>) -> ValueFallback {
        let value = self.value.to_json().as_ref().map(value_text).unwrap_or_default();
        fallback(self.name, &value, reason, used)
    }
}

impl ReceivedValue {
    /// Merges the received value into the current one.
    fn merge(&self, current: Option<&Json>, rules: MergeRules) -> Option<Json> {
        match self {
            Self::Whole(value) => Some(value.clone()),
            Self::Default(value) if rules.sets_default(current) => Some(value.clone()),
            Self::Absent if rules.removes_absent => None,
            Self::Absent | Self::Unusable | Self::Default(_) => current.cloned(),
            Self::Complex(values) => {
                let mut object = current.and_then(Json::as_object).cloned().unwrap_or_default();
                for (name, value) in values {
                    let name = name.as_str();
                    match value.merge(object.get(name), rules) {
                        Some(value) => object.insert(name.to_owned(), value),
                        None => object.remove(name),
                    };
                }
                (!object.is_empty()).then_some(Json::Object(object))
            }
        }
    }

    /// The received value, as far as it is usable.
    fn to_json(&self) -> Option<Json> {
        self.merge(None, MergeRules::NEW_USER)
    }
}

/// Describes an error of a whole value, such as a missing sub-attribute.
fn invalid_whole(errors: Vec<FieldError>) -> FallbackReason {
    let error = errors.into_iter().next();
    let reason = error.map(|FieldError { field, reason, .. }| match field.strip_prefix('/') {
        Some(name) if reason == REQUIRED => format!("must have the sub-attribute {name}"),
        Some(name) => format!("has the sub-attribute {name}, which {reason}"),
        None => reason,
    });
    FallbackReason::InvalidValue(excerpt(&reason.unwrap_or_default()))
}

impl From<ForbiddenChange> for FallbackReason {
    fn from(forbidden: ForbiddenChange) -> Self {
        match forbidden {
            ForbiddenChange::ReadOnly => Self::ReadOnly,
            ForbiddenChange::Immutable => Self::Immutable,
        }
    }
}

/// The custom attributes of a new user.
pub(super) fn fill_attributes(
    reader: &FieldReader<'_>,
    sources: &mut Vec<(MappingTarget, ValueSource)>,
    fallbacks: &mut Vec<ValueFallback>,
) -> CustomAttributes {
    let mut attributes = CustomAttributes::new();
    for mut received in read_attributes(reader, &attributes) {
        fallbacks.append(&mut received.fallbacks);
        match received.apply(&attributes, MergeRules::NEW_USER, false) {
            Ok(after) if after == attributes => {}
            Ok(after) => {
                attributes = after;
                sources.push((received.target.into(), received.source));
            }
            Err(reason) => fallbacks.push(received.fallback(reason, None)),
        }
    }
    attributes
}

impl Updater<'_, '_> {
    /// Changes the custom attributes of a user whose other attributes are changed already.
    pub(super) fn update_custom_attributes(&mut self, mut after: User) -> User {
        for mut received in read_attributes(&self.reader, &after.profile.custom) {
            let name = AttributeName::from(received.target.attribute);
            let current = target_text(&after, received.target.into());
            if !self.may_set_value(name.into(), current.is_some(), received.is_default) {
                continue;
            }
            self.fallbacks.append(&mut received.fallbacks);
            let rules = MergeRules {
                removes_absent: self.removes_absent(name.into()),
                fills_by_default: self.may_set_default(name.into(), false),
                replaces_by_default: self.may_set_default(name.into(), true),
            };
            let is_locked = after.is_locked(name);
            match received.apply(&after.profile.custom, rules, is_locked) {
                Ok(custom) if custom == after.profile.custom => {}
                Ok(custom) => {
                    after.profile.custom = custom;
                    let source = match received.value.to_json() {
                        Some(_) => received.source,
                        None => ValueSource::NotReceived,
                    };
                    self.sources.push((received.target.into(), source));
                }
                Err(reason) => self.fallbacks.push(received.fallback(reason, current.as_deref())),
            }
        }
        after
    }
}
