//! What SCIM clients can want: the same use cases as the admin API's, over the
//! same records, with the client's own names for them.

pub mod compatibility;
pub mod groups;
mod pages;
pub mod users;

use super::{App, Error, callers::Caller};
use crate::{
    app::listing,
    domain::{
        field_error::{FieldError, Reason},
        filter::Condition,
        id::ScimClientId,
        lists::Order,
    },
};

/// What a client asks of a list.
#[derive(Debug, Clone)]
pub struct ListRequest<A> {
    /// What is on it. `None`: everything.
    pub condition: Option<Condition<A>>,
    /// By what it is sorted.
    pub sort: Option<A>,
    /// In which direction.
    pub order: Order,
    /// The most on a page.
    pub count: u32,
    /// Where the page begins.
    pub start: Start,
    /// The filter and the order as they were written: what a cursor is bound to.
    pub written: listing::Query,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Behind so many, which are counted (RFC 7644, section 3.4.2.4).
    Behind(u64),
    /// Where the cursor says (RFC 9865), or at the front without one.
    Cursor,
}

/// The most memberships that a page shows: it ends behind the resource with which
/// there are as many.
const MEMBERSHIPS_ON_PAGE: usize = 10_000;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How many there are, if pages are counted.
    pub total: Option<u64>,
    /// Leads to the next page, if pages go by cursors and there is one.
    pub cursor: Option<String>,
}

/// The SCIM client whose external IDs a caller sets.
///
/// # Errors
/// [`Error::Invalid`] if they have none: a person who is signed in has no names
/// of their own.
fn client(caller: &Caller, input: Option<&str>) -> Result<Option<ScimClientId>, Error> {
    match (caller.client(), input) {
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

/// The most things of one name that a filter looks up.
const MAX_CALLED: u32 = 100;

/// The ids of what a client calls so.
///
/// # Errors
/// If the database can't be read.
pub fn called(
    app: &App,
    caller: &Caller,
    of: Kind,
    external_id: &str,
) -> Result<Vec<uuid::Uuid>, Error> {
    let Some(client) = caller.client() else { return Ok(Vec::new()) };
    if external_id.contains('\0') {
        return Ok(Vec::new());
    }
    app.db.read(|tx| {
        Ok(match of {
            Kind::Users => {
                let users = tx.users_called(client, external_id, MAX_CALLED)?;
                users.into_iter().map(|id| id.as_uuid()).collect()
            }
            Kind::Groups => {
                let teams = tx.teams_called(client, external_id, MAX_CALLED)?;
                teams.into_iter().map(|id| id.as_uuid()).collect()
            }
        })
    })
}

/// The kinds of what clients give names to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Users.
    Users,
    /// Groups, which are teams.
    Groups,
}
