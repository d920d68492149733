
use super::{Meaning, Searched};
use crate::{
    domain::filter::{Attribute, Condition, Filter, Operator, Path, Value, resolve},
    scim::{
        error::{ScimError, ScimErrorType},
        path::AttributePath,
    },
};

/// What a filter means over a list of ours. `called` looks up what the client
/// calls so.
///
/// # Errors
/// [`ScimErrorType::InvalidFilter`], and those of `called`.
pub fn condition<A: Searched, E: From<ScimError>>(
    filter: &Filter,
    called: &mut impl FnMut(&str) -> Result<Vec<uuid::Uuid>, E>,
) -> Result<Condition<A>, E> {
    match filter {
        Filter::And(all) => {
            let all = all.iter().map(|one| condition(one, called));
            Ok(Condition::All(all.collect::<Result<_, E>>()?))
        }
        Filter::Or(any) => {
            let any = any.iter().map(|one| condition(one, called));
            Ok(Condition::Any(any.collect::<Result<_, E>>()?))
        }
        Filter::Not(filter) => Ok(Condition::Not(Box::new(condition(filter, called)?))),
        Filter::Present(path) => present(path, filter).map_err(E::from),
        Filter::Compare { path, operator, value } => match meaning::<A>(path)? {
            Meaning::ExternalId => external(path, *operator, value, called),
            meaning => compare(path, meaning, *operator, value).map_err(E::from),
        },
        Filter::Within { path, filter } => {
            let inner = inside(path, filter)?;
            condition(&inner, called)
        }
    }
}

fn meaning<A: Searched>(path: &Path) -> Result<Meaning<A>, ScimError> {
    let place = AttributePath::of(A::TYPE, path, ScimErrorType::InvalidFilter)?;
    A::of(&place).ok_or_else(|| {
        ScimErrorType::InvalidFilter.because(format!("lists can't be filtered by {}", place.name()))
    })
}

fn ours<A: Attribute>(attribute: A) -> Path {
    let name = attribute.name();
    let (name, sub) = match name.split_once('.') {
        Some((name, sub)) => (name, Some(sub.to_owned())),
        None => (name, None),
    };
    Path { schema: None, name: name.to_owned(), sub }
}

fn resolved<A: Attribute>(filter: &Filter, path: &Path) -> Result<Condition<A>, ScimError> {
    resolve(filter).map_err(|why| {
        ScimErrorType::InvalidFilter.because(format!("the filter, by {path}, {why}"))
    })
}

fn present<A: Searched>(path: &Path, filter: &Filter) -> Result<Condition<A>, ScimError> {
    match meaning::<A>(path)? {
        Meaning::Attribute(attribute) | Meaning::OfEach(attribute, _) => {
            resolved(&Filter::Present(ours(attribute)), path)
        }
        Meaning::Active | Meaning::Always(_) | Meaning::Exactly(_) | Meaning::True => {
            Ok(Condition::All(Vec::new()))
        }
        Meaning::ExternalId => Err(ScimErrorType::InvalidFilter
            .because(format!("externalId supports only eq and ne, not {filter}"))),
    }
}

fn compare<A: Searched>(
    path: &Path,
    meaning: Meaning<A>,
    operator: Operator,
    value: &Value,
) -> Result<Condition<A>, ScimError> {
    let constant = |holds: bool| {
        Ok(if holds { Condition::All(Vec::new()) } else { Condition::Any(Vec::new()) })
    };
    let wrong = || {
        let how = operator.as_str();
        ScimErrorType::InvalidFilter.because(format!("{path} does not support the comparison {how} {value}"))
    };
    match (meaning, operator, value) {
        (Meaning::Attribute(attribute), ..) => {
            let path_of_ours = ours(attribute);
            let filter = Filter::Compare { path: path_of_ours, operator, value: value.clone() };
            resolved(&filter, path)
        }
        (Meaning::OfEach(attribute, text), Operator::Eq | Operator::Ne, value) => {
            let there = resolved(&Filter::Present(ours(attribute)), path)?;
            let same = match value {
                Value::Text(input) => text.eq_ignore_ascii_case(input),
                Value::Null => false,
                _ => return Err(wrong()),
            };
            Ok(match (same, *value == Value::Null, operator == Operator::Eq) {
                (true, _, true) | (_, true, false) => there,
                (true, _, false) | (_, true, true) => Condition::Not(Box::new(there)),
                (false, false, equal) => return constant(!equal),
            })
        }
        (_, Operator::Eq, Value::Null) => constant(false),
        (_, Operator::Ne, Value::Null) => constant(true),
        (Meaning::Exactly(text), Operator::Eq, Value::Text(input)) => constant(text == input),
        (Meaning::Exactly(text), Operator::Ne, Value::Text(input)) => constant(text != input),
        (Meaning::Always(text), Operator::Eq, Value::Text(input)) => {
            constant(text.eq_ignore_ascii_case(input))
        }
        (Meaning::Always(text), Operator::Ne, Value::Text(input)) => {
            constant(!text.eq_ignore_ascii_case(input))
        }
        (Meaning::True, Operator::Eq, Value::Bool(input)) => constant(*input),
        (Meaning::True, Operator::Ne, Value::Bool(input)) => constant(!*input),
        (Meaning::Active, Operator::Eq | Operator::Ne, Value::Bool(input)) => {
            A::active(*input == (operator == Operator::Eq)).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

fn external<A: Searched, E: From<ScimError>>(
    path: &Path,
    operator: Operator,
    value: &Value,
    called: &mut impl FnMut(&str) -> Result<Vec<uuid::Uuid>, E>,
) -> Result<Condition<A>, E> {
    let (Operator::Eq | Operator::Ne, Value::Text(text)) = (operator, value) else {
        let detail = format!("{path} supports only eq and ne with a text");
        return Err(ScimErrorType::InvalidFilter.because(detail).into());
    };
    let mut ids: Vec<_> = called(text)?.into_iter().map(|id| Condition::Id(A::ID, id)).collect();
    // A single ID needs no `Any`.
    let found = match (ids.pop(), ids.is_empty()) {
        (Some(one), true) => one,
        (Some(one), false) => {
            ids.push(one);
            Condition::Any(ids)
        }
        (None, _) => Condition::Nothing,
    };
    Ok(if operator == Operator::Eq { found } else { Condition::Not(Box::new(found)) })
}

/// Converts a value path to a filter. A multi-valued attribute of SCIM has one value
/// here, or supports one comparison.
fn inside(path: &Path, filter: &Filter) -> Result<Filter, ScimError> {
    let several = ["groups", "members"].iter().any(|name| path.name.eq_ignore_ascii_case(name));
    let lift = |part: &Path| match (&part.schema, &part.sub, &path.sub) {
        (None, None, None) => Ok(Path { sub: Some(part.name.clone()), ..path.clone() }),
        _ => Err(ScimErrorType::InvalidFilter.because(format!("{part} is no part of {path}"))),
    };
    Ok(match filter {
        // One member would have to match both conditions, which the list does not
        // support.
        Filter::And(_)
        | Filter::Not(_)
        | Filter::Compare { operator: Operator::Ne, .. }
        | Filter::Compare { value: Value::Null, .. }
            if several =>
        {
            let detail = format!("{path} supports one comparison: {path}[value eq \"…\"]");
            return Err(ScimErrorType::InvalidFilter.because(detail));
        }
        Filter::Compare { path: part, operator, value } => {
            Filter::Compare { path: lift(part)?, operator: *operator, value: value.clone() }
        }
        Filter::Present(part) => Filter::Present(lift(part)?),
        Filter::And(all) => {
            Filter::And(all.iter().map(|one| inside(path, one)).collect::<Result<_, _>>()?)
        }
        Filter::Or(any) => {
            Filter::Or(any.iter().map(|one| inside(path, one)).collect::<Result<_, _>>()?)
        }
        Filter::Not(filter) => Filter::Not(Box::new(inside(path, filter)?)),
        Filter::Within { path, .. } => {
            return Err(
                ScimErrorType::InvalidFilter.because(format!("{path} has no values of its own"))
            );
        }
    })
}
