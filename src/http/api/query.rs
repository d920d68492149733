//! Query parameters of lists, and flags.

use actix_web::HttpRequest;
use serde::Deserialize;
use utoipa::IntoParams;

use super::deprecation;
use crate::{
    app::listing::{ListQuery, parse_order},
    domain::{
        field_error::{FieldError, Reason},
        suggest::find_nearest,
    },
    http::problem::Problem,
};

/// The parameters of every list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the parameters, which are read one by one")]
pub(super) struct ListParams {
    /// Lists only items that match this filter, in the grammar of SCIM (RFC 7644,
    /// section 3.4.2.2).
    #[param(max_length = 4096, format = "filter")]
    filter: Option<String>,
    /// Sorts the list by this attribute. Without it, the server chooses an order
    /// that stays the same from page to page.
    sort_by: Option<String>,
    /// The sort direction. ASCENDING by default, unless the operation says otherwise.
    sort_order: Option<SortOrder>,
    /// The maximum number of items on a page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    count: Option<u32>,
    /// The `nextCursor` of the previous page. Send the same filter and order with it.
    #[param(format = "cursor")]
    cursor: Option<String>,
    /// Whether to count all items that match the filter. Counting a long list takes
    /// time.
    total: Option<bool>,
}

/// The direction in which a list is sorted.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum SortOrder {
    Ascending,
    Descending,
}

const LIST_PARAMETERS: &[&str] = &["filter", "sortBy", "sortOrder", "count", "cursor", "total"];

/// Parses the parameters of a list.
///
/// # Errors
/// Never. Errors are stored in the query, and reported together with those of its
/// values.
pub(super) fn parse_list_query(request: &HttpRequest) -> Result<ListQuery, Problem> {
    let mut query = ListQuery::default();
    let (pairs, mut errors) = split_parameters(request, LIST_PARAMETERS);
    for (name, value) in pairs {
        set_parameter(request, &mut query, name, value, &mut errors);
    }
    // The list reports them together with the errors of the values.
    query.errors = errors;
    Ok(query)
}

/// Parses the parameters of a list and the expansions of its items, which `include`
/// names, separated by commas.
pub(super) fn parse_list_query_with<const N: usize>(
    request: &HttpRequest,
    expansions: [&'static str; N],
) -> (ListQuery, [bool; N]) {
    let mut query = ListQuery::default();
    let names: Vec<_> = LIST_PARAMETERS.iter().copied().chain(["include"]).collect();
    let (pairs, mut errors) = split_parameters(request, &names);
    let mut included = [false; N];
    for (name, value) in pairs {
        if name != "include" {
            set_parameter(request, &mut query, name, value, &mut errors);
            continue;
        }
        for part in
            value.split(',').map(|part| part.trim_matches(' ')).filter(|part| !part.is_empty())
        {
            match expansions.iter().position(|expansion| *expansion == part) {
                Some(position) => {
                    included.iter_mut().skip(position).take(1).for_each(|it| *it = true)
                }
                None => {
                    let reason = Reason::must_be(format!("one of {}", expansions.join(", ")));
                    errors.push(FieldError::new("include", part, reason));
                }
            }
        }
    }
    query.errors = errors;
    (query, included)
}

fn set_parameter(
    request: &HttpRequest,
    query: &mut ListQuery,
    name: &str,
    value: String,
    errors: &mut Vec<FieldError>,
) {
    if name == "sortOrder" && parse_order(&value).is_ok() && deprecation::is_old_spelling(&value) {
        deprecation::mark_request(request);
    }
    match name {
        "filter" => query.filter = Some(value),
        "sortBy" => query.sort_by = Some(value),
        "sortOrder" => query.sort_order = Some(value),
        "count" => query.count = Some(value),
        "cursor" => query.cursor = Some(value),
        _ => match parse_flag("total", &value) {
            Ok(total) => query.total = Some(total),
            Err(error) => errors.push(error),
        },
    }
}

/// Parses flags. An absent flag is false.
///
/// # Errors
/// Returns [`Problem::Query`] for a parameter that is unknown, repeated, or not a flag.
pub(super) fn parse_flags<const N: usize>(
    request: &HttpRequest,
    names: [&'static str; N],
) -> Result<[bool; N], Problem> {
    let mut flags = [false; N];
    let (pairs, mut errors) = split_parameters(request, &names);
    for (name, value) in pairs {
        for (slot, known) in flags.iter_mut().zip(names) {
            if known == name {
                match parse_flag(known, &value) {
                    Ok(value) => *slot = value,
                    Err(error) => errors.push(error),
                }
            }
        }
    }
    if errors.is_empty() { Ok(flags) } else { Err(Problem::Query(errors)) }
}

/// Rejects all query parameters.
///
/// # Errors
/// Returns [`Problem::Query`] if there are any.
pub(super) fn reject_parameters(request: &HttpRequest) -> Result<(), Problem> {
    parse_pairs(request, &[]).map(drop)
}

/// Parses a flag.
///
/// # Errors
/// Returns the error of the parameter.
pub(super) fn parse_flag(name: &'static str, value: &str) -> Result<bool, FieldError> {
    match value {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(FieldError::new(name, value, Reason::must_be("true or false"))),
    }
}

/// Parses the query parameters, each of which must be known and occur once.
pub(super) fn parse_pairs(
    request: &HttpRequest,
    accepted: &[&'static str],
) -> Result<Vec<(&'static str, String)>, Problem> {
    let (pairs, errors) = split_parameters(request, accepted);
    if errors.is_empty() { Ok(pairs) } else { Err(Problem::Query(errors)) }
}

type Pairs = Vec<(&'static str, String)>;

/// Splits the query into known parameters, each once, and the errors of the others.
pub(super) fn split_parameters(
    request: &HttpRequest,
    accepted: &[&'static str],
) -> (Pairs, Vec<FieldError>) {
    let mut pairs: Pairs = Vec::new();
    let mut errors = Vec::new();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        match accepted.iter().find(|known| **known == name) {
            Some(known) if pairs.iter().any(|(other, _)| other == known) => {
                let reason = Reason::repeated("one value", "Send it once.");
                errors.push(FieldError::new(*known, value, reason));
            }
            Some(known) => pairs.push((known, value.into_owned())),
            None => {
                let names = format!("one of {}", accepted.join(", "));
                let (expected, remedy) = match find_nearest(&name, accepted.iter().copied()) {
                    Some(near) => (names, format!("Did you mean {near}?")),
                    None if accepted.is_empty() => ("no parameters".into(), "Leave it out.".into()),
                    None => (names.clone(), format!("Use {names}.")),
                };
                let reason = Reason::new("is not supported", expected, remedy);
                errors.push(FieldError::new(name.into_owned(), value, reason));
            }
        }
    }
    (pairs, errors)
}
