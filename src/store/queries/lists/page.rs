//! A page walks part of one index, and looks at a bounded number of rows. If
//! there is more to hold against them than the index can tell, how far it may
//! go is found first, in the index alone; few rows at a time, as most pages are
//! full soon.

use super::{
    super::{Conn, Result},
    listed::Listed,
    scan_sql::counted,
};
use crate::{
    domain::lists::{IndexScan, Listing, Page, Position},
    store::PAGE_BYTES,
};

/// How many rows are looked at before it is asked whether the page is full.
/// Together: [`SCAN_LIMIT`](crate::store::SCAN_LIMIT).
const STRIDES: [i64; 3] = [1_000, 4_000, 15_000];

/// A page of a list.
pub(super) fn page<A: Listed>(
    conn: &mut Conn,
    scope: A::Scope,
    listing: &Listing<A>,
) -> Result<Page<A::Item>> {
    let mut page = Page { items: Vec::new(), next: None, total: None };
    if listing.total {
        let all = A::count(conn, scope, listing.condition.as_ref().map(counted))?;
        page.total = u64::try_from(all).ok();
    }
    let count = usize::try_from(listing.count).unwrap_or(usize::MAX);
    if let Some(walk) = IndexScan::of(listing).filter(|_| count > 0) {
        (page.items, page.next) = walked(conn, scope, walk, count)?;
    }
    Ok(page)
}

/// Returns the position of the row that has this many rows of the list before it.
pub(super) fn at<A: Listed>(
    conn: &mut Conn,
    scope: A::Scope,
    listing: &Listing<A>,
    before: u64,
) -> Result<Option<Position>> {
    let mut left = before;
    let mut walk = IndexScan::of(listing);
    while let Some(some) = walk.take() {
        if some.residual.is_none() || some.single {
            return A::place(conn, scope, &some, i64::try_from(left).unwrap_or(i64::MAX));
        }
        // One row more than is to be passed over.
        let count = usize::try_from(left.min(SKIPPED_AT_ONCE)).unwrap_or_default();
        let placed = A::rows(conn, scope, &some, i64::try_from(count + 1).unwrap_or(i64::MAX))?;
        let found = u64::try_from(placed.len()).unwrap_or(u64::MAX);
        let Some((last, _)) = placed.into_iter().last() else { return Ok(None) };
        match left.checked_sub(found) {
            None => return Ok(Some(last)),
            Some(further) => {
                left = further;
                walk = some.behind(last);
            }
        }
    }
    Ok(None)
}

/// How many rows are read at once to be passed over.
const SKIPPED_AT_ONCE: u64 = 1_000;

/// The most rows that are read at once. Their texts may be many times as long as
/// those of a page, so a page is read in parts until it is full.
const ROWS_AT_ONCE: usize = 101;

/// Collects the items of a page.
struct Filling<I> {
    found: Vec<(Position, I)>,
    bytes: usize,
    count: usize,
}

impl<I> Filling<I> {
    fn is_full(&self) -> bool {
        // One more than is asked for tells whether there is a next page.
        self.found.len() > self.count || self.bytes > PAGE_BYTES
    }

    /// How many rows are read next.
    fn limit(&self) -> usize {
        (self.count - self.found.len() + 1).min(ROWS_AT_ONCE)
    }

    /// Reads a part of the walk until the page is full, or the part is over.
    fn read<A: Listed<Item = I>>(
        &mut self,
        conn: &mut Conn,
        scope: A::Scope,
        mut part: IndexScan<A>,
    ) -> Result<()> {
        while !self.is_full() {
            let limit = self.limit();
            let rows = A::rows(conn, scope, &part, i64::try_from(limit).unwrap_or(i64::MAX))?;
            let is_last = rows.len() < limit;
            self.bytes += rows.iter().map(|(_, item)| A::bytes(item)).sum::<usize>();
            self.found.extend(rows);
            let end = self.found.last().map(|(position, _)| position.clone());
            match end.and_then(|end| part.behind(end)).filter(|_| !is_last) {
                Some(rest) => part = rest,
                None => break,
            }
        }
        Ok(())
    }

    /// Returns the page, and the position of the next one if this one ends here.
    fn cut<A: Listed<Item = I>>(mut self) -> (Vec<I>, Option<Position>) {
        let mut bytes = 0_usize;
        let fits = |(_, item): &&(Position, I)| {
            bytes = bytes.saturating_add(A::bytes(item));
            bytes <= PAGE_BYTES
        };
        // One item is on a page however long it is.
        let fitting = self.found.iter().take_while(fits).count().max(1).min(self.count);
        let is_cut = fitting < self.found.len();
        self.found.truncate(fitting);
        let end = self.found.last().map(|(position, _)| position.clone()).filter(|_| is_cut);
        (self.found.into_iter().map(|(_, item)| item).collect(), end)
    }
}

/// The first items of a walk, and where it goes on.
fn walked<A: Listed>(
    conn: &mut Conn,
    scope: A::Scope,
    mut walk: IndexScan<A>,
    count: usize,
) -> Result<(Vec<A::Item>, Option<Position>)> {
    let mut filling = Filling { found: Vec::new(), bytes: 0, count };
    let mut seen = None;
    if walk.residual.is_none() || walk.single {
        filling.read(conn, scope, walk)?;
    } else {
        for stride in STRIDES {
            seen = A::place(conn, scope, &walk, stride - 1)?;
            let part = seen.as_ref().map_or_else(|| walk.clone(), |end| walk.up_to(end));
            filling.read(conn, scope, part)?;
            match seen.clone().and_then(|end| walk.clone().behind(end)) {
                Some(rest) if !filling.is_full() => walk = rest,
                _ => break,
            }
        }
    }
    let (items, cut) = filling.cut::<A>();
    Ok((items, cut.or(seen)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn rows_are_read_in_parts_until_the_page_is_full() {
        let rows = |count| (0..count).map(|_| (Position { key: None, id: Uuid::nil() }, ()));
        let mut filling = Filling { found: rows(0).collect(), bytes: 0, count: 1_000 };
        assert_eq!((filling.limit(), filling.is_full()), (ROWS_AT_ONCE, false));
        filling.found.extend(rows(950));
        assert_eq!((filling.limit(), filling.is_full()), (51, false));
        filling.bytes = PAGE_BYTES + 1;
        assert!(filling.is_full());
        (filling.bytes, filling.found) = (0, rows(1_001).collect());
        assert!(filling.is_full());
    }
}
