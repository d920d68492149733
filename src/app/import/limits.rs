//! How much an import may be, and how many an account may have.

/// The most rows of a file.
pub const MAX_ROWS: u32 = 100_000;

/// The most users that an import creates in one transaction of an embedded
/// database, whose one writer logins wait for: about a second. Each user that is
/// changed counts as two.
pub const MOST_AT_ONCE_ON_SQLITE: u64 = 10_000;

/// The most imports of an account that have not ended.
pub(in crate::app) const MOST_UNFINISHED: u64 = 10;
