mod custom;
mod errors;
mod grammar;
mod properties;
mod resolver;

use super::{sample::Sample, *};

/// The filter that a text says.
fn parse(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{text} {error}"))
}

/// The condition that a text says.
fn resolved(text: &str) -> Condition<Sample> {
    resolve(&parse(text)).unwrap_or_else(|error| panic!("{text} {error:?}"))
}

fn moment(text: &str) -> crate::domain::Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).expect("a moment").to_utc()
}

fn not<A>(condition: Condition<A>) -> Condition<A> {
    Condition::Not(Box::new(condition))
}
