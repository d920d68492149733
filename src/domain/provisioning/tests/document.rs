//! `docs/provisioning.md` tells administrators all of this: no code may be
//! missing there.

use super::*;
use crate::domain::{mapping_target::ListTarget, provisioning::FallbackReason};

const DOCUMENT: &str = include_str!("../../../../docs/provisioning.md");

/// Each reason. A new one does not compile until the match has it.
fn reasons() -> Vec<FallbackReason> {
    use FallbackReason as R;
    let next = |reason: &R| match reason {
        R::TooLong => Some(R::ControlCharacter),
        R::ControlCharacter => Some(R::InvisibleCharacter),
        R::InvisibleCharacter => Some(R::DisallowedCharacter),
        R::DisallowedCharacter => Some(R::UnknownRole),
        R::UnknownRole => Some(R::UnknownRegion),
        R::UnknownRegion => Some(R::NoRegion),
        R::NoRegion => Some(R::InvalidNumber),
        R::InvalidNumber => Some(R::InvalidUrl),
        R::InvalidUrl => Some(R::InvalidEmail),
        R::InvalidEmail => Some(R::InvalidCertificate),
        R::InvalidCertificate => Some(R::AlreadyUsed),
        R::AlreadyUsed => Some(R::InvalidLanguage),
        R::InvalidLanguage => Some(R::InvalidTimeZone),
        R::InvalidTimeZone => Some(R::SeveralValues),
        R::SeveralValues => Some(R::RepeatedTeam),
        R::RepeatedTeam => Some(R::TeamRoleCount),
        R::TeamRoleCount => Some(R::LowerThanAccountRole(AccountRole::Admin)),
        R::LowerThanAccountRole(_) => Some(R::TooManyValues),
        R::TooManyValues => Some(R::NotInTable),
        R::NotInTable => Some(R::AboveHighestRole),
        R::AboveHighestRole => Some(R::Locked),
        R::Locked => Some(R::LastAdministrator),
        R::LastAdministrator => Some(R::InvalidValue("must be a text".into())),
        R::InvalidValue(_) => Some(R::ReadOnly),
        R::ReadOnly => Some(R::Immutable),
        R::Immutable => Some(R::TooManyBytes),
        R::TooManyBytes => Some(R::NotDefined),
        R::NotDefined => None,
    };
    std::iter::successors(Some(R::TooLong), next).collect()
}

/// Each denial. A new one does not compile until the match has it.
fn denials() -> Vec<Denial> {
    let guard = || Denial::GuardAttributeMissing { attribute: "role".to_owned() };
    let next = |denial: &Denial| match denial {
        Denial::ConnectionDisabled => Some(Denial::UserDisabled(user_id(1))),
        Denial::UserDisabled(_) => Some(Denial::UserDeleted(user_id(1))),
        Denial::UserDeleted(_) => Some(Denial::SubjectUnusable),
        Denial::SubjectUnusable => Some(Denial::EmailUnusable),
        Denial::EmailUnusable => Some(Denial::IdentityConflict(user_id(1))),
        Denial::IdentityConflict(_) => Some(guard()),
        Denial::GuardAttributeMissing { .. } => None,
    };
    std::iter::successors(Some(Denial::ConnectionDisabled), next).collect()
}

/// The rows of the document's tables that begin with this code.
fn rows(code: &str) -> usize {
    DOCUMENT.lines().filter(|line| line.starts_with(&format!("| `{code}` |"))).count()
}

/// What stands under a heading of the second level.
fn section(heading: &str) -> &'static str {
    let mut sections = DOCUMENT.split("\n## ");
    sections.find(|section| section.starts_with(&format!("{heading}\n"))).unwrap()
}

#[test]
fn each_reason_of_a_fallback_has_a_row_in_the_document() {
    for reason in reasons() {
        assert_eq!(rows(reason.code()), 1, "{}", reason.code());
    }
}

#[test]
fn each_denial_has_a_row_in_the_document() {
    for denial in denials() {
        assert_eq!(rows(denial.code()), 1, "{}", denial.code());
    }
}

#[test]
fn each_source_has_a_row_in_the_document() {
    let section = section("Where a value came from");
    for code in ValueSource::CODES {
        let row = format!("| `{code}` |");
        let rows = section.lines().filter(|line| line.starts_with(&row));
        assert_eq!(rows.count(), 1, "{row}");
    }
}

#[test]
fn each_field_has_a_row_in_the_document() {
    let fields = MappingTarget::iter().filter(|target| matches!(target, MappingTarget::Field(_)));
    for target in ListTarget::iter() {
        let name = MappingTarget::from(target.whole());
        assert!(section("Attributes").contains(&format!("`{name}`")), "{name}");
    }
    for field in fields {
        let row = format!("| `{field}` |");
        let rows = section("Attributes").lines().filter(|line| line.starts_with(&row)).count();
        assert_eq!(rows, 1, "{field}");
    }
}

#[test]
fn documented_role_pairs_match_the_rule() {
    for account in AccountRole::ALL {
        let cells = TeamRole::ALL.map(|team| team.raised_to(account).as_str()).join(" | ");
        let row = format!("| **{account}** | {cells} |");
        assert!(DOCUMENT.lines().any(|line| line == row), "missing: {row}");
    }
}

#[test]
fn codes_are_upper_case_words_and_unique() {
    let reasons = reasons();
    let denials = denials();
    let codes = reasons.iter().map(FallbackReason::code).chain(denials.iter().map(Denial::code));
    let mut seen = std::collections::HashSet::new();
    for code in codes {
        assert!(code.chars().all(|char| char.is_ascii_uppercase() || char == '_'), "{code}");
        assert!(seen.insert(code), "{code} stands for two things");
    }
}

#[test]
fn every_fallback_and_denial_has_a_description() {
    for reason in reasons() {
        let sentence = reason.to_string();
        assert!(sentence.contains(' ') && !sentence.contains('_'), "{sentence}");
    }
    let role = FallbackReason::LowerThanAccountRole(AccountRole::Admin).to_string();
    assert_eq!(role, "is lower than the account role ADMIN");
    for denial in denials() {
        let sentence = denial.to_string();
        assert!(sentence.contains(' ') && !sentence.contains("  "), "{sentence}");
    }
    let guard = Denial::GuardAttributeMissing { attribute: "role".to_owned() }.to_string();
    assert!(guard.contains("the attribute role"), "{guard}");
}
