//! Each check by its name: a single defect in a signed message fails this check
//! and no other.

mod assertion;
mod response;

use super::kit::{IDP_KEY, Message, Sign, failed, verify};
use crate::domain::check::CheckId;

/// A defect: its name, what is changed from what to what, what is signed, and
/// the checks that fail.
type FieldError = (&'static str, String, String, Sign, &'static [CheckId]);

fn assert_defects_fail(defects: Vec<FieldError>) {
    for (name, from, to, what, expected) in defects {
        let message = Message::new().with(&from, &to).signed(what, &IDP_KEY);
        let verdict = verify(&message);
        assert_eq!(failed(&verdict), expected, "{name}: {:#?}", verdict.checks);
    }
}

fn defect(
    name: &'static str,
    from: impl Into<String>,
    to: impl Into<String>,
    what: Sign,
    expected: &'static [CheckId],
) -> FieldError {
    (name, from.into(), to.into(), what, expected)
}
