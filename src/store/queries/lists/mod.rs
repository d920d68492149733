//! Lists.

use super::{Conn, Result};
use crate::domain::{
    api_key::ApiKey,
    attempt::Attempt,
    audit::AuditEntry,
    connection::Connection,
    id::{AccountId, TeamId, UserId},
    listing::{Listing, Page},
    lists::{
        AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute, KeyAttribute,
        Member, MemberAttribute, TeamAttribute, UserAttribute,
    },
    role::TeamRole,
    team::Team,
    user::{DeletedUser, Identity, User},
};

macro_rules! stub {
    ($($name:ident: $attribute:ident => $item:ty;)*) => {$(
        #[allow(clippy::unnecessary_wraps)]
        pub(crate) fn $name(_: &mut Conn, _: AccountId, _: &Listing<$attribute>) -> Result<Page<$item>> {
            Ok(Page { items: Vec::new(), next: None, total: None })
        }
    )*};
}

stub! {
    list_users: UserAttribute => User;
    list_deleted_users: DeletedUserAttribute => DeletedUser;
    list_teams: TeamAttribute => Team;
    list_attempts: AttemptAttribute => Attempt;
    list_audit: AuditAttribute => AuditEntry;
    list_connections: ConnectionAttribute => Connection;
    list_api_keys: KeyAttribute => ApiKey;
}

#[allow(clippy::unnecessary_wraps)]
pub(crate) fn list_members(
    _: &mut Conn,
    _: AccountId,
    _: TeamId,
    _: &Listing<MemberAttribute>,
) -> Result<Page<Member>> {
    Ok(Page { items: Vec::new(), next: None, total: None })
}

#[allow(clippy::unnecessary_wraps)]
pub(crate) fn teams_of_users(
    _: &mut Conn,
    _: AccountId,
    _: &[UserId],
) -> Result<Vec<(UserId, Team, TeamRole)>> {
    Ok(Vec::new())
}

#[allow(clippy::unnecessary_wraps)]
pub(crate) fn identities_of_users(
    _: &mut Conn,
    _: AccountId,
    _: &[UserId],
) -> Result<Vec<Identity>> {
    Ok(Vec::new())
}
