//! Look-up of a user by ID, e-mail address or user name.

use super::{UserRecord, to_record};
use crate::{
    app::{App, Error},
    domain::{
        email::Email,
        field_error::{FieldError, Reason},
        id::{AccountId, UserId},
        user_name::UserName,
    },
    store::Tx,
};

/// The user of an account with this ID, e-mail address or user name.
///
/// # Errors
/// [`Error::NotFound`] if there is none; [`Error::Invalid`] if the text is the
/// address of one user and the user name of another.
pub fn find_by_identifier(app: &App, account: AccountId, name: &str) -> Result<UserRecord, Error> {
    let missing = || Error::not_found("user", name);
    app.db.read(|tx| {
        let id = find_id(tx, account, name)?.ok_or_else(missing)?;
        let user = tx.user(account, id)?.ok_or_else(missing)?;
        to_record(tx, user)
    })
}

fn find_id(tx: &mut Tx<'_>, account: AccountId, name: &str) -> Result<Option<UserId>, Error> {
    if let Ok(id) = name.trim().parse() {
        return Ok(Some(id));
    }
    let by_email = match name.parse::<Email>() {
        Ok(email) => tx.users_by_email(account, &[email.key().clone()])?.pop(),
        Err(_) => None,
    };
    let by_user_name = match name.parse::<UserName>() {
        Ok(user_name) => tx.users_by_user_name(account, &[user_name.key().clone()])?.pop(),
        Err(_) => None,
    };
    let (by_email, by_user_name) = (by_email.map(|(_, id)| id), by_user_name.map(|(_, id)| id));
    match (by_email, by_user_name) {
        (Some(one), Some(other)) if one != other => {
            let reason = Reason::new(
                format!("is the e-mail address of the user {one} and the user name of {other}"),
                "a name of one user",
                "Use the ID of one of them.",
            );
            Err(FieldError::new("user", name, reason).into())
        }
        (found, None) | (_, found) => Ok(found),
    }
}
