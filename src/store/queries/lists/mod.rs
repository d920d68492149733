//! Lists: pages of resources, and the teams and identities of a page of users.

mod attempts_audit;
mod column;
mod condition;
mod connections_keys;
mod imports;
mod listed;
mod members;
mod page;
mod row_comparison;
mod scan_sql;
mod table;
mod teams;
mod user_relations;
mod users;

pub(crate) use attempts_audit::{list_attempts, list_audit};
pub(crate) use connections_keys::{list_api_keys, list_connections, list_scim_clients};
pub(crate) use imports::list_imports;
pub(crate) use members::list_members;
pub(crate) use teams::{list_teams, list_teams_at};
pub(crate) use user_relations::{identities_of_users, teams_of_users};
pub(crate) use users::{list_deleted_users, list_users, list_users_at};

use column::{Column, RowPredicate, Sql, Value, column, nullable};
use listed::{ListSource, Rows};
use page::{find_position, load_page};
use scan_sql::{PositionRow, ScanQuery, place, position, unindexed};
use table::{count, in_table, place_in, rows, text_bytes};

use super::{Conn, Result};
