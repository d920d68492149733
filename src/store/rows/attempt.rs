use std::borrow::Cow;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{json, plain, plan::PlanJson, text};
use crate::{
    domain::{
        attempt::{Attempt, Outcome, Reference},
        check::{Check, CheckId, CheckResult},
        id::AttemptId,
        received::ReceivedAttribute,
        text::fold,
    },
    store::{
        error::{Row, StoreError},
        schema::attempts,
        sql::{At, Id, JsonText, Str},
    },
};

const OUTCOMES: [Outcome; 5] =
    [Outcome::Created, Outcome::Claimed, Outcome::SignedIn, Outcome::Denied, Outcome::Rejected];

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub(crate) struct AttemptRow {
    id: Id,
    account_id: Id,
    connection_id: Id,
    reference: Str,
    at: At,
    outcome: Str,
    user_id: Option<Id>,
    subject: Option<Str>,
    email: Option<Str>,
    checks: JsonText,
    plan: Option<JsonText>,
    received: Option<JsonText>,
    email_key: Option<Str>,
}

/// A received attribute as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceivedJson {
    name: String,
    friendly_name: Option<String>,
    value_count: usize,
    values: Option<Vec<String>>,
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
            reference: Str::new(reference.as_str()),
            at: At(*at),
            outcome: Str::new(outcome.as_str()),
            user_id: user.map(|user| user.as_uuid().into()),
            subject: text(subject.as_ref()),
            email: text(email.as_ref()),
            checks: json::write(&checks)?,
            plan,
            received: received.transpose()?,
            email_key: email.as_deref().map(|email| Str(fold(email))),
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
        let place = Row { table: "attempts", id: AttemptId::from(id.0) };
        let checks: Vec<CheckJson<'_>> = json::read(&place, "checks", &checks)?;
        let checks =
            checks.into_iter().map(|check| check.read(&place)).collect::<Result<_, _>>()?;
        let plan = plan
            .map(|plan| json::read::<PlanJson>(&place, "plan", &plan)?.read(&place))
            .transpose()?;
        let received = received
            .map(|text| json::read::<Vec<ReceivedJson>>(&place, "received", &text))
            .transpose()?;
        Ok(Self {
            id: place.id,
            account: account_id.0.into(),
            connection: connection_id.0.into(),
            reference: Reference::parse(&reference.0)
                .ok_or_else(|| place.corrupt("reference is none"))?,
            at: at.0,
            outcome: place.name("outcome", &outcome.0, &OUTCOMES, Outcome::as_str)?,
            user: user_id.map(|user| user.0.into()),
            subject: plain(subject),
            email: plain(email),
            checks,
            plan,
            received: received.map(|all| all.into_iter().map(ReceivedAttribute::from).collect()),
        })
    }
}

impl From<&ReceivedAttribute> for ReceivedJson {
    fn from(attribute: &ReceivedAttribute) -> Self {
        let ReceivedAttribute { name, friendly_name, value_count, values } = attribute.clone();
        Self { name, friendly_name, value_count, values }
    }
}

impl From<ReceivedJson> for ReceivedAttribute {
    fn from(attribute: ReceivedJson) -> Self {
        let ReceivedJson { name, friendly_name, value_count, values } = attribute;
        Self { name, friendly_name, value_count, values }
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
    fn read(self, place: &Row<AttemptId>) -> Result<Check, StoreError> {
        let Self { id, result, expected, actual } = self;
        Ok(Check {
            id: place.name("checks", &id, &CheckId::ALL, |id| id.as_str())?,
            result: place.name("checks", &result, &CheckResult::ALL, |result| result.as_str())?,
            expected: expected.into_owned(),
            actual: actual.into_owned(),
        })
    }
}
