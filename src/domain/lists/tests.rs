use super::{
    AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute, ImportAttribute,
    KeyAttribute, ListAttribute, MemberAttribute, ScimClientAttribute, TeamAttribute,
    UserAttribute, imports::STATES,
};
use crate::domain::{filter::ValueType, import::JobState};

#[test]
fn import_that_is_being_received_is_on_no_list() {
    let listed = JobState::ALL.into_iter().filter(|state| *state != JobState::Receiving);
    assert_eq!(STATES, listed.map(JobState::as_str).collect::<Vec<_>>());
}

fn assert_attributes<A: ListAttribute>() {
    let all = A::attributes();
    for (place, attribute) in all.iter().enumerate() {
        let name = attribute.name();
        let again = all[..place].iter().any(|other| other.name().eq_ignore_ascii_case(name));
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
