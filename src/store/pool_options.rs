//! How connections to a database are shared.

use std::time::Duration;

/// How connections are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// How many connections at most. On SQLite these read; one more writes.
    pub connections: u32,
    /// How long to wait for one to come free, and for what others have locked. On
    /// PostgreSQL a statement may take six times as long. The address may set both
    /// limits of PostgreSQL otherwise.
    pub wait: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { connections: 8, wait: Duration::from_secs(5) }
    }
}
