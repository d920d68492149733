//! Filters of users by values outside their row: team names and identity subjects,
//! which are replaced by IDs; `disabled`, which is replaced by the status; and custom
//! attributes, whose definitions are loaded.

use crate::{
    app::{
        Error,
        listing::{self, ListQuery},
    },
    domain::{
        field_error::{FieldError, Reason},
        filter::{Filter, Literal, Operator, Path, names_custom_attribute},
        id::AccountId,
        subject::SubjectKey,
        team::TeamName,
    },
    store::Tx,
};

/// A value that is never an ID.
const NO_ID: &str = "none";

/// Replaces team names and subjects in the filter of a query with IDs, and loads the
/// definitions of the custom attributes that it names. A filter that can't be parsed is
/// not changed. Comparisons that are not supported are errors of the query, and left out
/// of the filter.
pub(super) fn resolve(
    tx: &mut Tx<'_>,
    account: AccountId,
    query: &ListQuery,
) -> Result<ListQuery, Error> {
    let mut query = query.clone();
    let Some(text) = query.filter.as_deref() else { return Ok(query) };
    let Ok(filter) = text.parse::<Filter>() else { return Ok(query) };
    if names_custom_attribute(&filter) {
        query.definitions = tx.attribute_definitions(account)?;
    }
    let mut resolver = FilterResolver { tx, account, text, errors: Vec::new() };
    let filter = resolver.resolve_filter(filter)?;
    query.errors.extend(resolver.errors);
    query.filter = Some(filter.to_string());
    Ok(query)
}

/// Gives errors of a resolved filter the text that was sent.
pub(super) fn with_sent_filter(query: &ListQuery, mut error: Error) -> Error {
    if let (Some(text), Error::Invalid(errors)) = (&query.filter, &mut error) {
        let of_filter = errors.iter_mut().filter(|error| error.field == "filter");
        of_filter.for_each(|error| error.value.clone_from(text));
    }
    error
}

struct FilterResolver<'a, 'tx, 'conn> {
    tx: &'tx mut Tx<'conn>,
    account: AccountId,
    text: &'a str,
    errors: Vec<FieldError>,
}

impl FilterResolver<'_, '_, '_> {
    fn resolve_filter(&mut self, filter: Filter) -> Result<Filter, Error> {
        Ok(match filter {
            Filter::And(all) => Filter::And(self.resolve_each(all)?),
            Filter::Or(any) => Filter::Or(self.resolve_each(any)?),
            Filter::Not(filter) => Filter::Not(Box::new(self.resolve_filter(*filter)?)),
            Filter::Compare { path, operator, value } if is_path(&path, "teams", "name") => {
                let Some(name) = self.lookup_text("teams.name", operator, &value) else {
                    return Ok(any_user());
                };
                let ids = self.find_teams(&name)?;
                negate_if_ne(operator, match_any("teams", Some("id"), ids))
            }
            Filter::Compare { path, operator, value }
                if is_path(&path, "identities", "subject") =>
            {
                let Some(subject) = self.lookup_text("identities.subject", operator, &value) else {
                    return Ok(any_user());
                };
                let ids = self.find_users(&subject)?;
                negate_if_ne(operator, match_any("id", None, ids))
            }
            Filter::Present(path) if is_path(&path, "teams", "name") => {
                Filter::Present(Path { sub: Some("id".into()), ..path })
            }
            Filter::Present(path) if is_path(&path, "identities", "subject") => {
                self.report_unsupported("identities.subject");
                any_user()
            }
            Filter::Compare { path, operator, value } if is_disabled(&path) => {
                let (Operator::Eq | Operator::Ne, Literal::Bool(is_disabled)) = (operator, value)
                else {
                    let reason = Reason::new(
                        "compares disabled in a way that is not supported",
                        "disabled eq true or disabled eq false",
                        "Use eq or ne, and true or false without quotes.",
                    );
                    self.errors.push(FieldError::new("filter", self.text, reason));
                    return Ok(any_user());
                };
                let disabled = match_any("status", None, vec!["DISABLED".into()]);
                let is_negated = is_disabled == (operator == Operator::Ne);
                negate_if_ne(if is_negated { Operator::Ne } else { Operator::Eq }, disabled)
            }
            // It always has a value.
            Filter::Present(path) if is_disabled(&path) => any_user(),
            other => other,
        })
    }

    fn resolve_each(&mut self, filters: Vec<Filter>) -> Result<Vec<Filter>, Error> {
        filters.into_iter().map(|filter| self.resolve_filter(filter)).collect()
    }

    /// The text of a comparison that can be looked up.
    fn lookup_text(&mut self, name: &str, operator: Operator, value: &Literal) -> Option<String> {
        if let (Operator::Eq | Operator::Ne, Literal::Text(text)) = (operator, value) {
            return Some(text.clone());
        }
        self.report_unsupported(name);
        None
    }

    fn report_unsupported(&mut self, name: &str) {
        let reason = Reason::new(
            format!("compares {name} in a way that is not supported"),
            format!("{name} eq \"…\" or {name} ne \"…\""),
            "Use eq or ne and a text.",
        );
        self.errors.push(FieldError::new("filter", self.text, reason));
    }

    fn find_teams(&mut self, name: &str) -> Result<Vec<String>, Error> {
        let Ok(name) = name.parse::<TeamName>() else { return Ok(Vec::new()) };
        let found = self.tx.existing_teams(self.account, std::slice::from_ref(name.key()))?;
        Ok(found.into_iter().map(|team| team.id.to_string()).collect())
    }

    fn find_users(&mut self, subject: &str) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        // No subject holds NUL, and PostgreSQL would reject the query.
        if subject.contains('\0') {
            return Ok(found);
        }
        let keys = SubjectKey::candidates(subject);
        let connections = listing::read_all(|page| self.tx.list_connections(self.account, page))?;
        for connection in connections {
            for key in &keys {
                let existing =
                    self.tx.existing_user_by_identity(self.account, connection.id, key)?;
                found.extend(existing.map(|user| user.id.to_string()));
            }
        }
        Ok(found)
    }
}

fn is_path(path: &Path, name: &str, sub: &str) -> bool {
    path.schema.is_none()
        && path.name.eq_ignore_ascii_case(name)
        && path.sub.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(sub))
}

/// Whether a path is `disabled`, which the status implies.
fn is_disabled(path: &Path) -> bool {
    path.schema.is_none() && path.sub.is_none() && path.name.eq_ignore_ascii_case("disabled")
}

/// Returns a filter that matches every user.
fn any_user() -> Filter {
    Filter::Present(Path { schema: None, name: "id".into(), sub: None })
}

/// Returns a filter that matches any of these values.
fn match_any(name: &str, sub: Option<&str>, mut ids: Vec<String>) -> Filter {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        ids.push(NO_ID.into());
    }
    let compare = |id| Filter::Compare {
        path: Path { schema: None, name: name.into(), sub: sub.map(Into::into) },
        operator: Operator::Eq,
        value: Literal::Text(id),
    };
    let mut comparisons: Vec<_> = ids.into_iter().map(compare).collect();
    match comparisons.pop() {
        Some(only) if comparisons.is_empty() => only,
        last => Filter::Or(comparisons.into_iter().chain(last).collect()),
    }
}

fn negate_if_ne(operator: Operator, filter: Filter) -> Filter {
    if operator == Operator::Ne { Filter::Not(Box::new(filter)) } else { filter }
}
