//! Evaluates the filter of a path against one value of a multi-valued attribute (RFC
//! 7644, section 3.5.2).

use std::cmp::Ordering;

use chrono::DateTime;
use serde_json::{Number, Value as Json};

use super::{
    error::{ScimError, ScimErrorType},
    schema::{Attribute, AttributeType},
};
use crate::domain::{
    filter::{Filter, Literal, Operator, Path, ValueCondition},
    multi_valued::{FieldValue, MultiValuedField, SubAttribute},
    text::fold_part,
};

/// Whether a value matches a filter.
///
/// # Errors
/// Returns [`ScimErrorType::InvalidPath`] if the filter names a sub-attribute that the attribute
/// does not have.
pub fn matches(
    attribute: &Attribute<'_>,
    filter: &Filter,
    value: &Json,
) -> Result<bool, ScimError> {
    match filter {
        Filter::And(all) => {
            all.iter().try_fold(true, |current, one| Ok(matches(attribute, one, value)? && current))
        }
        Filter::Or(any) => any
            .iter()
            .try_fold(false, |current, one| Ok(matches(attribute, one, value)? || current)),
        Filter::Not(filter) => Ok(!matches(attribute, filter, value)?),
        Filter::Present(path) => {
            let sub_attribute = find_sub_attribute(attribute, path)?;
            Ok(sub_attribute_value(sub_attribute, value)
                .is_some_and(|value| !value.is_null() && value.as_str() != Some("")))
        }
        Filter::Compare { path, operator, value: operand } => {
            let sub_attribute = find_sub_attribute(attribute, path)?;
            if let Some(condition) = to_text_condition(attribute, sub_attribute, *operator, operand)
            {
                return Ok(condition.matches(sub_attribute_value(sub_attribute, value)));
            }
            compare_value(
                sub_attribute,
                sub_attribute_value(sub_attribute, value),
                *operator,
                operand,
            )
        }
        Filter::Within { path, .. } => {
            Err(ScimErrorType::InvalidPath.with_detail(format!("{path} has no values of its own")))
        }
    }
}

/// A comparison of a text of a multi-valued attribute, by the rules of lists.
struct TextCondition {
    field: MultiValuedField,
    sub_attribute: SubAttribute,
    condition: ValueCondition,
}

impl TextCondition {
    fn matches(&self, current: Option<&Json>) -> bool {
        let text = current.and_then(Json::as_str).map(|text| (self.sub_attribute, text.to_owned()));
        let value = FieldValue { sub_attributes: text.into_iter().collect(), is_primary: None };
        self.condition.matches(self.field, &value)
    }
}

/// `None`: the attribute or the operand is of another kind.
fn to_text_condition(
    attribute: &Attribute,
    sub_attribute: &Attribute,
    operator: Operator,
    operand: &Literal,
) -> Option<TextCondition> {
    if !attribute.has_default_sub_attributes {
        return None;
    }
    let (field, sub_attribute) = (attribute.name.parse().ok()?, sub_attribute.name.parse().ok()?);
    if !matches!(operand, Literal::Text(_)) {
        return None;
    }
    let condition = ValueCondition::compare_sub_attribute(field, sub_attribute, operator, operand)?;
    Some(TextCondition { field, sub_attribute, condition })
}

/// Finds the sub-attribute that a filter names.
///
/// A value that is not complex has one sub-attribute, `value`, which is the value itself.
fn find_sub_attribute<'a>(
    attribute: &'a Attribute<'a>,
    path: &Path,
) -> Result<&'a Attribute<'a>, ScimError> {
    let plain = path.schema.is_none() && path.sub.is_none();
    let is_simple = attribute.kind != AttributeType::Complex;
    let own = Some(attribute).filter(|_| is_simple && path.name.eq_ignore_ascii_case("value"));
    let sub_attribute = attribute.sub_attribute(&path.name).or(own).filter(|_| plain);
    sub_attribute.ok_or_else(|| {
        let mut names: Vec<_> =
            attribute.sub_attributes.iter().map(|sub_attribute| sub_attribute.name).collect();
        names.extend(is_simple.then_some("value"));
        let names = names.join(", ");
        ScimErrorType::InvalidPath.with_detail(format!(
            "{path} is not a sub-attribute of {}: use one of {names}",
            attribute.name
        ))
    })
}

fn sub_attribute_value<'a>(sub_attribute: &Attribute, value: &'a Json) -> Option<&'a Json> {
    match value {
        Json::Object(sub_attributes) => sub_attributes.get(sub_attribute.name),
        simple => Some(simple),
    }
}

fn compare_value(
    sub_attribute: &Attribute,
    current: Option<&Json>,
    operator: Operator,
    operand: &Literal,
) -> Result<bool, ScimError> {
    let comparison_error = || {
        let how = operator.as_str();
        ScimErrorType::InvalidPath.with_detail(format!(
            "{} does not support the comparison {how} {operand}",
            sub_attribute.name
        ))
    };
    match (sub_attribute.kind, operator, operand) {
        (_, Operator::Eq, Literal::Null) => Ok(current.is_none()),
        (_, Operator::Ne, Literal::Null) => Ok(current.is_some()),
        (AttributeType::Boolean, Operator::Eq | Operator::Ne, Literal::Bool(desired)) => {
            let is_equal = current.and_then(Json::as_bool) == Some(*desired);
            Ok(is_equal == (operator == Operator::Eq))
        }
        (
            AttributeType::String | AttributeType::Reference | AttributeType::Binary,
            _,
            Literal::Text(desired),
        ) => {
            let folded = |text: &str| {
                if sub_attribute.case_exact { text.to_owned() } else { fold_part(text) }
            };
            let current = current.and_then(Json::as_str).map(folded);
            Ok(compare_text(current.as_deref(), operator, &folded(desired)))
        }
        (AttributeType::Integer | AttributeType::Decimal, _, Literal::Number(desired)) => {
            let current = current.and_then(Json::as_number);
            let order = current.and_then(|current| compare_numbers(current, desired));
            compare_order(order, operator).ok_or_else(comparison_error)
        }
        (AttributeType::DateTime, _, Literal::Text(desired)) => {
            let moment = |text: &str| DateTime::parse_from_rfc3339(text).ok();
            let desired = moment(desired).ok_or_else(comparison_error)?;
            let current = current.and_then(Json::as_str).and_then(moment);
            compare_order(current.map(|current| current.cmp(&desired)), operator)
                .ok_or_else(comparison_error)
        }
        _ => Err(comparison_error()),
    }
}

/// Compares integers exactly.
fn compare_numbers(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

/// Whether a comparison is true of a value with an order. `order` is `None` without a value.
/// Returns `None` for an operator of texts.
fn compare_order(order: Option<Ordering>, operator: Operator) -> Option<bool> {
    let is = |accepted: &[Ordering]| order.is_some_and(|order| accepted.contains(&order));
    Some(match operator {
        Operator::Eq => is(&[Ordering::Equal]),
        Operator::Ne => !is(&[Ordering::Equal]),
        Operator::Gt => is(&[Ordering::Greater]),
        Operator::Ge => is(&[Ordering::Greater, Ordering::Equal]),
        Operator::Lt => is(&[Ordering::Less]),
        Operator::Le => is(&[Ordering::Less, Ordering::Equal]),
        Operator::Co | Operator::Sw | Operator::Ew => return None,
    })
}

fn compare_text(current: Option<&str>, operator: Operator, desired: &str) -> bool {
    let Some(current) = current else { return operator == Operator::Ne };
    match operator {
        Operator::Eq => current == desired,
        Operator::Ne => current != desired,
        Operator::Co => current.contains(desired),
        Operator::Sw => current.starts_with(desired),
        Operator::Ew => current.ends_with(desired),
        Operator::Gt => current > desired,
        Operator::Ge => current >= desired,
        Operator::Lt => current < desired,
        Operator::Le => current <= desired,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::schema::USER;

    #[test]
    fn filter_matches_a_value_by_each_operator() {
        let emails = USER.attribute("emails").unwrap();
        let value = json!({"value": "Ada@Example.com", "type": "work", "primary": true});
        for (filter, current) in [
            ("type eq \"WORK\"", true),
            ("type eq \"home\"", false),
            ("type ne \"home\" and primary eq true", true),
            ("not (primary eq true)", false),
            ("value ew \"example.com\"", true),
            ("value eq null or type pr", true),
            ("primary ne false", true),
        ] {
            let filter_read = filter.parse().unwrap();
            assert_eq!(matches(emails, &filter_read, &value), Ok(current), "{filter}");
        }
        for filter in ["colour eq \"x\"", "primary gt true", "value eq 7", "a.b eq \"x\""] {
            let rejected = matches(emails, &filter.parse().unwrap(), &value).unwrap_err();
            assert_eq!(rejected.kind, ScimErrorType::InvalidPath, "{filter}");
        }
    }
}
