//! Requests that are sent again because their answer was lost, and that are
//! to be done once (the IETF's draft on the Idempotency-Key header).

use chrono::TimeDelta;
use openssl::{memcmp, sha::sha256};
use secrecy::{ExposeSecret, SecretBox};

use super::{App, Error, callers::Caller};
use crate::store::IdempotentRequest;

/// For how long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// For how long a request may be under way. One whose server has died is
/// forgotten after that.
const UNDER_WAY_FOR: TimeDelta = TimeDelta::minutes(5);

/// What is known of a request before it is done.
#[derive(Debug)]
pub enum Begun {
    /// Nobody has asked this before: do it, and then say how it went.
    First(Once),
    /// It was done: this is the answer that was given.
    Done(SecretBox<Vec<u8>>),
    /// It is being done.
    UnderWay,
    /// The key was used for another request.
    Reused,
}

/// A request that is being done.
#[derive(Debug)]
#[must_use = "a request that is neither kept nor forgotten blocks its key for minutes"]
pub struct Once(IdempotentRequest);

/// Begins a request under the key that its sender gave it. `request` is all
/// that the request says.
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

/// Keeps the answer to a request that was done. It is sealed: it may hold a
/// key that nobody can read again.
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

/// Forgets a request that was not done: it may be sent again.
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

/// The bytes of an answer, to whoever sends it.
#[must_use]
pub fn opened(answer: &SecretBox<Vec<u8>>) -> &[u8] {
    answer.expose_secret()
}
