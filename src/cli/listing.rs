//! The options of lists: their length and their filters.

use clap::Args;

use super::{CliError, number::whole_number, output};
use crate::{
    app::{
        Error,
        listing::{ListPage, ListQuery},
    },
    domain::{Timestamp, lists::MAX_COUNT},
};

/// The maximum length of a list.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct LimitArg {
    /// The maximum number of items
    #[arg(
        long,
        alias = "count",
        value_name = "NUMBER",
        default_value_t = 50,
        allow_negative_numbers = true,
        value_parser = |text: &str| whole_number(text, 1, u32::MAX)
    )]
    limit: u32,
}

impl LimitArg {
    /// Cuts a list. Says on standard error if there are more items.
    pub(super) fn cut<T>(self, mut items: Vec<T>) -> Result<Vec<T>, CliError> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if items.len() > limit {
            items.truncate(limit);
            self.warn_of_more(limit)?;
        }
        Ok(items)
    }

    /// Reads pages until there are enough items. Says on standard error if there
    /// are more.
    pub(super) fn read_pages<T>(
        self,
        mut query: ListQuery,
        mut page: impl FnMut(&ListQuery) -> Result<ListPage<T>, Error>,
    ) -> Result<Vec<T>, CliError> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut items = Vec::new();
        loop {
            let missing = u32::try_from(limit - items.len()).unwrap_or(u32::MAX);
            query.count = Some(missing.min(MAX_COUNT).to_string());
            let ListPage { page, cursor } = page(&query)?;
            items.extend(page.items);
            if cursor.is_none() {
                return Ok(items);
            }
            if items.len() >= limit {
                self.warn_of_more(items.len())?;
                return Ok(items);
            }
            query.cursor = cursor;
        }
    }

    fn warn_of_more(self, printed: usize) -> Result<(), CliError> {
        output::warn(&format!(
            "There may be more than these {printed}. Use --limit {} to see more, or a filter.",
            self.limit.saturating_mul(10)
        ))
    }
}

/// The list of the items that match a filter.
pub(super) fn filtered(filter: Option<String>) -> ListQuery {
    ListQuery { filter, ..ListQuery::default() }
}

/// The same list by name.
pub(super) fn filtered_by_name(filter: Option<String>) -> ListQuery {
    ListQuery { sort_by: Some("name".into()), ..filtered(filter) }
}

/// The conditions of a filter, all of which must hold.
#[derive(Debug, Default)]
pub(super) struct FilterBuilder {
    typed: Option<String>,
    conditions: Vec<String>,
}

impl FilterBuilder {
    /// The filter that was typed.
    pub(super) fn new(typed: Option<String>) -> Self {
        Self { typed, conditions: Vec::new() }
    }

    /// Adds that an attribute equals a text.
    pub(super) fn add_equals(&mut self, attribute: &str, value: &str) {
        // The grammar's texts are those of JSON.
        self.conditions.push(format!("{attribute} eq {}", serde_json::Value::from(value)));
    }

    /// Adds that an attribute is a moment or later.
    pub(super) fn add_since(&mut self, attribute: &str, since: Option<Timestamp>) {
        let since =
            since.map(|since| format!("{attribute} ge \"{}\"", output::format_instant(since)));
        self.conditions.extend(since);
    }

    /// The list of the items that match all conditions.
    pub(super) fn into_query(self) -> ListQuery {
        let Self { typed, conditions: others } = self;
        if others.is_empty() {
            return filtered(typed);
        }
        let typed = typed.map(|typed| format!("({typed})"));
        filtered(Some(typed.into_iter().chain(others).collect::<Vec<_>>().join(" and ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_and_texts_are_quoted() {
        assert_eq!(FilterBuilder::default().into_query().filter, None);
        let typed = || Some("a eq 1 or b eq 2".to_owned());
        assert_eq!(FilterBuilder::new(typed()).into_query().filter, typed());
        let mut conditions = FilterBuilder::new(typed());
        conditions.add_equals("email", "a\"b\\c");
        conditions.add_since("at", "2027-01-31T00:00:00Z".parse().ok());
        assert_eq!(
            conditions.into_query().filter.unwrap(),
            r#"(a eq 1 or b eq 2) and email eq "a\"b\\c" and at ge "2027-01-31T00:00:00Z""#
        );
    }
}
