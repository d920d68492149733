use std::{borrow::Cow, collections::HashMap};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    attempt_template::{
        self, AttemptTemplate, AttemptTemplateRow, AttributeValues, ReceivedValue, TemplatedAttempt,
    },
    into_string, json,
    plan::PlanJson,
    text_value,
};
use crate::{
    domain::{
        attempt::{Attempt, AttemptReference},
        check::{Check, Checks},
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
    /// With a template, what the attempt received; else all checks.
    checks: JsonText,
    plan: Option<JsonText>,
    /// With a template, the values of the received attributes; else also their names.
    received: Option<JsonText>,
    email_key: Option<TextValue>,
    template_id: Option<Vec<u8>>,
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

impl AttemptRow {
    /// Returns the row of an attempt, and that of its template, if it has one.
    pub(crate) fn new(attempt: &Attempt) -> Result<(Self, Option<AttemptTemplateRow>), StoreError> {
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
        let plan =
            plan.as_ref().map(|plan| json::write(&PlanJson::new(plan, *user))).transpose()?;
        let (template, checks, received) = match attempt_template::separate(attempt)? {
            Some(TemplatedAttempt { row, values, attributes }) => {
                let attributes = attributes.map(|all| json::write(&all)).transpose()?;
                (Some(row), json::write(&values)?, attributes)
            }
            None => {
                let checks: Vec<_> = checks.iter().map(CheckJson::from).collect();
                let received = received.as_ref().map(|all| {
                    json::write(&all.iter().map(ReceivedJson::from).collect::<Vec<_>>())
                });
                (None, json::write(&checks)?, received.transpose()?)
            }
        };
        let row = Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            connection_id: connection.as_uuid().into(),
            reference: TextValue::new(reference.as_str()),
            at: SqlTimestamp(*at),
            outcome: TextValue::new(outcome.as_str()),
            user_id: user.map(|user| user.as_uuid().into()),
            subject: text_value(subject.as_ref()),
            email: text_value(email.as_ref()),
            checks,
            plan,
            received,
            email_key: email.as_deref().map(|email| TextValue(fold(email))),
            template_id: template.as_ref().map(|template| template.id.clone()),
        };
        Ok((row, template))
    }

    /// The ID of the template of the attempt, if it has one.
    pub(crate) fn template_id(&self) -> Option<&[u8]> {
        self.template_id.as_deref()
    }

    /// Reads the attempt. `templates` has the one of the attempt.
    pub(crate) fn read(
        self,
        templates: &HashMap<Vec<u8>, AttemptTemplate>,
    ) -> Result<Attempt, StoreError> {
        let Self {
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
            template_id,
        } = self;
        let row_ref = RowRef { table: "attempts", id: AttemptId::from(id.0) };
        let (subject, user) = (into_string(subject), user_id.map(|user| user.0.into()));
        let (checks, received) = match template_id {
            Some(id) => {
                let template = templates.get(&id);
                let template = template.ok_or_else(|| row_ref.corrupt("template is missing"))?;
                let values: Vec<ReceivedValue> = json::read(&row_ref, "checks", &checks)?;
                let checks =
                    template.restore_checks(&row_ref, at.0, subject.as_deref(), &values)?;
                let values = received
                    .map(|text| json::read::<Vec<AttributeValues>>(&row_ref, "received", &text))
                    .transpose()?;
                (checks, template.restore_attributes(&row_ref, values)?)
            }
            None => (
                read_checks(&row_ref, &checks)?,
                received.map(|received| read_received(&row_ref, &received)).transpose()?,
            ),
        };
        let plan = plan
            .map(|plan| json::read::<PlanJson>(&row_ref, "plan", &plan)?.read(&row_ref, user))
            .transpose()?;
        Ok(Attempt {
            id: row_ref.id,
            account: account_id.0.into(),
            connection: connection_id.0.into(),
            reference: AttemptReference::parse(&reference.0)
                .ok_or_else(|| row_ref.corrupt("reference is none"))?,
            at: at.0,
            outcome: row_ref.parse("outcome", &outcome.0)?,
            user,
            subject,
            email: into_string(email),
            checks,
            plan,
            received,
        })
    }
}

/// Reads the checks of an attempt without a template.
fn read_checks(row_ref: &RowRef<AttemptId>, checks: &JsonText) -> Result<Checks, StoreError> {
    let checks: Vec<CheckJson<'_>> = json::read(row_ref, "checks", checks)?;
    checks.into_iter().map(|check| check.read(row_ref)).collect()
}

/// Reads the received attributes of an attempt without a template.
fn read_received(
    row_ref: &RowRef<AttemptId>,
    received: &JsonText,
) -> Result<Vec<ReceivedAttribute>, StoreError> {
    let received: Vec<ReceivedJson> = json::read(row_ref, "received", received)?;
    Ok(received.into_iter().map(ReceivedAttribute::from).collect())
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
