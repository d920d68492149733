use diesel::prelude::*;

use super::row::row;
use crate::{
    domain::session::Session,
    store::{
        error::{RowRef, StoreError},
        schema::sessions,
        sql::{SqlTimestamp, UuidValue},
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
