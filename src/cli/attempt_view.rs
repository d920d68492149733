//! The output of attempts: text for people, JSON for programs.

use super::{
    CliError,
    attempt_remedy::remedy,
    output::{self, Record, Screen, Style, format_count, plain, plain_or_dash},
};
use crate::{
    app::attempts::AttemptView,
    domain::{
        account::Account,
        attempt::{Attempt, AttemptOutcome, explain},
        check::{Check, CheckResult},
        connection::Connection,
        provisioning::{
            AttributeChange, Decision, ExistingUserLogin, Plan, PlannedField, TeamAssignment,
            UserCreation, ValueFallback,
        },
        received_attribute::ReceivedAttribute,
    },
    http::views,
};

/// Lists attempts.
pub(super) fn list(all: &[AttemptView], account: &Account, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&all.iter().map(views::AttemptSummary::from).collect::<Vec<_>>());
    }
    let head = ["when", "reference", "outcome", "who", "why"];
    let mut table = output::table(&head).with_wrapping(&["who", "why"]);
    for AttemptView { attempt, .. } in all {
        let person = attempt.email.as_deref().or(attempt.subject.as_deref());
        table.add_row([
            output::format_moment(attempt.at),
            attempt.reference.to_string(),
            format_outcome(attempt.outcome),
            plain_or_dash(person),
            summarize_cause(attempt),
        ]);
    }
    table.show(&format!("No attempts in the account {} match.", account.slug))
}

/// The outcome as the contract spells it.
fn format_outcome(outcome: AttemptOutcome) -> String {
    outcome.as_str().to_ascii_uppercase()
}

/// Summarizes the cause of the outcome in a few words.
fn summarize_cause(attempt: &Attempt) -> String {
    let failed: Vec<_> = attempt.checks.failed().map(|check| check.id.as_str()).collect();
    match &attempt.plan {
        Some(Plan { decision: Decision::Deny(denial), .. }) => denial.code().to_owned(),
        Some(Plan { fallbacks, .. }) if !fallbacks.is_empty() => {
            format_count(fallbacks.len(), "fallback")
        }
        _ if !failed.is_empty() => failed.join(", "),
        _ => "-".to_owned(),
    }
}

/// Writes an attempt for machines.
pub(super) fn json(view: AttemptView) -> Result<(), CliError> {
    output::json(&views::Attempt::from(view))
}

/// Shows an attempt: the failed checks with their remedies, the plan, the received
/// values, and the other checks.
pub(super) fn show(
    attempt: &Attempt,
    account: &Account,
    connection: Option<&Connection>,
    verbose: bool,
) -> Result<(), CliError> {
    let screen = Screen::for_stdout();
    let mut parts = vec![render_title(attempt, screen)];
    parts.extend(render_failures(attempt, screen));
    parts.extend(attempt.plan.as_ref().map(|plan| render_plan(plan, screen)).unwrap_or_default());
    parts.push(render_facts(attempt, account, connection, screen));
    parts.extend(render_received(attempt.received.as_deref().unwrap_or_default(), screen));
    parts.push(render_remaining_checks(attempt, verbose, screen));
    output::write(&parts.join("\n"))
}

/// The reference, how the attempt ended, and why.
fn render_title(attempt: &Attempt, screen: Screen) -> String {
    let Attempt { reference, outcome, checks, plan, .. } = attempt;
    let style = match outcome {
        AttemptOutcome::Created | AttemptOutcome::Claimed | AttemptOutcome::SignedIn => Style::Good,
        AttemptOutcome::Denied | AttemptOutcome::Rejected => Style::Bad,
    };
    let attempt = screen.paint(Style::Heading, &format!("Attempt {reference}"));
    let outcome_name = screen.paint(style, &format_outcome(*outcome));
    let explanation = plain(&explain(*outcome, Some(checks), plan.as_ref()));
    let explanation = output::wrap(&explanation, screen.width.unwrap_or(usize::MAX)).join("\n");
    format!("{attempt}  {outcome_name}\n{explanation}\n")
}

/// Each check that failed, or the rule that denied the login, with its remedy.
fn render_failures(attempt: &Attempt, screen: Screen) -> Vec<String> {
    let failed = attempt.checks.failed().map(|check| {
        let Check { id, result: _, expected, actual } = check;
        let mut record = Record::default();
        record.add_text("expected", plain(expected));
        record.add_text("received", plain(actual));
        render_failure("Failed check", id.as_str(), record, screen)
    });
    let denied = match attempt.plan.as_ref().map(|plan| &plan.decision) {
        Some(Decision::Deny(denial)) => {
            let mut record = Record::default();
            record.add_text("rule", plain(&denial.to_string()));
            Some(render_failure("Denied by", denial.code(), record, screen))
        }
        Some(Decision::Create(_) | Decision::Claim(_) | Decision::SignIn(_)) | None => None,
    };
    failed.chain(denied).collect()
}

fn render_failure(what: &str, code: &str, mut record: Record, screen: Screen) -> String {
    if let Some(remedy) = remedy(code) {
        record.add_text("remedy", remedy);
    }
    let heading = screen.paint(Style::Bad, &format!("{what}: {}", plain(code)));
    format!("{heading}\n{}", record.render(screen))
}

fn render_facts(
    attempt: &Attempt,
    account: &Account,
    connection: Option<&Connection>,
    screen: Screen,
) -> String {
    let mut record = Record::default();
    record.add_whole("when", output::format_moment(attempt.at));
    record.add_whole("account", &account.slug);
    record.add_text(
        "connection",
        connection.map_or_else(|| "-".into(), |connection| plain(&connection.name)),
    );
    record.add_whole("connection ID", attempt.connection.to_string());
    record.add_whole("subject", plain_or_dash(attempt.subject.as_deref()));
    record.add_whole("e-mail", plain_or_dash(attempt.email.as_deref()));
    record.add_whole("user ID", attempt.user.map_or_else(|| "-".into(), |user| user.to_string()));
    record.add_whole("attempt ID", attempt.id.to_string());
    if let Some(user) = attempt.user {
        let command = format!("usher user explain --account {} {user}", account.slug);
        record.add_whole("explained by", command);
    }
    record.render(screen)
}

/// Under a heading, a table.
fn render_section(heading: &str, table: &output::Table, screen: Screen) -> String {
    format!("{}\n{}", screen.paint(Style::Heading, heading), table.render(screen))
}

/// The plan: the fields and teams of a new user, or the changes of an existing one, a new
/// identity, and the fallbacks.
fn render_plan(plan: &Plan, screen: Screen) -> Vec<String> {
    let Plan { decision, fallbacks } = plan;
    let (mut parts, link) = match decision {
        Decision::Create(creation) => (render_creation(creation, screen), creation.link.as_ref()),
        Decision::Claim(login) | Decision::SignIn(login) => {
            (render_changes(login, screen), login.link.as_ref())
        }
        Decision::Deny(_) => (Vec::new(), None),
    };
    parts.extend(link.map(|subject| {
        let mut record = Record::default();
        record.add_whole("new identity", plain(&subject.text));
        record.render(screen)
    }));
    if !fallbacks.is_empty() {
        let head = ["attribute", "value", "problem", "used instead"];
        let mut table = output::table(&head).with_wrapping(&head);
        for ValueFallback { attribute, value, reason, used } in fallbacks {
            let used = used.as_deref().map_or_else(|| "nothing".into(), plain);
            table.add_row([plain(attribute), plain(value), plain(&reason.to_string()), used]);
        }
        parts.push(render_section("Fallbacks", &table, screen));
    }
    parts
}

/// The changes of an existing user by a login.
fn render_changes(login: &ExistingUserLogin, screen: Screen) -> Vec<String> {
    let ExistingUserLogin { user: _, found_by: _, link: _, changes, teams } = login;
    let mut parts = Vec::new();
    if !changes.is_empty() {
        let head = ["field", "before", "after", "source"];
        let mut table = output::table(&head).with_wrapping(&["before", "after", "source"]);
        for AttributeChange { field, before, after, source } in changes {
            let [before, after] = [before, after].map(|text| plain_or_dash(text.as_deref()));
            table.add_row([field.to_string(), before, after, plain(&source.to_string())]);
        }
        parts.push(render_section("Changes", &table, screen));
    }
    if !teams.is_empty() {
        let head = ["team", "change", "team role", "source"];
        let mut table = output::table(&head).with_wrapping(&["team", "source"]);
        for change in teams {
            let TeamAssignment { name, existing: _, requested: _, role } = &change.assignment;
            let effect = match change.before {
                None => "joined".to_owned(),
                Some(_) if change.is_removal => "left".to_owned(),
                Some(before) => format!("was {before}"),
            };
            let source = plain(&role.source.to_string());
            table.add_row([plain(name.as_str()), effect, role.value.to_string(), source]);
        }
        parts.push(render_section("Teams", &table, screen));
    }
    parts
}

fn render_creation(creation: &UserCreation, screen: Screen) -> Vec<String> {
    let mut fields =
        output::table(&["field", "value", "source"]).with_wrapping(&["value", "source"]);
    for PlannedField { name, value, source } in creation.fields() {
        fields.add_row([name, plain(&value), plain(&source.to_string())]);
    }
    let mut parts = vec![render_section("New user", &fields, screen)];
    if !creation.teams.is_empty() {
        let head = ["team", "", "team role", "source"];
        let mut table = output::table(&head).with_wrapping(&["team", "source"]);
        for TeamAssignment { name, existing, requested: _, role } in &creation.teams {
            let state = if existing.is_none() { "created" } else { "existed" };
            table.add_row([
                plain(name.as_str()),
                state.to_owned(),
                role.value.to_string(),
                plain(&role.source.to_string()),
            ]);
        }
        parts.push(render_section("Teams", &table, screen));
    }
    parts
}

/// The attributes that were received.
fn render_received(received: &[ReceivedAttribute], screen: Screen) -> Option<String> {
    if received.is_empty() {
        return None;
    }
    let mut table =
        output::table(&["attribute", "values", "value"]).with_wrapping(&["attribute", "value"]);
    for ReceivedAttribute { name, friendly_name, value_count, values, is_encrypted } in received {
        let friendly = friendly_name.as_deref().map(|name| format!(" ({})", plain(name)));
        let values = values.as_ref().map_or_else(|| "-".to_owned(), |values| join_values(values));
        let name = match is_encrypted {
            true => "(encrypted)".to_owned(),
            false => format!("{}{}", plain(name), friendly.unwrap_or_default()),
        };
        table.add_row([name, value_count.to_string(), values]);
    }
    Some(render_section("Received attributes", &table, screen))
}

fn join_values(values: &[String]) -> String {
    values.iter().map(|value| plain(value)).collect::<Vec<_>>().join(", ")
}

/// The checks that passed and those that were not run: their number, or each.
fn render_remaining_checks(attempt: &Attempt, verbose: bool, screen: Screen) -> String {
    let passed = attempt.checks.with_result(CheckResult::Passed).count();
    let skipped = attempt.checks.with_result(CheckResult::NotRun).count();
    let skipped = match skipped {
        0 => String::new(),
        count => format!(", {count} not run"),
    };
    let summary = format!("{} passed{skipped}", format_count(passed, "check"));
    if !verbose {
        return format!("{summary} (--verbose lists them)");
    }
    let head = ["check", "", "expected", "received"];
    let mut table = output::table(&head).with_wrapping(&["expected", "received"]);
    for Check { id, result, expected, actual } in attempt.checks.iter() {
        let mark = match result {
            CheckResult::Passed => "ok",
            CheckResult::Failed => continue,
            CheckResult::NotRun => "not run",
        };
        table.add_row([id.as_str().to_owned(), mark.to_owned(), plain(expected), plain(actual)]);
    }
    render_section(&summary, &table, screen)
}
