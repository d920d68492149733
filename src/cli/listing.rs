//! Lists of any length: how much of them is read, and which part.

use clap::Args;

use super::{Failure, output};
use crate::{
    app::{
        Error,
        listing::{Listed, Query},
    },
    domain::{Timestamp, lists::MAX_COUNT},
};

/// How much of a list is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Limit {
    /// At most so many
    #[arg(
        long,
        alias = "count",
        value_name = "NUMBER",
        default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    limit: u32,
}

impl Limit {
    /// Reads pages until there are enough items. Says on standard error if there
    /// are more.
    pub(super) fn read<T>(
        self,
        filter: Option<String>,
        mut page: impl FnMut(&Query) -> Result<Listed<T>, Error>,
    ) -> Result<Vec<T>, Failure> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut items = Vec::new();
        let mut query = Query { filter, ..Query::default() };
        loop {
            let missing = u32::try_from(limit - items.len()).unwrap_or(u32::MAX);
            query.count = Some(missing.min(MAX_COUNT).to_string());
            let Listed { page, cursor } = page(&query)?;
            items.extend(page.items);
            if cursor.is_none() {
                return Ok(items);
            }
            if items.len() >= limit {
                output::warn(&format!(
                    "There may be more than these {}. Use --limit {} to see more, or a filter.",
                    items.len(),
                    self.limit.saturating_mul(10)
                ))?;
                return Ok(items);
            }
            query.cursor = cursor;
        }
    }
}

/// The conditions of a filter, all of which must hold.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    typed: Option<String>,
    others: Vec<String>,
}

impl Conditions {
    /// The filter that was typed.
    pub(super) fn new(typed: Option<String>) -> Self {
        Self { typed, others: Vec::new() }
    }

    /// Adds that an attribute equals a text.
    pub(super) fn equals(&mut self, attribute: &str, value: &str) {
        // The grammar's texts are those of JSON.
        self.others.push(format!("{attribute} eq {}", serde_json::Value::from(value)));
    }

    /// Adds that an attribute is a moment or later.
    pub(super) fn since(&mut self, attribute: &str, since: Option<Timestamp>) {
        let since = since.map(|since| format!("{attribute} ge \"{}\"", output::instant(since)));
        self.others.extend(since);
    }

    /// All conditions as one filter. `None` if there are none.
    pub(super) fn into_filter(self) -> Option<String> {
        let Self { typed, others } = self;
        if others.is_empty() {
            return typed;
        }
        let typed = typed.map(|typed| format!("({typed})"));
        Some(typed.into_iter().chain(others).collect::<Vec<_>>().join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_and_texts_are_quoted() {
        assert_eq!(Conditions::default().into_filter(), None);
        let typed = || Some("a eq 1 or b eq 2".to_owned());
        assert_eq!(Conditions::new(typed()).into_filter(), typed());
        let mut conditions = Conditions::new(typed());
        conditions.equals("email", "a\"b\\c");
        conditions.since("at", "2027-01-31T00:00:00Z".parse().ok());
        assert_eq!(
            conditions.into_filter().unwrap(),
            r#"(a eq 1 or b eq 2) and email eq "a\"b\\c" and at ge "2027-01-31T00:00:00Z""#
        );
    }
}
