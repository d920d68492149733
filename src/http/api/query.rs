//! Query parameters of lists, and flags.

use actix_web::HttpRequest;
use serde::Deserialize;
use utoipa::IntoParams;

use super::deprecation;
use crate::{
    app::listing::{Query, order},
    domain::{
        field_error::{FieldError, Reason},
        suggest::nearest,
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
    /// The sort direction. ASCENDING by default, unless the list says otherwise.
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

const LIST: &[&str] = &["filter", "sortBy", "sortOrder", "count", "cursor", "total"];

/// Parses the parameters of a list.
///
/// # Errors
/// Never. Errors are stored in the query, and reported together with those of its
/// values.
pub(super) fn list(request: &HttpRequest) -> Result<Query, Problem> {
    let mut query = Query::default();
    let (pairs, mut faults) = split(request, LIST);
    for (name, value) in pairs {
        put(request, &mut query, name, value, &mut faults);
    }
    // The list reports them together with the errors of the values.
    query.faults = faults;
    Ok(query)
}

/// Parses the parameters of a list and the expansions of its items, which `include`
/// names, separated by commas.
pub(super) fn list_with<const N: usize>(
    request: &HttpRequest,
    expansions: [&'static str; N],
) -> (Query, [bool; N]) {
    let mut query = Query::default();
    let names: Vec<_> = LIST.iter().copied().chain(["include"]).collect();
    let (pairs, mut faults) = split(request, &names);
    let mut included = [false; N];
    for (name, value) in pairs {
        if name != "include" {
            put(request, &mut query, name, value, &mut faults);
            continue;
        }
        for part in value.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match expansions.iter().position(|expansion| *expansion == part) {
                Some(place) => included.iter_mut().skip(place).take(1).for_each(|it| *it = true),
                None => {
                    let reason = Reason::must_be(format!("one of {}", expansions.join(", ")));
                    faults.push(FieldError::new("include", part, reason));
                }
            }
        }
    }
    query.faults = faults;
    (query, included)
}

fn put(
    request: &HttpRequest,
    query: &mut Query,
    name: &str,
    value: String,
    faults: &mut Vec<FieldError>,
) {
    if name == "sortOrder" && order(&value).is_ok() && deprecation::is_old_spelling(&value) {
        deprecation::note(request);
    }
    match name {
        "filter" => query.filter = Some(value),
        "sortBy" => query.sort_by = Some(value),
        "sortOrder" => query.sort_order = Some(value),
        "count" => query.count = Some(value),
        "cursor" => query.cursor = Some(value),
        _ => match flag("total", &value) {
            Ok(total) => query.total = Some(total),
            Err(fault) => faults.push(fault),
        },
    }
}

/// Parses flags. An absent flag is false.
///
/// # Errors
/// Returns [`Problem::Query`] for a parameter that is unknown, repeated, or not a flag.
pub(super) fn flags<const N: usize>(
    request: &HttpRequest,
    names: [&'static str; N],
) -> Result<[bool; N], Problem> {
    let mut flags = [false; N];
    let (pairs, mut faults) = split(request, &names);
    for (name, value) in pairs {
        for (flagged, known) in flags.iter_mut().zip(names) {
            if known == name {
                match flag(known, &value) {
                    Ok(value) => *flagged = value,
                    Err(fault) => faults.push(fault),
                }
            }
        }
    }
    if faults.is_empty() { Ok(flags) } else { Err(Problem::Query(faults)) }
}

/// Rejects all query parameters.
///
/// # Errors
/// Returns [`Problem::Query`] if there are any.
pub(super) fn none(request: &HttpRequest) -> Result<(), Problem> {
    pairs(request, &[]).map(drop)
}

/// Parses a flag.
///
/// # Errors
/// Returns the error of the parameter.
pub(super) fn flag(name: &'static str, value: &str) -> Result<bool, FieldError> {
    match value {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(FieldError::new(name, value, Reason::must_be("true or false"))),
    }
}

/// Parses the query parameters, each of which must be known and occur once.
pub(super) fn pairs(
    request: &HttpRequest,
    known: &[&'static str],
) -> Result<Vec<(&'static str, String)>, Problem> {
    let (pairs, faults) = split(request, known);
    if faults.is_empty() { Ok(pairs) } else { Err(Problem::Query(faults)) }
}

type Pairs = Vec<(&'static str, String)>;

/// Splits the query into known parameters, each once, and the errors of the others.
pub(super) fn split(request: &HttpRequest, known: &[&'static str]) -> (Pairs, Vec<FieldError>) {
    let mut pairs: Pairs = Vec::new();
    let mut faults = Vec::new();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        match known.iter().find(|known| **known == name) {
            Some(known) if pairs.iter().any(|(other, _)| other == known) => {
                let reason = Reason::repeated("one value", "Send it once.");
                faults.push(FieldError::new(*known, value, reason));
            }
            Some(known) => pairs.push((known, value.into_owned())),
            None => {
                let all = format!("one of {}", known.join(", "));
                let (expected, remedy) = match nearest(&name, known.iter().copied()) {
                    Some(near) => (all, format!("Did you mean {near}?")),
                    None if known.is_empty() => ("no parameters".into(), "Leave it out.".into()),
                    None => (all.clone(), format!("Use {all}.")),
                };
                let reason = Reason::new("is not supported", expected, remedy);
                faults.push(FieldError::new(name.into_owned(), value, reason));
            }
        }
    }
    (pairs, faults)
}
