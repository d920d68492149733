//! List queries: parsing their parameters into a [`Listing`], and the cursors
//! between pages.

use std::ops::RangeInclusive;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Datelike;
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::Error;
use crate::{
    domain::{
        Timestamp,
        custom_attribute::AttributeDefinition,
        field_error::{FieldError, Reason},
        filter::{Condition, Filter, resolve_with_custom},
        lists::{
            COUNT_RANGE, DEFAULT_COUNT, ListAttribute, Listing, MAX_COUNT, Page, PagePosition,
            SortKey, SortOrder,
        },
        suggest::{did_you_mean, find_nearest},
    },
    store::StoreError,
};

/// The unparsed parameters of a list request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// The filter, in the grammar of [`crate::domain::filter`].
    pub filter: Option<String>,
    /// The attribute by which it is sorted.
    pub sort_by: Option<String>,
    /// `ASCENDING` or `DESCENDING`. `None`: [`ListAttribute::DEFAULT_ORDER`].
    pub sort_order: Option<String>,
    /// The maximum page size.
    pub count: Option<String>,
    /// The end of the previous page, as [`encode_cursor`] wrote it.
    pub cursor: Option<String>,
    /// Whether to count all items.
    pub total: Option<bool>,
    /// The definitions of the custom attributes that the filter names.
    pub definitions: Vec<AttributeDefinition>,
    /// Errors of other parameters, which are reported with those of the values.
    pub errors: Vec<FieldError>,
}

/// Parses the parameters of a list request. `counts` limits the page size.
///
/// # Errors
/// All errors, each with its query parameter: `filter`, `sortBy`,
/// `sortOrder`, `count`, `cursor`.
pub fn parse<A: ListAttribute>(
    query: &ListQuery,
    counts: RangeInclusive<u32>,
) -> Result<Listing<A>, Vec<FieldError>> {
    let mut errors = query.errors.clone();
    let filter = query.filter.as_deref();
    let condition = filter.map(|text| parse_condition(text, &query.definitions)).transpose();
    let condition = condition.map_err(|more| errors.extend(more)).ok();
    let sort = collect_error(query.sort_by.as_deref().map(parse_sort).transpose(), &mut errors);
    let order = query.sort_order.as_deref().map_or(Ok(A::DEFAULT_ORDER), parse_order);
    let order = collect_error(order, &mut errors);
    let count = query.count.as_deref().map(|text| parse_count(text, &counts)).transpose();
    let count = collect_error(count, &mut errors).flatten();
    let (Some(condition), Some(sort), Some(order)) = (condition, sort, order) else {
        // Without a valid condition and order, the cursor can't be checked.
        let text = query.cursor.as_deref().filter(|text| decode_cursor(text).is_none());
        errors.extend(text.map(malformed_cursor));
        return Err(errors);
    };
    let count = count.unwrap_or_else(|| DEFAULT_COUNT.min(*counts.end()));
    let with_total = query.total.unwrap_or(false);
    let mut listing = Listing { condition, sort, order, after: None, count, with_total };
    let after =
        query.cursor.as_deref().map(|text| resolve_cursor(text, query, &listing)).transpose();
    listing.after = collect_error(after, &mut errors).flatten();
    if errors.is_empty() { Ok(listing) } else { Err(errors) }
}

/// Starts a listing after the query's cursor.
///
/// # Errors
/// If the cursor is malformed or belongs to another query.
pub fn apply_cursor<A: ListAttribute>(
    query: &ListQuery,
    mut listing: Listing<A>,
) -> Result<Listing<A>, FieldError> {
    let after =
        query.cursor.as_deref().map(|text| resolve_cursor(text, query, &listing)).transpose()?;
    listing.after = after;
    Ok(listing)
}

/// Returns the parsed value, or pushes its error to `errors`.
fn collect_error<T>(read: Result<T, FieldError>, errors: &mut Vec<FieldError>) -> Option<T> {
    read.map_err(|error| errors.push(error)).ok()
}

fn parse_condition<A: ListAttribute>(
    text: &str,
    definitions: &[AttributeDefinition],
) -> Result<Condition<A>, Vec<FieldError>> {
    let filter = text.parse::<Filter>().map_err(|error| vec![error]);
    let condition = filter.and_then(|filter| resolve_with_custom(&filter, definitions));
    condition.map_err(|errors| {
        errors.into_iter().map(|error| FieldError::new("filter", text, error)).collect()
    })
}

fn parse_sort<A: ListAttribute>(text: &str) -> Result<A, FieldError> {
    let sortable = || A::attributes().into_iter().filter(|attribute| attribute.is_sortable());
    let found =
        sortable().find(|attribute| attribute.name() == text || attribute.alias() == Some(text));
    found.ok_or_else(|| {
        let names: Vec<&str> = sortable().map(|attribute| attribute.name()).collect();
        let meant = did_you_mean(find_nearest(text, names.iter().copied()));
        let accepted = format!("one of {}", names.join(", "));
        let detail = format!("can't be sorted by{meant}. Use {accepted}");
        let remedy = format!("Use {accepted}.");
        FieldError::new("sortBy", text, Reason::with_detail(detail, accepted, remedy))
    })
}

/// Parses the sort order of a list.
///
/// # Errors
/// If it is not one of the two orders.
pub fn parse_order(text: &str) -> Result<SortOrder, FieldError> {
    match text {
        // Earlier releases used lower case.
        "ASCENDING" | "ascending" => Ok(SortOrder::Ascending),
        "DESCENDING" | "descending" => Ok(SortOrder::Descending),
        _ => Err(FieldError::new("sortOrder", text, "must be one of ASCENDING, DESCENDING")),
    }
}

fn parse_count(text: &str, counts: &RangeInclusive<u32>) -> Result<u32, FieldError> {
    let count = text.parse().ok().filter(|count| counts.contains(count));
    count.ok_or_else(|| {
        let (least, most) = (counts.start(), counts.end());
        FieldError::new("count", text, format!("must be a whole number from {least} to {most}"))
    })
}

/// The content of a cursor, which is opaque to callers.
///
/// It is not signed, because a forged one gains nothing: the account and the
/// condition come from the query, so it only selects a position in a list that
/// its bearer may read anyway.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    /// [`VERSION`].
    v: u8,
    /// The [`fingerprint`] of the query.
    q: String,
    /// The position's key, if it is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    /// The position's key, if it is a moment: microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    m: Option<i64>,
    /// The position's id.
    i: String,
}

/// The version of the format. Increase it when cursors or sort orders change.
const VERSION: u8 = 1;

/// Writes the cursor that continues a query after a page.
#[must_use]
pub fn encode_cursor<A: ListAttribute>(query: &ListQuery, next: &PagePosition) -> String {
    let (text, moment) = match &next.key {
        None => (None, None),
        Some(SortKey::Text(text)) => (Some(text.clone()), None),
        Some(SortKey::Moment(moment)) => (None, Some(moment.timestamp_micros())),
    };
    let q = fingerprint::<A>(query);
    let cursor = Cursor { v: VERSION, q, t: text, m: moment, i: next.id.simple().to_string() };
    // Texts and numbers can always be written.
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

/// Returns the position in a cursor, if it belongs to the same query.
fn resolve_cursor<A: ListAttribute>(
    text: &str,
    query: &ListQuery,
    listing: &Listing<A>,
) -> Result<PagePosition, FieldError> {
    let opened = decode_cursor(text).ok_or_else(|| malformed_cursor(text))?;
    let position = Some(opened).filter(|(q, position)| {
        let order = listing.order_key();
        let key_fits = match &position.key {
            // The row may have had no value.
            None => true,
            Some(key) => order.is_some_and(|attribute| key.is_of(attribute.value_type())),
        };
        key_fits && *q == fingerprint::<A>(query)
    });
    let error = || {
        let reason = Reason::new(
            "belongs to another filter or order",
            "the nextCursor of a page with the same filter and order",
            START_AGAIN,
        );
        FieldError::new("cursor", text, reason)
    };
    position.map(|(_, position)| position).ok_or_else(error)
}

/// The error of a text that is not a cursor.
fn malformed_cursor(text: &str) -> FieldError {
    let statement = "is not a cursor of this server";
    let reason = Reason::new(statement, "the nextCursor of the page before", START_AGAIN);
    FieldError::new("cursor", text, reason)
}

/// The remedy for a cursor that can't be used.
const START_AGAIN: &str = "Start again without it.";

/// The fingerprint and the position in a cursor, if Usher created it.
fn decode_cursor(text: &str) -> Option<(String, PagePosition)> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let Cursor { v: VERSION, q, t, m, i } = serde_json::from_slice(&json).ok()? else {
        return None;
    };
    let key = match (t, m) {
        (None, None) => None,
        // No key holds NUL, and PostgreSQL would reject the query.
        (Some(text), None) if !text.contains('\0') => Some(SortKey::Text(text)),
        (None, Some(micros)) => {
            let moment = Timestamp::from_timestamp_micros(micros)?;
            // Nor can PostgreSQL hold every moment that fits.
            if !(0..=9999).contains(&moment.year()) {
                return None;
            }
            Some(SortKey::Moment(moment))
        }
        _ => return None,
    };
    Some((q, PagePosition { key, id: Uuid::try_parse(&i).ok()? }))
}

/// Returns a hash of the resource, filter and order, regardless of their
/// spelling. A cursor is valid for queries with the same hash. 96 bits suffice
/// against mistakes.
fn fingerprint<A: ListAttribute>(query: &ListQuery) -> String {
    let filter = query.filter.as_deref().map(|text| {
        text.parse::<Filter>().map_or_else(|_| text.to_owned(), |filter| filter.to_string())
    });
    let lower = |text: &Option<String>| text.as_deref().map(str::to_ascii_lowercase);
    let order =
        lower(&query.sort_order).unwrap_or_else(|| A::DEFAULT_ORDER.as_str().to_ascii_lowercase());
    let all = json!([A::RESOURCE, filter, lower(&query.sort_by), order]).to_string();
    let hash = sha256(all.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or_default())
}

/// A page, and the cursor that leads to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// The page.
    pub page: Page<T>,
    /// Leads to the next page; `None` on the last.
    pub cursor: Option<String>,
}

/// Reads the page that a query requests, of at most [`MAX_COUNT`] items.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query, and those of `read_page`.
pub fn list<A: ListAttribute, T>(
    query: &ListQuery,
    read_page: impl FnOnce(&Listing<A>) -> Result<Page<T>, Error>,
) -> Result<ListPage<T>, Error> {
    let listing = parse::<A>(query, COUNT_RANGE).map_err(Error::Invalid)?;
    let page = read_page(&listing)?;
    // A list that is known to be empty has no next page.
    let next = page.next.as_ref().filter(|_| page.total != Some(0));
    let cursor = next.map(|next| encode_cursor::<A>(query, next));
    Ok(ListPage { page, cursor })
}

/// Reads a whole list, page by page. Only for resources of which there are few.
///
/// # Errors
/// Those of `read_page`.
pub(super) fn read_all<A: ListAttribute, T>(
    mut read_page: impl FnMut(&Listing<A>) -> Result<Page<T>, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut listing = Listing::first(MAX_COUNT);
    let mut all = Vec::new();
    loop {
        let Page { items, next, total: _ } = read_page(&listing)?;
        all.extend(items);
        listing.after = next;
        if listing.after.is_none() {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests;
