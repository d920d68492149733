//! The options of a pool of connections.

use std::time::Duration;

/// The options of a pool of connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// The maximum number of connections. On SQLite, they only read: one more connection
    /// writes.
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
