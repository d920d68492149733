use std::borrow::Cow;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{into_string, json, plan::PlanJson, text_value};
use crate::{
    domain::{
        attempt::{Attempt, AttemptReference},
        check::Check,
        id::AttemptId,
        received_attribute::ReceivedAttribute,
        text::fold,
    },
    store::{
        error::{RowRef, StoreError},
        schema::attempts,
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub(crate) struct AttemptRow {
    id: UuidValue,
    account_id: UuidValue,
    connection_id: UuidValue,
    reference: TextValue,
    at: SqlTimestamp,
    outcome: TextValue,
    user_id: Option<UuidValue>,
    subject: Option<TextValue>,
    email: Option<TextValue>,
    checks: JsonText,
    plan: Option<JsonText>,
    received: Option<JsonText>,
    email_key: Option<TextValue>,
}

/// A received attribute as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceivedJson {
    name: String,
    friendly_name: Option<String>,
    value_count: usize,
    values: Option<Vec<String>>,
    /// Absent from attempts of earlier releases.
    #[serde(default)]
    is_encrypted: bool,
}

/// A check as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckJson<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    result: Cow<'a, str>,
    #[serde(borrow, rename = "wanted")]
    expected: Cow<'a, str>,
    #[serde(borrow, rename = "got")]
    actual: Cow<'a, str>,
}

impl TryFrom<&Attempt> for AttemptRow {
    type Error = StoreError;

    fn try_from(attempt: &Attempt) -> Result<Self, StoreError> {
        let Attempt {
            id,
            account,
            connection,
            reference,
            at,
            outcome,
            user,
            subject,
            email,
            checks,
            plan,
            received,
        } = attempt;
        let checks: Vec<_> = checks.iter().map(CheckJson::from).collect();
        let plan = plan.as_ref().map(|plan| json::write(&PlanJson::from(plan))).transpose()?;
        let received = received
            .as_ref()
            .map(|all| json::write(&all.iter().map(ReceivedJson::from).collect::<Vec<_>>()));
        Ok(Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            connection_id: connection.as_uuid().into(),
            reference: TextValue::new(reference.as_str()),
            at: SqlTimestamp(*at),
            outcome: TextValue::new(outcome.as_str()),
            user_id: user.map(|user| user.as_uuid().into()),
            subject: text_value(subject.as_ref()),
            email: text_value(email.as_ref()),
            checks: json::write(&checks)?,
            plan,
            received: received.transpose()?,
            email_key: email.as_deref().map(|email| TextValue(fold(email))),
        })
    }
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self, StoreError> {
        let AttemptRow {
            id,
            account_id,
            connection_id,
            reference,
            at,
            outcome,
            user_id,
            subject,
            email,
            checks,
            plan,
            received,
            // Follows from the address.
            email_key: _,
        } = row;
        let row_ref = RowRef { table: "attempts", id: AttemptId::from(id.0) };
        let checks: Vec<CheckJson<'_>> = json::read(&row_ref, "checks", &checks)?;
        let checks =
            checks.into_iter().map(|check| check.read(&row_ref)).collect::<Result<_, _>>()?;
        let plan = plan
            .map(|plan| json::read::<PlanJson>(&row_ref, "plan", &plan)?.read(&row_ref))
            .transpose()?;
        let received = received
            .map(|text| json::read::<Vec<ReceivedJson>>(&row_ref, "received", &text))
            .transpose()?;
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            connection: connection_id.0.into(),
            reference: AttemptReference::parse(&reference.0)
                .ok_or_else(|| row_ref.corrupt("reference is none"))?,
            at: at.0,
            outcome: row_ref.parse("outcome", &outcome.0)?,
            user: user_id.map(|user| user.0.into()),
            subject: into_string(subject),
            email: into_string(email),
            checks,
            plan,
            received: received.map(|all| all.into_iter().map(ReceivedAttribute::from).collect()),
        })
    }
}

impl From<&ReceivedAttribute> for ReceivedJson {
    fn from(attribute: &ReceivedAttribute) -> Self {
        let ReceivedAttribute { name, friendly_name, value_count, values, is_encrypted } =
            attribute.clone();
        Self { name, friendly_name, value_count, values, is_encrypted }
    }
}

impl From<ReceivedJson> for ReceivedAttribute {
    fn from(attribute: ReceivedJson) -> Self {
        let ReceivedJson { name, friendly_name, value_count, values, is_encrypted } = attribute;
        Self { name, friendly_name, value_count, values, is_encrypted }
    }
}

impl<'a> From<&'a Check> for CheckJson<'a> {
    fn from(check: &'a Check) -> Self {
        let Check { id, result, expected, actual } = check;
        Self {
            id: id.as_str().into(),
            result: result.as_str().into(),
            expected: expected.into(),
            actual: actual.into(),
        }
    }
}

impl CheckJson<'_> {
    fn read(self, row_ref: &RowRef<AttemptId>) -> Result<Check, StoreError> {
        let Self { id, result, expected, actual } = self;
        Ok(Check {
            id: row_ref.parse("checks", &id)?,
            result: row_ref.parse("checks", &result)?,
            expected: expected.into_owned(),
            actual: actual.into_owned(),
        })
    }
}
