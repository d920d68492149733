use super::*;
use crate::domain::{
    lists::{AttemptAttribute, UserAttribute},
    profile_field::ProfileField,
};

fn time(micros: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(1_790_000_000_000_000 + micros).unwrap()
}

fn listing<A>(condition: Condition<A>, sort: Option<A>) -> Listing<A> {
    let condition = Some(condition);
    Listing {
        condition,
        sort,
        order: SortOrder::Ascending,
        after: None,
        count: 1,
        with_total: false,
    }
}

fn text<A>(by: A, test: TextOperator, text: &str) -> Condition<A> {
    Condition::Text(by, test, text.to_owned())
}

/// The first attributes of a scan, its key, and whether it has a residual condition.
fn summarize_scan<A: ListAttribute>(listing: &Listing<A>) -> (Vec<A>, Option<A>, bool) {
    let scan = IndexScan::from_listing(listing).expect("there may be rows");
    let fixed = scan.fixed.iter().map(|(by, _)| *by).collect();
    (fixed, scan.key, scan.residual.is_some())
}

#[test]
fn users_are_scanned_by_their_access_path_or_by_id() {
    use UserAttribute::{CreatedAt, Id, Profile, Status};
    const EMAIL: UserAttribute = Profile(ProfileField::Email);
    const LAST_NAME: UserAttribute = Profile(ProfileField::LastName);
    let staged = Condition::Name(Status, "STAGED");
    let ada = text(EMAIL, TextOperator::Sw, "ada");
    let recent = Condition::Moment(CreatedAt, MomentOperator::Gt, time(0));
    let all = |conditions: &[&Condition<_>]| {
        Condition::All(conditions.iter().map(|condition| (*condition).clone()).collect())
    };
    let table = [
        (all(&[]), None, (vec![], None, false)),
        (all(&[]), Some(CreatedAt), (vec![], None, false)),
        (all(&[]), Some(LAST_NAME), (vec![], Some(LAST_NAME), false)),
        (staged.clone(), None, (vec![Status], None, false)),
        (staged.clone(), Some(Id), (vec![Status], None, false)),
        (staged.clone(), Some(EMAIL), (vec![], Some(EMAIL), true)),
        (all(&[&staged, &recent]), None, (vec![Status], None, true)),
        (ada.clone(), None, (vec![], Some(EMAIL), false)),
        (ada.clone(), Some(EMAIL), (vec![], Some(EMAIL), false)),
        // The requested order is not that of the addresses.
        (ada.clone(), Some(Id), (vec![], None, true)),
        (recent.clone(), None, (vec![], None, true)),
        (text(EMAIL, TextOperator::Eq, "a@b.c"), Some(LAST_NAME), (vec![EMAIL], None, false)),
        (text(LAST_NAME, TextOperator::Eq, "ada"), Some(LAST_NAME), (vec![LAST_NAME], None, false)),
        // Absent is an empty text in an index.
        (text(LAST_NAME, TextOperator::Lt, "ada"), None, (vec![], Some(LAST_NAME), true)),
    ];
    for (condition, sort, expected) in table {
        assert_eq!(summarize_scan(&listing(condition.clone(), sort)), expected, "{condition:?}");
    }
    assert!(IndexScan::from_listing(&listing(Condition::<UserAttribute>::Never, None)).is_none());
}

#[test]
fn attempts_are_listed_by_time_over_an_index() {
    use AttemptAttribute::{At, Email, User};
    let of_user = Condition::Id(User, Uuid::nil());
    let when = Condition::Moment(At, MomentOperator::Eq, time(0));
    let until = Condition::Moment(At, MomentOperator::Lt, time(0));
    let table = [
        (Condition::All(vec![]), (vec![], Some(At), false)),
        (of_user.clone(), (vec![User], Some(At), false)),
        (Condition::All(vec![of_user.clone(), until]), (vec![User], Some(At), true)),
        (Condition::All(vec![when.clone(), of_user]), (vec![At], None, true)),
        (when, (vec![At], None, false)),
        (text(Email, TextOperator::Sw, "ada"), (vec![], Some(At), true)),
    ];
    for (condition, expected) in table {
        for sort in [None, Some(At)] {
            assert_eq!(
                summarize_scan(&listing(condition.clone(), sort)),
                expected,
                "{condition:?}"
            );
        }
    }
}

#[test]
fn time_range_becomes_an_id_range() {
    let from = Condition::Moment(UserAttribute::CreatedAt, MomentOperator::Gt, time(1_999));
    let to = Condition::Moment(UserAttribute::CreatedAt, MomentOperator::Le, time(3_001));
    let both = listing(Condition::All(vec![from, to]), None);
    let scan = IndexScan::from_listing(&both).unwrap();
    let made = |micros, random| PagePosition {
        key: None,
        id: UserId::new(time(micros), random).as_uuid(),
    };
    for (row, is_in) in [
        (made(999, [255; 10]), false),
        (made(1_000, [0; 10]), true),
        (made(3_999, [255; 10]), true),
        (made(4_000, [0; 10]), false),
    ] {
        assert_eq!(scan.clone().after(row.clone()).is_some(), is_in, "{row:?}");
    }
}

#[test]
fn position_outside_of_the_scan_is_rejected() {
    let ada =
        listing(text(UserAttribute::Profile(ProfileField::Email), TextOperator::Sw, "ada"), None);
    let scan = IndexScan::from_listing(&ada).unwrap();
    let key = |text: &str| Some(SortKey::Text(text.to_owned()));
    for (key, is_on) in [
        (key("ada@b.c"), true),
        (key("ada"), true),
        (key("adb"), false),
        (key("a"), false),
        (Some(SortKey::Moment(time(0))), false),
        (None, false),
    ] {
        for order in SortOrder::ALL {
            let scan = IndexScan { order, ..scan.clone() };
            let row = PagePosition { key: key.clone(), id: Uuid::nil() };
            assert_eq!(scan.after(row).is_some(), is_on, "{key:?}");
        }
    }
}

#[test]
fn text_range_of_a_prefix_ends_before_the_next_prefix() {
    let last = char::MAX;
    for (prefix, end) in [
        ("a", Some("b")),
        ("ops ", Some("ops!")),
        ("é", Some("ê")),
        ("\u{d7ff}", Some("\u{e000}")),
        (&format!("a{last}"), Some("b")),
        (&format!("{last}{last}"), None),
    ] {
        let (from, to) = prefix_range(prefix);
        assert_eq!((from.as_str(), to.as_deref()), (prefix, end));
        let within = format!("{prefix}{last}x");
        assert!(within >= from && to.is_none_or(|to| within < to), "{prefix:?}");
    }
}

#[test]
fn id_is_between_the_first_ids_of_its_millisecond_and_the_next() {
    for micros in [0, 1_790_000_000_123_456, i64::from(i32::MAX) * 1_000_000] {
        let moment = Timestamp::from_timestamp_micros(micros).unwrap();
        let made = UserId::new(moment, [7; 10]).as_uuid();
        assert!(first_id(moment, 0) <= made && made < first_id(moment, 1), "{moment}");
    }
}
