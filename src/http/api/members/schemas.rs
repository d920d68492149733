//! The schemas of members.

use chrono::{DateTime, Utc};
use deserr::{Deserr, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{
    body::{self, BodyErrors, ParsedText},
    enums::{AccountRole, TeamRole, UserStatus, named},
    fields::BoundedVec,
    page::page_schema,
};
use crate::{
    app::members::{self, MAX_CHANGES, MemberChangeCounts},
    domain::{
        id::UserId,
        lists::Member,
        membership::{DesiredMembership, MemberChange},
    },
};

/// A user in a team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamMember {
    /// The user.
    user: MemberUser,
    /// The effective role in the team: the requested role, or the account role if it
    /// is higher.
    role: TeamRole,
    /// The entity tag of the member, as in the header `ETag`. Send it as `If-Match`.
    #[schema(example = "\"v1\"")]
    etag: String,
    /// When the user was added to the team.
    since: DateTime<Utc>,
}

/// The user of a membership.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct MemberUser {
    /// The user's ID.
    id: Uuid,
    /// The user's e-mail address.
    email: String,
    /// May be empty.
    first_name: String,
    /// May be empty.
    last_name: String,
    /// The role in the account.
    role: AccountRole,
    /// Whether the user may log in and has logged in.
    status: UserStatus,
}

page_schema!(pub(in crate::http::api) TeamMemberPage, TeamMember, "A page of a team's members.", "The members.");

/// The membership of a user in a team.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(in crate::http::api) struct TeamMemberDraft {
    /// The requested role. It must not be lower than the account role of the user.
    pub(super) role: TeamRole,
}

fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    body::unknown_field_error(&["user", "etag", "since"], key, accepted, location)
}

/// Changes of the members of a team.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(in crate::http::api) struct TeamMemberBatch {
    /// The operations, at most one for each user.
    #[schema(value_type = Vec<TeamMemberOperation>, max_items = 10_000)]
    pub(super) operations: BoundedVec<TeamMemberOperation, MAX_CHANGES>,
}

/// One change of a member.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(in crate::http::api) struct TeamMemberOperation {
    /// The kind of operation.
    op: TeamMemberOp,
    /// The user.
    #[schema(value_type = Uuid)]
    user_id: ParsedText<UserId>,
    /// The role to request, with SET. If it is null or left out, a member keeps their
    /// role, and a new member gets RESPONDER or their account role, whichever is higher.
    /// REMOVE ignores it.
    #[deserr(default)]
    role: Option<TeamRole>,
}

named! {
    /// SET: adds the user to the team, or changes their role. REMOVE: removes the user
    /// from the team.
    TeamMemberOp {
        /// Adds the user, or changes their role.
        Set = "SET",
        /// Removes the user.
        Remove = "REMOVE",
    }
}

/// The number of changes of each kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct TeamMemberBatchResult {
    /// The number of users who were added.
    #[schema(value_type = i64, minimum = 0)]
    added: usize,
    /// The number of members whose role changed.
    #[schema(value_type = i64, minimum = 0)]
    changed: usize,
    /// The number of users who were removed.
    #[schema(value_type = i64, minimum = 0)]
    removed: usize,
    /// The number of operations that changed nothing.
    #[schema(value_type = i64, minimum = 0)]
    unchanged: usize,
}

impl From<Member> for TeamMember {
    fn from(member: Member) -> Self {
        let etag = members::etag(&member).to_quoted();
        let Member { user, email, first_name, last_name, account_role, status, role, since } =
            member;
        let user = MemberUser {
            id: user.as_uuid(),
            email: email.to_string(),
            first_name,
            last_name,
            role: account_role.into(),
            status: status.into(),
        };
        Self { user, role: role.effective.into(), etag, since }
    }
}

impl From<TeamMemberOperation> for MemberChange {
    fn from(operation: TeamMemberOperation) -> Self {
        let TeamMemberOperation { op, user_id: ParsedText(user), role } = operation;
        let desired = match op {
            TeamMemberOp::Set => DesiredMembership::In(role.map(Into::into)),
            TeamMemberOp::Remove => DesiredMembership::Out,
        };
        Self { user, desired }
    }
}

impl From<MemberChangeCounts> for TeamMemberBatchResult {
    fn from(counts: MemberChangeCounts) -> Self {
        let MemberChangeCounts { added, changed, removed, unchanged } = counts;
        Self { added, changed, removed, unchanged }
    }
}
