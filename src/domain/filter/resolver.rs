//! Resolves a filter over the attributes of a resource.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use super::{
    Attribute, Condition, CustomFilterTarget, Filter, FilterError, Literal, MomentOperator,
    Operator, Path, TextOperator, ValueCondition, ValueType,
    custom_condition::{custom_names, is_custom},
    error::truncate,
};
use crate::domain::{
    attribute_name::AttributeName,
    custom_attribute::AttributeDefinition,
    text::{fold, fold_part, is_composed_alone},
};

/// Converts a filter to a condition on the attributes of a resource.
///
/// # Errors
/// Each attribute, operator or value that can't be used, once.
pub fn resolve<A: Attribute>(filter: &Filter) -> Result<Condition<A>, Vec<FilterError>> {
    resolve_with_custom(filter, &[])
}

/// As [`resolve`], for a resource that has the custom attributes of these definitions.
///
/// # Errors
/// Each attribute, operator or value that can't be used, once.
pub fn resolve_with_custom<A: Attribute>(
    filter: &Filter,
    definitions: &[AttributeDefinition],
) -> Result<Condition<A>, Vec<FilterError>> {
    let mut errors = Vec::new();
    let condition = resolve_part(filter, definitions, &mut errors);
    condition.filter(|_| errors.is_empty()).ok_or(errors)
}

/// Returns the condition, or pushes each new error to `errors`.
fn resolve_part<A: Attribute>(
    filter: &Filter,
    definitions: &[AttributeDefinition],
    errors: &mut Vec<FilterError>,
) -> Option<Condition<A>> {
    let mut resolve_each = |filters: &[Filter]| -> Option<Vec<_>> {
        let resolved: Vec<_> =
            filters.iter().map(|part| resolve_part(part, definitions, errors)).collect();
        resolved.into_iter().collect()
    };
    let resolved = match filter {
        Filter::And(filters) => return resolve_each(filters).map(Condition::All),
        Filter::Or(filters) => return resolve_each(filters).map(Condition::Any),
        Filter::Not(filter) => return resolve_part(filter, definitions, errors).map(not),
        Filter::Present(path) => resolve_present(path, definitions).map_err(|error| vec![error]),
        Filter::Compare { path, operator, value } => {
            resolve_comparison(path, *operator, value, definitions).map_err(|error| vec![error])
        }
        Filter::Within { path, filter } => resolve_within::<A>(path, filter, definitions),
    };
    let mut push = |more: Vec<FilterError>| {
        for error in more {
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
    };
    resolved.map_err(&mut push).ok()
}

fn resolve_present<A: Attribute>(
    path: &Path,
    definitions: &[AttributeDefinition],
) -> Result<Condition<A>, FilterError> {
    match find_custom::<A>(path, definitions)? {
        Some(target) => Ok(target.present()),
        None => A::find(path).map(present),
    }
}

fn resolve_comparison<A: Attribute>(
    path: &Path,
    operator: Operator,
    value: &Literal,
    definitions: &[AttributeDefinition],
) -> Result<Condition<A>, FilterError> {
    match find_custom::<A>(path, definitions)? {
        Some(target) => target.compare(operator, value),
        None => compare(A::find(path)?, operator, value),
    }
}

fn resolve_within<A: Attribute>(
    path: &Path,
    filter: &Filter,
    definitions: &[AttributeDefinition],
) -> Result<Condition<A>, Vec<FilterError>> {
    match find_custom::<A>(path, definitions).map_err(|error| vec![error])? {
        Some(target) => target.within(filter),
        None => Err(vec![FilterError::Within { path: truncate(&path.to_string()) }]),
    }
}

/// Finds the custom attribute that a path names. `None`: the path names another attribute.
fn find_custom<'a, A: Attribute>(
    path: &Path,
    definitions: &'a [AttributeDefinition],
) -> Result<Option<CustomFilterTarget<'a>>, FilterError> {
    let known = custom_names(definitions);
    if known.is_empty() || !is_custom(path) {
        return Ok(None);
    }
    let target = CustomFilterTarget::find(path, definitions);
    let error = || FilterError::unknown_attribute(&path.to_string(), A::RESOURCE, known);
    target.map(Some).ok_or_else(error)
}

fn not<A>(condition: Condition<A>) -> Condition<A> {
    Condition::Not(Box::new(condition))
}

fn present<A: Attribute>(attribute: A) -> Condition<A> {
    match attribute.value_sub_attribute() {
        Some((field, sub_attribute)) => {
            Condition::AnyValue(field, ValueCondition::Present(sub_attribute))
        }
        None => Condition::Present(attribute),
    }
}

fn compare<A: Attribute>(
    attribute: A,
    operator: Operator,
    value: &Literal,
) -> Result<Condition<A>, FilterError> {
    if !attribute.value_type().operators().contains(&operator) {
        let (usable, attribute) = (attribute.value_type().operators(), attribute.name());
        return Err(FilterError::Operator { attribute: attribute.to_owned(), operator, usable });
    }
    let value_error = || FilterError::Value {
        attribute: attribute.name().to_owned(),
        value: truncate(&value.to_string()),
        expected: attribute.value_type().expected_values(),
    };
    if let Some((field, sub_attribute)) = attribute.value_sub_attribute() {
        return match (operator, value) {
            (Operator::Eq, Literal::Null) => Ok(not(present(attribute))),
            _ => ValueCondition::compare_sub_attribute(field, sub_attribute, operator, value)
                .map(|one| Condition::compare_values(field, operator, value, one))
                .ok_or_else(value_error),
        };
    }
    match operator {
        Operator::Ne => compare(attribute, Operator::Eq, value).map(not),
        Operator::Eq if *value == Literal::Null => Ok(not(present(attribute))),
        _ => compare_value(attribute, operator, value).ok_or_else(value_error),
    }
}

/// Returns the comparison, or `None` if the attribute can't have such a value. The caller
/// has handled `ne` and `null` already.
fn compare_value<A: Attribute>(
    attribute: A,
    operator: Operator,
    value: &Literal,
) -> Option<Condition<A>> {
    match (attribute.value_type(), value) {
        // Folding would turn the variant of a character into that character.
        (ValueType::Identifier, Literal::Text(input))
            if matches!(operator, Operator::Eq | Operator::Co | Operator::Sw | Operator::Ew)
                && !is_composed_alone(input) =>
        {
            Some(Condition::Never)
        }
        (ValueType::Text | ValueType::Identifier, Literal::Text(input)) => {
            // A whole value has no white space at its ends, but a part of a value may.
            let folded = if operator == Operator::Eq { fold(input) } else { fold_part(input) };
            text_condition(attribute, operator, folded)
        }
        (ValueType::Exact, Literal::Text(input)) => {
            text_condition(attribute, operator, input.clone())
        }
        (ValueType::Element(names), Literal::Text(input))
            if names.contains(&&**input) || is_custom_attribute(input) =>
        {
            text_condition(attribute, operator, input.clone())
        }
        (ValueType::NameOrPart(names), Literal::Text(input)) => {
            let is_part = operator != Operator::Eq;
            let name = names.iter().find(|name| name.eq_ignore_ascii_case(input));
            let text = name.copied().or(is_part.then_some(input))?;
            text_condition(attribute, operator, text.to_owned())
        }
        // A text that is not a UUID is not an ID of any row.
        (ValueType::Id, Literal::Text(input)) => {
            Some(Uuid::try_parse(input).map_or(Condition::Never, |id| Condition::Id(attribute, id)))
        }
        (ValueType::Moment, Literal::Text(input)) => moment_condition(attribute, operator, input),
        (ValueType::Name(names), Literal::Text(input)) => {
            let name = names.iter().find(|name| name.eq_ignore_ascii_case(input))?;
            Some(Condition::Name(attribute, name))
        }
        (ValueType::Bool, Literal::Bool(input)) => Some(Condition::Bool(attribute, *input)),
        _ => None,
    }
}

fn text_condition<A: Copy>(attribute: A, operator: Operator, text: String) -> Option<Condition<A>> {
    let test = match operator {
        // An empty text counts as absent, so no value is equal to it.
        Operator::Eq if text.is_empty() => return Some(Condition::Never),
        // Every text contains the empty one, starts and ends with it, and comes after it.
        Operator::Co | Operator::Sw | Operator::Ew | Operator::Ge if text.is_empty() => {
            return Some(Condition::Present(attribute));
        }
        _ => operator.to_text_operator()?,
    };
    let compared = Condition::Text(attribute, test, text);
    Some(match test {
        // An absent text does not come before any text.
        TextOperator::Lt | TextOperator::Le => {
            Condition::All(vec![Condition::Present(attribute), compared])
        }
        _ => compared,
    })
}

fn moment_condition<A>(attribute: A, operator: Operator, input: &str) -> Option<Condition<A>> {
    let input = DateTime::parse_from_rfc3339(input).ok()?.with_timezone(&Utc);
    // Stored moments have microseconds. A moment between two of them is equal to neither,
    // and comes after the earlier one.
    let stored = input.trunc_subsecs(6);
    let is_between = stored != input;
    let test = match operator {
        Operator::Eq if is_between => return Some(Condition::Never),
        Operator::Eq => MomentOperator::Eq,
        Operator::Ge if is_between => MomentOperator::Gt,
        Operator::Lt if is_between => MomentOperator::Le,
        Operator::Gt => MomentOperator::Gt,
        Operator::Ge => MomentOperator::Ge,
        Operator::Lt => MomentOperator::Lt,
        Operator::Le => MomentOperator::Le,
        Operator::Ne | Operator::Co | Operator::Sw | Operator::Ew => return None,
    };
    Some(Condition::Moment(attribute, test, stored))
}
/// Whether a changed field is a custom attribute, such as `attributes.shoeSize`.
fn is_custom_attribute(name: &str) -> bool {
    name.parse().is_ok_and(|name: AttributeName| name.custom().is_some())
}
