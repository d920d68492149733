//! Parameters of addresses: what lists are asked for, and flags.

use actix_web::HttpRequest;
use serde::Deserialize;
use utoipa::IntoParams;

use super::deprecation;
use crate::{
    app::listing::Query,
    domain::{field_error::FieldError, suggest::nearest},
    http::problem::Problem,
};

/// What every list takes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the parameters, which are read one by one")]
pub(super) struct ListParams {
    /// What is on the list: SCIM's filter grammar (RFC 7644, section 3.4.2.2)
    /// over the attributes that the list names.
    #[param(max_length = 4096, format = "filter")]
    filter: Option<String>,
    /// The attribute by which the list is sorted. Without it, the order is
    /// stable, and the server's choice.
    sort_by: Option<String>,
    /// In which direction: ASCENDING, unless the list says otherwise.
    sort_order: Option<SortOrder>,
    /// The most items on a page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    count: Option<u32>,
    /// The `nextCursor` of the page before, with the same filter and order.
    #[param(format = "cursor")]
    cursor: Option<String>,
    /// Whether all items that meet the filter are counted, which takes as long
    /// as there are many.
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
                    let reason = format!("must be one of {}", expansions.join(", "));
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
    if name == "sortOrder" && deprecation::is_old_spelling(&value) {
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
        _ => Err(FieldError::new(
            name,
            value,
            "must be true or false: 1 and 0 are understood as well",
        )),
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
                let reason = "is given more than once: send it once";
                faults.push(FieldError::new(*known, value, reason).expecting("one value"));
            }
            Some(known) => pairs.push((known, value.into_owned())),
            None => {
                let reason = match nearest(&name, known.iter().copied()) {
                    Some(near) => format!("is not supported: did you mean {near}?"),
                    None if known.is_empty() => "is not supported: leave it out".into(),
                    None => format!("is not supported: use one of {}", known.join(", ")),
                };
                let expected = match known.is_empty() {
                    true => "no parameters".to_owned(),
                    false => format!("one of {}", known.join(", ")),
                };
                faults.push(FieldError::new(name.into_owned(), value, reason).expecting(expected));
            }
        }
    }
    (pairs, faults)
}
