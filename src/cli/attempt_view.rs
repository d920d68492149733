//! How an attempt is shown: a story for people, a record for machines.

use serde::Serialize;

use super::{
    Failure,
    output::{self, plain},
};
use crate::domain::{
    account::Account,
    attempt::{Attempt, explanation},
    check::{Check, CheckResult},
    connection::Connection,
    provisioning::{Decision, Entry, Joining, Plan, PlannedField, Repair},
    received::ReceivedAttribute,
};

/// An attempt, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    id: String,
    reference: &'a str,
    connection: String,
    at: String,
    outcome: &'static str,
    user: Option<String>,
    subject: Option<&'a str>,
    email: Option<&'a str>,
    checks: Vec<CheckBody<'a>>,
    plan: Option<PlanBody>,
    received_attributes: Option<Vec<ReceivedBody<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceivedBody<'a> {
    name: &'a str,
    friendly_name: Option<&'a str>,
    value_count: usize,
    values: Option<&'a [String]>,
}

#[derive(Serialize)]
struct CheckBody<'a> {
    id: &'a str,
    result: &'static str,
    wanted: &'a str,
    got: &'a str,
}

/// A plan, as rows that can be shown: the same for people and machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanBody {
    decision: &'static str,
    reason: Option<String>,
    code: Option<&'static str>,
    found_by: Option<&'static str>,
    links: Option<String>,
    fields: Vec<FieldRow>,
    teams: Vec<TeamRow>,
    repairs: Vec<RepairRow>,
}

#[derive(Serialize)]
struct FieldRow {
    field: &'static str,
    value: String,
    source: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamRow {
    team: String,
    made: bool,
    role: &'static str,
    requested_role: &'static str,
    source: String,
}

#[derive(Serialize)]
struct RepairRow {
    attribute: String,
    value: String,
    reason: String,
    code: &'static str,
    used: Option<String>,
}

impl<'a> From<&'a Attempt> for Body<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        let Attempt {
            id,
            account: _,
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
        Self {
            id: id.to_string(),
            reference: reference.as_str(),
            connection: connection.to_string(),
            at: output::instant(*at),
            outcome: outcome.as_str(),
            user: user.map(|user| user.to_string()),
            subject: subject.as_deref(),
            email: email.as_deref(),
            checks: checks.iter().map(CheckBody::from).collect(),
            plan: plan.as_ref().map(PlanBody::from),
            received_attributes: received
                .as_ref()
                .map(|all| all.iter().map(ReceivedBody::from).collect()),
        }
    }
}

impl<'a> From<&'a ReceivedAttribute> for ReceivedBody<'a> {
    fn from(attribute: &'a ReceivedAttribute) -> Self {
        let ReceivedAttribute { name, friendly_name, value_count, values } = attribute;
        Self {
            name,
            friendly_name: friendly_name.as_deref(),
            value_count: *value_count,
            values: values.as_deref(),
        }
    }
}

impl<'a> From<&'a Check> for CheckBody<'a> {
    fn from(check: &'a Check) -> Self {
        let Check { id, result, wanted, got } = check;
        Self { id, result: result.as_str(), wanted, got }
    }
}

impl From<&Plan> for PlanBody {
    fn from(plan: &Plan) -> Self {
        let Plan { decision, repairs } = plan;
        let mut body = Self {
            decision: decision.code(),
            reason: None,
            code: None,
            found_by: None,
            links: None,
            fields: Vec::new(),
            teams: Vec::new(),
            repairs: repairs.iter().map(RepairRow::from).collect(),
        };
        match decision {
            Decision::Create(creation) => {
                body.links.clone_from(&creation.link);
                body.fields = creation.fields().into_iter().map(FieldRow::from).collect();
                body.teams = creation.teams.iter().map(TeamRow::from).collect();
            }
            Decision::Claim(entry) | Decision::SignIn(entry) => {
                let Entry { user: _, found_by, link } = entry;
                body.found_by = Some(found_by.as_str());
                body.links.clone_from(link);
            }
            Decision::Deny(denial) => {
                body.reason = Some(denial.to_string());
                body.code = Some(denial.code());
            }
        }
        body
    }
}

impl From<&Joining> for TeamRow {
    fn from(joining: &Joining) -> Self {
        let Joining { name, existing, requested, role } = joining;
        let source = role.source.to_string();
        Self {
            team: name.to_string(),
            made: existing.is_none(),
            role: role.value.as_str(),
            requested_role: requested.as_str(),
            source,
        }
    }
}

impl From<&Repair> for RepairRow {
    fn from(repair: &Repair) -> Self {
        let Repair { attribute, value, reason, used } = repair;
        Self {
            attribute: attribute.clone(),
            value: value.clone(),
            reason: reason.to_string(),
            code: reason.code(),
            used: used.clone(),
        }
    }
}

impl From<PlannedField<'_>> for FieldRow {
    fn from(field: PlannedField<'_>) -> Self {
        let PlannedField { name, value, source } = field;
        Self { field: name, value: value.into(), source: source.to_string() }
    }
}

/// Lists attempts.
pub(super) fn list(attempts: &[Attempt], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&attempts.iter().map(Body::from).collect::<Vec<_>>());
    }
    let mut table = output::table(&["when", "reference", "outcome", "who", "why"]);
    for attempt in attempts {
        let who = attempt
            .email
            .as_deref()
            .or(attempt.subject.as_deref())
            .map_or_else(|| "-".into(), plain);
        let when = output::moment(attempt.at);
        table.add_row([
            when,
            attempt.reference.to_string(),
            attempt.outcome.as_str().into(),
            who,
            why(attempt),
        ]);
    }
    output::write(&table.to_string())
}

/// What made the attempt end as it did, in a few words.
fn why(attempt: &Attempt) -> String {
    let failed = attempt.checks.iter().filter(|check| check.result == CheckResult::Failed);
    let failed = failed.map(|check| check.id.to_string()).collect::<Vec<_>>();
    match &attempt.plan {
        Some(Plan { decision: Decision::Deny(denial), .. }) => denial.code().to_owned(),
        Some(Plan { repairs, .. }) if !repairs.is_empty() => format!("{} repaired", repairs.len()),
        _ if !failed.is_empty() => failed.join(", "),
        _ => "-".to_owned(),
    }
}

/// Tells the story of an attempt on a connection.
pub(super) fn show(
    attempt: &Attempt,
    account: &Account,
    connection: Option<&Connection>,
) -> Result<(), Failure> {
    let mut head = output::table(&["attempt", attempt.reference.as_str()]);
    head.add_row(["when".to_owned(), output::moment(attempt.at)]);
    head.add_row(["account".to_owned(), account.slug.clone()]);
    let connection = connection.map_or_else(String::new, |one| format!("{}, ", plain(&one.name)));
    head.add_row(["connection".to_owned(), format!("{connection}{}", attempt.connection)]);
    head.add_row([
        "subject".to_owned(),
        attempt.subject.as_deref().map_or_else(|| "-".into(), plain),
    ]);
    head.add_row(["e-mail".to_owned(), attempt.email.as_deref().map_or_else(|| "-".into(), plain)]);
    head.add_row([
        "user".to_owned(),
        attempt.user.map_or_else(|| "-".into(), |user| user.to_string()),
    ]);
    head.add_row(["outcome".to_owned(), told(attempt)]);
    output::write(&head.to_string())?;

    let mut checks = output::table(&["check", "", "wanted", "got"]);
    for Check { id, result, wanted, got } in &attempt.checks {
        let mark = match result {
            CheckResult::Passed => "ok",
            CheckResult::Failed => "FAILED",
            CheckResult::NotRun => "not run",
        };
        checks.add_row([plain(id), mark.to_owned(), plain(wanted), plain(got)]);
    }
    output::write(&format!("\n{checks}"))?;
    show_received(attempt.received.as_deref().unwrap_or_default())?;
    attempt.plan.as_ref().map_or(Ok(()), |plan| show_plan(&PlanBody::from(plan)))
}

/// Shows the attributes that were received.
fn show_received(received: &[ReceivedAttribute]) -> Result<(), Failure> {
    if received.is_empty() {
        return Ok(());
    }
    let mut table = output::table(&["attribute received", "number of values", "values"]);
    for ReceivedAttribute { name, friendly_name, value_count, values } in received {
        let friendly = friendly_name.as_deref().map(|name| format!(" ({})", plain(name)));
        let values = values.as_ref().map_or_else(|| "-".to_owned(), |values| listed(values));
        let name = format!("{}{}", plain(name), friendly.unwrap_or_default());
        table.add_row([name, value_count.to_string(), values]);
    }
    output::write(&format!("\n{table}"))
}

fn listed(values: &[String]) -> String {
    values.iter().map(|value| plain(value)).collect::<Vec<_>>().join(", ")
}

/// How the attempt ended, as a sentence.
fn told(attempt: &Attempt) -> String {
    let Attempt { outcome, checks, plan, .. } = attempt;
    let how = outcome.as_str().replace('_', " ");
    let code = match plan.as_ref().map(|plan| &plan.decision) {
        Some(Decision::Deny(denial)) => format!(", {}", denial.code()),
        Some(Decision::Create(_) | Decision::Claim(_) | Decision::SignIn(_)) | None => {
            String::new()
        }
    };
    format!("{how}{code}: {}", explanation(*outcome, checks, plan.as_ref()))
}

fn show_plan(plan: &PlanBody) -> Result<(), Failure> {
    let PlanBody { decision: _, reason: _, code: _, found_by: _, links, fields, teams, repairs } =
        plan;
    if !fields.is_empty() {
        let mut table = output::table(&["field", "value", "from"]);
        for FieldRow { field, value, source } in fields {
            table.add_row([(*field).to_owned(), plain(value), plain(source)]);
        }
        output::write(&format!("\n{table}"))?;
    }
    if !teams.is_empty() {
        let mut table = output::table(&["team", "", "team role", "from"]);
        for TeamRow { team, made, role, requested_role: _, source } in teams {
            let made = if *made { "made" } else { "was there" };
            table.add_row([plain(team), made.into(), (*role).into(), plain(source)]);
        }
        output::write(&format!("\n{table}"))?;
    }
    if !repairs.is_empty() {
        let mut table =
            output::table(&["repaired attribute", "value", "what is wrong", "used instead"]);
        for RepairRow { attribute, value, reason, code: _, used } in repairs {
            let used = used.as_deref().map_or_else(|| "nothing".into(), plain);
            table.add_row([plain(attribute), plain(value), reason.clone(), used]);
        }
        output::write(&format!("\n{table}"))?;
    }
    match links {
        Some(subject) => output::write(&format!(
            "\nFrom now on this connection knows the user as {}.",
            plain(subject)
        )),
        None => Ok(()),
    }
}
