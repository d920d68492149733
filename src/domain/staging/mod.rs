//! Staging: a user as somebody wants them prepared, before anybody has logged
//! in. The rules are those of a login, but nothing falls back: what can't be
//! used is refused, all of it at once.

mod draft;
mod edit;
mod read;

#[cfg(test)]
mod tests;

pub use draft::{Draft, MobileDraft, ScimProfile, TeamDraft};
pub use edit::{Edit, MobileEdit};
pub use read::{MAX_TEAMS, NewUser, Placement, PushedUser, StatusRequest, TeamRef, read};

use super::{field_error::FieldError, user::UserStatus};

/// The text of a draft's status that enables a user, whether they have logged in
/// or not.
pub const ENABLED: &str = "ENABLED";

/// The status of a user after a request for one.
///
/// Whether somebody has logged in can't be chosen: who has is never staged
/// again, and who has not is never active. But `ACTIVE` enables whoever is
/// disabled, and one who never logged in is then staged.
///
/// # Errors
/// The fault, at `status`.
pub fn status(
    now: UserStatus,
    has_logged_in: bool,
    request: StatusRequest,
) -> Result<UserStatus, FieldError> {
    use UserStatus::{Active, Disabled, Staged};
    let request = match request {
        StatusRequest::Is(request) => request,
        StatusRequest::Enabled => return Ok(if has_logged_in { Active } else { Staged }),
    };
    let fault = |reason: &str| FieldError::new("status", request.as_str(), reason);
    match (request, has_logged_in) {
        (Disabled, _) => Ok(Disabled),
        (Staged, false) => Ok(Staged),
        (Active, true) => Ok(Active),
        (Active, false) if now == Disabled => Ok(Staged),
        (Active, false) => Err(fault(
            "must be STAGED or DISABLED for a user who has not logged in: the first login makes it ACTIVE",
        )),
        (Staged, true) => Err(fault("must be ACTIVE or DISABLED for a user who has logged in")),
    }
}
