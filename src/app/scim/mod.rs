//! The use cases of SCIM clients: those of the admin API, on the same records, with
//! the client's external IDs.

pub mod bulk;
pub mod compatibility;
pub mod groups;
pub mod lists;
mod member_locks;
mod planned;
pub mod search;
pub mod user_schemas;
mod user_views;
pub mod users;

use super::{App, Error, callers::Caller};
use crate::domain::{
    field_error::{FieldError, Reason},
    id::ScimClientId,
};

/// The URL of SCIM, without a slash at its end.
#[must_use]
pub fn base_url(app: &App) -> String {
    format!("{}/scim/v2", app.settings.base_url.as_str().trim_end_matches('/'))
}

/// The SCIM client whose external IDs a caller sets.
///
/// # Errors
/// [`Error::Invalid`] if the caller is a session, which has no external IDs.
fn require_client(caller: &Caller, input: Option<&str>) -> Result<Option<ScimClientId>, Error> {
    match (caller.scim_client_id(), input) {
        (None, Some(input)) => {
            let reason = Reason::new(
                "is not supported for a session",
                "no external ID",
                "Use an API key, or leave the external ID out.",
            );
            Err(FieldError::new("externalId", input, reason).into())
        }
        (client, _) => Ok(client),
    }
}
