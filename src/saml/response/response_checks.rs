//! The checks of the response element, around the assertion. They run before any cryptography,
//! on the claims of the message. If the response is signed, the signed content has to make the
//! same claims.

use chrono::TimeDelta;

use super::{
    structure::{ClaimedResponse, Issuer, ResponseHeader},
    types::{Expectations, RequestState},
};
use crate::{
    domain::{
        Timestamp,
        check::{Check, CheckId, Checks},
    },
    saml::{
        names::{ENTITY_FORMAT, SUCCESS},
        time,
    },
};

/// How old a response may be, in minutes, skew aside.
const MAX_AGE_MINUTES: i64 = 5;

/// Runs every check of the response element, so that an administrator sees all errors at once.
pub(super) fn run_checks(
    claims: &ClaimedResponse,
    expectations: &Expectations<'_>,
    now: Timestamp,
    checks: &mut Checks,
) {
    let header = &claims.header;
    let is_signed = claims.is_response_signed();
    checks.record(check_version("response", header.version.as_deref()));
    checks.record(check_status(header));
    checks.record(match &header.issuer {
        None => Check::passed(
            CheckId::ResponseIssuer,
            format!("{} or none", expectations.idp_entity_id),
            "none",
        ),
        issuer => {
            check_issuer(CheckId::ResponseIssuer, issuer.as_ref(), expectations.idp_entity_id)
        }
    });
    checks.record(check_destination(header, expectations.acs_url, is_signed));
    checks.record(check_in_response_to(header, expectations));
    checks.record(check_issue_instant(
        "response",
        header.issue_instant.as_deref(),
        expectations,
        now,
    ));
}

/// Checks the version of the response or of the assertion (Core 2.3.3, 3.2.2).
pub(super) fn check_version(element: &str, version: Option<&str>) -> Check {
    let actual = format!("{} in the {element}", version.unwrap_or("none"));
    Check::from_condition(CheckId::ResponseVersion, version == Some("2.0"), "2.0", actual)
}

fn check_status(header: &ResponseHeader) -> Check {
    let status = &header.status;
    let holds = status.code.as_deref() == Some(SUCCESS);
    let parts =
        [("", &status.code), ("sub-code ", &status.sub_code), ("message ", &status.message)];
    let parts = parts.iter().filter_map(|(label, text)| Some(format!("{label}{}", text.as_ref()?)));
    let parts = parts.collect::<Vec<_>>().join("; ");
    let actual = if parts.is_empty() { "no status code".to_owned() } else { parts };
    Check::from_condition(CheckId::ResponseStatus, holds, SUCCESS, actual)
}

/// Checks that an issuer is this identity provider (Core 2.2.5, Profiles 4.1.4.2).
pub(super) fn check_issuer(id: CheckId, found: Option<&Issuer>, entity_id: &str) -> Check {
    let Some(issuer) = found else { return Check::failed(id, entity_id, "none") };
    match issuer.format.as_deref() {
        None | Some(ENTITY_FORMAT) => {
            Check::from_condition(id, issuer.entity_id == entity_id, entity_id, &issuer.entity_id)
        }
        Some(other) => Check::failed(id, entity_id, format!("a name of the format {other}")),
    }
}

fn check_destination(header: &ResponseHeader, acs_url: &str, is_signed: bool) -> Check {
    let holds = match header.destination.as_deref() {
        Some(destination) => destination == acs_url,
        // Bindings 3.5.5.2: a signed response names where it was sent.
        None => !is_signed,
    };
    let expected = if is_signed { acs_url.to_owned() } else { format!("{acs_url} or none") };
    let actual = header.destination.as_deref().unwrap_or("none");
    Check::from_condition(CheckId::ResponseDestination, holds, expected, actual)
}

fn check_in_response_to(header: &ResponseHeader, expectations: &Expectations<'_>) -> Check {
    let id = CheckId::ResponseInResponseTo;
    let found = header.in_response_to.as_deref();
    let actual = found.unwrap_or("none");
    match expectations.request {
        RequestState::Pending(request) => Check::from_condition(
            id,
            found == Some(request),
            format!("{request}, the pending request"),
            actual,
        ),
        RequestState::Unsolicited if expectations.policy.idp_initiated => Check::from_condition(
            id,
            found.is_none(),
            "a pending request of this browser, or none",
            actual,
        ),
        RequestState::Unsolicited => Check::failed(
            id,
            "a pending request of this browser; IdP-initiated login is off",
            actual,
        ),
        RequestState::NotLookedUp(_) => {
            let reason = "a preview has no browser and no pending request";
            Check::not_run(id, "a pending request of this browser", format!("{actual}: {reason}"))
        }
        RequestState::Unknown(reason) => {
            Check::failed(id, "a pending request of this browser", format!("{actual}: {reason}"))
        }
    }
}

/// The response or the assertion was issued within the last minutes.
pub(super) fn check_issue_instant(
    element: &str,
    found: Option<&str>,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Check {
    let skew = expectations.skew();
    let oldest = time::subtract_saturating(now, TimeDelta::minutes(MAX_AGE_MINUTES) + skew);
    let latest = time::add_saturating(now, skew);
    let holds =
        found.and_then(time::parse).is_some_and(|instant| oldest <= instant && instant <= latest);
    let expected = format!("between {} and {}", time::format(oldest), time::format(latest));
    let actual = format!("{} in the {element}", found.unwrap_or("none"));
    Check::from_condition(CheckId::ResponseIssueInstant, holds, expected, actual)
}
