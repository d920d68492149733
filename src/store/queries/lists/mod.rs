//! Lists: pages of resources, and the teams and identities of a page of users.

mod attempts_audit;
mod column;
mod condition;
mod connections_keys;
mod imports;
mod list_source;
mod members;
mod page;
mod row_comparison;
mod scan_sql;
mod table;
mod teams;
mod user_ids;
mod user_relations;
mod user_searches;
mod user_values;
mod users;

pub(crate) use imports::list_imports;
pub(crate) use members::list_members;
pub(crate) use teams::list_teams_at;
pub(crate) use user_relations::{display_names, identities_of_users, teams_of_users};
pub(crate) use users::list_users_at;

use column::{Column, RowPredicate, Sql, Value, column, nullable};
use list_source::{ItemPage, ListSource, Rows};
use page::{find_position, load_page};
use scan_sql::{PositionRow, ScanQuery, count_filter, position, position_columns, unindexed};
use table::{count_rows, in_table, load_position, load_rows, text_bytes};

use super::{Conn, Result};
use crate::domain::{
    api_key::ApiKey,
    attempt::Attempt,
    audit::AuditEntry,
    connection::Connection,
    filter::Condition,
    id::AccountId,
    lists::{
        AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute, KeyAttribute,
        Listing, Page, ScimClientAttribute, TeamAttribute, UserAttribute,
    },
    scim_client::ScimClient,
    team::Team,
    user::{DeletedUser, User},
};

/// Defines queries for the pages of lists of an account.
macro_rules! pages {
    ($($name:ident($attribute:ty) -> $item:ty;)*) => {$(
        pub(crate) fn $name(
            conn: &mut Conn,
            account: AccountId,
            listing: &Listing<$attribute>,
        ) -> Result<Page<$item>> {
            load_page(conn, account, listing)
        }
    )*};
}

pages! {
    list_users(UserAttribute) -> User;
    list_deleted_users(DeletedUserAttribute) -> DeletedUser;
    list_teams(TeamAttribute) -> Team;
    list_attempts(AttemptAttribute) -> Attempt;
    list_audit(AuditAttribute) -> AuditEntry;
    list_connections(ConnectionAttribute) -> Connection;
    list_api_keys(KeyAttribute) -> ApiKey;
    list_scim_clients(ScimClientAttribute) -> ScimClient;
}
