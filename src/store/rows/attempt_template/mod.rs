//! The template of an attempt: what the attempts of successful logins of a connection have in
//! common. It is stored once, and such an attempt has only what it received.
//!
//! A template has the texts themselves, so that an attempt reads as it was written, also
//! after the settings of its connection or the texts of the program have changed.

mod texts;

use chrono::TimeDelta;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(super) use self::texts::ReceivedValue;
use self::texts::{CheckTemplate, Separator, TextWriter};
use super::json;
use crate::{
    domain::{
        Timestamp,
        attempt::{Attempt, AttemptOutcome},
        check::{Check, CheckId, CheckResult, Checks},
        id::AttemptId,
        received_attribute::ReceivedAttribute,
    },
    store::{
        error::{RowRef, StoreError},
        schema::attempt_templates,
        sql::{JsonText, SqlTimestamp, UuidValue},
    },
};

/// A template is used for the attempts of so many days, and then stored anew. So it can be
/// deleted once the last of them is.
const PERIOD_DAYS: i64 = 30;

/// How much longer a template is kept than its attempts, which are deleted step by step.
const MARGIN_DAYS: i64 = 7;

#[derive(Insertable)]
#[diesel(table_name = attempt_templates, treat_none_as_default_value = false)]
pub(crate) struct AttemptTemplateRow {
    pub(super) id: Vec<u8>,
    account_id: UuidValue,
    connection_id: UuidValue,
    content: JsonText,
    ends_at: SqlTimestamp,
}

/// The texts that attempts have in common.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttemptTemplate {
    checks: Vec<CheckTemplate>,
    attributes: Option<Vec<AttributeTemplate>>,
}

/// The names of a received attribute.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeTemplate {
    name: String,
    friendly_name: Option<String>,
    is_encrypted: bool,
}

/// The values of an attribute that an attempt received.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum AttributeValues {
    /// How many there were; none is recorded.
    Count(usize),
    /// All of them.
    All(Vec<String>),
    /// Some of them, and how many there were.
    Some { count: usize, values: Vec<String> },
}

/// An attempt, separated into its template and what it received.
pub(super) struct TemplatedAttempt {
    pub(super) row: AttemptTemplateRow,
    pub(super) values: Vec<ReceivedValue>,
    pub(super) attributes: Option<Vec<AttributeValues>>,
}

/// Separates an attempt from its template. Returns `None` if the login did not succeed, so
/// that it stores nothing but the attempt, or if the attempt could not be restored from the
/// template as it is.
pub(super) fn separate(attempt: &Attempt) -> Result<Option<TemplatedAttempt>, StoreError> {
    let succeeded = match attempt.outcome {
        AttemptOutcome::Created | AttemptOutcome::Claimed | AttemptOutcome::SignedIn => true,
        AttemptOutcome::Denied | AttemptOutcome::Rejected => false,
    };
    if !succeeded || !attempt.checks.all_passed_except(&[]) {
        return Ok(None);
    }
    let (checks, values) = Separator::new(attempt).separate();
    let received = attempt.received.as_ref();
    let attributes = received.map(|all| all.iter().map(AttributeTemplate::from).collect());
    let template = AttemptTemplate { checks, attributes };
    let row_ref = RowRef { table: "attempts", id: attempt.id };
    let restored =
        template.restore_checks(&row_ref, attempt.at, attempt.subject.as_deref(), &values);
    if restored.ok().as_ref() != Some(&attempt.checks) {
        return Ok(None);
    }
    let attributes = received.map(|all| all.iter().map(AttributeValues::from).collect());
    Ok(Some(TemplatedAttempt { row: template.into_row(attempt)?, values, attributes }))
}

impl AttemptTemplate {
    pub(crate) fn read(id: &[u8], content: &JsonText) -> Result<Self, StoreError> {
        json::read(&RowRef { table: "attempt_templates", id: hex::encode(id) }, "content", content)
    }

    fn into_row(self, attempt: &Attempt) -> Result<AttemptTemplateRow, StoreError> {
        let Attempt { account, connection, at, .. } = attempt;
        let content = json::write(&self)?;
        let period = TimeDelta::days(PERIOD_DAYS).num_seconds();
        let end = (at.timestamp().div_euclid(period) + 1) * period;
        let ends_at = Timestamp::from_timestamp(end, 0).unwrap_or(*at);
        // The content is part of the ID, so that nobody has to look for it.
        let id = Sha256::new()
            .chain_update(account.as_uuid())
            .chain_update(connection.as_uuid())
            .chain_update(end.to_be_bytes())
            .chain_update(&content.0)
            .finalize();
        Ok(AttemptTemplateRow {
            id: id.iter().copied().take(16).collect(),
            account_id: account.as_uuid().into(),
            connection_id: connection.as_uuid().into(),
            content,
            ends_at: SqlTimestamp(ends_at + TimeDelta::days(MARGIN_DAYS)),
        })
    }

    /// Restores the checks of an attempt from what it received.
    pub(super) fn restore_checks(
        &self,
        row_ref: &RowRef<AttemptId>,
        at: Timestamp,
        subject: Option<&str>,
        values: &[ReceivedValue],
    ) -> Result<Checks, StoreError> {
        let mut writer = TextWriter::new(at, subject, values);
        let mut received = Vec::with_capacity(self.checks.len());
        for check in &self.checks {
            let id: CheckId = row_ref.parse("checks", &check.id)?;
            let actual = writer.write(&check.actual);
            let actual = actual.ok_or_else(|| row_ref.corrupt("checks do not fit the template"))?;
            received.push((id, check, actual));
        }
        let request = received.iter().find(|(id, ..)| *id == CheckId::ResponseInResponseTo);
        writer.set_request(request.map(|(_, _, actual)| actual.clone()));
        let restore = |(id, check, actual): (CheckId, &CheckTemplate, String)| {
            let expected = writer.write(&check.expected);
            let expected =
                expected.ok_or_else(|| row_ref.corrupt("checks do not fit the template"))?;
            Ok(Check { id, result: CheckResult::Passed, expected, actual })
        };
        received.into_iter().map(restore).collect()
    }

    /// Restores the received attributes of an attempt from their values.
    pub(super) fn restore_attributes(
        &self,
        row_ref: &RowRef<AttemptId>,
        values: Option<Vec<AttributeValues>>,
    ) -> Result<Option<Vec<ReceivedAttribute>>, StoreError> {
        match (&self.attributes, values) {
            (None, None) => Ok(None),
            (Some(names), Some(values)) if names.len() == values.len() => {
                let restore = |(names, values): (&AttributeTemplate, AttributeValues)| {
                    let AttributeTemplate { name, friendly_name, is_encrypted } = names;
                    let (value_count, values) = match values {
                        AttributeValues::Count(count) => (count, None),
                        AttributeValues::All(values) => (values.len(), Some(values)),
                        AttributeValues::Some { count, values } => (count, Some(values)),
                    };
                    ReceivedAttribute {
                        name: name.clone(),
                        friendly_name: friendly_name.clone(),
                        value_count,
                        values,
                        is_encrypted: *is_encrypted,
                    }
                };
                Ok(Some(names.iter().zip(values).map(restore).collect()))
            }
            _ => Err(row_ref.corrupt("received attributes do not fit the template")),
        }
    }
}

impl From<&ReceivedAttribute> for AttributeTemplate {
    fn from(attribute: &ReceivedAttribute) -> Self {
        let ReceivedAttribute { name, friendly_name, value_count: _, values: _, is_encrypted } =
            attribute;
        Self {
            name: name.clone(),
            friendly_name: friendly_name.clone(),
            is_encrypted: *is_encrypted,
        }
    }
}

impl From<&ReceivedAttribute> for AttributeValues {
    fn from(attribute: &ReceivedAttribute) -> Self {
        match &attribute.values {
            None => Self::Count(attribute.value_count),
            Some(values) if values.len() == attribute.value_count => Self::All(values.clone()),
            Some(values) => Self::Some { count: attribute.value_count, values: values.clone() },
        }
    }
}
