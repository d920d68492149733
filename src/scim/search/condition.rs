use super::{FilterTarget, SearchableList, ValueTarget};
use crate::{
    domain::{
        custom_attribute::{AttributeDefinition, CUSTOM_FIELD},
        filter::{
            Attribute, Condition, Filter, FilterError, Literal, Operator, Path, ValueCondition,
            resolve, resolve_with_custom,
        },
        lists::UserAttribute,
        multi_valued::MultiValuedField,
    },
    scim::{
        error::{ScimError, ScimErrorType},
        path::AttributePath,
    },
};

/// The custom attributes of the resources of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct CustomDefinitions<'a> {
    /// The URI of their schema.
    pub uri: Option<&'a str>,
    /// Their definitions.
    pub definitions: &'a [AttributeDefinition],
}

impl CustomDefinitions<'_> {
    fn is_named_by(self, path: &Path) -> bool {
        let (uri, named) = (self.uri, path.schema.as_deref());
        uri.zip(named).is_some_and(|(uri, named)| uri.eq_ignore_ascii_case(named))
    }
}

/// Converts a filter to a condition on a list, whose resources have the custom attributes of
/// the definitions. `resolve_external_id` returns the IDs of the resources with an external ID
/// of the client.
///
/// # Errors
/// [`ScimErrorType::InvalidFilter`], and those of `resolve_external_id`.
pub fn to_condition<A: SearchableList, E: From<ScimError>>(
    filter: &Filter,
    custom: CustomDefinitions<'_>,
    resolve_external_id: &mut impl FnMut(&str) -> Result<Vec<uuid::Uuid>, E>,
) -> Result<Condition<A>, E> {
    match filter {
        Filter::And(all) => {
            let all = all.iter().map(|one| to_condition(one, custom, resolve_external_id));
            Ok(Condition::All(all.collect::<Result<_, E>>()?))
        }
        Filter::Or(any) => {
            let any = any.iter().map(|one| to_condition(one, custom, resolve_external_id));
            Ok(Condition::Any(any.collect::<Result<_, E>>()?))
        }
        Filter::Not(filter) => {
            let condition = to_condition(filter, custom, resolve_external_id)?;
            Ok(Condition::Not(Box::new(condition)))
        }
        Filter::Present(path) | Filter::Compare { path, .. } | Filter::Within { path, .. }
            if custom.is_named_by(path) =>
        {
            custom_condition(path, filter, custom.definitions).map_err(E::from)
        }
        Filter::Present(path) => present_condition(path, filter).map_err(E::from),
        Filter::Compare { path, operator, value } => match resolve_meaning::<A>(path)? {
            FilterTarget::ExternalId => {
                external_id_condition(path, *operator, value, resolve_external_id)
            }
            meaning => compare_condition(path, meaning, *operator, value).map_err(E::from),
        },
        Filter::Within { path, filter } => match resolve_meaning::<A>(path)? {
            FilterTarget::Values(field, _) => {
                Ok(Condition::AnyValue(field, value_condition(path, filter, field)?))
            }
            _ => {
                let inner = flatten_value_path(path, filter)?;
                to_condition(&inner, custom, resolve_external_id)
            }
        },
    }
}

/// The condition on a custom attribute, which a filter of the admin API names
/// `attributes.NAME`.
fn custom_condition<A: Attribute>(
    path: &Path,
    filter: &Filter,
    definitions: &[AttributeDefinition],
) -> Result<Condition<A>, ScimError> {
    let sub = path
        .sub
        .iter()
        .fold(path.name.clone(), |name, sub_attribute| format!("{name}.{sub_attribute}"));
    let path_of_list = Path { schema: None, name: CUSTOM_FIELD.to_owned(), sub: Some(sub) };
    let filter = match filter {
        Filter::Compare { operator, value, .. } => {
            Filter::Compare { path: path_of_list, operator: *operator, value: value.clone() }
        }
        Filter::Within { filter, .. } => {
            Filter::Within { path: path_of_list, filter: filter.clone() }
        }
        _ => Filter::Present(path_of_list),
    };
    resolve_with_custom(&filter, definitions).map_err(|errors| filter_error(path, &errors))
}

fn filter_error(path: &Path, errors: &[FilterError]) -> ScimError {
    let reasons: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let reasons = reasons.join(", and ");
    ScimErrorType::InvalidFilter.with_detail(format!("the filter, by {path}, {reasons}"))
}

fn resolve_meaning<A: SearchableList>(path: &Path) -> Result<FilterTarget<A>, ScimError> {
    let path = AttributePath::resolve(A::TYPE, path, ScimErrorType::InvalidFilter)?;
    A::resolve(&path).ok_or_else(|| {
        ScimErrorType::InvalidFilter
            .with_detail(format!("lists can't be filtered by {}", path.name()))
    })
}

fn list_path<A: Attribute>(attribute: A) -> Path {
    let name = attribute.name();
    let (name, sub) = match name.split_once('.') {
        Some((name, sub)) => (name, Some(sub.to_owned())),
        None => (name, None),
    };
    Path { schema: None, name: name.to_owned(), sub }
}

fn resolve_filter<A: Attribute>(filter: &Filter, path: &Path) -> Result<Condition<A>, ScimError> {
    resolve(filter).map_err(|errors| filter_error(path, &errors))
}

fn present_condition<A: SearchableList>(
    path: &Path,
    filter: &Filter,
) -> Result<Condition<A>, ScimError> {
    match resolve_meaning::<A>(path)? {
        FilterTarget::Attribute(attribute) | FilterTarget::ConstantPerValue(attribute, _) => {
            resolve_filter(&Filter::Present(list_path(attribute)), path)
        }
        FilterTarget::Values(field, target) => {
            Ok(Condition::AnyValue(field, value_present(target)))
        }
        FilterTarget::Active | FilterTarget::ConstantExact(_) => Ok(Condition::All(Vec::new())),
        FilterTarget::ExternalId => Err(ScimErrorType::InvalidFilter
            .with_detail(format!("externalId supports only eq and ne, not {filter}"))),
    }
}

fn compare_condition<A: SearchableList>(
    path: &Path,
    meaning: FilterTarget<A>,
    operator: Operator,
    value: &Literal,
) -> Result<Condition<A>, ScimError> {
    let constant_condition = |holds: bool| {
        Ok(if holds { Condition::All(Vec::new()) } else { Condition::Any(Vec::new()) })
    };
    let comparison_error = || unsupported(path, operator, value);
    match (meaning, operator, value) {
        (FilterTarget::Attribute(attribute), ..) => {
            let path_of_list = list_path(attribute);
            let filter = Filter::Compare { path: path_of_list, operator, value: value.clone() };
            resolve_filter(&filter, path)
        }
        // No value has the sub-attribute.
        (FilterTarget::Values(field, target), Operator::Eq, Literal::Null) => {
            Ok(Condition::Not(Box::new(Condition::AnyValue(field, value_present(target)))))
        }
        (FilterTarget::Values(field, target), ..) => {
            value_comparison(path, field, target, operator, value)
                .map(|one| Condition::compare_values(field, operator, value, one))
        }
        (FilterTarget::ConstantPerValue(attribute, text), Operator::Eq | Operator::Ne, value) => {
            let is_present = resolve_filter(&Filter::Present(list_path(attribute)), path)?;
            let is_same = match value {
                Literal::Text(input) => text.eq_ignore_ascii_case(input),
                Literal::Null => false,
                _ => return Err(comparison_error()),
            };
            Ok(match (is_same, *value == Literal::Null, operator == Operator::Eq) {
                (true, _, true) | (_, true, false) => is_present,
                (true, _, false) | (_, true, true) => Condition::Not(Box::new(is_present)),
                (false, false, equal) => return constant_condition(!equal),
            })
        }
        (_, Operator::Eq, Literal::Null) => constant_condition(false),
        (_, Operator::Ne, Literal::Null) => constant_condition(true),
        (FilterTarget::ConstantExact(text), Operator::Eq, Literal::Text(input)) => {
            constant_condition(text == input)
        }
        (FilterTarget::ConstantExact(text), Operator::Ne, Literal::Text(input)) => {
            constant_condition(text != input)
        }
        (FilterTarget::Active, Operator::Eq | Operator::Ne, Literal::Bool(input)) => {
            A::active_condition(*input == (operator == Operator::Eq)).ok_or_else(comparison_error)
        }
        _ => Err(comparison_error()),
    }
}

fn unsupported(path: &Path, operator: Operator, value: &Literal) -> ScimError {
    let how = operator.as_str();
    ScimErrorType::InvalidFilter
        .with_detail(format!("{path} does not support the comparison {how} {value}"))
}

/// The condition that a value has the target of a comparison.
fn value_present(target: ValueTarget) -> ValueCondition {
    match target {
        ValueTarget::SubAttribute(sub_attribute) => ValueCondition::Present(sub_attribute),
        ValueTarget::Primary => {
            ValueCondition::Any([true, false].map(ValueCondition::Primary).into())
        }
        ValueTarget::Whole => ValueCondition::All(Vec::new()),
    }
}

fn value_comparison(
    path: &Path,
    field: MultiValuedField,
    target: ValueTarget,
    operator: Operator,
    value: &Literal,
) -> Result<ValueCondition, ScimError> {
    let condition = match target {
        ValueTarget::SubAttribute(sub_attribute) => {
            ValueCondition::compare_sub_attribute(field, sub_attribute, operator, value)
        }
        ValueTarget::Primary => ValueCondition::compare_primary(operator, value),
        ValueTarget::Whole => None,
    };
    condition.ok_or_else(|| unsupported(path, operator, value))
}

/// The condition on one value of a multi-valued attribute: the filter in the brackets after
/// its path.
fn value_condition(
    path: &Path,
    filter: &Filter,
    field: MultiValuedField,
) -> Result<ValueCondition, ScimError> {
    let each = |filters: &[Filter]| {
        filters.iter().map(|one| value_condition(path, one, field)).collect::<Result<_, _>>()
    };
    let target = |sub_attribute: &Path| {
        let path = sub_attribute_path(path, sub_attribute)?;
        match resolve_meaning::<UserAttribute>(&path)? {
            FilterTarget::Values(_, target) => Ok((path, target)),
            _ => Err(not_a_sub_attribute(sub_attribute, &path)),
        }
    };
    Ok(match filter {
        Filter::And(all) => ValueCondition::All(each(all)?),
        Filter::Or(any) => ValueCondition::Any(each(any)?),
        Filter::Not(one) => ValueCondition::Not(Box::new(value_condition(path, one, field)?)),
        Filter::Present(sub_attribute) => value_present(target(sub_attribute)?.1),
        Filter::Compare { path: sub_attribute, operator, value } => {
            let (path, target) = target(sub_attribute)?;
            value_comparison(&path, field, target, *operator, value)?
        }
        Filter::Within { path, .. } => return Err(without_values(path)),
    })
}

/// The full path of a sub-attribute that is named in the brackets of an attribute.
fn sub_attribute_path(path: &Path, sub_attribute: &Path) -> Result<Path, ScimError> {
    match (&sub_attribute.schema, &sub_attribute.sub, &path.sub) {
        (None, None, None) => Ok(Path { sub: Some(sub_attribute.name.clone()), ..path.clone() }),
        _ => Err(not_a_sub_attribute(sub_attribute, path)),
    }
}

fn not_a_sub_attribute(sub_attribute: &Path, path: &Path) -> ScimError {
    ScimErrorType::InvalidFilter
        .with_detail(format!("{sub_attribute} is not a sub-attribute of {path}"))
}

fn without_values(path: &Path) -> ScimError {
    ScimErrorType::InvalidFilter.with_detail(format!("{path} has no values of its own"))
}

fn external_id_condition<A: SearchableList, E: From<ScimError>>(
    path: &Path,
    operator: Operator,
    value: &Literal,
    resolve_external_id: &mut impl FnMut(&str) -> Result<Vec<uuid::Uuid>, E>,
) -> Result<Condition<A>, E> {
    let (Operator::Eq | Operator::Ne, Literal::Text(text)) = (operator, value) else {
        let detail = format!("{path} supports only eq and ne with a text");
        return Err(ScimErrorType::InvalidFilter.with_detail(detail).into());
    };
    let mut ids: Vec<_> =
        resolve_external_id(text)?.into_iter().map(|id| Condition::Id(A::ID, id)).collect();
    // A single ID needs no `Any`.
    let condition = match (ids.pop(), ids.is_empty()) {
        (Some(one), true) => one,
        (Some(one), false) => {
            ids.push(one);
            Condition::Any(ids)
        }
        (None, _) => Condition::Never,
    };
    Ok(if operator == Operator::Eq { condition } else { Condition::Not(Box::new(condition)) })
}

/// Converts a value path to a filter. The attribute has one value, or supports one
/// comparison.
fn flatten_value_path(path: &Path, filter: &Filter) -> Result<Filter, ScimError> {
    let is_multi_valued =
        ["groups", "members"].iter().any(|name| path.name.eq_ignore_ascii_case(name));
    Ok(match filter {
        // One member would have to match both conditions, which the list does not
        // support.
        Filter::And(_)
        | Filter::Not(_)
        | Filter::Compare { operator: Operator::Ne, .. }
        | Filter::Compare { value: Literal::Null, .. }
            if is_multi_valued =>
        {
            let detail = format!("{path} supports one comparison: {path}[value eq \"…\"]");
            return Err(ScimErrorType::InvalidFilter.with_detail(detail));
        }
        Filter::Compare { path: sub_attribute, operator, value } => Filter::Compare {
            path: sub_attribute_path(path, sub_attribute)?,
            operator: *operator,
            value: value.clone(),
        },
        Filter::Present(sub_attribute) => Filter::Present(sub_attribute_path(path, sub_attribute)?),
        Filter::And(all) => Filter::And(
            all.iter().map(|one| flatten_value_path(path, one)).collect::<Result<_, _>>()?,
        ),
        Filter::Or(any) => Filter::Or(
            any.iter().map(|one| flatten_value_path(path, one)).collect::<Result<_, _>>()?,
        ),
        Filter::Not(filter) => Filter::Not(Box::new(flatten_value_path(path, filter)?)),
        Filter::Within { path, .. } => return Err(without_values(path)),
    })
}

#[cfg(test)]
mod tests;
