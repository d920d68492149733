//! Parameters of addresses: what lists are asked for, and flags.

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

/// What every list takes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the parameters, which are read one by one")]
pub(super) struct ListParams {
    /// Lists only what meets this filter, in SCIM's grammar (RFC 7644, section
    /// 3.4.2.2).
    #[param(max_length = 4096, format = "filter")]
    filter: Option<String>,
    /// Sorts the list by this attribute. Without it, the server chooses an order
    /// that stays the same from page to page.
    sort_by: Option<String>,
    /// The direction of the order: ASCENDING, unless the list says otherwise.
    sort_order: Option<SortOrder>,
    /// The maximum number of items on a page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    count: Option<u32>,
    /// The `nextCursor` of the page before, with the same filter and order.
    #[param(format = "cursor")]
    cursor: Option<String>,
    /// Whether to count all items that meet the filter. Counting a long list takes
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

/// Reads what a list is asked for.
///
/// # Errors
/// None: what is wrong is told with the faults of the values.
pub(super) fn list(request: &HttpRequest) -> Result<Query, Problem> {
    let mut query = Query::default();
    let (pairs, mut faults) = split(request, LIST);
    for (name, value) in pairs {
        put(request, &mut query, name, value, &mut faults);
    }
    // They are told with those of the values, which the list knows.
    query.faults = faults;
    Ok(query)
}

/// Reads what a list is asked for, and which expansions of its items. `include`
/// has their names, separated by commas.
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

/// Reads flags of an address; those that are not there are false.
///
/// # Errors
/// [`Problem::Query`] for a parameter that is unknown, repeated, or no flag.
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

/// That an address has no parameters.
///
/// # Errors
/// [`Problem::Query`] if it has.
pub(super) fn none(request: &HttpRequest) -> Result<(), Problem> {
    pairs(request, &[]).map(drop)
}

/// Reads a flag.
///
/// # Errors
/// The fault of its parameter.
pub(super) fn flag(name: &'static str, value: &str) -> Result<bool, FieldError> {
    match value {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(FieldError::new(name, value, Reason::must_be("true or false"))),
    }
}

/// The parameters of an address: each known, each once. All faults at once.
pub(super) fn pairs(
    request: &HttpRequest,
    known: &[&'static str],
) -> Result<Vec<(&'static str, String)>, Problem> {
    let (pairs, faults) = split(request, known);
    if faults.is_empty() { Ok(pairs) } else { Err(Problem::Query(faults)) }
}

type Pairs = Vec<(&'static str, String)>;

/// The parameters of an address that are known, each once, and the faults of
/// the others.
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
