//! Pages of a list.
//!
//! Who has no value of what a list is sorted by comes last, and first if the
//! order is descending (RFC 7644, section 3.4.2.3). Our indexes have them at the
//! other end: such a list is read as two, one after the other.

use super::{ListRequest, Listed, Start};
use crate::{
    app::{Error, listing},
    domain::{
        filter::{Condition, Kind, TextTest},
        lists::{ListAttribute, Listing, MAX_COUNT, Order, Page, Position},
    },
    store::{PAGE_BYTES, StoreError, Tx},
};

/// Before the cursors of the second part of a list; alone, it leads to where that
/// begins. No other cursor begins so.
const SECOND: &str = "~";

/// Reads a page. `page` reads rows, `at` says where a row stands, `bytes` how much
/// text it has.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list; if the database can't be read.
pub(super) fn list<A: ListAttribute, T>(
    request: &ListRequest<A>,
    mut page: impl FnMut(&Listing<A>) -> Result<Page<T>, StoreError>,
    at: impl FnMut(&Listing<A>, u64) -> Result<Option<Position>, StoreError>,
    bytes: fn(&T) -> usize,
) -> Result<Listed<T>, Error> {
    let parts = parts(request);
    match request.start {
        Start::Behind(before) => counted(&parts, before, page, at, bytes),
        Start::Cursor => by_cursor(&parts, &request.written, &mut page),
    }
}

/// The lists of which a list consists, in their order: one or two.
fn parts<A: ListAttribute>(request: &ListRequest<A>) -> Vec<Listing<A>> {
    let whole = Listing {
        condition: request.condition.clone(),
        sort: request.sort,
        order: request.order,
        after: None,
        count: request.count.min(MAX_COUNT),
        total: false,
    };
    // What is unique is never empty.
    let texts = request
        .sort
        .filter(|sort| matches!(sort.kind(), Kind::Text | Kind::Identifier) && !sort.unique());
    let Some(sort) = texts else { return vec![whole] };
    let with = |test| {
        let more = Condition::Text(sort, test, String::new());
        let all = whole.condition.clone().into_iter().chain([more]).collect();
        Listing { condition: Some(Condition::All(all)), ..whole.clone() }
    };
    let (there, absent) = (with(TextTest::Gt), with(TextTest::Eq));
    match whole.order {
        Order::Ascending => vec![there, absent],
        Order::Descending => vec![absent, there],
    }
}

/// Reads a page with what is tied to its items. `attach` leaves out items at the end
/// if there is too much for a page, and the page ends there.
///
/// # Errors
/// Those of `read` and `attach`.
pub(super) fn attached<A: ListAttribute, T, U>(
    tx: &mut Tx<'_>,
    request: &ListRequest<A>,
    read: impl Fn(&mut Tx<'_>, &ListRequest<A>) -> Result<Listed<T>, Error>,
    attach: impl FnOnce(&mut Tx<'_>, Vec<T>) -> Result<Vec<U>, StoreError>,
) -> Result<Listed<U>, Error> {
    let Listed { items, total, mut cursor } = read(tx, request)?;
    let count = items.len();
    let items = attach(tx, items)?;
    if items.len() < count && request.start == Start::Cursor {
        // The same state of the database: the cursor leads on from the last item.
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        cursor = read(tx, &ListRequest { count, ..request.clone() })?.cursor;
    }
    Ok(Listed { items, total, cursor })
}

/// A page behind so many. It is full, if there are as many, or has enough text.
fn counted<A: ListAttribute, T>(
    parts: &[Listing<A>],
    mut before: u64,
    mut page: impl FnMut(&Listing<A>) -> Result<Page<T>, StoreError>,
    mut at: impl FnMut(&Listing<A>, u64) -> Result<Option<Position>, StoreError>,
    bytes: fn(&T) -> usize,
) -> Result<Listed<T>, Error> {
    let (mut items, mut total) = (Vec::new(), 0);
    let mut left = parts.first().map_or(0, |part| part.count);
    for part in parts {
        let mut listing = Listing { count: left, ..part.clone() };
        if before == 0 && left > 0 {
            let some = whole(&mut listing, &mut items, &mut page, bytes)?;
            left = listing.count;
            total += match some {
                // All of the part is on the page: it is counted already.
                Some(here) => here,
                None => count(part, &mut page)?,
            };
            continue;
        }
        let here = count(part, &mut page)?;
        total += here;
        if left == 0 || before >= here {
            before = before.saturating_sub(here);
            continue;
        }
        listing.after = at(&listing, before - 1)?;
        before = 0;
        if listing.after.is_some() {
            whole(&mut listing, &mut items, &mut page, bytes)?;
            left = listing.count;
        }
    }
    Ok(Listed { items, total: Some(total), cursor: None })
}

/// How many there are of a part.
fn count<A: ListAttribute, T>(
    part: &Listing<A>,
    page: &mut impl FnMut(&Listing<A>) -> Result<Page<T>, StoreError>,
) -> Result<u64, StoreError> {
    let counted = page(&Listing { count: 0, total: true, ..part.clone() })?;
    Ok(counted.total.unwrap_or_default())
}

/// Reads on until a page is full: then no more is left of its count. How many were
/// read, if those were the last.
fn whole<A: ListAttribute, T>(
    listing: &mut Listing<A>,
    items: &mut Vec<T>,
    page: &mut impl FnMut(&Listing<A>) -> Result<Page<T>, StoreError>,
    bytes: fn(&T) -> usize,
) -> Result<Option<u64>, StoreError> {
    let mut read = 0;
    while listing.count > 0 {
        let some = page(listing)?;
        let size = size(&some);
        read += u64::from(size);
        listing.count = listing.count.saturating_sub(size);
        items.extend(some.items);
        match some.next {
            Some(next) => listing.after = Some(next),
            None => return Ok(Some(read)),
        }
        if items.iter().map(bytes).sum::<usize>() >= PAGE_BYTES {
            listing.count = 0;
        }
    }
    Ok(None)
}

/// A page where a cursor says. It may be short, and still lead on.
fn by_cursor<A: ListAttribute, T>(
    parts: &[Listing<A>],
    written: &listing::Query,
    page: &mut impl FnMut(&Listing<A>) -> Result<Page<T>, StoreError>,
) -> Result<Listed<T>, Error> {
    let input = written.cursor.as_deref();
    let second = input.and_then(|cursor| cursor.strip_prefix(SECOND)).filter(|_| parts.len() > 1);
    let (first, cursor) = match second {
        Some(rest) => (1, Some(rest).filter(|rest| !rest.is_empty())),
        None => (0, input),
    };
    let mut after = listing::Query { cursor: cursor.map(str::to_owned), ..written.clone() };
    let mut items = Vec::new();
    let mut left = parts.first().map_or(0, |part| part.count);
    for (place, part) in parts.iter().enumerate().skip(first) {
        let listing = Listing { count: left, ..part.clone() };
        let some = page(&listing::behind(&after, listing)?)?;
        after.cursor = None;
        left = left.saturating_sub(size(&some));
        items.extend(some.items);
        let prefix = if place == 0 { "" } else { SECOND };
        if let Some(next) = some.next {
            let cursor = format!("{prefix}{}", listing::cursor::<A>(written, &next));
            return Ok(Listed { items, total: None, cursor: Some(cursor) });
        }
        if left > 0 {
            continue;
        }
        // The page is full: whether anything follows.
        let next = parts.get(place + 1).map(|part| page(&Listing { count: 1, ..part.clone() }));
        let is_more = next.transpose()?.is_some_and(|some| size(&some) > 0 || some.next.is_some());
        let cursor = is_more.then(|| SECOND.to_owned());
        return Ok(Listed { items, total: None, cursor });
    }
    Ok(Listed { items, total: None, cursor: None })
}

fn size<T>(page: &Page<T>) -> u32 {
    u32::try_from(page.items.len()).unwrap_or(u32::MAX)
}
