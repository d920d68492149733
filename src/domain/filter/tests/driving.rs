//! Which index each list walks.

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use uuid::Uuid;

use super::*;
use crate::domain::listing::SortKey;

const ID: &str = "019a0000-0000-7000-8000-000000000001";

fn key(text: &str) -> Key {
    Key::Text(text.to_owned())
}

fn at(day: u32) -> String {
    format!("2026-11-{day:02}T00:00:00Z")
}

fn day(day: u32) -> SortKey {
    SortKey::Moment(moment(&at(day)))
}

fn range(from: Bound<SortKey>, to: Bound<SortKey>) -> Driver<Sample> {
    Driver::Range(Sample::CreatedAt, Span { from, to })
}

#[test]
fn an_unsorted_list_walks_the_index_that_leaves_least() {
    use Sample::{Active, Connection, Email, ExternalId, Id, LastName, Status};
    let id = Uuid::try_parse(ID).expect("an id");
    let ada = || Driver::Equal(LastName, key("ada"));
    for (filter, driver) in [
        // One condition.
        ("email eq \"A\"", Driver::Unique(Email, key("a"))),
        (&format!("id eq \"{ID}\""), Driver::Unique(Id, Key::Id(id))),
        ("name.familyName eq \"Ada\"", ada()),
        ("externalId eq \"A\"", Driver::Equal(ExternalId, key("A"))),
        (&format!("connection.id eq \"{ID}\""), Driver::Equal(Connection, Key::Id(id))),
        ("status eq \"staged\"", Driver::Equal(Status, Key::Name("STAGED"))),
        ("active eq false", Driver::Equal(Active, Key::Bool(false))),
        ("email sw \"A\"", Driver::Prefix(Email, "a".into())),
        (
            &format!("createdAt eq \"{}\"", at(1)),
            Driver::Equal(Sample::CreatedAt, Key::Moment(moment(&at(1)))),
        ),
        (&format!("createdAt gt \"{}\"", at(1)), range(Excluded(day(1)), Unbounded)),
        (&format!("createdAt ge \"{}\"", at(1)), range(Included(day(1)), Unbounded)),
        (&format!("createdAt lt \"{}\"", at(1)), range(Unbounded, Excluded(day(1)))),
        (&format!("createdAt le \"{}\"", at(1)), range(Unbounded, Included(day(1)))),
        ("id eq \"x\"", Driver::Nothing),
        // What no index answers.
        ("email co \"a\"", Driver::Id),
        ("email ew \"a\"", Driver::Id),
        ("email sw \"\"", Driver::Id),
        ("email pr", Driver::Id),
        ("email eq null", Driver::Id),
        ("email ne \"a\"", Driver::Id),
        ("id ne \"x\"", Driver::Id),
        ("not (status eq \"STAGED\")", Driver::Id),
        ("position eq \"Lead\"", Driver::Id),
        (&format!("lastLoginAt gt \"{}\"", at(1)), Driver::Id),
        ("email eq \"a\" or email eq \"b\"", Driver::Id),
        // Several that must hold.
        ("email co \"x\" and name.familyName eq \"Ada\"", ada()),
        ("position eq \"Lead\" and name.familyName eq \"Ada\"", ada()),
        ("email sw \"a\" and name.familyName eq \"Ada\"", ada()),
        ("name.familyName eq \"Ada\" and status eq \"STAGED\"", ada()),
        ("status eq \"STAGED\" and name.familyName eq \"Ada\"", ada()),
        ("active eq true and status eq \"STAGED\" and name.familyName eq \"Ada\"", ada()),
        ("active eq true and status eq \"STAGED\"", Driver::Equal(Status, Key::Name("STAGED"))),
        (
            &format!("status eq \"STAGED\" and connection.id eq \"{ID}\""),
            Driver::Equal(Connection, Key::Id(id)),
        ),
        (
            &format!("connection.id eq \"{ID}\" and name.familyName eq \"Ada\""),
            Driver::Equal(Connection, Key::Id(id)),
        ),
        (
            "status eq \"STAGED\" and name.familyName eq \"Ada\" and email eq \"a\"",
            Driver::Unique(Email, key("a")),
        ),
        ("email sw \"a\" and active eq true", Driver::Equal(Active, Key::Bool(true))),
        ("name.familyName eq \"Ada\" and email eq \"a\"", Driver::Unique(Email, key("a"))),
        ("active pr and (email pr and (name.familyName eq \"Ada\"))", ada()),
        ("(status eq \"STAGED\" or active eq true) and name.familyName eq \"Ada\"", ada()),
        ("email eq \"a\" and id eq \"x\"", Driver::Nothing),
        (
            &format!("createdAt gt \"{}\" and email sw \"a\"", at(1)),
            Driver::Prefix(Email, "a".into()),
        ),
    ] {
        assert_eq!(resolved(filter).driver(None), driver, "{filter}");
    }
}

#[test]
fn a_sorted_list_walks_the_index_of_its_order() {
    use Sample::{CreatedAt, Email, Id, LastName, Status};
    let unique = || Driver::Unique(Email, key("a"));
    for (filter, sort, driver) in [
        ("status eq \"STAGED\"", LastName, Driver::Sorted(LastName)),
        ("email sw \"a\"", LastName, Driver::Sorted(LastName)),
        ("email eq \"a\"", LastName, unique()),
        ("email eq \"a\"", Id, unique()),
        ("name.familyName eq \"B\"", LastName, Driver::Equal(LastName, key("b"))),
        ("status eq \"STAGED\" and email sw \"a\"", Email, Driver::Prefix(Email, "a".into())),
        ("name.familyName pr", LastName, Driver::Sorted(LastName)),
        ("email co \"a\"", CreatedAt, Driver::Sorted(CreatedAt)),
        (
            &format!("status eq \"STAGED\" and createdAt lt \"{}\"", at(2)),
            CreatedAt,
            range(Unbounded, Excluded(day(2))),
        ),
        ("id eq \"x\"", CreatedAt, Driver::Nothing),
        (
            &format!("status eq \"STAGED\" and connection.id eq \"{ID}\""),
            Id,
            Driver::Equal(Sample::Connection, Key::Id(Uuid::try_parse(ID).expect("an id"))),
        ),
        // The rows of one value come by their id.
        ("status eq \"STAGED\"", Id, Driver::Equal(Status, Key::Name("STAGED"))),
        ("email sw \"a\"", Id, Driver::Id),
        ("email co \"a\"", Id, Driver::Id),
    ] {
        assert_eq!(resolved(filter).driver(Some(sort)), driver, "{filter} by {sort:?}");
    }
}

#[test]
fn a_range_is_as_narrow_as_all_that_must_hold() {
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
        let terms = tests.iter().map(|(test, day)| format!("createdAt {test} \"{}\"", at(*day)));
        let filter = terms.collect::<Vec<_>>().join(" and ") + " and email pr";
        assert_eq!(resolved(&filter).driver(None), range(from, to), "{filter}");
    }
    let text = |text: &str| SortKey::Text(text.to_owned());
    let names = Span { from: Included(text("k")), to: Excluded(text("m")) };
    let filter = "name.familyName ge \"K\" and name.familyName lt \"M\" and email gt \"x\"";
    assert_eq!(resolved(filter).driver(None), Driver::Range(Sample::LastName, names));
}

#[test]
fn the_order_is_by_the_attribute_where_its_index_is_walked_along() {
    for (filter, sort, order) in [
        ("email sw \"a\"", None, Some(Sample::Email)),
        ("email gt \"a\"", None, Some(Sample::Email)),
        ("active eq true", Some(Sample::Status), Some(Sample::Status)),
        ("status eq \"STAGED\"", Some(Sample::Status), None),
        ("email eq \"a\"", Some(Sample::Status), None),
        ("email co \"a\"", None, None),
        ("email co \"a\"", Some(Sample::Id), None),
        ("id eq \"x\"", None, None),
    ] {
        assert_eq!(resolved(filter).driver(sort).order(), order, "{filter} by {sort:?}");
    }
}
