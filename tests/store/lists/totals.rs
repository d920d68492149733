//! The statements of totals, and of pages of users who are found by their values: they
//! search an index, and none reads the account.

use usher::domain::{
    filter::{Condition, TextOperator, ValueCondition},
    lists::{Listing, SortOrder, UserAttribute as By},
    multi_valued::{MultiValuedField, SubAttribute},
    profile_field::ProfileField,
};

use super::{
    explained::StatementListener,
    plans::{account_with_many_rows, custom, text, uuid},
};

fn value(field: MultiValuedField, sub_attributes: &[(SubAttribute, &str)]) -> Condition<By> {
    let all = sub_attributes.iter().map(|(sub_attribute, key)| {
        ValueCondition::Text(*sub_attribute, TextOperator::Eq, (*key).to_owned())
    });
    Condition::AnyValue(field, ValueCondition::All(all.collect()))
}

fn email(key: &str) -> Condition<By> {
    value(MultiValuedField::Emails, &[(SubAttribute::Value, key)])
}

/// `emails[type eq "work"].value eq "value7"`.
fn work_email() -> Condition<By> {
    value(
        MultiValuedField::Emails,
        &[(SubAttribute::Type, "work"), (SubAttribute::Value, "value7")],
    )
}

fn listing(condition: Condition<By>) -> Listing<By> {
    Listing { condition: Some(condition), ..Listing::first(10) }
}

/// Conditions whose users are found by searches of indexes, each with the indexes.
fn searched() -> Vec<(Condition<By>, &'static str)> {
    let user_name = |key: &str| text(By::Profile(ProfileField::UserName), TextOperator::Eq, key);
    let title = || text(By::Profile(ProfileField::Position), TextOperator::Co, "x");
    let team = || Condition::Id(By::Team, uuid("8002", 1));
    let nick_name = text(By::Profile(ProfileField::NickName), TextOperator::Eq, "value7");
    let last_name = text(By::Profile(ProfileField::LastName), TextOperator::Eq, "name7");
    let all = |conditions: Vec<_>| Condition::All(conditions);
    vec![
        (email("value7"), "user_values_by_key|users_email"),
        (email("user7@acme.example"), "user_values_by_key|users_email"),
        (work_email(), "user_values_by_key|users_email"),
        (nick_name.clone(), "user_values_by_key"),
        (custom("badge", &[(None, TextOperator::Eq)]), "user_values_by_key"),
        (custom("office", &[(Some("city"), TextOperator::Eq)]), "user_values_by_key"),
        (team(), "memberships_pkey"),
        (all(vec![team(), title()]), "memberships_pkey"),
        (
            Condition::Any(vec![user_name("name7"), email("value7")]),
            "user_values_by_key|users_email|users_user_name",
        ),
        (
            Condition::Any(vec![user_name("name7"), all(vec![title(), work_email()])]),
            "user_values_by_key|users_email|users_user_name",
        ),
        (
            all(vec![title(), Condition::Any(vec![team(), last_name, nick_name])]),
            "user_values_by_key|memberships_pkey|users_by_last_name",
        ),
    ]
}

on_both_databases! {
    fn totals_of_searches_use_an_index(db) {
        let ours = account_with_many_rows(db);
        let heard = &mut StatementListener::new(db);
        for (condition, indexes) in searched() {
            let listing = Listing { with_total: true, count: 0, ..listing(condition) };
            let plans = heard.explain_work(|db| {
                db.read(|tx| tx.list_users(ours, &listing)).unwrap();
            });
            assert!(!plans.is_empty(), "{listing:?}");
            let errors: Vec<_> = plans.iter().flat_map(|plan| plan.find_errors(indexes)).collect();
            assert!(errors.is_empty(), "{listing:?}: {errors:#?}");
        }
    }

    fn pages_of_searches_use_an_index(db) {
        let ours = account_with_many_rows(db);
        let heard = &mut StatementListener::new(db);
        for (condition, indexes) in searched() {
            for order in SortOrder::ALL {
                let mut listing = Listing { order, ..listing(condition.clone()) };
                for _ in 0..2 {
                    let plans = heard.explain_work(|db| {
                        listing.after = db.read(|tx| tx.list_users(ours, &listing)).unwrap().next;
                    });
                    let found = plans.iter().flat_map(|plan| plan.find_errors(indexes));
                    let errors: Vec<_> = found.collect();
                    assert!(errors.is_empty(), "{listing:?}: {errors:#?}");
                    if listing.after.is_none() {
                        break;
                    }
                }
            }
        }
    }

    fn users_of_a_value_are_read_by_three_statements(db) {
        let ours = account_with_many_rows(db);
        let heard = &mut StatementListener::new(db);
        for (condition, expected) in [
            // Two searches for IDs, because the login address is a value by default.
            (work_email(), 3),
            (email("nobody@acme.example"), 2),
            (value(MultiValuedField::Roles, &[(SubAttribute::Value, "value7")]), 2),
        ] {
            let listing = listing(condition);
            let plans = heard.explain_work(|db| {
                db.read(|tx| tx.list_users(ours, &listing)).unwrap();
            });
            assert_eq!(plans.len(), expected, "{listing:?}");
        }
    }
}
