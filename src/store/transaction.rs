//! Begin, commit and rollback of a transaction on a pooled connection.

use std::fmt;

use diesel::{
    connection::{AnsiTransactionManager, Connection, TransactionManager},
    r2d2::{ConnectionManager, Pool, PooledConnection, R2D2Connection},
};

use super::{
    deadline,
    error::StoreError,
    tx::{Tx, TxConnection},
};

/// Why a transaction failed, and whether it may be tried again.
pub(super) struct TransactionError<E> {
    pub(super) error: E,
    pub(super) is_retryable: bool,
    /// The part of the error that says that the database can't be used.
    pub(super) outage: Option<StoreError>,
}

impl<E: From<StoreError>> TransactionError<E> {
    pub(super) fn new(error: StoreError) -> Self {
        let again = matches!(error, StoreError::Contended(_));
        Self { is_retryable: again, outage: error.as_outage(), error: error.into() }
    }

    /// An error that says nothing about the database.
    pub(super) fn without_outage(error: StoreError) -> Self {
        Self { outage: None, ..Self::new(error) }
    }
}

type Pooled<C> = PooledConnection<ConnectionManager<C>>;

/// Begins a transaction on a connection of the pool. Dead connections are dropped, so that
/// a database that was restarted is found again at once.
pub(super) fn begin<C>(
    pool: &Pool<ConnectionManager<C>>,
    sql: &str,
    unavailable: impl Fn(&dyn fmt::Display) -> StoreError,
) -> Result<Pooled<C>, StoreError>
where
    C: R2D2Connection + Connection<TransactionManager = AnsiTransactionManager> + Send + 'static,
{
    let mut tries_left = pool.max_size();
    loop {
        let mut conn = get_connection(pool, &unavailable)?;
        match AnsiTransactionManager::begin_transaction_sql(&mut *conn, sql) {
            Ok(()) => return Ok(conn),
            Err(error) => {
                let error = StoreError::from(error);
                mark_if_broken(&mut *conn, Some(&error));
                if !conn.is_broken() || tries_left == 0 {
                    return Err(error);
                }
                tries_left -= 1;
            }
        }
    }
}

/// Lets the pool drop a connection that can't be used any more.
pub(super) fn mark_if_broken<C>(conn: &mut C, error: Option<&StoreError>)
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    if error.is_some_and(StoreError::ends_connection) {
        AnsiTransactionManager::transaction_manager_status_mut(conn).set_in_error();
    }
}

/// A connection of the pool, before the deadline.
fn get_connection<C>(
    pool: &Pool<ConnectionManager<C>>,
    unavailable: impl Fn(&dyn fmt::Display) -> StoreError,
) -> Result<Pooled<C>, StoreError>
where
    C: R2D2Connection + Send + 'static,
{
    let wait = deadline::limit_to_deadline(pool.connection_timeout());
    pool.get_timeout(wait).map_err(|why| unavailable(&why))
}

/// Does the work on a connection of the pool, outside of any transaction.
pub(super) fn query<C, T, E: From<StoreError>>(
    pool: &Pool<ConnectionManager<C>>,
    unavailable: impl Fn(&dyn fmt::Display) -> StoreError,
    inner: impl for<'a> Fn(&'a mut C) -> TxConnection<'a>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    C: R2D2Connection + Connection<TransactionManager = AnsiTransactionManager> + Send + 'static,
{
    let mut tries_left = pool.max_size();
    loop {
        deadline::check().map_err(TransactionError::new)?;
        let mut conn = get_connection(pool, &unavailable).map_err(TransactionError::new)?;
        let mut tx = Tx::new(inner(&mut conn));
        let result = work(&mut tx);
        let outage = tx.outage.take();
        mark_if_broken(&mut *conn, outage.as_ref());
        match result {
            Err(_) if conn.is_broken() && tries_left > 0 => tries_left -= 1,
            result => {
                return result.map_err(|error| TransactionError {
                    error,
                    is_retryable: false,
                    outage,
                });
            }
        }
    }
}

/// Does the work on a connection of the pool, outside of any transaction, and once: after a
/// lost connection, nobody knows whether it was done.
pub(super) fn statement<C, T, E: From<StoreError>>(
    pool: &Pool<ConnectionManager<C>>,
    unavailable: impl Fn(&dyn fmt::Display) -> StoreError,
    inner: impl for<'a> FnOnce(&'a mut C) -> TxConnection<'a>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    C: R2D2Connection + Connection<TransactionManager = AnsiTransactionManager> + Send + 'static,
{
    let mut conn = get_connection(pool, &unavailable).map_err(TransactionError::new)?;
    let mut tx = Tx::new(inner(&mut conn));
    let result = work(&mut tx);
    let (is_retryable, outage) = (tx.contended, tx.outage.take());
    mark_if_broken(&mut *conn, outage.as_ref());
    result.map_err(|error| TransactionError { error, is_retryable, outage })
}

/// Does the work in the transaction that was begun, and ends it.
pub(super) fn transact<'c, C, T, E>(
    conn: &'c mut C,
    inner: impl for<'a> FnOnce(&'a mut C) -> TxConnection<'a>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
    E: From<StoreError>,
{
    match attempt(inner(conn), work) {
        Ok(value) => {
            let committed = AnsiTransactionManager::commit_transaction(conn);
            committed.map(|()| value).map_err(|error| TransactionError::new(error.into()))
        }
        Err(failed) => {
            // If even this fails, the connection is broken, and the pool drops
            // it; the database rolls back by itself.
            let _ = AnsiTransactionManager::rollback_transaction(conn);
            mark_if_broken(conn, failed.outage.as_ref());
            Err(failed)
        }
    }
}

/// Does the work in a transaction. If it fails, its changes are to be rolled back.
pub(super) fn attempt<T, E: From<StoreError>>(
    conn: TxConnection<'_>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, TransactionError<E>> {
    let mut tx = Tx::new(conn);
    let result = work(&mut tx);
    let (failed, is_retryable, outage) = (tx.failed, tx.contended, tx.outage.take());
    // After the deadline, the caller has already received an error.
    let result = result.and_then(|value| deadline::check().map(|()| value).map_err(E::from));
    match result {
        Ok(value) if !failed => Ok(value),
        Ok(_) => Err(TransactionError {
            is_retryable,
            outage,
            ..TransactionError::new(StoreError::Aborted)
        }),
        Err(error) => Err(TransactionError { is_retryable, outage, error }),
    }
}
