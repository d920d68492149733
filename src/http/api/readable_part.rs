//! What is left of a body that can't be read as a whole.

use deserr::Deserr;
use serde_json::{Value, json};

use super::body::BodyErrors;
use crate::{
    domain::{
        field_error::FieldError,
        user_patch::{MISSING_TEAM, UNNAMED_TEAM},
    },
    http::problem::details::{MAX_ERRORS, ProblemError},
};

/// Parses a part of a body. Returns what can be used, and every error.
pub(super) fn parse_part<T: Deserr<BodyErrors>, U>(
    value: &Value,
    convert: impl FnOnce(T) -> (U, Vec<FieldError>),
) -> (Option<U>, Vec<ProblemError>) {
    let mut errors = match deserr::deserialize::<T, _, BodyErrors>(value.clone()) {
        Ok(body) => {
            let (value, errors) = convert(body);
            return (Some(value), errors.iter().map(ProblemError::in_body).collect());
        }
        Err(errors) => errors.into_errors(),
    };
    let rest = ReadablePart::parse(value.clone(), &errors);
    let value = rest.map(|(body, rest)| {
        let (value, more) = convert(body);
        errors.extend(rest.rule_errors(more));
        value
    });
    (value, errors)
}

/// What was left out of a body so that the rest can be read.
#[derive(Debug, Default)]
pub(super) struct ReadablePart {
    /// The fields that were left out.
    pub(super) unread: UnreadableFields,
    /// The elements that were removed from their lists, one after the other: the
    /// list, and the index at that moment.
    removed: Vec<(String, usize)>,
    /// Whether the errors of all values are known without a rehearsal.
    pub(super) is_checked: bool,
}

impl ReadablePart {
    /// Parses a body without the values that can't be read. `None` if it has more
    /// errors than are reported, or if nothing can be left out.
    pub(super) fn parse<T: Deserr<BodyErrors>>(
        mut body: Value,
        errors: &[ProblemError],
    ) -> Option<(T, Self)> {
        if errors.len() > MAX_ERRORS {
            return None;
        }
        let pointers: Vec<_> = errors.iter().filter_map(|error| error.pointer.clone()).collect();
        let mut rest = Self { unread: UnreadableFields(pointers.clone()), ..Self::default() };
        let mut unread = pointers;
        loop {
            let before = body.clone();
            // From the last to the first: the elements before keep their places.
            // An element that was replaced or removed has lost its other errors.
            let mut removed: Option<String> = None;
            for pointer in unread.iter().rev() {
                if removed.as_ref().is_none_or(|element| !is_within(pointer, element)) {
                    removed = rest.remove(&mut body, pointer).or(removed);
                }
            }
            if body == before {
                return None;
            }
            unread = match deserr::deserialize::<T, _, BodyErrors>(body.clone()) {
                Ok(body) => return Some((body, rest)),
                Err(errors) => {
                    errors.into_errors().into_iter().filter_map(|it| it.pointer).collect()
                }
            };
        }
    }

    /// A body whose values have these errors.
    pub(super) fn without_fields(errors: &[FieldError]) -> Self {
        let mut unread = UnreadableFields::default();
        unread.extend(&errors.iter().map(ProblemError::in_body).collect::<Vec<_>>());
        Self { unread, ..Self::default() }
    }

    /// This one, or the other if nothing was left out.
    pub(super) fn or(self, other: Self) -> Self {
        if self.unread.0.is_empty() { other } else { self }
    }

    /// Moves an error of the rest to its place in the whole body. `None` if it is about
    /// a value that has another error.
    pub(super) fn relocate(&self, error: ProblemError) -> Option<ProblemError> {
        let Some(pointer) = &error.pointer else { return Some(error) };
        let Some(place) = pointer.strip_prefix('/') else { return Some(error) };
        let place = self.original_place(place);
        let (field, pointer) = (place.replace('/', "."), Some(format!("/{place}")));
        let error = ProblemError { field, pointer, ..error };
        (!self.is_checked && !self.unread.covers(&error)).then_some(error)
    }

    /// Removes the field at a JSON pointer, or the nearest one that it is in. An
    /// element of a list becomes an empty object first, which may be readable. Returns the
    /// pointer of an element that was replaced or removed.
    fn remove(&mut self, body: &mut Value, pointer: &str) -> Option<String> {
        let (parent, key) = pointer.rsplit_once('/')?;
        let key = key.replace("~1", "/").replace("~0", "~");
        match body.pointer_mut(parent) {
            Some(Value::Object(fields)) if fields.contains_key(&key) => {
                fields.remove(&key);
                None
            }
            Some(Value::Array(elements)) => {
                let index = key.parse().ok().filter(|index| *index < elements.len());
                match index.map(|index| (index, elements.get_mut(index))) {
                    Some((_, Some(element))) if *element != json!({}) => {
                        *element = json!({});
                        Some(pointer.to_owned())
                    }
                    Some((index, Some(_))) => {
                        elements.remove(index);
                        self.removed.push((parent.trim_start_matches('/').to_owned(), index));
                        Some(pointer.to_owned())
                    }
                    _ => self.remove(body, parent),
                }
            }
            _ => self.remove(body, parent),
        }
    }

    /// The broken rules of the rest, each at its place in the whole body.
    pub(super) fn rule_errors(
        &self,
        errors: Vec<FieldError>,
    ) -> impl Iterator<Item = ProblemError> {
        let errors = errors.into_iter().map(|mut error| {
            error.field = self.original_place(&error.field).into();
            ProblemError::in_body(&error)
        });
        errors.filter(|error| !self.unread.covers(error))
    }

    /// The place in the whole body of a place in the rest.
    fn original_place(&self, field: &str) -> String {
        self.removed.iter().rev().fold(field.to_owned(), |field, (list, removed)| {
            let below = field.strip_prefix(list.as_str()).and_then(|rest| rest.strip_prefix('/'));
            let Some(below) = below else { return field };
            let (index, rest) = below.split_at(below.find('/').unwrap_or(below.len()));
            match index.parse::<usize>() {
                Ok(index) if index >= *removed => format!("{list}/{}{rest}", index + 1),
                _ => field,
            }
        })
    }
}

/// Whether a pointer is equal to another one, or below it.
fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The JSON pointers of the values that can't be read. Empty for a body that can
/// be read as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct UnreadableFields(Vec<String>);

impl UnreadableFields {
    /// Whether the body can be read as a whole.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a field of the body, or a part of it, can't be read.
    pub(super) fn contains(&self, field: &str) -> bool {
        let field = format!("/{field}");
        self.0.iter().any(|unread| is_within(unread, &field))
    }

    /// Adds the places of errors.
    pub(super) fn extend(&mut self, errors: &[ProblemError]) {
        self.0.extend(errors.iter().filter_map(|error| error.pointer.clone()));
    }

    /// Whether an error is about a value that can't be read, or about its absence.
    fn covers(&self, error: &ProblemError) -> bool {
        let pointer = error.pointer.as_deref().unwrap_or_default();
        // A team whose ID or name can't be read is not without one.
        let names = [format!("{pointer}/id"), format!("{pointer}/name")];
        let is_unnamed = error.detail == UNNAMED_TEAM;
        // Whether a team role is allowed depends on the account role.
        let is_team_role = pointer.starts_with("/teams/") && pointer.ends_with("/role");
        let is_missing_team = error.detail == MISSING_TEAM;
        self.0.iter().any(|unread| {
            is_within(pointer, unread)
                || is_missing_team && unread == "/createMissingTeams"
                || is_unnamed && names.contains(unread)
                || is_team_role && unread == "/role"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserr)]
    #[deserr(error = BodyErrors)]
    struct Numbers {
        numbers: Vec<u8>,
    }

    fn check_numbers(body: Numbers) -> ((), Vec<FieldError>) {
        let numbers = body.numbers.into_iter().enumerate().filter(|(_, number)| *number > 9);
        let error = |(pointer, number): (usize, u8)| {
            FieldError::new(format!("numbers/{pointer}"), number.to_string(), "must be below 10")
        };
        ((), numbers.map(error).collect())
    }

    #[test]
    fn broken_rules_are_reported_at_their_places_in_the_whole_body() {
        let body = json!({"numbers": ["a", 1, 20, {"b": 2}, 30, -1, 3]});
        let (_, errors) = parse_part(&body, check_numbers);
        let places: Vec<_> = errors.iter().filter_map(|error| error.pointer.as_deref()).collect();
        assert_eq!(places, ["/numbers/0", "/numbers/3", "/numbers/5", "/numbers/2", "/numbers/4"]);
    }
}
