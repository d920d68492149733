//! The text form of filters, which parses back to the same filter.

use std::fmt::{self, Formatter};

use super::{Filter, Literal, Path};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(filters) => write_joined(f, filters, " and ", |inner| {
                matches!(inner, Self::And(_) | Self::Or(_))
            }),
            Self::Or(filters) => {
                write_joined(f, filters, " or ", |inner| matches!(inner, Self::Or(_)))
            }
            Self::Not(filter) => write!(f, "not ({filter})"),
            Self::Compare { path, operator, value } => write!(f, "{path} {operator} {value}"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Within { path, filter } => write!(f, "{path}[{filter}]"),
        }
    }
}

/// Writes filters with a word between them. A filter that would otherwise be parsed in
/// another way is written in parentheses.
fn write_joined(
    f: &mut Formatter<'_>,
    filters: &[Filter],
    word: &str,
    needs_group: impl Fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        if needs_group(filter) {
            write!(f, "({filter})")?;
        } else {
            write!(f, "{filter}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.name)?;
        self.sub.as_ref().map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

impl fmt::Display for Literal {
    /// Writes the value as JSON does.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => serde_json::Value::from(text.as_str()).fmt(f),
        }
    }
}
