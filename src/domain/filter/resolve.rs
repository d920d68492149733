//! Resolves a filter over the attributes of a resource.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use super::{
    Attribute, Condition, Filter, FilterFault, Kind, Operator, Test, TextTest, Value, fault::cut,
};
use crate::domain::text::{fold, fold_part, is_composed_alone};

/// Makes a filter a condition over the attributes of a resource.
///
/// # Errors
/// The first attribute, operator or value that can't be used.
pub fn resolve<A: Attribute>(filter: &Filter) -> Result<Condition<A>, FilterFault> {
    match filter {
        Filter::And(filters) => {
            filters.iter().map(resolve).collect::<Result<_, _>>().map(Condition::All)
        }
        Filter::Or(filters) => {
            filters.iter().map(resolve).collect::<Result<_, _>>().map(Condition::Any)
        }
        Filter::Not(filter) => resolve(filter).map(not),
        Filter::Present(path) => A::find(path).map(Condition::Present),
        Filter::Compare { path, operator, value } => compare(A::find(path)?, *operator, value),
        Filter::Within { path, .. } => Err(FilterFault::Within { path: cut(&path.to_string()) }),
    }
}

fn not<A>(condition: Condition<A>) -> Condition<A> {
    Condition::Not(Box::new(condition))
}

fn compare<A: Attribute>(
    attribute: A,
    operator: Operator,
    value: &Value,
) -> Result<Condition<A>, FilterFault> {
    if !attribute.kind().operators().contains(&operator) {
        let (usable, attribute) = (attribute.kind().operators(), attribute.name());
        return Err(FilterFault::Operator { attribute, operator, usable });
    }
    match operator {
        Operator::Ne => compare(attribute, Operator::Eq, value).map(not),
        Operator::Eq if *value == Value::Null => Ok(not(Condition::Present(attribute))),
        _ => test(attribute, operator, value).ok_or_else(|| FilterFault::Value {
            attribute: attribute.name(),
            value: cut(&value.to_string()),
            expected: attribute.kind().expected_values(),
        }),
    }
}

/// The comparison, if the attribute can have such a value. Neither `ne` nor
/// `null` comes here.
fn test<A: Attribute>(attribute: A, operator: Operator, value: &Value) -> Option<Condition<A>> {
    match (attribute.kind(), value) {
        // Folding would turn the variant of a character into that character.
        (Kind::Identifier, Value::Text(input))
            if operator == Operator::Eq && !is_composed_alone(input) =>
        {
            Some(Condition::Nothing)
        }
        (Kind::Text | Kind::Identifier, Value::Text(input)) => {
            // White space at the ends is no part of a whole text, but may be of a part.
            let folded = if operator == Operator::Eq { fold(input) } else { fold_part(input) };
            text(attribute, operator, folded)
        }
        (Kind::Exact, Value::Text(input)) => text(attribute, operator, input.clone()),
        // A text that is not a UUID is not an ID of any row.
        (Kind::Id, Value::Text(input)) => Some(
            Uuid::try_parse(input).map_or(Condition::Nothing, |id| Condition::Id(attribute, id)),
        ),
        (Kind::Moment, Value::Text(input)) => moment(attribute, operator, input),
        (Kind::Name(names), Value::Text(input)) => {
            let name = names.iter().find(|name| name.eq_ignore_ascii_case(input))?;
            Some(Condition::Name(attribute, name))
        }
        (Kind::Bool, Value::Bool(input)) => Some(Condition::Bool(attribute, *input)),
        _ => None,
    }
}

fn text<A: Copy>(attribute: A, operator: Operator, text: String) -> Option<Condition<A>> {
    let test = match operator {
        // An empty text is none, so nothing is equal to it.
        Operator::Eq if text.is_empty() => return Some(Condition::Nothing),
        // Every text contains the empty one, starts and ends with it, and comes after it.
        Operator::Co | Operator::Sw | Operator::Ew | Operator::Ge if text.is_empty() => {
            return Some(Condition::Present(attribute));
        }
        Operator::Eq => TextTest::Eq,
        Operator::Co => TextTest::Co,
        Operator::Sw => TextTest::Sw,
        Operator::Ew => TextTest::Ew,
        Operator::Gt => TextTest::Gt,
        Operator::Ge => TextTest::Ge,
        Operator::Lt => TextTest::Lt,
        Operator::Le => TextTest::Le,
        Operator::Ne => return None,
    };
    let compared = Condition::Text(attribute, test, text);
    Some(match test {
        // What has no text comes before none.
        TextTest::Lt | TextTest::Le => {
            Condition::All(vec![Condition::Present(attribute), compared])
        }
        _ => compared,
    })
}

fn moment<A>(attribute: A, operator: Operator, input: &str) -> Option<Condition<A>> {
    let input = DateTime::parse_from_rfc3339(input).ok()?.with_timezone(&Utc);
    // What is stored ends at the microsecond. A moment between two of them is
    // equal to none, and the earlier of them is before it.
    let stored = input.trunc_subsecs(6);
    let is_between = stored != input;
    let test = match operator {
        Operator::Eq if is_between => return Some(Condition::Nothing),
        Operator::Eq => Test::Eq,
        Operator::Ge if is_between => Test::Gt,
        Operator::Lt if is_between => Test::Le,
        Operator::Gt => Test::Gt,
        Operator::Ge => Test::Ge,
        Operator::Lt => Test::Lt,
        Operator::Le => Test::Le,
        Operator::Ne | Operator::Co | Operator::Sw | Operator::Ew => return None,
    };
    Some(Condition::Moment(attribute, test, stored))
}
