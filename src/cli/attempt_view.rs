//! How an attempt is shown: a story for people, a record for machines.

use super::{
    Failure,
    attempt_remedy::remedy,
    output::{self, Record, Screen, Style, counted, plain, plain_or_dash},
};
use crate::{
    app::attempts::AttemptView,
    domain::{
        account::Account,
        attempt::{Attempt, Outcome, explanation},
        check::{Check, CheckResult},
        connection::Connection,
        provisioning::{Creation, Decision, Plan, PlannedField, TeamAssignment, ValueFallback},
        received::ReceivedAttribute,
    },
    http::views,
};

/// Lists attempts.
pub(super) fn list(all: &[AttemptView], account: &Account, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&all.iter().map(views::AttemptSummary::from).collect::<Vec<_>>());
    }
    let head = ["when", "reference", "outcome", "who", "why"];
    let mut table = output::table(&head).wrapping(&["who", "why"]);
    for AttemptView { attempt, .. } in all {
        let who = attempt.email.as_deref().or(attempt.subject.as_deref());
        table.add_row([
            output::moment(attempt.at),
            attempt.reference.to_string(),
            wire(attempt.outcome),
            plain_or_dash(who),
            why(attempt),
        ]);
    }
    table.show(&format!(
        "There are no attempts in the account {}, or none that meets the conditions.",
        account.slug
    ))
}

/// The outcome as the contract spells it.
fn wire(outcome: Outcome) -> String {
    outcome.as_str().to_ascii_uppercase()
}

/// Summarizes the cause of the outcome in a few words.
fn why(attempt: &Attempt) -> String {
    let failed: Vec<_> = attempt.checks.failed().map(|check| check.id.as_str()).collect();
    match &attempt.plan {
        Some(Plan { decision: Decision::Deny(denial), .. }) => denial.code().to_owned(),
        Some(Plan { fallbacks, .. }) if !fallbacks.is_empty() => {
            counted(fallbacks.len(), "fallback")
        }
        _ if !failed.is_empty() => failed.join(", "),
        _ => "-".to_owned(),
    }
}

/// Writes an attempt for machines.
pub(super) fn json(message: AttemptView) -> Result<(), Failure> {
    output::json(&views::Attempt::from(message))
}

/// Shows an attempt: the failed checks with their remedies, the plan, the received
/// values, and the other checks.
pub(super) fn show(
    attempt: &Attempt,
    account: &Account,
    connection: Option<&Connection>,
    verbose: bool,
) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    let mut parts = vec![title(attempt, screen)];
    parts.extend(failures(attempt, screen));
    parts.extend(attempt.plan.as_ref().map(|plan| plan_parts(plan, screen)).unwrap_or_default());
    parts.push(facts(attempt, account, connection, screen));
    parts.extend(received(attempt.received.as_deref().unwrap_or_default(), screen));
    parts.push(remaining_checks(attempt, verbose, screen));
    output::write(&parts.join("\n"))
}

/// The reference, how the attempt ended, and why.
fn title(attempt: &Attempt, screen: Screen) -> String {
    let Attempt { reference, outcome, checks, plan, .. } = attempt;
    let style = match outcome {
        Outcome::Created | Outcome::Claimed | Outcome::SignedIn => Style::Good,
        Outcome::Denied | Outcome::Rejected => Style::Bad,
    };
    let attempt = screen.paint(Style::Heading, &format!("Attempt {reference}"));
    let outcome_name = screen.paint(style, &wire(*outcome));
    let why = plain(&explanation(*outcome, Some(checks), plan.as_ref()));
    let why = output::wrap(&why, screen.width.unwrap_or(usize::MAX)).join("\n");
    format!("{attempt}  {outcome_name}\n{why}\n")
}

/// Each check that failed, or the rule that denied the login, with its remedy.
fn failures(attempt: &Attempt, screen: Screen) -> Vec<String> {
    let failed = attempt.checks.failed().map(|check| {
        let Check { id, result: _, expected, actual } = check;
        let mut record = Record::default();
        record.text("expected", plain(expected));
        record.text("received", plain(actual));
        failure("Failed check", id.as_str(), record, screen)
    });
    let denied = match attempt.plan.as_ref().map(|plan| &plan.decision) {
        Some(Decision::Deny(denial)) => {
            let mut record = Record::default();
            record.text("rule", plain(&denial.to_string()));
            Some(failure("Denied by", denial.code(), record, screen))
        }
        Some(Decision::Create(_) | Decision::Claim(_) | Decision::SignIn(_)) | None => None,
    };
    failed.chain(denied).collect()
}

fn failure(what: &str, code: &str, mut record: Record, screen: Screen) -> String {
    if let Some(remedy) = remedy(code) {
        record.text("remedy", remedy);
    }
    let heading = screen.paint(Style::Bad, &format!("{what}: {}", plain(code)));
    format!("{heading}\n{}", record.render(screen))
}

fn facts(
    attempt: &Attempt,
    account: &Account,
    connection: Option<&Connection>,
    screen: Screen,
) -> String {
    let mut record = Record::default();
    record.whole("when", output::moment(attempt.at));
    record.whole("account", &account.slug);
    record.text("connection", connection.map_or_else(|| "-".into(), |one| plain(&one.name)));
    record.whole("connection ID", attempt.connection.to_string());
    record.whole("subject", plain_or_dash(attempt.subject.as_deref()));
    record.whole("e-mail", plain_or_dash(attempt.email.as_deref()));
    record.whole("user ID", attempt.user.map_or_else(|| "-".into(), |user| user.to_string()));
    record.whole("attempt ID", attempt.id.to_string());
    record.render(screen)
}

/// Under a heading, a table.
fn section(heading: &str, table: &output::Table, screen: Screen) -> String {
    format!("{}\n{}", screen.paint(Style::Heading, heading), table.render(screen))
}

/// What was planned: the fields and teams of a new user, a new identity, and the
/// fallbacks.
fn plan_parts(plan: &Plan, screen: Screen) -> Vec<String> {
    let Plan { decision, fallbacks } = plan;
    let (creation, link) = match decision {
        Decision::Create(creation) => (Some(creation), creation.link.as_ref()),
        Decision::Claim(entry) | Decision::SignIn(entry) => (None, entry.link.as_ref()),
        Decision::Deny(_) => (None, None),
    };
    let mut parts = creation.map(|creation| creation_parts(creation, screen)).unwrap_or_default();
    parts.extend(link.map(|subject| {
        let mut record = Record::default();
        record.whole("new identity", plain(subject));
        record.render(screen)
    }));
    if !fallbacks.is_empty() {
        let head = ["attribute", "value", "problem", "used instead"];
        let mut table = output::table(&head).wrapping(&head);
        for ValueFallback { attribute, value, reason, used } in fallbacks {
            let used = used.as_deref().map_or_else(|| "nothing".into(), plain);
            table.add_row([plain(attribute), plain(value), plain(&reason.to_string()), used]);
        }
        parts.push(section("Fallbacks", &table, screen));
    }
    parts
}

fn creation_parts(creation: &Creation, screen: Screen) -> Vec<String> {
    let mut fields = output::table(&["field", "value", "source"]).wrapping(&["value", "source"]);
    for PlannedField { name, value, source } in creation.fields() {
        fields.add_row([name.to_owned(), plain(value), plain(&source.to_string())]);
    }
    let mut parts = vec![section("New user", &fields, screen)];
    if !creation.teams.is_empty() {
        let head = ["team", "", "team role", "source"];
        let mut table = output::table(&head).wrapping(&["team", "source"]);
        for TeamAssignment { name, existing, requested: _, role } in &creation.teams {
            let state = if existing.is_none() { "created" } else { "existed" };
            table.add_row([
                plain(name.as_str()),
                state.to_owned(),
                role.value.to_string(),
                plain(&role.source.to_string()),
            ]);
        }
        parts.push(section("Teams", &table, screen));
    }
    parts
}

/// The attributes that were received.
fn received(received: &[ReceivedAttribute], screen: Screen) -> Option<String> {
    if received.is_empty() {
        return None;
    }
    let mut table =
        output::table(&["attribute", "values", "value"]).wrapping(&["attribute", "value"]);
    for ReceivedAttribute { name, friendly_name, value_count, values } in received {
        let friendly = friendly_name.as_deref().map(|name| format!(" ({})", plain(name)));
        let values = values.as_ref().map_or_else(|| "-".to_owned(), |values| listed(values));
        let name = format!("{}{}", plain(name), friendly.unwrap_or_default());
        table.add_row([name, value_count.to_string(), values]);
    }
    Some(section("Received attributes", &table, screen))
}

fn listed(values: &[String]) -> String {
    values.iter().map(|value| plain(value)).collect::<Vec<_>>().join(", ")
}

/// The checks that passed and those that were not run: their number, or each.
fn remaining_checks(attempt: &Attempt, verbose: bool, screen: Screen) -> String {
    let passed = attempt.checks.with_result(CheckResult::Passed).count();
    let skipped = attempt.checks.with_result(CheckResult::NotRun).count();
    let skipped = match skipped {
        0 => String::new(),
        count => format!(", {count} not run"),
    };
    let summary = format!("{} passed{skipped}", counted(passed, "check"));
    if !verbose {
        return format!("{summary} (--verbose lists them)");
    }
    let head = ["check", "", "expected", "received"];
    let mut table = output::table(&head).wrapping(&["expected", "received"]);
    for Check { id, result, expected, actual } in attempt.checks.iter() {
        let mark = match result {
            CheckResult::Passed => "ok",
            CheckResult::Failed => continue,
            CheckResult::NotRun => "not run",
        };
        table.add_row([id.as_str().to_owned(), mark.to_owned(), plain(expected), plain(actual)]);
    }
    section(&summary, &table, screen)
}
