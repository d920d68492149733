//! What a login of a user writes whom it does not change.

use diesel::{
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::Binary,
};

use super::{Backend, Conn, Result, replay_cache};
use crate::{
    domain::user::UserStatus,
    store::{
        SignInRecords,
        error::StoreError,
        rows::{AttemptRow, OpenedSessionRow},
        schema::{attempt_templates, attempts, identities, sessions, users},
        sql::{Moment, SqlTimestamp, TextValue, Uuid, UuidValue},
    },
};

pub(crate) fn insert_sign_in(conn: &mut Conn, records: &SignInRecords<'_>) -> Result<()> {
    let SignInRecords { session, subject, token_hash, opened_by, attempt, assertion, request } =
        records;
    let account = UuidValue(session.account.as_uuid());
    let connection = UuidValue(session.connection.as_uuid());
    let active = TextValue::new(UserStatus::Active.as_str());
    // The user and the identity stay as they are until the transaction ends.
    let found = users::table
        .inner_join(identities::table.on(identities::user_id.eq(users::id)))
        .filter(users::account_id.eq(account))
        .filter(users::id.eq(UuidValue(session.user.as_uuid())))
        .filter(users::status.eq(active))
        .filter(identities::account_id.eq(account))
        .filter(identities::connection_id.eq(connection))
        .filter(identities::subject.eq(TextValue::new(&subject.text)))
        .filter(identities::comparison.eq(TextValue::new(subject.comparison.as_str())))
        .select(identities::connection_id);
    let remembered = RememberedIds {
        known_user: locked_but_for_references!(found),
        assertion: (replay_cache::assertion_hash(assertion.0), SqlTimestamp(assertion.1)),
        request: request.map(|(id, until)| (replay_cache::request_hash(id), SqlTimestamp(until))),
        account,
        connection,
    };
    let (attempt, template) = AttemptRow::new(attempt)?;
    let attempt = attempt.insert_into(attempts::table);
    let session = OpenedSessionRow::new(session, *token_hash, opened_by)?;
    let session = session.insert_into(sessions::table);
    let written = match template {
        Some(template) => {
            let template = template
                .insert_into(attempt_templates::table)
                .on_conflict(attempt_templates::id)
                .do_nothing();
            execute_together!(conn, remembered, template, attempt, session)
        }
        None => execute_together!(conn, remembered, attempt, session),
    };
    match written {
        // There is no such user, so the first row has no connection.
        Err(diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::NotNullViolation,
            _,
        )) => Err(StoreError::Stale { table: "users" }),
        written => Ok(written?),
    }
}

/// Remembers IDs that may be used once on a connection: fails if one is remembered already,
/// or if the user is not as the login found them.
struct RememberedIds<U> {
    /// Selects the connection, if it knows the active user.
    known_user: U,
    assertion: (Vec<u8>, SqlTimestamp),
    request: Option<(Vec<u8>, SqlTimestamp)>,
    account: UuidValue,
    connection: UuidValue,
}

impl<U: QueryFragment<Backend>> QueryFragment<Backend> for RememberedIds<U> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO seen_assertions (connection_id, hash, account_id, expires_at) VALUES ((",
        );
        self.known_user.walk_ast(out.reborrow())?;
        out.push_sql("), ");
        let push_rest = |out: &mut AstPass<'_, 'b, Backend>,
                         (hash, until): &'b (Vec<u8>, SqlTimestamp)| {
            out.push_bind_param::<Binary, _>(hash)?;
            out.push_sql(", ");
            out.push_bind_param::<Uuid, _>(&self.account)?;
            out.push_sql(", ");
            out.push_bind_param::<Moment, _>(until)?;
            out.push_sql(")");
            QueryResult::Ok(())
        };
        push_rest(&mut out, &self.assertion)?;
        if let Some(request) = &self.request {
            out.push_sql(", (");
            out.push_bind_param::<Uuid, _>(&self.connection)?;
            out.push_sql(", ");
            push_rest(&mut out, request)?;
        }
        Ok(())
    }
}

/// Found by its text, which has few forms.
impl<U> QueryId for RememberedIds<U> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<U> RunQueryDsl<Conn> for RememberedIds<U> {}
