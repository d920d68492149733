mod properties;

use std::ops::Bound::{Excluded, Included, Unbounded};

use super::*;
use crate::domain::{
    filter::{Attribute, Filter, resolve, sample::Sample},
    list_rules::ListRules,
    lists::{Listing, SortOrder},
};

impl ListAttribute for Sample {
    const SUPPORTS_UNIONS: bool = true;

    fn rules(self) -> ListRules {
        ListRules {
            value_type: self.value_type(),
            is_sortable: matches!(
                self,
                Self::Id | Self::Email | Self::LastName | Self::Status | Self::CreatedAt
            ),
            is_indexed: !matches!(self, Self::Position | Self::LastLoginAt),
            is_unique: matches!(self, Self::Id | Self::Email),
            has_value_index: false,
        }
    }
}

const ID: &str = "019a0000-0000-7000-8000-000000000001";

/// The condition that a text says.
fn resolved(text: &str) -> Condition<Sample> {
    let filter: Filter = text.parse().unwrap_or_else(|error| panic!("{text} {error}"));
    resolve(&filter).unwrap_or_else(|error| panic!("{text} {error:?}"))
}

fn key(text: &str) -> Key {
    Key::Text(text.to_owned())
}

fn day_text(day: u32) -> String {
    format!("2026-11-{day:02}T00:00:00Z")
}

fn day(day: u32) -> SortKey {
    SortKey::Moment(moment(day))
}

fn moment(day: u32) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(&day_text(day)).expect("a moment").to_utc()
}

fn range(from: Bound<SortKey>, to: Bound<SortKey>) -> AccessPath<Sample> {
    AccessPath::Range(Sample::CreatedAt, KeyRange { from, to })
}

#[test]
fn unsorted_list_uses_the_most_selective_index() {
    use Sample::{Active, Connection, Email, ExternalId, Id, LastName, Status};
    let id = Uuid::try_parse(ID).expect("an id");
    let ada = || AccessPath::Equal(LastName, key("ada"));
    for (filter, path) in [
        // One condition.
        ("email eq \"A\"", AccessPath::Unique(Email, key("a"))),
        (&format!("id eq \"{ID}\""), AccessPath::Unique(Id, Key::Id(id))),
        ("name.familyName eq \"Ada\"", ada()),
        ("externalId eq \"A\"", AccessPath::Equal(ExternalId, key("A"))),
        (&format!("connection.id eq \"{ID}\""), AccessPath::Equal(Connection, Key::Id(id))),
        ("status eq \"staged\"", AccessPath::Equal(Status, Key::Name("STAGED"))),
        ("active eq false", AccessPath::Equal(Active, Key::Bool(false))),
        ("email sw \"A\"", AccessPath::Prefix(Email, "a".into())),
        (
            &format!("createdAt eq \"{}\"", day_text(1)),
            AccessPath::Equal(Sample::CreatedAt, Key::Moment(moment(1))),
        ),
        (&format!("createdAt gt \"{}\"", day_text(1)), range(Excluded(day(1)), Unbounded)),
        (&format!("createdAt ge \"{}\"", day_text(1)), range(Included(day(1)), Unbounded)),
        (&format!("createdAt lt \"{}\"", day_text(1)), range(Unbounded, Excluded(day(1)))),
        (&format!("createdAt le \"{}\"", day_text(1)), range(Unbounded, Included(day(1)))),
        ("id eq \"x\"", AccessPath::Nothing),
        // Several that must hold.
        ("email co \"x\" and name.familyName eq \"Ada\"", ada()),
        ("position eq \"Lead\" and name.familyName eq \"Ada\"", ada()),
        ("email sw \"a\" and name.familyName eq \"Ada\"", ada()),
        ("name.familyName eq \"Ada\" and status eq \"STAGED\"", ada()),
        ("status eq \"STAGED\" and name.familyName eq \"Ada\"", ada()),
        ("active eq true and status eq \"STAGED\" and name.familyName eq \"Ada\"", ada()),
        ("active eq true and status eq \"STAGED\"", AccessPath::Equal(Status, Key::Name("STAGED"))),
        (
            &format!("status eq \"STAGED\" and connection.id eq \"{ID}\""),
            AccessPath::Equal(Connection, Key::Id(id)),
        ),
        (
            &format!("connection.id eq \"{ID}\" and name.familyName eq \"Ada\""),
            AccessPath::Equal(Connection, Key::Id(id)),
        ),
        (
            "status eq \"STAGED\" and name.familyName eq \"Ada\" and email eq \"a\"",
            AccessPath::Unique(Email, key("a")),
        ),
        ("email sw \"a\" and active eq true", AccessPath::Equal(Active, Key::Bool(true))),
        ("name.familyName eq \"Ada\" and email eq \"a\"", AccessPath::Unique(Email, key("a"))),
        ("active pr and (email pr and (name.familyName eq \"Ada\"))", ada()),
        ("(status eq \"STAGED\" or active eq true) and name.familyName eq \"Ada\"", ada()),
        ("email eq \"a\" and id eq \"x\"", AccessPath::Nothing),
        (
            &format!("createdAt gt \"{}\" and email sw \"a\"", day_text(1)),
            AccessPath::Prefix(Email, "a".into()),
        ),
    ] {
        assert_eq!(resolved(filter).access_path(None), Some(path), "{filter}");
    }
    for filter in [
        "email co \"a\"",
        "email ew \"a\"",
        "email sw \"\"",
        "email pr",
        "email eq null",
        "email ne \"a\"",
        "id ne \"x\"",
        "not (status eq \"STAGED\")",
        "position eq \"Lead\"",
        &format!("lastLoginAt gt \"{}\"", day_text(1)),
        // One of the alternatives has no index that can be searched for a value.
        "email eq \"a\" or email co \"b\"",
        "email eq \"a\" or name.familyName sw \"b\"",
        "email eq \"a\" or position eq \"Lead\"",
    ] {
        assert_eq!(resolved(filter).access_path(None), None, "{filter}");
    }
}

#[test]
fn alternatives_are_a_union_of_searches() {
    use Sample::{Email, LastName, Status};
    let ada = || (LastName, key("ada"));
    let email = |text: &str| (Email, key(text));
    for (filter, searches) in [
        ("email eq \"a\" or email eq \"b\"", vec![email("a"), email("b")]),
        ("email eq \"a\" or id eq \"x\"", vec![email("a")]),
        (
            "email eq \"a\" or (name.familyName eq \"Ada\" and email co \"x\")",
            vec![email("a"), ada()],
        ),
        (
            "(email eq \"a\" or (name.familyName eq \"Ada\" or email eq \"b\")) and email pr",
            vec![email("a"), ada(), email("b")],
        ),
        // The narrower of the two.
        (
            "status eq \"STAGED\" and (email eq \"a\" or name.familyName eq \"Ada\")",
            vec![email("a"), ada()],
        ),
        ("status eq \"STAGED\" or email eq \"a\"", vec![(Status, Key::Name("STAGED")), email("a")]),
    ] {
        let condition = resolved(filter);
        assert_eq!(condition.access_path(None), Some(AccessPath::AnyOf(searches)), "{filter}");
        assert_eq!(condition.access_path(Some(LastName)), None, "{filter}, sorted");
    }
    for (filter, path) in [
        (
            "name.familyName eq \"Ada\" and (email eq \"a\" or name.familyName eq \"B\")",
            AccessPath::Equal(LastName, key("ada")),
        ),
        ("id eq \"x\" or id eq \"y\"", AccessPath::Nothing),
    ] {
        assert_eq!(resolved(filter).access_path(None), Some(path), "{filter}");
    }
    let ids = |count: u128| (0..count).map(|n| Condition::Id(Sample::Id, Uuid::from_u128(n)));
    let most = Condition::Any(ids(100).collect()).access_path(None);
    assert!(matches!(most, Some(AccessPath::AnyOf(searches)) if searches.len() == 100));
    assert_eq!(Condition::Any(ids(101).collect()).access_path(None), None, "too many searches");
}

#[test]
fn sorted_list_uses_the_index_of_its_sort_attribute() {
    use Sample::{CreatedAt, Email, LastName, Status};
    let unique = || Some(AccessPath::Unique(Email, key("a")));
    let ada = || Some(AccessPath::Equal(LastName, key("b")));
    for (filter, sort, path) in [
        ("status eq \"STAGED\"", LastName, None),
        ("email sw \"a\"", LastName, None),
        ("email eq \"a\"", LastName, unique()),
        ("email eq \"a\"", Status, unique()),
        ("name.familyName eq \"B\"", LastName, ada()),
        (
            "status eq \"STAGED\" and email sw \"a\"",
            Email,
            Some(AccessPath::Prefix(Email, "a".into())),
        ),
        ("name.familyName pr", LastName, None),
        ("email co \"a\"", CreatedAt, None),
        (
            &format!("status eq \"STAGED\" and createdAt lt \"{}\"", day_text(2)),
            CreatedAt,
            Some(range(Unbounded, Excluded(day(2)))),
        ),
        ("id eq \"x\"", CreatedAt, Some(AccessPath::Nothing)),
        ("status eq \"STAGED\"", Status, Some(AccessPath::Equal(Status, Key::Name("STAGED")))),
    ] {
        assert_eq!(resolved(filter).access_path(Some(sort)), path, "{filter} by {sort:?}");
    }
}

#[test]
fn scan_range_is_the_intersection_of_all_required_conditions() {
    for (tests, from, to) in [
        (&[("gt", 1), ("lt", 9)][..], Excluded(day(1)), Excluded(day(9))),
        (&[("lt", 9), ("ge", 1), ("le", 7)], Included(day(1)), Included(day(7))),
        (&[("gt", 1), ("ge", 1)], Excluded(day(1)), Unbounded),
        (&[("ge", 1), ("gt", 1)], Excluded(day(1)), Unbounded),
        (&[("ge", 3), ("gt", 1)], Included(day(3)), Unbounded),
        (&[("le", 3), ("lt", 3)], Unbounded, Excluded(day(3))),
        (&[("lt", 3), ("le", 3)], Unbounded, Excluded(day(3))),
        (&[("lt", 5), ("le", 3)], Unbounded, Included(day(3))),
        (&[("gt", 9), ("lt", 1)], Excluded(day(9)), Excluded(day(1))),
    ] {
        let terms =
            tests.iter().map(|(test, day)| format!("createdAt {test} \"{}\"", day_text(*day)));
        let filter = terms.collect::<Vec<_>>().join(" and ") + " and email pr";
        assert_eq!(resolved(&filter).access_path(None), Some(range(from, to)), "{filter}");
    }
    let text = |text: &str| SortKey::Text(text.to_owned());
    let names = KeyRange { from: Included(text("k")), to: Excluded(text("m")) };
    let filter = "name.familyName ge \"K\" and name.familyName lt \"M\" and email gt \"x\"";
    let path = Some(AccessPath::Range(Sample::LastName, names));
    assert_eq!(resolved(filter).access_path(None), path);
}

#[test]
fn order_follows_the_scanned_index() {
    for (filter, sort, order) in [
        ("email sw \"a\"", None, Some(Sample::Email)),
        ("email gt \"a\"", None, Some(Sample::Email)),
        ("active eq true", Some(Sample::Status), Some(Sample::Status)),
        ("status eq \"STAGED\"", Some(Sample::Status), None),
        ("email eq \"a\"", Some(Sample::Status), None),
        ("status eq \"STAGED\"", Some(Sample::Id), None),
        ("email sw \"a\"", Some(Sample::Id), None),
        ("email co \"a\"", None, None),
        ("email co \"a\"", Some(Sample::Id), None),
        ("id eq \"x\"", None, None),
    ] {
        let condition = Some(resolved(filter));
        let listing = Listing {
            condition,
            sort,
            order: SortOrder::Ascending,
            after: None,
            count: 1,
            with_total: false,
        };
        assert_eq!(listing.order_key(), order, "{filter} by {sort:?}");
    }
}
