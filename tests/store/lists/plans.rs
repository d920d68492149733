//! The query plans of lists: no page reads a whole table, and none sorts its rows.

use usher::{
    domain::{
        Timestamp,
        filter::{Attribute, Condition, MomentOperator, TextOperator, ValueCondition},
        id::AccountId,
        lists::{
            AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute,
            ImportAttribute, KeyAttribute, Listing, MemberAttribute, Page, ScimClientAttribute,
            SortOrder, TeamAttribute, UserAttribute,
        },
        multi_valued::{MultiValuedField as Values, SubAttribute},
        profile_field::ProfileField as Field,
    },
    store::{StoreError, Tx},
};
use uuid::Uuid;

use super::{explained::StatementListener, many_rows::ManyRows};
use crate::{
    support::db::TestDb,
    world::{account, connection, now},
};

const MANY: usize = 20_000;

/// A list in which each resource has many rows, all of one account.
pub(super) fn account_with_many_rows(db: &TestDb) -> AccountId {
    let ours = account("a");
    let okta = connection(&ours);
    db.write(|tx| tx.insert_account(&ours).and_then(|()| tx.insert_connection(&okta))).unwrap();
    let many = ManyRows::new(db, &ours, MANY);
    many.users();
    many.user_values();
    many.teams();
    many.memberships();
    many.attempts(okta.id);
    many.audit();
    many.imports();
    many.connections();
    many.scim_clients();
    many.keys();
    many.deleted_users();
    if !db.is_embedded() {
        db.run("VACUUM ANALYZE");
    }
    ours.id
}

/// A moment in the midst of many rows.
fn soon() -> Timestamp {
    now() + chrono::TimeDelta::microseconds(9_000)
}

pub(super) fn uuid(kind: &str, n: usize) -> Uuid {
    Uuid::try_parse(&format!("0199a000-0000-7000-{kind}-{n:012x}")).unwrap()
}

pub(super) fn text<A>(by: A, test: TextOperator, text: &str) -> Condition<A> {
    Condition::Text(by, test, text.to_owned())
}

/// A list, and the indexes along one of which it is found.
struct Query<A> {
    condition: Option<Condition<A>>,
    sort: Option<A>,
    indexes: &'static str,
}

/// Lists of what the index tells, and of what it does not tell all of.
fn combine_queries<A: Attribute>(
    driven: impl IntoIterator<Item = (Condition<A>, &'static str)>,
    residual: &Condition<A>,
    sort: Option<A>,
) -> Vec<Query<A>> {
    let both = |(condition, indexes): (Condition<A>, &'static str)| {
        let more = Condition::All(vec![condition.clone(), residual.clone()]);
        [condition, more].map(|condition| Query { condition: Some(condition), sort, indexes })
    };
    driven.into_iter().flat_map(both).collect()
}

/// Lists in an order, of all and of some.
fn sorted<A: Attribute>(
    sorts: impl IntoIterator<Item = (Option<A>, &'static str)>,
    residual: &Condition<A>,
) -> Vec<Query<A>> {
    let both = |(sort, indexes)| {
        [None, Some(residual.clone())].map(|condition| Query { condition, sort, indexes })
    };
    sorts.into_iter().flat_map(both).collect()
}

/// Finds the errors in the plans of two pages of each list, forward and backward.
fn find_plan_errors<A: Attribute, T>(
    heard: &mut StatementListener,
    lists: Vec<Query<A>>,
    list: impl Fn(&mut Tx<'_>, &Listing<A>) -> Result<Page<T>, StoreError>,
) -> Vec<String> {
    let mut errors = Vec::new();
    for Query { condition, sort, indexes } in lists {
        for order in SortOrder::ALL {
            let condition = condition.clone();
            let mut listing =
                Listing { condition, sort, order, after: None, count: 10, with_total: false };
            for _ in 0..2 {
                let plans = heard.explain_work(|db| {
                    let page = db.read(|tx| list(tx, &listing)).unwrap();
                    listing.after = page.next;
                });
                assert!(!plans.is_empty(), "nothing was heard of {listing:?}");
                errors.extend(plans.iter().flat_map(|plan| plan.find_errors(indexes)));
                if listing.after.is_none() {
                    break;
                }
            }
        }
    }
    errors
}

/// Each way in which users can be found, alone and with more.
fn of_users() -> Vec<Query<UserAttribute>> {
    use UserAttribute as By;
    let unique = [
        (Condition::Id(By::Id, uuid("8001", 7)), "users_of_account|users_pkey"),
        (text(By::Profile(Field::Email), TextOperator::Eq, "user7@acme.example"), "users_email"),
        (text(By::Profile(Field::UserName), TextOperator::Eq, "name7"), "users_user_name"),
        (text(By::Profile(Field::ExternalId), TextOperator::Eq, "x7"), "users_external_id"),
    ];
    let driven = [
        (text(By::Profile(Field::Email), TextOperator::Sw, "user1"), "users_email"),
        (text(By::Profile(Field::Email), TextOperator::Gt, "user5"), "users_email"),
        (text(By::Profile(Field::UserName), TextOperator::Sw, "name1"), "users_user_name"),
        (text(By::Profile(Field::ExternalId), TextOperator::Sw, "x1"), "users_external_id"),
        (Condition::Name(By::Status, "STAGED"), "users_by_status"),
        (Condition::Name(By::Status, "ACTIVE"), "users_by_status"),
        (Condition::Name(By::Status, "DISABLED"), "users_by_status"),
        (Condition::Name(By::Profile(Field::Role), "ADMIN"), "users_by_role"),
        (text(By::Profile(Field::FirstName), TextOperator::Eq, "name7"), "users_by_first_name"),
        (text(By::Profile(Field::FirstName), TextOperator::Sw, "name1"), "users_by_first_name"),
        (text(By::Profile(Field::LastName), TextOperator::Eq, "name7"), "users_by_last_name"),
        (text(By::Profile(Field::LastName), TextOperator::Le, "name3"), "users_by_last_name"),
        (text(By::Profile(Field::DisplayName), TextOperator::Eq, "name7"), "users_by_display_name"),
        (text(By::Profile(Field::DisplayName), TextOperator::Sw, "name1"), "users_by_display_name"),
        (text(By::Profile(Field::Department), TextOperator::Eq, "name7"), "users_by_department"),
        (text(By::Profile(Field::Department), TextOperator::Sw, "name1"), "users_by_department"),
        (Condition::Moment(By::CreatedAt, MomentOperator::Gt, soon()), "users_of_account"),
        (Condition::Moment(By::CreatedAt, MomentOperator::Eq, soon()), "users_of_account"),
        (Condition::Moment(By::UpdatedAt, MomentOperator::Eq, now()), "users_by_update"),
        (Condition::Moment(By::UpdatedAt, MomentOperator::Ge, now()), "users_by_update"),
        (Condition::Id(By::Team, uuid("8002", 1)), "memberships_pkey"),
        (text(By::Profile(Field::Position), TextOperator::Co, "x"), "users_of_account"),
    ];
    let sorts = [
        (None, "users_of_account"),
        (Some(By::Id), "users_of_account"),
        (Some(By::Profile(Field::Email)), "users_email"),
        (Some(By::Profile(Field::UserName)), "users_user_name"),
        (Some(By::Profile(Field::FirstName)), "users_by_first_name"),
        (Some(By::Profile(Field::LastName)), "users_by_last_name"),
        (Some(By::Profile(Field::DisplayName)), "users_by_display_name"),
        (Some(By::CreatedAt), "users_of_account"),
        (Some(By::UpdatedAt), "users_by_update"),
    ];
    let residual = text(By::Profile(Field::Email), TextOperator::Co, "7");
    let mut lists = sorted(sorts, &residual);
    for by in [None, Some(By::Profile(Field::LastName))] {
        lists.extend(combine_queries(unique.clone(), &residual, by));
    }
    let against = driven.clone().map(|(condition, _)| (condition, "users_by_last_name"));
    lists.extend(combine_queries(driven, &residual, None));
    lists.extend(combine_queries(against, &residual, Some(By::Profile(Field::LastName))));
    lists
}

/// The condition that one value of a custom attribute meets all of these tests.
pub(super) fn custom(
    name: &str,
    tests: &[(Option<&str>, TextOperator)],
) -> Condition<UserAttribute> {
    let tests = tests.iter().map(|(sub_attribute, operator)| {
        let sub_attribute = sub_attribute.map(|sub_attribute| sub_attribute.parse().unwrap());
        ValueCondition::Text(sub_attribute, *operator, "value7".to_owned())
    });
    Condition::AnyCustomValue(name.parse().unwrap(), ValueCondition::All(tests.collect()))
}

/// Each way in which users can be found by a value without a column.
fn of_values() -> Vec<Query<UserAttribute>> {
    use UserAttribute as By;
    let is = |sub_attribute, key: &str| {
        ValueCondition::Text(sub_attribute, TextOperator::Eq, key.to_owned())
    };
    let any = |field, all: &[ValueCondition]| {
        Condition::AnyValue(field, ValueCondition::All(all.to_vec()))
    };
    let value = || is(SubAttribute::Value, "value7");
    let work = || is(SubAttribute::Type, "work");
    let country = is(SubAttribute::Country, "country7");
    let driven = [
        (text(By::Profile(Field::NickName), TextOperator::Eq, "value7"), "user_values_by_key"),
        (any(Values::Emails, &[value()]), "user_values_by_key|users_email"),
        (any(Values::Emails, &[work(), value()]), "user_values_by_key|users_email"),
        (any(Values::PhoneNumbers, &[value()]), "user_values_by_key|users_by_mobile_e164"),
        (any(Values::PhoneNumbers, &[work(), value()]), "user_values_by_key|users_by_mobile_e164"),
        (any(Values::Roles, &[value()]), "user_values_by_key"),
        (any(Values::Ims, &[value()]), "user_values_by_key"),
        (any(Values::Entitlements, &[value()]), "user_values_by_key"),
        (any(Values::X509Certificates, &[value()]), "user_values_by_key"),
        (custom("badge", &[(None, TextOperator::Eq)]), "user_values_by_key"),
        (custom("office", &[(Some("city"), TextOperator::Eq)]), "user_values_by_key"),
        (
            custom(
                "office",
                &[(Some("floor"), TextOperator::Gt), (Some("city"), TextOperator::Eq)],
            ),
            "user_values_by_key",
        ),
    ];
    let scanned = [
        (any(Values::Photos, &[value()]), "users_of_account"),
        (any(Values::Addresses, &[country]), "users_of_account"),
        (any(Values::Emails, &[work()]), "users_of_account"),
        (text(By::Profile(Field::NickName), TextOperator::Co, "7"), "users_of_account"),
        (custom("badge", &[(None, TextOperator::Sw)]), "users_of_account"),
        (custom("office", &[(Some("city"), TextOperator::Gt)]), "users_of_account"),
    ];
    let residual = text(By::Profile(Field::Email), TextOperator::Co, "7");
    let against = driven.clone().map(|(condition, _)| (condition, "users_by_last_name"));
    let mut lists = combine_queries(driven.into_iter().chain(scanned), &residual, None);
    lists.extend(combine_queries(against, &residual, Some(By::Profile(Field::LastName))));
    lists
}

fn errors_of_teams(heard: &mut StatementListener, ours: AccountId) -> Vec<String> {
    use TeamAttribute as By;
    let driven = [
        (text(By::Name, TextOperator::Eq, "team7"), "teams_name"),
        (text(By::Name, TextOperator::Sw, "team1"), "teams_name"),
        (Condition::Moment(By::UpdatedAt, MomentOperator::Ge, now()), "teams_by_update"),
        (Condition::Name(By::Origin, "ADMIN"), "teams_of_account"),
    ];
    let sorts = [
        (None, "teams_of_account"),
        (Some(By::Name), "teams_name"),
        (Some(By::UpdatedAt), "teams_by_update"),
        (Some(By::CreatedAt), "teams_of_account"),
    ];
    let residual = text(By::Name, TextOperator::Co, "7");
    let mut lists = sorted(sorts, &residual);
    lists.extend(combine_queries(driven, &residual, None));
    find_plan_errors(heard, lists, |tx, listing| tx.list_teams(ours, listing))
}

fn errors_of_members(heard: &mut StatementListener, ours: AccountId) -> Vec<String> {
    use MemberAttribute as By;
    let one = [(Condition::Id(By::User, uuid("8001", 7)), "memberships_pkey")];
    let residual = text(By::Email, TextOperator::Co, "7");
    let mut lists = sorted([(None, "memberships_pkey")], &residual);
    lists.extend(combine_queries(one, &residual, None));
    let team = uuid("8002", 1).into();
    find_plan_errors(heard, lists, |tx, listing| tx.list_members(ours, team, listing))
}

fn errors_of_attempts(heard: &mut StatementListener, ours: AccountId) -> Vec<String> {
    use AttemptAttribute as By;
    let driven = [
        (Condition::Id(By::Id, uuid("8003", 7)), "attempts_pkey"),
        (text(By::Reference, TextOperator::Eq, "000000000007"), "attempts_reference"),
        (Condition::Moment(By::At, MomentOperator::Lt, soon()), "attempts_by_time"),
        (Condition::Moment(By::At, MomentOperator::Eq, soon()), "attempts_by_time"),
        (Condition::Id(By::User, uuid("8001", 7)), "attempts_of_user"),
        (text(By::Email, TextOperator::Eq, "user7@acme.example"), "attempts_of_email"),
        (text(By::Email, TextOperator::Sw, "user7@"), "attempts_by_time"),
        (text(By::Subject, TextOperator::Eq, "user7"), "attempts_of_subject"),
    ];
    let residual = text(By::Email, TextOperator::Co, "7");
    let mut lists = sorted([(None, "attempts_by_time")], &residual);
    for by in [None, Some(By::At)] {
        lists.extend(combine_queries(driven.clone(), &residual, by));
    }
    find_plan_errors(heard, lists, |tx, listing| tx.list_attempts(ours, listing))
}

fn errors_of_audit(heard: &mut StatementListener, ours: AccountId) -> Vec<String> {
    use AuditAttribute as By;
    let driven = [
        (Condition::Id(By::Id, uuid("8004", 7)), "audit_events_pkey"),
        (Condition::Moment(By::At, MomentOperator::Lt, soon()), "audit_events_by_time"),
        (Condition::Id(By::ActorId, uuid("8001", 7)), "audit_events_of_actor"),
        (Condition::Id(By::Target, uuid("8001", 7)), "audit_events_of_target"),
        (Condition::Id(By::User, uuid("8001", 7)), "audit_events_of_user"),
    ];
    let residual = text(By::Action, TextOperator::Co, "user");
    let mut lists = sorted([(None, "audit_events_by_time")], &residual);
    for by in [None, Some(By::At)] {
        lists.extend(combine_queries(driven.clone(), &residual, by));
    }
    find_plan_errors(heard, lists, |tx, listing| tx.list_audit(ours, listing))
}

fn errors_of_imports(heard: &mut StatementListener, ours: AccountId) -> Vec<String> {
    use ImportAttribute as By;
    let driven = [
        (Condition::Id(By::Id, uuid("8009", 7)), "import_jobs_pkey"),
        (Condition::Moment(By::CreatedAt, MomentOperator::Lt, soon()), "import_jobs_by_time"),
        (Condition::Moment(By::CreatedAt, MomentOperator::Eq, soon()), "import_jobs_by_time"),
        (Condition::Name(By::State, "FAILED"), "import_jobs_by_time"),
    ];
    let residual = Condition::Moment(By::FinishedAt, MomentOperator::Ge, soon());
    let mut lists = sorted([(None, "import_jobs_by_time")], &residual);
    for by in [None, Some(By::CreatedAt)] {
        lists.extend(combine_queries(driven.clone(), &residual, by));
    }
    find_plan_errors(heard, lists, |tx, listing| tx.list_imports(ours, listing))
}

fn errors_of_settings(heard: &mut StatementListener, ours: AccountId) -> Vec<String> {
    let enabled = Condition::Bool(ConnectionAttribute::Enabled, true);
    let lists = sorted([(None, "connections_of_account")], &enabled);
    let mut all = find_plan_errors(heard, lists, |tx, listing| tx.list_connections(ours, listing));

    let name = text(KeyAttribute::Name, TextOperator::Co, "7");
    let mut lists = sorted([(None, "api_keys_of_account")], &name);
    let of_client = Condition::Id(KeyAttribute::ScimClient, uuid("8008", 7));
    lists.extend(combine_queries([(of_client, "api_keys_of_scim_client")], &name, None));
    all.extend(find_plan_errors(heard, lists, |tx, listing| tx.list_api_keys(ours, listing)));

    let by = |test, word: &str| text(ScimClientAttribute::Name, test, word);
    let residual = by(TextOperator::Co, "7");
    let by_name = Some(ScimClientAttribute::Name);
    let order = [(None, "scim_clients_of_account"), (by_name, "scim_clients_name")];
    let mut lists = sorted(order, &residual);
    let driven = [
        (by(TextOperator::Eq, "client7"), "scim_clients_name"),
        (by(TextOperator::Sw, "client1"), "scim_clients_name"),
    ];
    lists.extend(combine_queries(driven, &residual, by_name));
    all.extend(find_plan_errors(heard, lists, |tx, listing| tx.list_scim_clients(ours, listing)));

    let email = |test, word: &str| text(DeletedUserAttribute::Email, test, word);
    let residual = email(TextOperator::Co, "7");
    let driven = [
        (email(TextOperator::Eq, "gone7@acme.example"), "deleted_users_email"),
        (email(TextOperator::Sw, "gone1"), "deleted_users_email"),
    ];
    let mut lists = sorted([(None, "deleted_users_of_account")], &residual);
    lists.extend(combine_queries(driven, &residual, None));
    all.extend(find_plan_errors(heard, lists, |tx, listing| tx.list_deleted_users(ours, listing)));
    all
}

fn assert_none(errors: &[String]) {
    assert!(errors.is_empty(), "{}: {errors:#?}", errors.len());
}

on_both_databases! {
    fn pages_of_users_use_an_index_without_sorting(db) {
        let ours = account_with_many_rows(db);
        let list = |tx: &mut Tx<'_>, listing: &_| tx.list_users(ours, listing);
        assert_none(&find_plan_errors(&mut StatementListener::new(db), of_users(), list));
    }

    fn pages_of_users_by_value_use_an_index_without_sorting(db) {
        let ours = account_with_many_rows(db);
        let list = |tx: &mut Tx<'_>, listing: &_| tx.list_users(ours, listing);
        assert_none(&find_plan_errors(&mut StatementListener::new(db), of_values(), list));
    }

    fn pages_of_every_other_list_use_an_index_without_sorting(db) {
        let ours = account_with_many_rows(db);
        let heard = &mut StatementListener::new(db);
        assert_none(&errors_of_teams(heard, ours));
        assert_none(&errors_of_members(heard, ours));
        assert_none(&errors_of_attempts(heard, ours));
        assert_none(&errors_of_audit(heard, ours));
        assert_none(&errors_of_imports(heard, ours));
        assert_none(&errors_of_settings(heard, ours));
    }

    fn missing_index_is_detected(db) {
        let ours = account_with_many_rows(db);
        assert_none(&errors_of_audit(&mut StatementListener::new(db), ours));
        db.run("DROP INDEX audit_events_by_time");
        assert!(!errors_of_audit(&mut StatementListener::new(db), ours).is_empty());

        let list = |tx: &mut Tx<'_>, listing: &_| tx.list_users(ours, listing);
        let by_last_name = || {
            let indexes = "users_by_last_name";
            vec![Query { condition: None, sort: Some(UserAttribute::Profile(Field::LastName)), indexes }]
        };
        assert_none(&find_plan_errors(&mut StatementListener::new(db), by_last_name(), list));
        db.run("DROP INDEX users_by_last_name");
        assert!(!find_plan_errors(&mut StatementListener::new(db), by_last_name(), list).is_empty());
    }
}
