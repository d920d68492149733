//! Users and groups as SCIM clients see them. One statement reads all of one, so that it needs
//! no transaction.

use std::collections::BTreeMap;

use diesel::{dsl::sql, prelude::*, sql_types::Nullable};

use super::{super::MANAGER_ID, Conn, Result, members::member_role, prepared::Prepared};
use crate::{
    domain::{
        id::{AccountId, ScimClientId, TeamId, UserId},
        team::Team,
        user::{Identity, User, full_name},
    },
    store::{
        GroupView, UserView,
        error::RowRef,
        rows::{IdentityRow, TeamRow, UserRow},
        schema::{identities, memberships, team_external_ids, teams, user_external_ids, users},
        sql::{TextValue, Uuid, UuidValue},
    },
};

/// The maximum number of combinations of a team and an identity that are read of a user: each
/// is a row, and each row has the user.
const MAX_RELATIONS: usize = 16;

/// The maximum number of members that are read of a group: each row has the team.
const MAX_MEMBERS: usize = 500;

/// A display name, a first and a last name. A row that is not there has none of them.
type NameColumns = (Option<TextValue>, Option<TextValue>, Option<TextValue>);

type UserColumns = (
    UserRow,
    Option<TeamRow>,
    Option<TextValue>,
    Option<IdentityRow>,
    Option<TextValue>,
    NameColumns,
);

type GroupColumns = (
    TeamRow,
    Option<TextValue>,
    (Option<UuidValue>, Option<TextValue>, Option<TextValue>, NameColumns),
);

/// The display name of a user, if the row is there.
fn display_name((display_name, first, last): NameColumns) -> Option<String> {
    let (first, last) = (first?, last?);
    Some(display_name.map_or_else(|| full_name(&first.0, &last.0), |name| name.0))
}

/// How many rows are read, to see whether there are more than a maximum.
fn limit(maximum: usize) -> i64 {
    i64::try_from(maximum + 1).unwrap_or(i64::MAX)
}

pub(crate) fn user_view(
    conn: &mut Conn,
    account: AccountId,
    client: Option<ScimClientId>,
    user: UserId,
) -> Result<Option<UserView>> {
    let managers = diesel::alias!(users as managers);
    let client = client.map(|client| UuidValue(client.as_uuid()));
    let of_client = user_external_ids::client_id.nullable().eq(client);
    let manager_id = managers.field(users::id).nullable().eq(sql::<Nullable<Uuid>>(MANAGER_ID));
    let of_account = managers.field(users::account_id).eq(UuidValue(account.as_uuid()));
    let found = users::table
        .left_join(memberships::table.on(
            memberships::user_id.eq(users::id).and(memberships::account_id.eq(users::account_id)),
        ))
        .left_join(teams::table.on(teams::id.eq(memberships::team_id)))
        .left_join(identities::table.on(
            identities::user_id.eq(users::id).and(identities::account_id.eq(users::account_id)),
        ))
        .left_join(
            user_external_ids::table.on(user_external_ids::user_id.eq(users::id).and(of_client)),
        )
        .left_join(managers.on(manager_id.and(of_account)))
        .filter(users::account_id.eq(UuidValue(account.as_uuid())))
        .filter(users::id.eq(UuidValue(user.as_uuid())))
        .limit(limit(MAX_RELATIONS))
        .select((
            UserRow::as_select(),
            Option::<TeamRow>::as_select(),
            memberships::requested_role.nullable(),
            Option::<IdentityRow>::as_select(),
            user_external_ids::external_id.nullable(),
            (
                managers.field(users::display_name).nullable(),
                managers.field(users::first_name).nullable(),
                managers.field(users::last_name).nullable(),
            ),
        ));
    read_user(Prepared(found).load(conn)?)
}

fn read_user(mut rows: Vec<UserColumns>) -> Result<Option<UserView>> {
    let is_complete = rows.len() <= MAX_RELATIONS;
    let Some((user, team, role, identity, external_id, manager)) = rows.pop() else {
        return Ok(None);
    };
    let user = User::try_from(user)?;
    let row_ref = RowRef { table: "memberships", id: user.id };
    let account_role = TextValue::new(user.role.as_str());
    let (mut teams, mut identities) = (BTreeMap::new(), BTreeMap::new());
    let rest = rows.into_iter().map(|(_, team, role, identity, ..)| (team, role, identity));
    for (team, role, identity) in std::iter::once((team, role, identity)).chain(rest) {
        if let (Some(team), Some(role)) = (team, role) {
            let role = member_role(&row_ref, &role, &account_role)?;
            let team = Team::try_from(team)?;
            teams.insert(team.id, (team, role));
        }
        if let Some(identity) = identity {
            let identity = Identity::try_from(identity)?;
            identities.insert(identity.id, identity);
        }
    }
    let mut teams: Vec<_> = teams.into_values().collect();
    teams.sort_by(|(team, _), (other, _)| team.name.key().as_str().cmp(other.name.key().as_str()));
    Ok(Some(UserView {
        user,
        teams,
        identities: identities.into_values().collect(),
        external_id: external_id.map(|text| text.0),
        manager_name: display_name(manager),
        is_complete,
    }))
}

pub(crate) fn group_view(
    conn: &mut Conn,
    account: AccountId,
    client: Option<ScimClientId>,
    team: TeamId,
    members: bool,
) -> Result<Option<GroupView>> {
    let client = client.map(|client| UuidValue(client.as_uuid()));
    let of_client = team_external_ids::client_id.nullable().eq(client);
    let found = teams::table
        .left_join(
            team_external_ids::table.on(team_external_ids::team_id.eq(teams::id).and(of_client)),
        )
        .left_join(memberships::table.on(memberships::team_id.eq(teams::id)))
        .left_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(teams::account_id.eq(UuidValue(account.as_uuid())))
        .filter(teams::id.eq(UuidValue(team.as_uuid())))
        .limit(if members { limit(MAX_MEMBERS) } else { 1 })
        .select((
            TeamRow::as_select(),
            team_external_ids::external_id.nullable(),
            (
                memberships::user_id.nullable(),
                memberships::requested_role.nullable(),
                users::role.nullable(),
                (
                    users::display_name.nullable(),
                    users::first_name.nullable(),
                    users::last_name.nullable(),
                ),
            ),
        ));
    read_group(Prepared(found).load(conn)?, members)
}

fn read_group(rows: Vec<GroupColumns>, members: bool) -> Result<Option<GroupView>> {
    let is_complete = rows.len() <= MAX_MEMBERS;
    let mut rows = rows.into_iter();
    let Some((team, external_id, first)) = rows.next() else { return Ok(None) };
    let mut view = GroupView {
        team: team.try_into()?,
        external_id: external_id.map(|text| text.0),
        members: Vec::new(),
        is_complete,
    };
    if !members {
        return Ok(Some(view));
    }
    for member in std::iter::once(first).chain(rows.map(|(.., member)| member)) {
        let (Some(user), Some(requested), Some(account_role), names) = member else { continue };
        let row_ref = RowRef { table: "memberships", id: UserId::from(user.0) };
        let role = member_role(&row_ref, &requested, &account_role)?;
        view.members.push((row_ref.id, role, display_name(names).unwrap_or_default()));
    }
    view.members.sort_unstable_by_key(|(user, ..)| *user);
    Ok(Some(view))
}
