//! The checks that a login makes with the database.

use crate::domain::{
    attributes::Attributes,
    check::{Check, CheckId},
    connection::Connection,
    provisioning::{self, Decision, LoginInput, Subject},
};

/// Returns the check that the assertion was not used before.
pub(in crate::app) fn replay_check(fresh: bool) -> Check {
    let actual = if fresh { "not seen before" } else { "seen before" };
    let expected = "an assertion that was not used before";
    Check::from_condition(CheckId::Replay, fresh, expected, actual)
}

/// Returns a failed check if the decision depends on an attribute that may be one of
/// the encrypted ones.
pub(in crate::app) fn check_needs_are_clear(
    connection: &Connection,
    subject: &Subject,
    attributes: &Attributes,
    decision: &Decision,
) -> Option<Check> {
    let login = LoginInput::new(connection, subject, attributes);
    let need = provisioning::find_encrypted_need(&login, decision)?;
    let expected = format!("{need}, in an assertion that is plain or encrypted as a whole");
    let actual = format!(
        "{} of EncryptedAttribute, which is not supported: turn off the encryption of single \
         attributes at the identity provider, and encrypt the whole assertion if it has to be \
         confidential",
        attributes.encrypted_count()
    );
    Some(Check::failed(CheckId::AssertionDecryption, expected, actual))
}
