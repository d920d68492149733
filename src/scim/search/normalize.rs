//! Normalizes filters of Entra ID: without an extension's URI, as in `manager eq "7"`,
//! and with booleans as text, as in `active eq "True"`.

use crate::{
    domain::filter::{Filter, Literal, Path},
    scim::{
        compatibility::{CompatibilityFix, CompatibilityFixes},
        error::ScimErrorType,
        path::AttributePath,
        schema::{Attribute, AttributeType, ENTERPRISE, ResourceType},
    },
};

/// Normalizes a filter, if the dialect allows it. Adds the URI of the enterprise
/// extension to its attributes, and converts texts to booleans where the attribute is a
/// boolean.
pub(super) fn normalize(
    kind: &ResourceType,
    filter: Filter,
    fixes: &mut CompatibilityFixes,
) -> Filter {
    let mut normalize_all =
        |filters: Vec<Filter>| filters.into_iter().map(|one| normalize(kind, one, fixes)).collect();
    match filter {
        Filter::And(filters) => Filter::And(normalize_all(filters)),
        Filter::Or(filters) => Filter::Or(normalize_all(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(normalize(kind, *filter, fixes))),
        Filter::Present(path) => Filter::Present(expand_path(kind, path, fixes)),
        Filter::Compare { path, operator, value } => {
            let path = expand_path(kind, path, fixes);
            Filter::Compare { value: coerce_boolean(kind, &path, value, fixes), path, operator }
        }
        Filter::Within { path, filter } => {
            let path = expand_path(kind, path, fixes);
            let filter = match AttributePath::resolve(kind, &path, ScimErrorType::InvalidFilter) {
                Ok(path) => Box::new(normalize_within(path.attribute, &filter, fixes)),
                Err(_) => filter,
            };
            Filter::Within { path, filter }
        }
    }
}

/// Normalizes the filter in the brackets of an attribute.
pub(in crate::scim) fn normalize_within(
    attribute: &Attribute<'_>,
    filter: &Filter,
    fixes: &mut CompatibilityFixes,
) -> Filter {
    let mut normalize_all = |filters: &[Filter]| {
        filters.iter().map(|one| normalize_within(attribute, one, fixes)).collect::<Vec<_>>()
    };
    match filter {
        Filter::And(filters) => Filter::And(normalize_all(filters)),
        Filter::Or(filters) => Filter::Or(normalize_all(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(normalize_within(attribute, filter, fixes))),
        Filter::Compare { path, operator, value } => {
            let sub_attribute = attribute.sub_attribute(&path.name).filter(|_| path.sub.is_none());
            let value = coerce_value(sub_attribute, &path.name, value.clone(), fixes);
            Filter::Compare { path: path.clone(), operator: *operator, value }
        }
        Filter::Present(_) | Filter::Within { .. } => filter.clone(),
    }
}

fn expand_path(kind: &ResourceType, path: Path, fixes: &mut CompatibilityFixes) -> Path {
    let is_known =
        |path: &Path| AttributePath::resolve(kind, path, ScimErrorType::InvalidFilter).is_ok();
    if path.schema.is_some() || is_known(&path) {
        return path;
    }
    // An attribute of Usher is never guessed: it may be the role.
    let expanded = Path { schema: Some(ENTERPRISE.id.to_owned()), ..path.clone() };
    match is_known(&expanded) && fixes.allow(CompatibilityFix::MissingUri, &path.name) {
        true => expanded,
        false => path,
    }
}

fn coerce_boolean(
    kind: &ResourceType,
    path: &Path,
    value: Literal,
    fixes: &mut CompatibilityFixes,
) -> Literal {
    let resolved = AttributePath::resolve(kind, path, ScimErrorType::InvalidFilter).ok();
    let attribute = resolved.map(|path| path.sub_attribute.unwrap_or(path.attribute));
    coerce_value(attribute, &path.name, value, fixes)
}

/// Converts a text to a boolean, if the attribute is a boolean.
fn coerce_value(
    attribute: Option<&Attribute>,
    name: &str,
    value: Literal,
    fixes: &mut CompatibilityFixes,
) -> Literal {
    let is_boolean = attribute.is_some_and(|attribute| attribute.kind == AttributeType::Boolean);
    let meant = match &value {
        Literal::Text(text) if text.eq_ignore_ascii_case("true") => true,
        Literal::Text(text) if text.eq_ignore_ascii_case("false") => false,
        _ => return value,
    };
    match is_boolean && fixes.allow(CompatibilityFix::BooleanAsText, name) {
        true => Literal::Bool(meant),
        false => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::api_key::Dialect, scim::schema::USERS};

    #[test]
    fn attribute_of_the_enterprise_extension_is_completed_in_lenient_dialects() {
        let uri = ENTERPRISE.id;
        for (written, meant, fixed) in [
            (
                r#"id eq "7" and manager eq "8""#,
                format!(r#"id eq "7" and {uri}:manager eq "8""#),
                1,
            ),
            (
                r#"not (manager.value pr or department sw "E")"#,
                format!(r#"not ({uri}:manager.value pr or {uri}:department sw "E")"#),
                2,
            ),
            (r#"title eq "Countess""#, r#"title eq "Countess""#.to_owned(), 0),
            (r#"role eq "ADMIN""#, r#"role eq "ADMIN""#.to_owned(), 0),
            (r#"active eq "True""#, "active eq true".to_owned(), 1),
            (r#"title eq "True""#, r#"title eq "True""#.to_owned(), 0),
            (r#"emails[type eq "work"]"#, r#"emails[type eq "work"]"#.to_owned(), 0),
            (
                r#"emails[type eq "work" and primary eq "True"]"#,
                r#"emails[type eq "work" and primary eq true]"#.to_owned(),
                1,
            ),
            (r#"emails[type eq "True"]"#, r#"emails[type eq "True"]"#.to_owned(), 0),
        ] {
            let filter: Filter = written.parse().unwrap();
            let mut fixes = CompatibilityFixes::new(Dialect::Entra);
            let for_entra = normalize(&USERS, filter.clone(), &mut fixes);
            assert_eq!(for_entra, meant.parse().unwrap(), "{written}");
            assert_eq!(fixes.applied().len(), fixed, "{written}");
            let mut none = CompatibilityFixes::new(Dialect::Strict);
            assert_eq!(normalize(&USERS, filter.clone(), &mut none), filter, "{written}");
        }
    }
}
