//! Parameters of addresses: what lists are asked for, and flags.

use actix_web::HttpRequest;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::listing::Query,
    domain::{fault::Fault, nearest::nearest},
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
    /// In which direction: ascending, unless the list says otherwise.
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
#[serde(rename_all = "lowercase")]
pub(super) enum SortOrder {
    Ascending,
    Descending,
}

const LIST: &[&str] = &["filter", "sortBy", "sortOrder", "count", "cursor", "total"];

/// Reads what a list is asked for.
///
/// # Errors
/// [`Problem::Query`] for a parameter that is unknown, repeated, or no flag.
pub(super) fn list(request: &HttpRequest) -> Result<Query, Problem> {
    let mut query = Query::default();
    for (name, value) in pairs(request, LIST)? {
        match name {
            "filter" => query.filter = Some(value),
            "sortBy" => query.sort_by = Some(value),
            "sortOrder" => query.sort_order = Some(value),
            "count" => query.count = Some(value),
            "cursor" => query.cursor = Some(value),
            _ => query.total = Some(flag("total", &value)?),
        }
    }
    Ok(query)
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
    for (name, value) in pairs(request, &names)? {
        for (flagged, known) in flags.iter_mut().zip(names) {
            if known == name {
                *flagged = flag(known, &value)?;
            }
        }
    }
    Ok(flags)
}

/// That an address has no parameters.
///
/// # Errors
/// [`Problem::Query`] if it has.
pub(super) fn none(request: &HttpRequest) -> Result<(), Problem> {
    pairs(request, &[]).map(drop)
}

pub(super) fn flag(name: &'static str, value: &str) -> Result<bool, Problem> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Problem::Query(vec![Fault::new(name, value, "is neither true nor false")])),
    }
}

/// The parameters of an address: each known, each once. All faults at once.
pub(super) fn pairs(
    request: &HttpRequest,
    known: &[&'static str],
) -> Result<Vec<(&'static str, String)>, Problem> {
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    let mut faults = Vec::new();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        match known.iter().find(|known| **known == name) {
            Some(known) if pairs.iter().any(|(other, _)| other == known) => {
                faults.push(Fault::new(*known, value, "is there twice"));
            }
            Some(known) => pairs.push((known, value.into_owned())),
            None => {
                let reason = match nearest(&name, known.iter().copied()) {
                    Some(near) => format!("is no parameter here: did you mean {near}?"),
                    None if known.is_empty() => "is no parameter here: there are none".into(),
                    None => format!("is no parameter here: there are {}", known.join(", ")),
                };
                faults.push(Fault::new(name.into_owned(), value, reason));
            }
        }
    }
    if faults.is_empty() { Ok(pairs) } else { Err(Problem::Query(faults)) }
}
