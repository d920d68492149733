//! Idempotency keys: a request that is retried because its response was lost is
//! executed once (the IETF's draft on the Idempotency-Key header).

use chrono::TimeDelta;
use openssl::{memcmp, sha::sha256};
use secrecy::{ExposeSecret, SecretBox};

use super::{App, Error, callers::Caller};
use crate::store::IdempotentRequest;

/// How long a response is retained.
const RESPONSE_RETENTION: TimeDelta = TimeDelta::hours(24);

/// How long a request may be in progress. The key of a request whose server
/// crashed becomes free after that.
const IN_PROGRESS_TIMEOUT: TimeDelta = TimeDelta::minutes(5);

/// The state of an idempotency key when a request arrives.
#[derive(Debug)]
pub enum IdempotencyState {
    /// The key is new: execute the request, then call [`complete`] or [`release`].
    First(IdempotentOperation),
    /// The request was completed, with this response.
    Completed(SecretBox<Vec<u8>>),
    /// The request is in progress.
    InProgress,
    /// The key was used for another request.
    KeyReused,
}

/// A request in progress under an idempotency key.
#[derive(Debug)]
#[must_use = "a request that is neither completed nor released blocks its key for minutes"]
pub struct IdempotentOperation(IdempotentRequest);

/// Begins a request under its idempotency key. `request` is the content that a
/// retry must repeat.
///
/// # Errors
/// If the database fails.
pub fn begin(
    app: &App,
    caller: &Caller,
    key: &str,
    request: &[u8],
) -> Result<IdempotencyState, Error> {
    let request = IdempotentRequest {
        account: caller.author.account,
        caller: caller.id(),
        key_hash: sha256(key.as_bytes()),
        request_hash: sha256(request),
    };
    let now = app.now();
    let IdempotentRequest { account, caller, key_hash, .. } = request;
    let (first, stored) = app.db.write_for(account, |tx| {
        let first = tx.begin_idempotent(&request, now, now + IN_PROGRESS_TIMEOUT)?;
        let stored = tx.idempotent_response(account, caller, key_hash)?;
        Ok::<_, Error>((first, stored))
    })?;
    if first {
        return Ok(IdempotencyState::First(IdempotentOperation(request)));
    }
    let Some((hash, response)) = stored else { return Ok(IdempotencyState::InProgress) };
    if hash.len() != request.request_hash.len() || !memcmp::eq(&hash, &request.request_hash) {
        return Ok(IdempotencyState::KeyReused);
    }
    match response {
        None => Ok(IdempotencyState::InProgress),
        Some(sealed) => {
            Ok(IdempotencyState::Completed(app.sealer.open(&seal_context(&request), &sealed)?))
        }
    }
}

/// Stores the response of a completed request. It is sealed, because it may
/// contain the secret of a new key.
///
/// # Errors
/// If the database fails.
pub fn complete(app: &App, operation: &IdempotentOperation, response: &[u8]) -> Result<(), Error> {
    let IdempotentOperation(request) = operation;
    let sealed = app.sealer.seal(&seal_context(request), response)?;
    let until = app.now() + RESPONSE_RETENTION;
    app.db.write_for(request.account, |tx| {
        tx.store_idempotent_response(request, &sealed, until).map_err(Error::from)
    })
}

/// Releases the key of a request that failed, so that it may be retried.
///
/// # Errors
/// If the database fails.
pub fn release(app: &App, operation: &IdempotentOperation) -> Result<(), Error> {
    app.db.write_for(operation.0.account, |tx| {
        tx.release_idempotent(&operation.0).map_err(Error::from)
    })
}

fn seal_context(request: &IdempotentRequest) -> String {
    let IdempotentRequest { account, caller, key_hash, request_hash: _ } = request;
    format!("answer/{account}/{caller}/{}", hex::encode(key_hash))
}

/// The bytes of a stored response.
#[must_use]
pub fn expose_response(response: &SecretBox<Vec<u8>>) -> &[u8] {
    response.expose_secret()
}
