//! The limits of the size and the number of imports.

/// The maximum number of rows of a file.
pub const MAX_ROWS: u32 = 100_000;

/// The maximum number of users that an atomic import creates on SQLite. Logins wait
/// for it for about a second. Each changed user counts as two.
pub const MAX_ATOMIC_USERS_ON_SQLITE: u64 = 10_000;

/// The maximum number of unfinished imports of an account.
pub(in crate::app) const MAX_UNFINISHED_IMPORTS: u64 = 10;
