//! The texts of the error page.
//!
//! Each text helps the person and reveals nothing to an attacker: no check, no
//! attribute, no value. The attempt records those, and an administrator finds it
//! by its reference. The page adds the reference and the contact of the account,
//! so the texts do not mention them.

use super::error_kind::ErrorPageKind;

/// The text of an error page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The page's heading.
    pub title: &'static str,
    /// What happened, in a sentence or two.
    pub happened: &'static str,
    /// What the person can do.
    pub advice: &'static str,
}

/// Returns the text for an error kind.
#[must_use]
pub fn explain(kind: ErrorPageKind) -> Explanation {
    let (title, happened, advice) = match kind {
        ErrorPageKind::NotProvisioned => (
            "You do not have access yet",
            "Your organization signed you in, but you have no user here yet, and one may not be \
             made for you without the consent of an account admin.",
            "Please reach out to an account admin and ask to be let in. Once they have done so, \
             sign in again.",
        ),
        ErrorPageKind::UserDisabled => (
            "Your access is switched off",
            "Your organization signed you in, but your user here is disabled.",
            "If you think that this should not be so, please reach out to an account admin.",
        ),
        ErrorPageKind::UserDeleted => (
            "Your access was taken away",
            "Your organization signed you in, but your user here was deleted.",
            "If you think that this should not be so, please reach out to an account admin.",
        ),
        ErrorPageKind::ConnectionDisabled => (
            "This way of signing in is switched off",
            "Signing in this way is not possible at the moment.",
            "Go back to the sign-in page and choose another way, if there is one. Otherwise \
             please reach out to an account admin.",
        ),
        ErrorPageKind::SubjectUnusable => (
            "We could not tell who you are",
            "Your organization signed you in, but did not say who you are in a form that can be \
             used here.",
            "Please reach out to an account admin: a setting has to be changed. Trying again \
             will not help before that.",
        ),
        ErrorPageKind::EmailUnusable => (
            "Your e-mail address is missing",
            "Your organization signed you in, but did not pass on an e-mail address that can be \
             used here.",
            "Please reach out to an account admin and ask them to see to it that your e-mail \
             address is passed on. Trying again will not help before that.",
        ),
        ErrorPageKind::IdentityConflict => (
            "We could not match you to a user",
            "Your organization signed you in, but what it calls you does not fit what is on \
             record here. This can happen when your sign-in was set up anew.",
            "Please reach out to an account admin with the reference below. They can unlink your \
             former identity; then sign in again.",
        ),
        ErrorPageKind::IdpRejected => (
            "Your organization did not sign you in",
            "The sign-in ended on your organization’s side. It may have been cancelled, or you \
             may not be allowed to use this application there.",
            "Try again. If that does not help, ask those who look after sign-in at your \
             organization.",
        ),
        ErrorPageKind::AlreadyUsed => (
            "This sign-in was already used",
            "A sign-in works once. This one came a second time, as it does when a page is \
             reloaded or the back button is pressed.",
            "Start again from the sign-in page.",
        ),
        ErrorPageKind::NotWaiting => (
            "This sign-in is no longer open",
            "A sign-in has to begin on our sign-in page, and to end within a few minutes, once, \
             and in the same browser. This one did not: it took too long, was used before, or \
             began elsewhere.",
            "Start again from the sign-in page. If it happens again, check that your browser \
             accepts cookies from this site.",
        ),
        ErrorPageKind::WrongTime => (
            "This sign-in came at the wrong time",
            "A sign-in is valid for a few minutes only, and this one came too late or too early.",
            "Start again from the sign-in page. If it happens again, tell an account admin: a \
             clock at your organization may be wrong.",
        ),
        ErrorPageKind::NotInOrder => (
            "This sign-in could not be accepted",
            "What came back from your organization is not in order, so you were not signed in.",
            "Start again from the sign-in page. If it happens again, please reach out to an \
             account admin, who can look up the reason.",
        ),
        ErrorPageKind::UnknownReference => (
            "We do not know this reference",
            "There is no sign-in on record with it. It may be mistyped, or too old.",
            "If you were signing in, start again from the sign-in page.",
        ),
        ErrorPageKind::NotFound => (
            "There is no page here",
            "The address may be mistyped, or the page may have moved.",
            "Check the address, or go to the sign-in page.",
        ),
        ErrorPageKind::MethodNotAllowed => (
            "This address does not work like that",
            "It was called in a way that it is not made for.",
            "If you were signing in, start again from the sign-in page.",
        ),
        ErrorPageKind::BadRequest => (
            "We could not read that",
            "Something is missing in what was sent, or is not what it should be.",
            "If you were signing in, start again from the sign-in page.",
        ),
        ErrorPageKind::Busy => (
            "Too much is going on at the moment",
            "What you asked for could not be done in time, and nothing of it was done. It was \
             not your error.",
            "Wait a few seconds and try again. If you were signing in, start again from the \
             sign-in page.",
        ),
        ErrorPageKind::Unavailable => (
            "Signing in is not possible at the moment",
            "A part of our service is unreachable. It was not your fault.",
            "Wait a minute and try again. If you were signing in, start again from the sign-in \
             page.",
        ),
        ErrorPageKind::Internal => (
            "Something went wrong on our side",
            "We could not do what you asked for. It was not your fault.",
            "Try again in a few minutes. If it happens again, please reach out to an account \
             admin.",
        ),
    };
    Explanation { title, happened, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_page_has_a_title_a_cause_and_a_remedy() {
        let mut titles = std::collections::HashSet::new();
        for kind in ErrorPageKind::ALL {
            let Explanation { title, happened, advice } = explain(kind);
            assert!(titles.insert(title), "{kind:?} has another's title");
            assert!((10..=60).contains(&title.len()), "{kind:?}: {title}");
            assert!(!title.ends_with('.'), "{kind:?}: {title}");
            for sentences in [happened, advice] {
                assert!((20..=300).contains(&sentences.len()), "{kind:?}: {sentences}");
                assert!(sentences.ends_with('.'), "{kind:?}: {sentences}");
                assert!(!sentences.contains("  "), "{kind:?}: {sentences}");
            }
        }
    }

    #[test]
    fn guard_error_page_asks_to_contact_an_account_admin() {
        let text = explain(ErrorPageKind::NotProvisioned);
        assert!(text.advice.contains("reach out to an account admin"));
    }

    #[test]
    fn errors_that_an_administrator_resolves_name_one() {
        for kind in ErrorPageKind::ALL {
            let text = explain(kind);
            if !kind.retry_helps() {
                assert!(text.advice.contains("reach out to an account admin"), "{kind:?}");
            }
        }
    }

    #[test]
    fn no_error_page_names_a_check() {
        let words = [
            "attribute",
            "signature",
            "signed by",
            "certificate",
            "audience",
            "issuer",
            "recipient",
            "assertion",
            "saml",
            "xml",
            "replay",
            "database",
            "inresponseto",
            "guard",
        ];
        for kind in ErrorPageKind::ALL {
            let Explanation { title, happened, advice } = explain(kind);
            let text = format!("{title} {happened} {advice}").to_lowercase();
            for word in words {
                assert!(!text.contains(word), "{kind:?} speaks of {word}");
            }
        }
    }
}
