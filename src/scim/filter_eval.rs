//! Evaluates the filter of a path against one value of a multi-valued attribute (RFC
//! 7644, section 3.5.2).

use serde_json::Value as Json;

use super::{
    error::{ScimError, ScimErrorType},
    schema::{Attribute, Kind},
};
use crate::domain::{
    filter::{Filter, Operator, Path, Value},
    text::fold_part,
};

/// Whether a value matches a filter.
///
/// # Errors
/// Returns [`ScimErrorType::InvalidFilter`] if the filter names a part that the attribute
/// does not have.
pub fn matches(
    attribute: &'static Attribute,
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
            let part = part(attribute, path)?;
            Ok(of(part, value).is_some_and(|value| !value.is_null() && value.as_str() != Some("")))
        }
        Filter::Compare { path, operator, value: with } => {
            let part = part(attribute, path)?;
            compare(part, of(part, value), *operator, with)
        }
        Filter::Within { path, .. } => {
            Err(ScimErrorType::InvalidFilter.because(format!("{path} has no values of its own")))
        }
    }
}

/// Finds the part that a filter names.
fn part(attribute: &'static Attribute, path: &Path) -> Result<&'static Attribute, ScimError> {
    let plain = path.schema.is_none() && path.sub.is_none();
    let found = attribute.part(&path.name).filter(|_| plain);
    found.ok_or_else(|| {
        let known: Vec<_> = attribute.parts.iter().map(|part| part.name).collect();
        let known = known.join(", ");
        ScimErrorType::InvalidFilter
            .because(format!("{path} is not a part of {}: use one of {known}", attribute.name))
    })
}

fn of<'a>(part: &Attribute, value: &'a Json) -> Option<&'a Json> {
    value.get(part.name)
}

fn compare(
    part: &Attribute,
    current: Option<&Json>,
    operator: Operator,
    with: &Value,
) -> Result<bool, ScimError> {
    let wrong = || {
        let how = operator.as_str();
        ScimErrorType::InvalidFilter
            .because(format!("{} does not support the comparison {how} {with}", part.name))
    };
    match (part.kind, operator, with) {
        (_, Operator::Eq, Value::Null) => Ok(current.is_none()),
        (_, Operator::Ne, Value::Null) => Ok(current.is_some()),
        (Kind::Boolean, Operator::Eq | Operator::Ne, Value::Bool(desired)) => {
            let is = current.and_then(Json::as_bool) == Some(*desired);
            Ok(is == (operator == Operator::Eq))
        }
        (Kind::String | Kind::Reference, _, Value::Text(desired)) => {
            let folded =
                |text: &str| if part.case_exact { text.to_owned() } else { fold_part(text) };
            let current = current.and_then(Json::as_str).map(folded);
            Ok(text(current.as_deref(), operator, &folded(desired)))
        }
        _ => Err(wrong()),
    }
}

fn text(current: Option<&str>, operator: Operator, desired: &str) -> bool {
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
    fn a_value_meets_a_filter_or_does_not() {
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
        for filter in ["display eq \"x\"", "primary gt true", "value eq 7", "a.b eq \"x\""] {
            let refused = matches(emails, &filter.parse().unwrap(), &value).unwrap_err();
            assert_eq!(refused.kind, ScimErrorType::InvalidFilter, "{filter}");
        }
    }
}
