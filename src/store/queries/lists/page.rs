//! A page scans part of one index, and reads a bounded number of rows. With a residual
//! condition, the scan is split into parts. The end of a part is found first, in the index
//! alone. The first parts are small, because most pages are soon full.

use super::{
    super::{Conn, Result},
    list_source::ListSource,
};
use crate::{
    domain::lists::{IndexScan, Listing, Page, PagePosition},
    store::PAGE_BYTES,
};

/// The numbers of rows of the parts. After each part, the scan ends if the page is full.
/// Their sum is [`SCAN_LIMIT`](crate::store::SCAN_LIMIT).
pub(super) const STRIDES: [i64; 3] = [1_000, 4_000, 15_000];

/// A page of a list.
pub(super) fn load_page<A: ListSource>(
    conn: &mut Conn,
    scope: A::Scope,
    listing: &Listing<A>,
) -> Result<Page<A::Item>> {
    let mut page = Page { items: Vec::new(), next: None, total: None };
    if listing.with_total {
        let total = A::count_rows(conn, scope, listing.condition.as_ref())?;
        page.total = u64::try_from(total).ok();
    }
    let count = usize::try_from(listing.count).unwrap_or(usize::MAX);
    if let Some(scan) = IndexScan::from_listing(listing).filter(|_| count > 0) {
        (page.items, page.next) = match A::page_by_ids(conn, scope, &scan, count)? {
            Some(found) => found,
            None => scan_page(conn, scope, scan, count)?,
        };
    }
    Ok(page)
}

/// Returns the position of the row that has this many rows of the list before it.
pub(super) fn find_position<A: ListSource>(
    conn: &mut Conn,
    scope: A::Scope,
    listing: &Listing<A>,
    before: u64,
) -> Result<Option<PagePosition>> {
    let mut left = before;
    let mut rest = IndexScan::from_listing(listing);
    while let Some(scan) = rest.take() {
        if scan.residual.is_none() || scan.is_single_row {
            return A::load_position(conn, scope, &scan, i64::try_from(left).unwrap_or(i64::MAX));
        }
        // One row more than is skipped.
        let count = usize::try_from(left.min(SKIPPED_AT_ONCE)).unwrap_or_default();
        let rows = A::load_rows(conn, scope, &scan, i64::try_from(count + 1).unwrap_or(i64::MAX))?;
        let found = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let Some((last, _)) = rows.into_iter().last() else { return Ok(None) };
        match left.checked_sub(found) {
            None => return Ok(Some(last)),
            Some(fewer) => {
                left = fewer;
                rest = scan.after(last);
            }
        }
    }
    Ok(None)
}

/// How many rows are read and skipped at once.
const SKIPPED_AT_ONCE: u64 = 1_000;

/// The maximum number of rows that are read at once. Their texts may be many times as
/// long as those of a page, so a page is read in parts until it is full.
const ROWS_AT_ONCE: usize = 101;

/// Collects the items of a page.
pub(super) struct PageBuilder<I> {
    found: Vec<(PagePosition, I)>,
    bytes: usize,
    count: usize,
}

impl<I> PageBuilder<I> {
    pub(super) fn new(count: usize) -> Self {
        Self { found: Vec::new(), bytes: 0, count }
    }

    pub(super) fn is_full(&self) -> bool {
        // One item more than requested shows that there is a next page.
        self.found.len() > self.count || self.bytes > PAGE_BYTES
    }

    /// How many rows are read next.
    fn limit(&self) -> usize {
        (self.count - self.found.len() + 1).min(ROWS_AT_ONCE)
    }

    /// Reads a part of the scan until the page is full or the part ends.
    fn fill<A: ListSource<Item = I>>(
        &mut self,
        conn: &mut Conn,
        scope: A::Scope,
        mut part: IndexScan<A>,
    ) -> Result<()> {
        while !self.is_full() {
            let limit = self.limit();
            let rows = A::load_rows(conn, scope, &part, i64::try_from(limit).unwrap_or(i64::MAX))?;
            let is_last = rows.len() < limit;
            self.extend::<A>(rows);
            let end = self.found.last().map(|(position, _)| position.clone());
            match end.and_then(|end| part.after(end)).filter(|_| !is_last) {
                Some(rest) => part = rest,
                None => break,
            }
        }
        Ok(())
    }

    /// Adds the next rows.
    pub(super) fn extend<A: ListSource<Item = I>>(&mut self, rows: Vec<(PagePosition, I)>) {
        self.bytes += rows.iter().map(|(_, item)| A::bytes(item)).sum::<usize>();
        self.found.extend(rows);
    }

    /// Returns the items of the page, and the position of the last one if more were read.
    pub(super) fn finish<A: ListSource<Item = I>>(mut self) -> (Vec<I>, Option<PagePosition>) {
        let mut bytes = 0_usize;
        let fits = |(_, item): &&(PagePosition, I)| {
            bytes = bytes.saturating_add(A::bytes(item));
            bytes <= PAGE_BYTES
        };
        // A page has at least one item, however long the item is.
        let fitting = self.found.iter().take_while(fits).count().max(1).min(self.count);
        let is_cut = fitting < self.found.len();
        self.found.truncate(fitting);
        let end = self.found.last().map(|(position, _)| position.clone()).filter(|_| is_cut);
        (self.found.into_iter().map(|(_, item)| item).collect(), end)
    }
}

/// Returns the first items of a scan, and the position after which the next page begins.
fn scan_page<A: ListSource>(
    conn: &mut Conn,
    scope: A::Scope,
    mut scan: IndexScan<A>,
    count: usize,
) -> Result<(Vec<A::Item>, Option<PagePosition>)> {
    let mut builder = PageBuilder::new(count);
    let mut scan_end = None;
    if scan.residual.is_none() || scan.is_single_row {
        builder.fill(conn, scope, scan)?;
    } else {
        for stride in STRIDES {
            scan_end = A::load_position(conn, scope, &scan, stride - 1)?;
            let part = scan_end.as_ref().map_or_else(|| scan.clone(), |end| scan.up_to(end));
            builder.fill(conn, scope, part)?;
            match scan_end.clone().and_then(|end| scan.clone().after(end)) {
                Some(rest) if !builder.is_full() => scan = rest,
                _ => break,
            }
        }
    }
    let (items, cut) = builder.finish::<A>();
    Ok((items, cut.or(scan_end)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn page_is_filled_by_several_reads() {
        let rows = |count| (0..count).map(|_| (PagePosition { key: None, id: Uuid::nil() }, ()));
        let mut filling = PageBuilder::new(1_000);
        assert_eq!((filling.limit(), filling.is_full()), (ROWS_AT_ONCE, false));
        filling.found.extend(rows(950));
        assert_eq!((filling.limit(), filling.is_full()), (51, false));
        filling.bytes = PAGE_BYTES + 1;
        assert!(filling.is_full());
        (filling.bytes, filling.found) = (0, rows(1_001).collect());
        assert!(filling.is_full());
    }
}
