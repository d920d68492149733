//! The lists of SCIM: queries and pages.
//!
//! Items without a value of the sort attribute come last, or first in descending
//! order (RFC 7644, section 3.4.2.3). The indexes have them at the other end, so such a
//! list is read in two parts.

use uuid::Uuid;

use super::user_schemas::UserSchemas;
use crate::{
    app::{Error, callers::Caller, listing},
    domain::{
        filter::{Condition, TextOperator, ValueType},
        id::{AccountId, ScimClientId},
        lists::{Listing, MAX_COUNT, Page, PagePosition, SortOrder},
    },
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        search::{self, SearchQuery, SearchableList},
    },
    store::{PAGE_BYTES, StoreError, Tx},
};

/// A query of a list.
#[derive(Debug, Clone)]
pub(super) struct ListRequest<A> {
    /// The condition of its items. `None` for all.
    condition: Option<Condition<A>>,
    /// The sort attribute.
    sort: Option<A>,
    /// The direction of the order.
    order: SortOrder,
    /// The maximum number of items of a page.
    count: u32,
    /// The start of the page.
    start: PageStart,
    /// The filter and the order as the client sent them. A cursor is valid only for them.
    written: listing::ListQuery,
}

/// The start of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageStart {
    /// After this many items, with a total count (RFC 7644, section 3.4.2.4).
    Offset(u64),
    /// At a cursor (RFC 9865), or at the front without one.
    Cursor,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimPage<T> {
    /// The items.
    pub items: Vec<T>,
    /// The total count, if it was requested.
    pub total: Option<u64>,
    /// The cursor of the next page, if there is one.
    pub cursor: Option<String>,
}

/// The prefix of cursors in the second part of a list. Alone, it is the beginning of
/// that part. No other cursor begins with it.
const SECOND_PART_PREFIX: &str = "~";

/// The maximum number of memberships on a page. The page ends with the resource that
/// reaches it.
pub(super) const MEMBERSHIPS_ON_PAGE: usize = 10_000;

/// The maximum number of resources with one external ID that a filter looks up.
pub(super) const MAX_EXTERNAL_ID_MATCHES: u32 = 100;

impl<A: SearchableList> ListRequest<A> {
    /// The start after a number of items.
    pub(super) fn counted(self, offset: u64, count: u32) -> Self {
        Self { start: PageStart::Offset(offset), count, ..self }
    }

    /// Resolves a query. `find_by_external_id` returns the resources with the external IDs
    /// of the caller's client that the filter names.
    ///
    /// # Errors
    /// [`Error::Scim`] for a filter or an order that the list does not have.
    pub(super) fn new(
        tx: &mut Tx<'_>,
        caller: &Caller,
        search: &SearchQuery,
        schemas: &UserSchemas,
        fixes: &mut CompatibilityFixes,
        find_by_external_id: fn(&mut Tx<'_>, ScimClientId, &str) -> Result<Vec<Uuid>, StoreError>,
    ) -> Result<Self, Error> {
        let mut resolve_external_id = |external_id: &str| match caller.scim_client_id() {
            Some(client) if !external_id.contains('\0') => {
                find_by_external_id(tx, client, external_id).map_err(Error::from)
            }
            _ => Ok(Vec::new()),
        };
        let filter = schemas.parse_filter::<A>(search, fixes)?;
        let condition = filter
            .map(|filter| {
                search::to_condition(
                    &filter,
                    schemas.custom_definitions(),
                    &mut resolve_external_id,
                )
            })
            .transpose()?;
        let sort = search.sort_by.as_deref().map(search::parse_sort::<A>).transpose()?;
        let start = match &search.cursor {
            Some(_) => PageStart::Cursor,
            None => PageStart::Offset(search.start_index - 1),
        };
        let (order, count) = (search.order, search.count);
        let name = if order == SortOrder::Descending { "descending" } else { "ascending" };
        let written = listing::ListQuery {
            filter: search.filter.clone(),
            sort_by: search.sort_by.clone(),
            sort_order: Some(name.to_owned()),
            cursor: search.cursor.clone().filter(|cursor| !cursor.is_empty()),
            ..listing::ListQuery::default()
        };
        Ok(Self { condition, sort, order, count, start, written })
    }
}

/// Reads a page of a list.
type ReadPage<'tx, A, T> = fn(&mut Tx<'tx>, AccountId, &Listing<A>) -> Result<Page<T>, StoreError>;

/// Returns the position of the row after a number of rows.
type FindPosition<'tx, A> =
    fn(&mut Tx<'tx>, AccountId, &Listing<A>, u64) -> Result<Option<PagePosition>, StoreError>;

/// The rows of a list, as a transaction reads them.
pub(super) struct Rows<'a, 'tx, A, T> {
    pub(super) tx: &'a mut Tx<'tx>,
    pub(super) account: AccountId,
    pub(super) page: ReadPage<'tx, A, T>,
    pub(super) position: FindPosition<'tx, A>,
    /// Returns the size of the text of a row.
    pub(super) text_bytes: fn(&T) -> usize,
}

impl<'tx, A: SearchableList, T> Rows<'_, 'tx, A, T> {
    /// Reads a page with the records that belong to its rows. `attach` leaves out rows at the end
    /// if there is too much for a page, and the page ends there.
    ///
    /// # Errors
    /// [`Error::Scim`] for a cursor of another list; if the database can't be read.
    pub(super) fn list<U>(
        mut self,
        request: &ListRequest<A>,
        attach: impl FnOnce(&mut Tx<'tx>, Vec<T>) -> Result<Vec<U>, StoreError>,
    ) -> Result<ScimPage<U>, Error> {
        let ScimPage { items, total, mut cursor } = self.rows(request)?;
        let count = items.len();
        let items = attach(self.tx, items)?;
        if items.len() < count && request.start == PageStart::Cursor {
            // The same state of the database: the cursor leads on from the last item.
            let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
            cursor = self.rows(&ListRequest { count, ..request.clone() })?.cursor;
        }
        Ok(ScimPage { items, total, cursor })
    }

    fn rows(&mut self, request: &ListRequest<A>) -> Result<ScimPage<T>, Error> {
        let parts = parts(request);
        match request.start {
            PageStart::Offset(before) => Ok(self.counted(&parts, before)?),
            PageStart::Cursor => self.by_cursor(&parts, &request.written),
        }
    }

    fn page(&mut self, listing: &Listing<A>) -> Result<Page<T>, StoreError> {
        (self.page)(self.tx, self.account, listing)
    }

    /// Reads a page after a number of items. It ends with the last item, or at the
    /// bounds of a page.
    fn counted(
        &mut self,
        parts: &[Listing<A>],
        mut before: u64,
    ) -> Result<ScimPage<T>, StoreError> {
        let (mut items, mut total) = (Vec::new(), 0);
        let mut left = parts.first().map_or(0, |part| part.count);
        for part in parts {
            let mut listing = Listing { count: left, ..part.clone() };
            if before == 0 && left > 0 {
                let some = self.read_until_full(&mut listing, &mut items)?;
                left = listing.count;
                total += match some {
                    // The whole part is on the page, so its rows are counted already.
                    Some(here) => here,
                    None => self.count(part)?,
                };
                continue;
            }
            let here = self.count(part)?;
            total += here;
            if left == 0 || before >= here {
                before = before.saturating_sub(here);
                continue;
            }
            listing.after = (self.position)(self.tx, self.account, &listing, before - 1)?;
            before = 0;
            if listing.after.is_some() {
                self.read_until_full(&mut listing, &mut items)?;
                left = listing.count;
            }
        }
        Ok(ScimPage { items, total: Some(total), cursor: None })
    }

    /// Counts the items of a part.
    fn count(&mut self, part: &Listing<A>) -> Result<u64, StoreError> {
        let counted = self.page(&Listing { count: 0, with_total: true, ..part.clone() })?;
        Ok(counted.total.unwrap_or_default())
    }

    /// Reads items until the page is full, when `listing.count` is 0. Returns the number of
    /// items read if no more items follow.
    fn read_until_full(
        &mut self,
        listing: &mut Listing<A>,
        items: &mut Vec<T>,
    ) -> Result<Option<u64>, StoreError> {
        let mut read = 0;
        while listing.count > 0 {
            let some = self.page(listing)?;
            let size = item_count(&some);
            read += u64::from(size);
            listing.count = listing.count.saturating_sub(size);
            items.extend(some.items);
            match some.next {
                Some(next) => listing.after = Some(next),
                None => return Ok(Some(read)),
            }
            if items.iter().map(self.text_bytes).sum::<usize>() >= PAGE_BYTES {
                listing.count = 0;
            }
        }
        Ok(None)
    }

    /// Reads a page at a cursor. A short page may have a next page.
    fn by_cursor(
        &mut self,
        parts: &[Listing<A>],
        query: &listing::ListQuery,
    ) -> Result<ScimPage<T>, Error> {
        let input = query.cursor.as_deref();
        let second = input
            .and_then(|cursor| cursor.strip_prefix(SECOND_PART_PREFIX))
            .filter(|_| parts.len() > 1);
        let (first, cursor) = match second {
            Some(rest) => (1, Some(rest).filter(|rest| !rest.is_empty())),
            None => (0, input),
        };
        let mut next_query =
            listing::ListQuery { cursor: cursor.map(str::to_owned), ..query.clone() };
        let mut items = Vec::new();
        let mut left = parts.first().map_or(0, |part| part.count);
        for (index, part) in parts.iter().enumerate().skip(first) {
            let listing = Listing { count: left, ..part.clone() };
            let listing = listing::apply_cursor(&next_query, listing)
                .map_err(|error| ScimErrorType::InvalidCursor.with_detail(error))?;
            let some = self.page(&listing)?;
            next_query.cursor = None;
            left = left.saturating_sub(item_count(&some));
            items.extend(some.items);
            let prefix = if index == 0 { "" } else { SECOND_PART_PREFIX };
            if let Some(next) = some.next {
                let cursor = format!("{prefix}{}", listing::encode_cursor::<A>(query, &next));
                return Ok(ScimPage { items, total: None, cursor: Some(cursor) });
            }
            if left > 0 {
                continue;
            }
            // The page is full. Checks whether an item follows.
            let next =
                parts.get(index + 1).map(|part| self.page(&Listing { count: 1, ..part.clone() }));
            let is_more =
                next.transpose()?.is_some_and(|some| item_count(&some) > 0 || some.next.is_some());
            let cursor = is_more.then(|| SECOND_PART_PREFIX.to_owned());
            return Ok(ScimPage { items, total: None, cursor });
        }
        Ok(ScimPage { items, total: None, cursor: None })
    }
}

/// The one or two parts of a list, in order.
fn parts<A: SearchableList>(request: &ListRequest<A>) -> Vec<Listing<A>> {
    let base = Listing {
        condition: request.condition.clone(),
        sort: request.sort,
        order: request.order,
        after: None,
        count: request.count.min(MAX_COUNT),
        with_total: false,
    };
    // A unique attribute always has a value.
    let texts = request.sort.filter(|sort| {
        matches!(sort.value_type(), ValueType::Text | ValueType::Identifier) && !sort.is_unique()
    });
    let Some(sort) = texts else { return vec![base] };
    let with_test = |test| {
        let more = Condition::Text(sort, test, String::new());
        let all = base.condition.clone().into_iter().chain([more]).collect();
        Listing { condition: Some(Condition::All(all)), ..base.clone() }
    };
    let (with_value, without_value) = (with_test(TextOperator::Gt), with_test(TextOperator::Eq));
    match base.order {
        SortOrder::Ascending => vec![with_value, without_value],
        SortOrder::Descending => vec![without_value, with_value],
    }
}

fn item_count<T>(page: &Page<T>) -> u32 {
    u32::try_from(page.items.len()).unwrap_or(u32::MAX)
}
