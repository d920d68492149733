use diesel::prelude::*;

use crate::{
    domain::session::Session,
    store::{
        error::StoreError,
        schema::sessions,
        sql::{SqlTimestamp, UuidValue},
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
