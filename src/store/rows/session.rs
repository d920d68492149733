use diesel::prelude::*;

use super::{into_string, text_value};
use crate::{
    domain::session::{PendingRequest, Session},
    store::{
        error::{RowRef, StoreError},
        schema::{pending_requests, sessions},
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(crate) struct SessionRow {
    id: UuidValue,
    account_id: UuidValue,
    user_id: UuidValue,
    connection_id: UuidValue,
    attempt_id: UuidValue,
    token_hash: Vec<u8>,
    created_at: SqlTimestamp,
    expires_at: SqlTimestamp,
}

impl SessionRow {
    pub(crate) fn new(session: &Session, token_hash: [u8; 32]) -> Self {
        let Session { id, account, user, connection, attempt, created_at, expires_at } = session;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            user_id: user.as_uuid().into(),
            connection_id: connection.as_uuid().into(),
            attempt_id: attempt.as_uuid().into(),
            token_hash: token_hash.to_vec(),
            created_at: SqlTimestamp(*created_at),
            expires_at: SqlTimestamp(*expires_at),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let SessionRow {
            id,
            account_id,
            user_id,
            connection_id,
            attempt_id,
            // The caller knows the token already.
            token_hash: _,
            created_at,
            expires_at,
        } = row;
        Ok(Self {
            id: id.0.into(),
            account: account_id.0.into(),
            user: user_id.0.into(),
            connection: connection_id.0.into(),
            attempt: attempt_id.0.into(),
            created_at: created_at.0,
            expires_at: expires_at.0,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = pending_requests, treat_none_as_default_value = false)]
pub(crate) struct PendingRow {
    id: TextValue,
    account_id: UuidValue,
    connection_id: UuidValue,
    browser_hash: Vec<u8>,
    relay_state: TextValue,
    return_to: Option<TextValue>,
    created_at: SqlTimestamp,
    expires_at: SqlTimestamp,
}

impl From<&PendingRequest> for PendingRow {
    fn from(request: &PendingRequest) -> Self {
        let PendingRequest {
            id,
            account,
            connection,
            browser_hash,
            relay_state,
            return_to,
            created_at,
            expires_at,
        } = request;
        Self {
            id: TextValue::new(id),
            account_id: account.as_uuid().into(),
            connection_id: connection.as_uuid().into(),
            browser_hash: browser_hash.to_vec(),
            relay_state: TextValue::new(relay_state),
            return_to: text_value(return_to.as_ref()),
            created_at: SqlTimestamp(*created_at),
            expires_at: SqlTimestamp(*expires_at),
        }
    }
}

impl TryFrom<PendingRow> for PendingRequest {
    type Error = StoreError;

    fn try_from(row: PendingRow) -> Result<Self, StoreError> {
        let PendingRow {
            id,
            account_id,
            connection_id,
            browser_hash,
            relay_state,
            return_to,
            created_at,
            expires_at,
        } = row;
        let row_ref = RowRef { table: "pending_requests", id: &id.0 };
        let browser_hash = row_ref.hash("browser_hash", &browser_hash)?;
        Ok(Self {
            id: id.0,
            account: account_id.0.into(),
            connection: connection_id.0.into(),
            browser_hash,
            relay_state: relay_state.0,
            return_to: into_string(return_to),
            created_at: created_at.0,
            expires_at: expires_at.0,
        })
    }
}
