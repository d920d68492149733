//! Idempotency keys: a request that is retried because its response was lost is
//! executed once (the IETF's draft on the Idempotency-Key header).

use chrono::TimeDelta;
use openssl::{memcmp, sha::sha256};
use secrecy::{ExposeSecret, SecretBox};

use super::{App, Error, callers::Caller};
use crate::store::IdempotentRequest;

/// How long a response is retained.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// How long a request may be in progress. The key of a request whose server
/// crashed becomes free after that.
const UNDER_WAY_FOR: TimeDelta = TimeDelta::minutes(5);

/// The state of an idempotency key when a request arrives.
#[derive(Debug)]
pub enum Begun {
    /// The key is new: execute the request, then call [`complete`] or [`release`].
    First(Once),
    /// The request was completed, with this response.
    Done(SecretBox<Vec<u8>>),
    /// The request is in progress.
    UnderWay,
    /// The key was used for another request.
    Reused,
}

/// A request in progress under an idempotency key.
#[derive(Debug)]
#[must_use = "a request that is neither completed nor released blocks its key for minutes"]
pub struct Once(IdempotentRequest);

/// Begins a request under its idempotency key. `request` is the content that a
/// retry must repeat.
///
/// # Errors
/// If the database fails.
pub fn begin(app: &App, caller: &Caller, key: &str, request: &[u8]) -> Result<Begun, Error> {
    let request = IdempotentRequest {
        account: caller.author.account,
        caller: caller.id(),
        key_hash: sha256(key.as_bytes()),
        request_hash: sha256(request),
    };
    let now = app.now();
    let IdempotentRequest { account, caller, key_hash, .. } = request;
    let (first, known) = app.db.write_for(account, |tx| {
        let first = tx.begin_idempotent(&request, now, now + UNDER_WAY_FOR)?;
        let known = tx.idempotent_answer(account, caller, key_hash)?;
        Ok::<_, Error>((first, known))
    })?;
    if first {
        return Ok(Begun::First(Once(request)));
    }
    let Some((hash, answer)) = known else { return Ok(Begun::UnderWay) };
    if hash.len() != request.request_hash.len() || !memcmp::eq(&hash, &request.request_hash) {
        return Ok(Begun::Reused);
    }
    match answer {
        None => Ok(Begun::UnderWay),
        Some(sealed) => Ok(Begun::Done(app.sealer.open(&place(&request), &sealed)?)),
    }
}

/// Stores the response of a completed request. It is sealed, because it may
/// contain the secret of a new key.
///
/// # Errors
/// If the database fails.
pub fn keep(app: &App, once: &Once, answer: &[u8]) -> Result<(), Error> {
    let Once(request) = once;
    let sealed = app.sealer.seal(&place(request), answer)?;
    let until = app.now() + KEPT_FOR;
    app.db.write_for(request.account, |tx| {
        tx.keep_idempotent_answer(request, &sealed, until).map_err(Error::from)
    })
}

/// Releases the key of a request that failed, so that it may be retried.
///
/// # Errors
/// If the database fails.
pub fn forget(app: &App, once: &Once) -> Result<(), Error> {
    app.db.write_for(once.0.account, |tx| tx.forget_idempotent(&once.0).map_err(Error::from))
}

fn place(request: &IdempotentRequest) -> String {
    let IdempotentRequest { account, caller, key_hash, request_hash: _ } = request;
    format!("answer/{account}/{caller}/{}", hex::encode(key_hash))
}

/// The bytes of a stored response.
#[must_use]
pub fn opened(answer: &SecretBox<Vec<u8>>) -> &[u8] {
    answer.expose_secret()
}
