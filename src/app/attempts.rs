//! Attempts: the recorded logins, with their checks and outcomes.

use std::collections::HashSet;

use secrecy::ExposeSecret;

use super::{
    App, Error,
    callers::Caller,
    listing::{self, ListPage, ListQuery},
};
use crate::{
    domain::{
        Timestamp,
        account::Account,
        attempt::{Attempt, AttemptReference},
        attributes::{Attribute, Attributes},
        id::{AccountId, AttemptId},
        lists::{Listing, Page},
        received_attribute,
    },
    store::Tx,
};

/// An attempt, and whether its message is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptView {
    /// The attempt.
    pub attempt: Attempt,
    /// Whether its message can be read.
    pub has_message: bool,
}

/// Returns the attempt with this reference, of any account or of the one in
/// `account`. For the operator.
///
/// # Errors
/// [`Error::NotFound`], which names the requested account and, if another
/// account has the attempt, that one.
pub fn find_by_reference(
    app: &App,
    account: Option<&Account>,
    reference: &AttemptReference,
) -> Result<(Attempt, Account), Error> {
    app.db.read(|tx| {
        let found = match tx.attempt_of_any_account(reference)? {
            Some(attempt) => tx.account(attempt.account)?.map(|owner| (attempt, owner)),
            None => None,
        };
        match (found, account) {
            (Some((attempt, owner)), None) => Ok((load_all_values(app, tx, attempt)?, owner)),
            (Some((attempt, owner)), Some(account)) if owner.id == account.id => {
                Ok((load_all_values(app, tx, attempt)?, owner))
            }
            (Some((_, owner)), Some(account)) => {
                let name = format!(
                    "{reference} in the account {} (use --account {}, which has it)",
                    account.slug, owner.slug
                );
                Err(Error::not_found("attempt", name))
            }
            (None, _) => Err(Error::not_found("attempt", reference)),
        }
    })
}

/// The latest attempt of an account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn find_latest(app: &App, account: &Account) -> Result<Attempt, Error> {
    app.db.read(|tx| {
        let latest = tx.list_attempts(account.id, &Listing::first(1))?.items.pop();
        let place = format!("in the account {}", account.slug);
        load_all_values(app, tx, latest.ok_or_else(|| Error::not_found("attempt", place))?)
    })
}

/// Returns the attempt of a reference, in any account, and its account, for the
/// error page. The reference is 60 random bits that only the person's browser
/// received.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn find_for_error_page(
    app: &App,
    reference: &AttemptReference,
) -> Result<(Attempt, Account), Error> {
    app.db.read(|tx| {
        let missing = || Error::not_found("attempt", reference);
        let attempt = tx.attempt_of_any_account(reference)?.ok_or_else(missing)?;
        let account = tx.account(attempt.account)?.ok_or_else(missing)?;
        Ok((attempt, account))
    })
}

/// A page of the attempts of the caller's account, the newest first unless the
/// query says otherwise.
///
/// # Errors
/// [`Error::Invalid`] with every error of the query.
pub fn list_page(
    app: &App,
    caller: &Caller,
    query: &ListQuery,
) -> Result<ListPage<AttemptView>, Error> {
    let now = app.now();
    let account = caller.author.account;
    listing::list(query, |listing| {
        app.db.read(|tx| {
            let Page { items, next, total } = tx.list_attempts(account, listing)?;
            Ok(Page { items: describe(tx, account, items, now)?, next, total })
        })
    })
}

/// An attempt of the caller's account.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn get(app: &App, caller: &Caller, id: AttemptId) -> Result<AttemptView, Error> {
    let now = app.now();
    let account = caller.author.account;
    app.db.read(|tx| {
        let found = tx.attempt(account, id)?.ok_or_else(|| Error::not_found("attempt", id))?;
        let found = load_all_values(app, tx, found)?;
        let view = describe(tx, account, vec![found], now)?.pop();
        view.ok_or_else(|| Error::not_found("attempt", id))
    })
}

/// Returns the message of an attempt as unverified XML.
///
/// # Errors
/// [`Error::NotFound`] if the attempt does not exist, or its message was not
/// retained or has expired.
pub fn read_message(
    app: &App,
    caller: &Caller,
    id: AttemptId,
) -> Result<(Attempt, Vec<u8>), Error> {
    let now = app.now();
    let account = caller.author.account;
    let (attempt, sealed) = app.db.read(|tx| {
        let attempt = tx.attempt(account, id)?.ok_or_else(|| Error::not_found("attempt", id))?;
        let sealed = tx.attempt_message(account, id, now)?;
        let sealed = sealed.ok_or_else(|| Error::not_found("message of the attempt", id))?;
        Ok::<_, Error>((attempt, sealed))
    })?;
    let opened = app.sealer.open(&message_seal_context(id), &sealed)?;
    Ok((attempt, opened.expose_secret().clone()))
}

/// Adds all attributes and all values to an attempt, if its message is retained.
pub(super) fn load_all_values(
    app: &App,
    tx: &mut Tx<'_>,
    attempt: Attempt,
) -> Result<Attempt, Error> {
    let Some(sealed) = tx.attempt_attributes(attempt.account, attempt.id, app.now())? else {
        return Ok(attempt);
    };
    let opened = app.sealer.open(&attributes_seal_context(attempt.id), &sealed)?;
    let all: Vec<SealedAttribute> = serde_json::from_slice(opened.expose_secret())
        .map_err(|error| Error::internal("reading the attributes of an attempt", error))?;
    let attribute =
        |(name, friendly_name, values): SealedAttribute| Attribute { name, friendly_name, values };
    let all = Attributes::new(all.into_iter().map(attribute).collect());
    Ok(Attempt { received: Some(received_attribute::record_all(&all)), ..attempt })
}

/// Seals all attributes of an attempt with all values.
pub(super) fn seal_attributes(
    app: &App,
    id: AttemptId,
    attributes: &Attributes,
) -> Result<Vec<u8>, Error> {
    let all: Vec<_> = attributes
        .iter()
        .map(|Attribute { name, friendly_name, values }| (name, friendly_name, values))
        .collect();
    let text = serde_json::to_vec(&all)
        .map_err(|error| Error::internal("writing the attributes of an attempt", error))?;
    app.sealer.seal(&attributes_seal_context(id), &text)
}

/// An attribute as it is sealed: its `Name`, its `FriendlyName`, its values.
type SealedAttribute = (String, Option<String>, Vec<String>);

/// The seal context of an attempt's attributes.
fn attributes_seal_context(id: AttemptId) -> String {
    format!("attempt-attributes/{id}")
}

/// The seal context of an attempt's message.
pub(super) fn message_seal_context(id: AttemptId) -> String {
    format!("attempt-message/{id}")
}

fn describe(
    tx: &mut Tx<'_>,
    account: AccountId,
    attempts: Vec<Attempt>,
    now: Timestamp,
) -> Result<Vec<AttemptView>, Error> {
    let ids: Vec<_> = attempts.iter().map(|attempt| attempt.id).collect();
    let retained: HashSet<_> = tx.attempts_with_message(account, &ids, now)?.into_iter().collect();
    let to_view =
        |attempt: Attempt| AttemptView { has_message: retained.contains(&attempt.id), attempt };
    Ok(attempts.into_iter().map(to_view).collect())
}
