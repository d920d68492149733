//! Users and groups in one list (RFC 7644, section 3.4.3), the users first.

use super::{
    groups::{self, ScimGroup},
    users::{self, ScimUser},
};
use crate::{
    app::{App, Error, callers::Caller},
    domain::lists::{TeamAttribute, UserAttribute},
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        search::{self, Search, Searched},
    },
};

/// A resource on the list.
#[derive(Debug)]
pub enum Resource {
    /// A user.
    User(Box<ScimUser>),
    /// A group.
    Group(ScimGroup),
}

/// A page of the users and groups of the caller's account, and how many meet the
/// filter.
///
/// # Errors
/// [`Error::Scim`] for a filter or an order that neither kind has.
pub fn list(
    app: &App,
    caller: &Caller,
    search: &Search,
    with_members: bool,
    fixes: &mut CompatibilityFixes,
) -> Result<(Vec<Resource>, u64), Error> {
    if search.sort_by.is_some() || search.cursor.is_some() {
        let detail =
            "sortBy and cursor are not supported for all resources: search /Users or /Groups";
        return Err(ScimErrorType::InvalidValue.because(detail).into());
    }
    app.db.read(|tx| {
        let knows_users = knows::<UserAttribute>(search, fixes)?;
        let knows_groups = knows::<TeamAttribute>(search, fixes)?;
        if !knows_users && !knows_groups {
            let detail = "the filter names attributes that neither users nor groups have";
            return Err(ScimErrorType::InvalidFilter.because(detail).into());
        }
        let (mut behind, mut left) = (search.start - 1, search.count);
        let (mut found, mut total) = (Vec::new(), 0);
        if knows_users {
            let request = users::list_request(tx, caller, search, fixes)?;
            let listed = users::list_in(tx, caller, &request.counted(behind, left))?;
            found.extend(listed.items.into_iter().map(|user| Resource::User(Box::new(user))));
            total += listed.total.unwrap_or_default();
            let view = u32::try_from(found.len()).unwrap_or(u32::MAX);
            // Groups follow only after the last user.
            let is_last = behind + u64::from(view) >= total;
            left = if is_last { left.saturating_sub(view) } else { 0 };
            behind = behind.saturating_sub(total);
        }
        if knows_groups {
            let request = groups::list_request(tx, caller, search, fixes)?.counted(behind, left);
            let listed = groups::list_in(tx, caller, &request, with_members)?;
            found.extend(listed.items.into_iter().map(Resource::Group));
            total += listed.total.unwrap_or_default();
        }
        Ok((found, total))
    })
}

/// Whether a kind of resources has the attributes of the filter. If not, none of it
/// meets the filter.
fn knows<A: Searched>(search: &Search, fixes: &mut CompatibilityFixes) -> Result<bool, Error> {
    let filter = search::filter::<A>(search, fixes)?;
    Ok(filter.is_none_or(|filter| search::knows::<A>(&filter)))
}
