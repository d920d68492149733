use std::borrow::Cow;

use uuid::Uuid;

use super::*;
use crate::domain::{
    filter::{Condition, TextOperator, sample::Sample},
    lists::{AttemptAttribute, AuditAttribute, COUNT_RANGE, MAX_COUNT},
};

const MALFORMED_CURSOR: &str = "is not a cursor of this server. Start again without it.";

const FOREIGN_CURSOR: &str = "belongs to another filter or order. Start again without it.";

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn listing(query: &ListQuery) -> Listing<Sample> {
    parse(query, COUNT_RANGE).unwrap_or_else(|errors| panic!("{query:?}: {errors:?}"))
}

/// Each error as a field and its reason.
fn errors(query: &ListQuery) -> Vec<(&'static str, String)> {
    let errors = parse::<Sample>(query, COUNT_RANGE).expect_err("there is an error");
    let named = errors.into_iter().map(|error| match error.field {
        Cow::Borrowed(name) => (name, error.reason),
        Cow::Owned(name) => panic!("{name} is not a parameter of a list"),
    });
    named.collect()
}

fn position(key: Option<SortKey>) -> PagePosition {
    PagePosition { key, id: Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0001) }
}

fn moment() -> SortKey {
    SortKey::Moment(Timestamp::from_timestamp_micros(1_795_428_000_123_456).expect("a moment"))
}

#[test]
fn missing_parameters_have_defaults() {
    let listing = listing(&ListQuery::default());
    let expected = Listing {
        condition: None,
        sort: None,
        order: SortOrder::Ascending,
        after: None,
        count: DEFAULT_COUNT,
        with_total: false,
    };
    assert_eq!(listing, expected);
    let few = parse::<Sample>(&ListQuery::default(), 0..=10).expect("a listing");
    assert_eq!(few.count, 10, "never more than the maximum");
}

#[test]
fn list_by_time_is_newest_first() {
    let request = |order: Option<&str>| ListQuery {
        sort_order: order.map(str::to_owned),
        ..ListQuery::default()
    };
    for (order, expected) in [
        (None, SortOrder::Descending),
        (Some("descending"), SortOrder::Descending),
        (Some("ascending"), SortOrder::Ascending),
    ] {
        let attempts = parse::<AttemptAttribute>(&request(order), COUNT_RANGE).expect("a listing");
        let audit = parse::<AuditAttribute>(&request(order), COUNT_RANGE).expect("a listing");
        assert_eq!((attempts.order, audit.order), (expected, expected), "{order:?}");
    }
    // A cursor of the default order is also valid if the order is explicit.
    let cursor = encode_cursor::<AuditAttribute>(&request(None), &position(Some(moment())));
    let is_accepted = |order| {
        let next = ListQuery { cursor: Some(cursor.clone()), ..request(order) };
        parse::<AuditAttribute>(&next, COUNT_RANGE).is_ok()
    };
    assert_eq!([None, Some("descending"), Some("ascending")].map(is_accepted), [true, true, false]);
}

#[test]
fn all_parameters_are_parsed() {
    let query = ListQuery {
        filter: text("email sw \"A\""),
        sort_by: text("createdAt"),
        sort_order: text("descending"),
        count: text("1000"),
        cursor: None,
        total: Some(true),
        errors: Vec::new(),
        definitions: Vec::new(),
    };
    let expected = Listing {
        condition: Some(Condition::Text(Sample::Email, TextOperator::Sw, "a".to_owned())),
        sort: Some(Sample::CreatedAt),
        order: SortOrder::Descending,
        after: None,
        count: MAX_COUNT,
        with_total: true,
    };
    assert_eq!(listing(&query), expected);
}

#[test]
fn sort_order_is_allowed_without_sort_by() {
    let query = ListQuery { sort_order: text("descending"), ..ListQuery::default() };
    assert_eq!(listing(&query).order, SortOrder::Descending);
}

#[test]
fn all_errors_are_reported_with_their_parameter() {
    let query = ListQuery {
        filter: text("email"),
        sort_by: text("stauts"),
        sort_order: text("up"),
        count: text("0"),
        cursor: text("x"),
        total: None,
        errors: vec![FieldError::new("page", "2", "must be left out")],
        definitions: Vec::new(),
    };
    let end = "can't be read at character 6: found the end, \
               expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
    let sort = "can't be sorted by (did you mean \"status\"?). \
                Use one of id, email, name.familyName, status, createdAt";
    let expected = [
        ("page", "must be left out"),
        ("filter", end),
        ("sortBy", sort),
        ("sortOrder", "must be one of ASCENDING, DESCENDING"),
        ("count", "must be a whole number from 1 to 1000"),
        ("cursor", "is not a cursor of this server. Start again without it."),
    ];
    assert_eq!(errors(&query), expected.map(|(field, reason)| (field, reason.to_owned())));
    let query = ListQuery { count: text("many"), cursor: text("x"), ..ListQuery::default() };
    let fields: Vec<_> = errors(&query).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["count", "cursor"]);
}

#[test]
fn a_count_is_a_whole_number_within_its_bounds() {
    for count in ["1", "100", "1000"] {
        let query = ListQuery { count: text(count), ..ListQuery::default() };
        assert_eq!(listing(&query).count.to_string(), count);
    }
    for count in ["0", "1001", "-1", "1.5", "", " 5", "1e2", "99999999999999999999", "ten"] {
        let query = ListQuery { count: text(count), ..ListQuery::default() };
        assert_eq!(errors(&query).len(), 1, "{count:?}");
    }
    let none = ListQuery { count: text("0"), ..ListQuery::default() };
    assert_eq!(parse::<Sample>(&none, 0..=10).expect("may be none").count, 0);
}

#[test]
fn unsortable_attribute_is_rejected_with_alternatives() {
    for sort in ["position", "nickname", "", "name"] {
        let query = ListQuery { sort_by: text(sort), ..ListQuery::default() };
        let [(field, reason)] = &errors(&query)[..] else { panic!("{sort}") };
        assert_eq!(*field, "sortBy");
        assert!(reason.ends_with("Use one of id, email, name.familyName, status, createdAt"));
    }
}

#[test]
fn cursor_round_trips_its_position() {
    for (filter, sort, key) in [
        (None, None, None),
        (None, Some("id"), None),
        (None, Some("email"), Some(SortKey::Text("ada \"é\" 😀".to_owned()))),
        (None, Some("email"), Some(SortKey::Text(String::new()))),
        (None, Some("name.familyName"), None),
        (None, Some("status"), Some(SortKey::Text("STAGED".to_owned()))),
        (None, Some("createdAt"), Some(moment())),
        (Some("email sw \"a\""), None, Some(SortKey::Text("ada".to_owned()))),
        (Some("email co \"a\""), None, None),
    ] {
        let query = ListQuery {
            filter: filter.map(str::to_owned),
            sort_by: sort.map(str::to_owned),
            ..ListQuery::default()
        };
        let position = position(key);
        let cursor = encode_cursor::<Sample>(&query, &position);
        assert!(cursor.chars().all(|char| char.is_ascii_alphanumeric() || "-_".contains(char)));
        let next = ListQuery { cursor: Some(cursor), ..query };
        assert_eq!(listing(&next).after, Some(position), "{next:?}");
    }
}

#[test]
fn cursor_is_valid_for_another_spelling_of_its_query() {
    let query = |filter: &str, sort: &str, order: Option<&str>| ListQuery {
        filter: text(filter),
        sort_by: text(sort),
        sort_order: order.map(str::to_owned),
        ..ListQuery::default()
    };
    let first = query("active eq true and status pr", "email", None);
    let key = Some(SortKey::Text("a".to_owned()));
    let cursor = encode_cursor::<Sample>(&first, &position(key));
    let mut same = query("(active  EQ true)AND status PR", "email", Some("ascending"));
    (same.cursor, same.count, same.total) = (Some(cursor.clone()), text("7"), Some(true));
    assert!(listing(&same).after.is_some(), "a page may be of another size");
    for mut other in [
        query("active eq false and status pr", "email", None),
        query("status pr and active eq true", "email", None),
        query("active eq true and status pr", "name.familyName", None),
        query("active eq true and status pr", "email", Some("descending")),
        ListQuery { filter: None, ..first.clone() },
        ListQuery { sort_by: None, ..first },
    ] {
        other.cursor = Some(cursor.clone());
        assert_eq!(errors(&other), [("cursor", FOREIGN_CURSOR.to_owned())], "{other:?}");
    }
}

#[test]
fn damaged_or_forged_cursor_is_rejected() {
    let query = ListQuery { sort_by: text("email"), ..ListQuery::default() };
    let good = encode_cursor::<Sample>(&query, &position(Some(SortKey::Text("a".to_owned()))));
    let json = BASE64_URL_SAFE_NO_PAD.decode(&good).expect("base64url");
    let json = String::from_utf8(json).expect("JSON");
    let invented = |from: &str, to: &str| {
        assert!(json.contains(from), "{json}");
        BASE64_URL_SAFE_NO_PAD.encode(json.replace(from, to))
    };
    let first_letter_changed = format!("A{}", &good[1..]);
    for cursor in [
        String::new(),
        "null".to_owned(),
        "é".to_owned(),
        good[..good.len() - 1].to_owned(),
        format!("{good}="),
        first_letter_changed,
        invented("\"v\":1", "\"v\":2"),
        invented("\"t\":\"a\"", "\"t\":\"\\u0000\""),
        invented("\"t\":\"a\"", "\"t\":7"),
        invented("\"t\":\"a\"", "\"t\":\"a\",\"m\":7"),
        invented("\"t\":\"a\"", "\"x\":7"),
        invented("019a", "x19a"),
    ] {
        let query = ListQuery { cursor: Some(cursor.clone()), ..query.clone() };
        assert_eq!(errors(&query), [("cursor", MALFORMED_CURSOR.to_owned())], "{cursor}");
    }
    let moment_for_text = invented("\"t\":\"a\"", "\"m\":7");
    let foreign = ListQuery { cursor: Some(moment_for_text), ..query };
    assert_eq!(errors(&foreign), [("cursor", FOREIGN_CURSOR.to_owned())]);
    let bare = encode_cursor::<Sample>(&ListQuery::default(), &position(Some(moment())));
    let query = ListQuery { cursor: Some(bare), ..ListQuery::default() };
    assert_eq!(errors(&query).len(), 1, "a key where the order is by id alone");
}

#[test]
fn time_outside_the_range_of_the_databases_is_rejected() {
    let query = ListQuery { sort_by: text("createdAt"), ..ListQuery::default() };
    let good = encode_cursor::<Sample>(&query, &position(Some(moment())));
    let json = BASE64_URL_SAFE_NO_PAD.decode(good).expect("base64url");
    let json = String::from_utf8(json).expect("JSON");
    for micros in ["-8000000000000000000", "9223372036854775807", "253402300800000000"] {
        let cursor = BASE64_URL_SAFE_NO_PAD.encode(json.replace("1795428000123456", micros));
        let query = ListQuery { cursor: Some(cursor), ..query.clone() };
        assert_eq!(errors(&query), [("cursor", MALFORMED_CURSOR.to_owned())], "{micros}");
    }
}

proptest::proptest! {
    #[test]
    fn malformed_cursor_is_rejected(cursor in "\\PC{0,60}|[A-Za-z0-9_-]{0,90}") {
        let query = ListQuery { cursor: Some(cursor), ..ListQuery::default() };
        proptest::prop_assert_eq!(errors(&query).len(), 1);
    }
}
