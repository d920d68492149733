//! Tests of the texts and values of users that have no columns. Their keys are in the index
//! table `user_values`.

use diesel::{dsl::sql, prelude::*, sql_types::Bool};

use super::{
    Column, RowPredicate, Value, column,
    condition::{always, join_all, join_any, text_test, with_value},
};
use crate::{
    domain::{
        custom_attribute::CustomAttributeName,
        filter::{CustomSubAttribute, CustomValueCondition, TextOperator, ValueCondition},
        lists::prefix_range,
        multi_valued::{FieldValue, MultiValuedField, SubAttribute, default_value},
        profile_field::ProfileField,
    },
    store::{
        rows::custom_field,
        schema::{user_values, users},
        sql::{Text, TextValue},
    },
};

/// The key of a text, as a subquery.
pub(super) fn text_column(field: ProfileField) -> Column<users::table> {
    let key = || {
        user_values::table
            .filter(user_values::user_id.eq(users::id))
            .filter(user_values::field.eq(TextValue::new(field.as_str())))
            .filter(user_values::place.eq(0))
            .select(user_values::value_key)
            .single_value()
    };
    Column {
        value: Value::Text(Box::new(key().assume_not_null())),
        is_present: Some(Box::new(key().is_not_null())),
    }
}

/// Whether some value of a multi-valued attribute meets a condition: a stored one, or,
/// if none is stored, the default one.
pub(super) fn any_value(
    field: MultiValuedField,
    condition: &ValueCondition,
) -> RowPredicate<users::table> {
    let stored = stored_value(field.as_str(), value_test(&StoredValue, condition));
    match DefaultValue::new(field) {
        None => stored,
        Some(default) => {
            let is_default = diesel::dsl::not(stored_value(field.as_str(), always(true)));
            let has_default = has_default(field);
            let by_default = value_test(&default, condition).and(has_default).and(is_default);
            Box::new(stored.or(by_default))
        }
    }
}

/// Whether some value of a custom attribute meets a condition.
pub(super) fn any_custom_value(
    name: CustomAttributeName,
    condition: &CustomValueCondition,
) -> RowPredicate<users::table> {
    stored_value(&custom_field(name, None), value_test(&StoredCustomValue { name }, condition))
}

/// Whether a stored value meets a test. This does not use EXISTS, because PostgreSQL might
/// then read the values of all users first.
fn stored_value(field: &str, test: RowPredicate<users::table>) -> RowPredicate<users::table> {
    let start = "((SELECT 1 FROM user_values AS stored WHERE stored.user_id = users.id \
                 AND stored.field = ";
    let stored = sql::<Bool>(start).bind::<Text, _>(TextValue::new(field));
    Box::new(stored.sql(" AND ").bind::<Bool, _>(test).sql(" LIMIT 1) IS NOT NULL)"))
}

/// Whether a user has the attribute that is the default value.
fn has_default(field: MultiValuedField) -> RowPredicate<users::table> {
    match field {
        MultiValuedField::PhoneNumbers => Box::new(users::mobile_e164.is_not_null()),
        MultiValuedField::Photos => Box::new(users::profile_image.is_not_null()),
        _ => always(true),
    }
}

/// The sub-attributes of a value.
trait ValueSource<P> {
    /// The key of a sub-attribute. `None`: the value never has it.
    fn sub_attribute(&self, sub_attribute: &P) -> Option<Column<users::table>>;

    /// Whether the value is marked as the primary one, or as not the primary one.
    fn primary(&self, is_primary: bool) -> RowPredicate<users::table>;
}

fn value_test<P: Clone>(
    source: &dyn ValueSource<P>,
    condition: &ValueCondition<P>,
) -> RowPredicate<users::table> {
    match condition {
        ValueCondition::All(all) => join_all(all.iter().map(|one| value_test(source, one))),
        ValueCondition::Any(any) => join_any(any.iter().map(|one| value_test(source, one))),
        ValueCondition::Not(one) => Box::new(diesel::dsl::not(value_test(source, one))),
        ValueCondition::Primary(is_primary) => source.primary(*is_primary),
        ValueCondition::Present(sub_attribute) => match source.sub_attribute(sub_attribute) {
            Some(column) => column.is_present.unwrap_or_else(|| always(true)),
            None => always(false),
        },
        ValueCondition::Text(sub_attribute, TextOperator::Sw, prefix) => {
            let (from, to) = prefix_range(prefix);
            let from = ValueCondition::Text(sub_attribute.clone(), TextOperator::Ge, from);
            let to = to.map(|to| ValueCondition::Text(sub_attribute.clone(), TextOperator::Lt, to));
            value_test(
                source,
                &ValueCondition::All([Some(from), to].into_iter().flatten().collect()),
            )
        }
        ValueCondition::Text(sub_attribute, operator, text) => {
            match source.sub_attribute(sub_attribute) {
                Some(column) => with_value(column, |value| text_test(value, *operator, text)),
                None => always(false),
            }
        }
    }
}

/// A column of a row that the statement calls `stored`.
fn stored_column(column: &str) -> Column<users::table> {
    Column {
        value: Value::Text(Box::new(sql::<Text>(column))),
        is_present: Some(Box::new(sql::<Bool>(&format!("({column} IS NOT NULL)")))),
    }
}

/// A row of `user_values`, which the statement calls `stored`.
struct StoredValue;

impl ValueSource<SubAttribute> for StoredValue {
    fn sub_attribute(&self, sub_attribute: &SubAttribute) -> Option<Column<users::table>> {
        let column = match sub_attribute {
            SubAttribute::Value => "stored.value_key",
            SubAttribute::Display => "stored.display_key",
            SubAttribute::Formatted => "stored.formatted_key",
            SubAttribute::StreetAddress => "stored.street_address_key",
            SubAttribute::Locality => "stored.locality_key",
            SubAttribute::Region => "stored.region_key",
            SubAttribute::PostalCode => "stored.postal_code_key",
            SubAttribute::Country => "stored.country_key",
            SubAttribute::Type => "stored.type_key",
        };
        Some(stored_column(column))
    }

    fn primary(&self, is_primary: bool) -> RowPredicate<users::table> {
        Box::new(sql::<Bool>(match is_primary {
            true => "(stored.is_primary IS TRUE)",
            false => "(stored.is_primary IS FALSE)",
        }))
    }
}

/// A row of `user_values` for a value of a custom attribute, which the statement calls
/// `stored`.
struct StoredCustomValue {
    name: CustomAttributeName,
}

impl ValueSource<CustomSubAttribute> for StoredCustomValue {
    /// The sub-attributes of a value have rows of their own.
    fn sub_attribute(&self, sub_attribute: &CustomSubAttribute) -> Option<Column<users::table>> {
        const KEY: &str = "(SELECT part.value_key FROM user_values AS part \
                           WHERE part.user_id = stored.user_id AND part.place = stored.place \
                           AND part.field = ";
        let Some(sub_attribute) = sub_attribute else {
            return Some(stored_column("stored.value_key"));
        };
        let field = || TextValue(custom_field(self.name, Some(*sub_attribute)));
        let key = sql::<Text>(KEY).bind::<Text, _>(field()).sql(")");
        let is_present = sql::<Bool>("(").sql(KEY).bind::<Text, _>(field()).sql(") IS NOT NULL)");
        Some(Column { value: Value::Text(Box::new(key)), is_present: Some(Box::new(is_present)) })
    }

    /// Values of custom attributes have no primary one.
    fn primary(&self, _: bool) -> RowPredicate<users::table> {
        always(false)
    }
}

/// The value of a user whose list is not stored.
struct DefaultValue {
    field: MultiValuedField,
    /// The value without its text, which is in a column.
    value: FieldValue,
}

impl DefaultValue {
    /// `None`: the attribute has no default value.
    fn new(field: MultiValuedField) -> Option<Self> {
        use MultiValuedField::{Emails, PhoneNumbers, Photos};
        let has_default = matches!(field, Emails | PhoneNumbers | Photos);
        has_default.then(|| Self { field, value: default_value(field, "") })
    }
}

impl ValueSource<SubAttribute> for DefaultValue {
    fn sub_attribute(&self, sub_attribute: &SubAttribute) -> Option<Column<users::table>> {
        match (*sub_attribute, self.field) {
            (SubAttribute::Value, MultiValuedField::PhoneNumbers) => {
                Some(column!(Text, users::mobile_e164.assume_not_null()))
            }
            (SubAttribute::Value, MultiValuedField::Photos) => {
                Some(column!(Text, users::profile_image.assume_not_null()))
            }
            (SubAttribute::Value, _) => Some(column!(Text, users::email_key)),
            (sub_attribute, field) => {
                let key = TextValue(
                    field.kind().key(sub_attribute, self.value.sub_attribute(sub_attribute)?),
                );
                Some(column!(Text, key.into_sql::<Text>()))
            }
        }
    }

    fn primary(&self, is_primary: bool) -> RowPredicate<users::table> {
        always(self.value.is_primary == Some(is_primary))
    }
}
