use super::{
    AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute, ImportAttribute,
    KeyAttribute, ListAttribute, MemberAttribute, ScimClientAttribute, TeamAttribute,
    UserAttribute,
    attempts_audit::OUTCOMES,
    connections_keys::DIALECTS,
    imports::STATES,
    members::TEAM_ROLES,
    users::{ORIGINS, ROLES, STATUSES},
};
use crate::domain::{
    api_key::Dialect,
    attempt::AttemptOutcome,
    filter::ValueType,
    import::JobState,
    role::{AccountRole, TeamRole},
    user::{Origin, UserStatus},
};

#[test]
fn values_of_an_enum_attribute_are_those_of_its_type() {
    assert_eq!(STATUSES, UserStatus::ALL.map(UserStatus::as_str));
    assert_eq!(ROLES, AccountRole::ALL.map(AccountRole::as_str));
    assert_eq!(TEAM_ROLES, TeamRole::ALL.map(TeamRole::as_str));
    assert_eq!(ORIGINS, Origin::ALL.map(Origin::as_str));
    assert_eq!(DIALECTS, Dialect::ALL.map(Dialect::as_str));
    let listed = JobState::ALL.into_iter().filter(|state| *state != JobState::Receiving);
    assert_eq!(STATES, listed.map(JobState::as_str).collect::<Vec<_>>());
    assert_eq!(OUTCOMES, AttemptOutcome::ALL.map(AttemptOutcome::as_str));
}

fn assert_attributes<A: ListAttribute>() {
    for (place, attribute) in A::ALL.iter().enumerate() {
        let name = attribute.name();
        let again = A::ALL[..place].iter().any(|other| other.name().eq_ignore_ascii_case(name));
        assert!(!again, "{} has {name} twice", A::RESOURCE);
        assert_eq!(
            A::find(&crate::domain::filter::Path {
                schema: None,
                name: name.split('.').next().unwrap().into(),
                sub: name.split_once('.').map(|(_, sub)| sub.into()),
            }),
            Ok(*attribute)
        );
        if attribute.is_sortable() {
            assert!(attribute.is_indexed() || attribute.is_unique(), "{name} can't be walked");
            assert_ne!(attribute.value_type(), ValueType::Bool, "{name} has no order");
        }
    }
}

#[test]
fn every_attribute_is_found_by_name_and_sortable_ones_have_an_index() {
    assert_attributes::<UserAttribute>();
    assert_attributes::<DeletedUserAttribute>();
    assert_attributes::<TeamAttribute>();
    assert_attributes::<MemberAttribute>();
    assert_attributes::<AttemptAttribute>();
    assert_attributes::<AuditAttribute>();
    assert_attributes::<ConnectionAttribute>();
    assert_attributes::<KeyAttribute>();
    assert_attributes::<ScimClientAttribute>();
    assert_attributes::<ImportAttribute>();
}
