use diesel::prelude::*;

use super::row::row;
use crate::{
    domain::session::{OpeningResponse, Session},
    store::{
        error::{RowRef, StoreError},
        schema::sessions,
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

row! {
    /// A session without the hash of its token, which its caller knows already.
    SessionRow in sessions by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        user_id: UuidValue = user,
        connection_id: UuidValue = connection,
        attempt_id: UuidValue = attempt,
        created_at: SqlTimestamp = created_at,
        expires_at: SqlTimestamp = expires_at,
    }
    Session { id, account, user, connection, attempt, created_at, expires_at }
}

/// A session with the hash of its token, and the response that opened it.
#[derive(Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(crate) struct OpenedSessionRow {
    #[diesel(embed)]
    session: SessionRow,
    token_hash: Vec<u8>,
    response_hash: Option<Vec<u8>>,
    go_to: Option<TextValue>,
}

impl OpenedSessionRow {
    pub(crate) fn new(
        session: &Session,
        token_hash: [u8; 32],
        opened_by: &OpeningResponse,
    ) -> Result<Self, StoreError> {
        let OpeningResponse { response_hash, redirect_to } = opened_by;
        Ok(Self {
            session: session.try_into()?,
            token_hash: token_hash.to_vec(),
            response_hash: Some(response_hash.to_vec()),
            go_to: Some(TextValue::new(redirect_to)),
        })
    }
}
