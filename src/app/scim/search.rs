//! Users and groups in one list (RFC 7644, section 3.4.3), the users first.

use super::{
    groups::{self, ScimGroup},
    user_schemas::UserSchemas,
    users::{self, ScimUser},
};
use crate::{
    app::{App, Error, callers::Caller},
    domain::lists::{TeamAttribute, UserAttribute},
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimErrorType,
        search::{SearchQuery, SearchableList},
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
    search: &SearchQuery,
    with_members: bool,
    fixes: &mut CompatibilityFixes,
) -> Result<(Vec<Resource>, u64), Error> {
    if search.sort_by.is_some() || search.cursor.is_some() {
        let detail =
            "sortBy and cursor are not supported for all resources: search /Users or /Groups";
        return Err(ScimErrorType::InvalidValue.with_detail(detail).into());
    }
    app.db.read(|tx| {
        let schemas = users::load_schemas(tx, caller, search)?;
        let knows_users = has_filter_attributes::<UserAttribute>(&schemas, search, fixes)?;
        let knows_groups = has_filter_attributes::<TeamAttribute>(&schemas, search, fixes)?;
        if !knows_users && !knows_groups {
            let detail = "the filter names attributes that neither users nor groups have";
            return Err(ScimErrorType::InvalidFilter.with_detail(detail).into());
        }
        let (mut offset, mut remaining) = (search.start_index - 1, search.count);
        let (mut resources, mut total) = (Vec::new(), 0);
        if knows_users {
            let request = users::list_request(tx, caller, search, fixes)?;
            let listed = users::list_in(tx, caller, &request.counted(offset, remaining))?;
            resources.extend(listed.items.into_iter().map(|user| Resource::User(Box::new(user))));
            total += listed.total.unwrap_or_default();
            let user_count = u32::try_from(resources.len()).unwrap_or(u32::MAX);
            // Groups follow only after the last user.
            let is_last = offset + u64::from(user_count) >= total;
            remaining = if is_last { remaining.saturating_sub(user_count) } else { 0 };
            offset = offset.saturating_sub(total);
        }
        if knows_groups {
            let request =
                groups::list_request(tx, caller, search, fixes)?.counted(offset, remaining);
            let listed = groups::list_in(tx, caller, &request, with_members)?;
            resources.extend(listed.items.into_iter().map(Resource::Group));
            total += listed.total.unwrap_or_default();
        }
        Ok((resources, total))
    })
}

/// Whether a resource type has the attributes of the filter. If not, none of its
/// resources matches.
fn has_filter_attributes<A: SearchableList>(
    schemas: &UserSchemas,
    search: &SearchQuery,
    fixes: &mut CompatibilityFixes,
) -> Result<bool, Error> {
    let filter = schemas.parse_filter::<A>(search, fixes)?;
    Ok(filter.is_none_or(|filter| schemas.have_attributes_of::<A>(&filter)))
}
