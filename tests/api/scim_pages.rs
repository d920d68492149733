//! Reads the lists of SCIM page by page: the pages are the whole list in its order, even
//! while others add and remove users.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{
    client::{ApiClient, path_with_query},
    support::db::TestDb,
    world::World,
};

on_both_databases! {
    users_without_a_value_are_sorted_last,
    cursor_pages_contain_every_lasting_user_once_during_changes,
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Makes a user; their id.
async fn make(scim: &ApiClient, name: &str, last_name: &str) -> String {
    let address = format!("{name}@example.com");
    let body = json!({
        "schemas": [USER], "userName": address, "emails": [{"value": address}],
        "name": {"givenName": name, "familyName": last_name},
    });
    let made = scim.post("/Users", &body).await.body(StatusCode::CREATED);
    made["id"].as_str().unwrap().to_owned()
}

async fn list(scim: &ApiClient, parameters: &[(&str, &str)]) -> Value {
    scim.get(&path_with_query("/Users", parameters)).await.body(StatusCode::OK)
}

/// One part of each user of a list.
fn user_values(list: &Value, part: &str) -> Vec<String> {
    let users = list["Resources"].as_array().unwrap().iter();
    users.map(|user| user.pointer(part).and_then(Value::as_str).unwrap_or("").to_owned()).collect()
}

/// RFC 7644, section 3.4.2.3; and pages of any size are the whole list in pieces.
async fn users_without_a_value_are_sorted_last(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let last_names = ["Noether", "", "Curie", "", "", "curie", "Zuse"];
    for (number, last_name) in last_names.into_iter().enumerate() {
        make(&scim, &format!("u{number}"), last_name).await;
    }
    let sorted = |order| [("sortBy", "name.familyName"), ("sortOrder", order)];
    for (order, expected) in [
        ("ascending", ["curie", "curie", "noether", "zuse", "", "", ""]),
        ("descending", ["", "", "", "zuse", "noether", "curie", "curie"]),
    ] {
        let whole = list(&scim, &sorted(order)).await;
        let names = user_values(&whole, "/name/familyName");
        assert_eq!(names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(), expected);
        assert_eq!(whole["totalResults"], 7);
        for count in ["1", "2", "3", "4", "5", "7", "8"] {
            let size: usize = count.parse().unwrap();
            let (mut indexed, mut start) = (Vec::new(), 1);
            while start <= 7 {
                let place = start.to_string();
                let page =
                    [&sorted(order)[..], &[("startIndex", &place), ("count", count)]].concat();
                let page = list(&scim, &page).await;
                assert_eq!(page["totalResults"], 7);
                indexed.extend(user_values(&page, "/id"));
                start += size;
            }
            assert_eq!(indexed, user_values(&whole, "/id"), "{order} by index, {count} at once");
            let (walked, pages) = walk(&scim, &sorted(order), count).await;
            assert_eq!(walked, user_values(&whole, "/id"), "{order} by cursor, {count} at once");
            assert_eq!(pages, 7_usize.div_ceil(size), "no page is empty");
        }
    }
    let filtered = [&sorted("ascending")[..], &[("filter", "name.familyName pr")]].concat();
    assert_eq!(list(&scim, &filtered).await["totalResults"], 4);
    // A cursor of another order is not valid for this one.
    let page = [&sorted("ascending")[..], &[("cursor", ""), ("count", "4")]].concat();
    let cursor = list(&scim, &page).await["nextCursor"].as_str().unwrap().to_owned();
    let other = [("sortBy", "userName"), ("cursor", cursor.as_str())];
    let rejected = scim.get(&path_with_query("/Users", &other)).await;
    assert_eq!(rejected.status, StatusCode::BAD_REQUEST);
    assert_eq!(rejected.body["scimType"], "invalidCursor");
}

/// The ids of a list that is read by cursor, and the number of its pages.
async fn walk(scim: &ApiClient, sorted: &[(&str, &str)], count: &str) -> (Vec<String>, usize) {
    let (mut walked, mut pages, mut cursor) = (Vec::new(), 0, Some(String::new()));
    while let Some(at) = cursor {
        let page = list(scim, &[sorted, &[("cursor", &at), ("count", count)]].concat()).await;
        walked.extend(user_values(&page, "/id"));
        pages += 1;
        cursor = page["nextCursor"].as_str().map(str::to_owned);
    }
    (walked, pages)
}

/// A list that is read, and what others do between its pages.
#[derive(Debug, Clone)]
struct ListWalk {
    sort_by: Option<&'static str>,
    order: &'static str,
    filter: Option<&'static str>,
    count: u32,
    /// After each page: the last names of the users who are added, and the user
    /// who is deleted, if any.
    between: Vec<(Vec<&'static str>, Option<prop::sample::Index>)>,
}

fn any_walk() -> impl Strategy<Value = ListWalk> {
    let last_names = || prop::sample::select(vec!["", "", "Curie", "Meitner", "Noether", "Zuse"]);
    let sorts = vec![None, Some("userName"), Some("name.familyName"), Some("name.givenName")];
    let filters = vec![None, Some("active eq true"), Some("name.familyName pr")];
    let orders = prop::sample::select(vec!["ascending", "descending"]);
    let between =
        (prop::collection::vec(last_names(), 0..3), prop::option::of(any::<prop::sample::Index>()));
    (
        prop::sample::select(sorts),
        orders,
        prop::sample::select(filters),
        1_u32..6,
        prop::collection::vec(between, 1..6),
    )
        .prop_map(|(sort_by, order, filter, count, between)| ListWalk {
            sort_by,
            order,
            filter,
            count,
            between,
        })
}

/// A user who exists from the first page to the last is listed once, and no user twice.
async fn cursor_pages_contain_every_lasting_user_once_during_changes(db: TestDb) {
    let world = World::new(db);
    let scim = ApiClient::scim(&world.server, Dialect::Strict);
    let mut there = Vec::new();
    for (number, last_name) in
        ["Curie", "", "Zuse", "Noether", "", "Hopper"].into_iter().enumerate()
    {
        there.push((make(&scim, &format!("first{number}"), last_name).await, last_name));
    }
    let mut made = 0;
    // The same sequences in each run, so that a failure is reproducible.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[76; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for _ in 0..25 {
        let walk = any_walk().new_tree(&mut runner).unwrap().current();
        let begun: BTreeSet<_> = there
            .iter()
            .filter(|(_, last)| walk.filter != Some("name.familyName pr") || !last.is_empty())
            .map(|(id, _)| id.clone())
            .collect();
        let mut gone = BTreeSet::new();
        let (mut met, mut cursor, mut between) =
            (Vec::new(), Some(String::new()), walk.between.iter());
        while let Some(at) = cursor {
            let count = walk.count.to_string();
            let mut page =
                vec![("cursor", at.as_str()), ("count", count.as_str()), ("sortOrder", walk.order)];
            page.extend(walk.sort_by.map(|by| ("sortBy", by)));
            page.extend(walk.filter.map(|filter| ("filter", filter)));
            let page = list(&scim, &page).await;
            met.extend(user_values(&page, "/id"));
            cursor = page["nextCursor"].as_str().map(str::to_owned);
            let Some((come, goes)) = between.next() else { continue };
            for last_name in come {
                made += 1;
                there.push((make(&scim, &format!("m{made}"), last_name).await, last_name));
            }
            if let Some(index) = goes.filter(|_| there.len() > 4) {
                let (id, _) = there.remove(index.index(there.len()));
                let deleted = scim.delete(&format!("/Users/{id}")).await;
                assert_eq!(deleted.status, StatusCode::NO_CONTENT);
                gone.insert(id);
            }
        }
        let unique: BTreeSet<_> = met.iter().cloned().collect();
        assert_eq!(unique.len(), met.len(), "nobody is met twice: {walk:?}");
        let missed: Vec<_> = begun.difference(&unique).filter(|id| !gone.contains(*id)).collect();
        assert!(missed.is_empty(), "{missed:?} stayed and was not met: {walk:?}");
    }
}
