//! PostgreSQL: a pool of connections.

use std::time::Duration;

use diesel::{
    Connection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Error as ManagerError, NopErrorHandler, Pool},
    sql_types::Integer,
};

use super::{db::PoolOptions, error::StoreError, sql};

/// The connection that the queries below are compiled for.
pub(crate) type Conn = diesel::PgConnection;

/// Holds the row until the transaction ends. Without it, two transactions
/// read the same row, and the slower one's write undoes the faster one's.
macro_rules! locked {
    ($query:expr) => {
        $query.for_update()
    };
}

/// Holds rows as `locked!` does: in one order for everybody, so that nobody
/// waits in a circle.
macro_rules! locked_by {
    ($query:expr, $order:expr) => {
        $query.order($order).for_update()
    };
}

diesel::define_sql_function! {
    #[sql_name = "strpos"]
    fn place_in(text: sql::Text, part: sql::Text) -> Integer;
}
diesel::define_sql_function! {
    #[sql_name = "right"]
    fn last_of(text: sql::Text, chars: Integer) -> sql::Text;
}

/// The rows of an account, to be walked along an index that begins with it.
///
/// Not by `=`: PostgreSQL takes the account out of the order then, and may walk
/// the primary key instead, over the rows of every other account.
macro_rules! of_account {
    ($column:expr, $account:expr) => {
        $column.eq_any(vec![Id($account.as_uuid())])
    };
}

/// Whether a text contains another, to the letter.
macro_rules! contains {
    ($text:expr, $part:expr) => {
        $crate::store::postgres::place_in($text, Str::new($part)).gt(0)
    };
}

/// Whether a text ends with another.
macro_rules! ends {
    ($text:expr, $part:expr, $chars:expr) => {
        $crate::store::postgres::last_of($text, $chars).eq(Str::new($part))
    };
}

/// Holds the row against whoever would change it, but not against others who
/// do the same.
macro_rules! held {
    ($query:expr) => {
        $query.for_share()
    };
}

/// Holds the row as `locked!` does, but lets others refer to it meanwhile.
macro_rules! locked_but_for_references {
    ($query:expr) => {
        $query.for_no_key_update()
    };
}

#[path = "queries/mod.rs"]
pub(super) mod queries;

/// A transaction that writes. Rows that are read to be written are locked, and
/// what must be unique is so by an index: no more isolation is needed.
pub(super) const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// A transaction that reads: it sees one state of everything from its first
/// statement on.
pub(super) const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What must hold for each connection. A transaction whose program hangs does
/// not hold others up.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '60s';
    SET client_min_messages = 'warning';";

/// Lets one replica migrate at a time: held until the transaction ends. The
/// number is any that nobody else uses.
pub(super) const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7311690351224513)";

#[derive(Debug)]
struct Settings {
    /// How long a row is waited for.
    wait: Duration,
}

impl CustomizeConnection<Conn, ManagerError> for Settings {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), ManagerError> {
        conn.batch_execute(&format!("SET lock_timeout = {}", self.wait.as_millis()))?;
        Ok(conn.batch_execute(SETTINGS)?)
    }
}

/// The pool of one database, and the address that must not be told.
#[derive(Clone)]
pub(super) struct Database {
    pub(super) pool: Pool<ConnectionManager<Conn>>,
    address: String,
}

impl Database {
    /// Connects once, to tell what is wrong if something is; then makes the pool.
    pub(super) fn open(address: &str, options: &PoolOptions) -> Result<Self, StoreError> {
        Conn::establish(address)
            .map_err(|why| StoreError::Unavailable(without_secrets(&why.to_string(), address)))?;
        let pool = Pool::builder()
            .max_size(options.connections.max(1))
            .min_idle(Some(0))
            // Beginning a transaction tests the connection.
            .test_on_check_out(false)
            .connection_timeout(options.wait)
            .error_handler(Box::new(NopErrorHandler))
            .connection_customizer(Box::new(Settings { wait: options.wait * 2 }))
            .build_unchecked(ConnectionManager::new(address));
        Ok(Self { pool, address: address.to_owned() })
    }

    /// What a failure to connect says, without what must not be told.
    pub(super) fn unavailable(&self, why: &dyn std::fmt::Display) -> StoreError {
        StoreError::Unavailable(without_secrets(&why.to_string(), &self.address))
    }
}

/// Leaves a message out if it holds a secret of the address: libpq repeats the
/// whole of an address that it can't read.
fn without_secrets(message: &str, address: &str) -> String {
    let told = secrets(address).any(|secret| !secret.is_empty() && message.contains(&secret));
    if told || message.contains("://") {
        return "the address can't be used (it is not repeated here, for its password)".into();
    }
    message.trim().replace('\n', " ")
}

/// The passwords in an address, as they stand there and as they are meant.
fn secrets(address: &str) -> impl Iterator<Item = String> {
    let (authority, query) = address.split_once('?').unwrap_or((address, ""));
    let userinfo = authority.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    let password = userinfo.and_then(|(userinfo, _)| userinfo.split_once(':'));
    let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    let parameters = parameters.filter(|(name, _)| name.contains("password")).map(|(_, it)| it);
    let raw: Vec<&str> = password.map(|(_, it)| it).into_iter().chain(parameters).collect();
    let meant: Vec<String> = raw.iter().filter_map(|text| percent_decoded(text)).collect();
    meant.into_iter().chain(raw.into_iter().map(str::to_owned))
}

fn percent_decoded(text: &str) -> Option<String> {
    // The parser is for forms: only the percent signs may mean something.
    let one_name = text.replace('+', "%2B").replace('=', "%3D").replace('&', "%26");
    let mut parsed = url::form_urlencoded::parse(one_name.as_bytes());
    parsed.next().map(|(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_the_password_or_the_address_is_left_out() {
        let address = "postgres://ada:s%65cret@db/usher?sslpassword=other";
        for message in ["bad \"secret\"", "bad s%65cret", "in other", "in postgres://x"] {
            let told = without_secrets(message, address);
            assert!(told.contains("not repeated"), "{told}");
        }
        let plain = "could not translate host name \"db\"\n";
        assert_eq!(without_secrets(plain, address), plain.trim());
        assert_eq!(without_secrets("bad \"ada\"", "postgres://ada@db"), "bad \"ada\"");
    }
}
