//! SQL types that are native on both databases, and the values that cross.
//!
//! | type | PostgreSQL | SQLite |
//! |---|---|---|
//! | [`Uuid`] | `uuid` | `BLOB` of 16 bytes |
//! | [`Moment`] | `timestamptz` | `INTEGER`, microseconds since 1970 |
//! | [`Json`] | `jsonb` | `TEXT` |
//! | [`Text`] | `text` | `TEXT` |
//!
//! [`Text`] is a type of our own as well, so that every text passes through
//! [`TextValue`]. It rejects NUL, which PostgreSQL can't store, and SQLite would.

use std::io::Write;

use chrono::DateTime;
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{self as standard, SqlType},
    sqlite::{Sqlite, SqliteValue},
};

use crate::domain::Timestamp;

/// An identifier.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Binary"), postgres_type(oid = 2950, array_oid = 2951))]
pub struct Uuid;

/// A moment, to the microsecond.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Long"), postgres_type(oid = 1184, array_oid = 1185))]
pub struct Moment;

/// A structured value.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 3802, array_oid = 3807))]
pub struct Json;

/// A text without NUL.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 25, array_oid = 1009))]
pub struct Text;

/// The value of a [`Uuid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Uuid)]
pub struct UuidValue(pub uuid::Uuid);

/// The value of a [`Moment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Moment)]
pub struct SqlTimestamp(pub Timestamp);

/// The value of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct TextValue(pub String);

/// The text of a [`Json`] value, not yet parsed: a value of the wrong shape is
/// told with its row, which is not known here.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Json)]
pub struct JsonText(pub String);

/// NUL in a text.
#[derive(Debug, thiserror::Error)]
#[error("text holds NUL")]
pub(super) struct NulInText;

impl TextValue {
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl<T: Into<uuid::Uuid>> From<T> for UuidValue {
    fn from(id: T) -> Self {
        Self(id.into())
    }
}

impl ToSql<Uuid, Pg> for UuidValue {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Uuid, Pg> for UuidValue {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(uuid::Uuid::from_slice(value.as_bytes())?))
    }
}

impl ToSql<Uuid, Sqlite> for UuidValue {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Uuid, Sqlite> for UuidValue {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(uuid::Uuid::from_slice(value.read_blob())?))
    }
}

/// Microseconds from 1970 to 2000, where PostgreSQL begins to count.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl SqlTimestamp {
    fn from_micros(micros: Option<i64>) -> deserialize::Result<Self> {
        let moment = micros.and_then(DateTime::from_timestamp_micros);
        Ok(Self(moment.ok_or("a moment that is out of bounds")?))
    }
}

impl ToSql<Moment, Pg> for SqlTimestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.0.timestamp_micros().checked_sub(POSTGRES_EPOCH);
        let micros = micros.ok_or("a moment that is out of bounds")?;
        out.write_all(&micros.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, Pg> for SqlTimestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<standard::BigInt, Pg>>::from_sql(value)?;
        Self::from_micros(micros.checked_add(POSTGRES_EPOCH))
    }
}

impl ToSql<Moment, Sqlite> for SqlTimestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.timestamp_micros());
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, Sqlite> for SqlTimestamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Self::from_micros(Some(value.read_long()))
    }
}

fn reject_nul(text: &str) -> Result<&str, NulInText> {
    if text.contains('\0') { Err(NulInText) } else { Ok(text) }
}

impl ToSql<Text, Pg> for TextValue {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(reject_nul(&self.0)?.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Pg> for TextValue {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(std::str::from_utf8(value.as_bytes())?.to_owned()))
    }
}

impl ToSql<Text, Sqlite> for TextValue {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(reject_nul(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Sqlite> for TextValue {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_text().to_owned()))
    }
}

/// Whether a string of the JSON contains NUL, which is written as an escape.
fn escapes_nul(json: &str) -> bool {
    let mut rest = json;
    while let Some((_, escaped)) = rest.split_once('\\') {
        if escaped.starts_with("u0000") {
            return true;
        }
        // An escaped backslash escapes nothing itself.
        rest = escaped.get(1..).unwrap_or_default();
    }
    false
}

/// The version that precedes each `jsonb` on the wire.
const JSONB_VERSION: u8 = 1;

impl ToSql<Json, Pg> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        if escapes_nul(&self.0) {
            return Err(NulInText.into());
        }
        out.write_all(&[JSONB_VERSION])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Json, Pg> for JsonText {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [JSONB_VERSION, json @ ..] => Ok(Self(std::str::from_utf8(json)?.to_owned())),
            _ => Err("jsonb of an unknown version".into()),
        }
    }
}

impl ToSql<Json, Sqlite> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        if escapes_nul(&self.0) {
            return Err(NulInText.into());
        }
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

impl FromSql<Json, Sqlite> for JsonText {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_text().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_in_json_is_detected_without_false_positives() {
        for (text, found) in [
            ("a\0b", true),
            ("\\\0", true),
            ("\\u0000", false),
            ("\\\\u0000", false),
            ("é\n", false),
        ] {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(escapes_nul(&json), found, "{json}");
        }
    }
}
