//! The checks of the response itself, around the assertion. They are made
//! before any cryptography, on what the message claims; when the response is
//! signed, the same claims are found again in what was signed.

use chrono::TimeDelta;

use super::{
    checks::{self, Checks},
    gate::{Envelope, Facts, Issuer, Signed},
    names::{ENTITY_FORMAT, SUCCESS},
    response::{Expectations, RequestState},
    time,
};
use crate::domain::{Timestamp, check::Check};

/// How old a response may be, in minutes, skew aside.
const MAX_AGE_MINUTES: i64 = 5;

/// Makes every check of the envelope, so that an administrator sees all that
/// is wrong at once.
pub(super) fn judge(facts: &Facts, expected: &Expectations<'_>, now: Timestamp, to: &mut Checks) {
    let envelope = &facts.envelope;
    let signed = facts.signatures.iter().any(|signature| signature.on == Signed::Response);
    to.record(version("response", envelope.version.as_deref()));
    to.record(status(envelope));
    to.record(match &envelope.issuer {
        None => Check::passed(
            checks::RESPONSE_ISSUER,
            format!("{} or none", expected.idp_entity_id),
            "none",
        ),
        issuer => issuer_check(checks::RESPONSE_ISSUER, issuer.as_ref(), expected.idp_entity_id),
    });
    to.record(destination(envelope, expected.acs_url, signed));
    to.record(in_response_to(envelope, expected));
    to.record(issue_instant("response", envelope.issue_instant.as_deref(), expected, now));
}

/// The version of the response or of the assertion (Core 2.3.3, 3.2.2).
pub(super) fn version(of: &str, found: Option<&str>) -> Check {
    let got = format!("{} in the {of}", found.unwrap_or("none"));
    Check::of(checks::RESPONSE_VERSION, found == Some("2.0"), "2.0", got)
}

fn status(envelope: &Envelope) -> Check {
    let status = &envelope.status;
    let holds = status.code.as_deref() == Some(SUCCESS);
    let told = [("", &status.code), ("sub-code ", &status.sub_code), ("message ", &status.message)];
    let told = told.iter().filter_map(|(what, text)| Some(format!("{what}{}", text.as_ref()?)));
    let told = told.collect::<Vec<_>>().join("; ");
    let got = if told.is_empty() { "no status code".to_owned() } else { told };
    Check::of(checks::RESPONSE_STATUS, holds, SUCCESS, got)
}

/// An issuer is this identity provider (Core 2.2.5, Profiles 4.1.4.2).
pub(super) fn issuer_check(id: &'static str, found: Option<&Issuer>, entity_id: &str) -> Check {
    let Some(issuer) = found else { return Check::failed(id, entity_id, "none") };
    match issuer.format.as_deref() {
        None | Some(ENTITY_FORMAT) => {
            Check::of(id, issuer.entity_id == entity_id, entity_id, &issuer.entity_id)
        }
        Some(other) => Check::failed(id, entity_id, format!("a name of the format {other}")),
    }
}

fn destination(envelope: &Envelope, acs_url: &str, signed: bool) -> Check {
    let holds = match envelope.destination.as_deref() {
        Some(destination) => destination == acs_url,
        // Bindings 3.5.5.2: a signed response names where it was sent.
        None => !signed,
    };
    let wanted = if signed { acs_url.to_owned() } else { format!("{acs_url} or none") };
    let got = envelope.destination.as_deref().unwrap_or("none");
    Check::of(checks::RESPONSE_DESTINATION, holds, wanted, got)
}

fn in_response_to(envelope: &Envelope, expected: &Expectations<'_>) -> Check {
    let id = checks::RESPONSE_IN_RESPONSE_TO;
    let found = envelope.in_response_to.as_deref();
    let got = found.unwrap_or("none");
    match expected.request {
        RequestState::Pending(request) => {
            Check::of(id, found == Some(request), format!("{request}, the pending request"), got)
        }
        RequestState::NotAsked if expected.policy.idp_initiated => {
            Check::of(id, found.is_none(), "a pending request of this browser, or none", got)
        }
        RequestState::NotAsked => {
            Check::failed(id, "a pending request of this browser; IdP-initiated login is off", got)
        }
        RequestState::NotLookedUp(_) => {
            let why = "which browser has begun it can't be seen from here";
            Check::left_out(id, "a pending request of this browser", format!("{got}: {why}"))
        }
        RequestState::Unknown(why) => {
            Check::failed(id, "a pending request of this browser", format!("{got}: {why}"))
        }
    }
}

/// The response or the assertion was made just now.
pub(super) fn issue_instant(
    of: &str,
    found: Option<&str>,
    expected: &Expectations<'_>,
    now: Timestamp,
) -> Check {
    let skew = expected.skew();
    let oldest = time::before(now, TimeDelta::minutes(MAX_AGE_MINUTES) + skew);
    let latest = time::after(now, skew);
    let holds = found.and_then(time::parse).is_some_and(|at| oldest <= at && at <= latest);
    let wanted = format!("between {} and {}", time::format(oldest), time::format(latest));
    let got = format!("{} in the {of}", found.unwrap_or("none"));
    Check::of(checks::RESPONSE_ISSUE_INSTANT, holds, wanted, got)
}
