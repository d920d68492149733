//! Pages end where they have enough of what is tied to their items.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::domain::api_key::Dialect;

use crate::{client::ApiClient, scim::id, support::db::TestDb, world::World};

on_both_databases! {
    page_of_groups_or_users_has_a_bounded_number_of_memberships,
}

const ROLES: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:Group";
const USERS: usize = 1_100;
const TEAMS: usize = 12;
/// The groups with which a page has 10,000 members.
const GROUPS_ON_PAGE: usize = 10;
/// The users with which a page has 10,000 memberships.
const USERS_ON_PAGE: usize = 834;

/// Users who are all in all teams.
async fn create_many(api: &ApiClient) {
    let teams: Vec<_> = (0..TEAMS).map(|team| json!({"name": format!("T{team:02}")})).collect();
    let line = |user| json!({"email": format!("u{user:04}@x.example"), "teams": teams}).to_string();
    let lines: Vec<_> = (0..USERS).map(line).collect();
    let import = api
        .request(Method::POST, "/users/import?createMissingTeams=true")
        .header("content-type", "application/x-ndjson");
    let report = api.send(import.body(lines.join("\n"))).await.body(StatusCode::OK);
    assert_eq!(report["created"], USERS);
}

/// How many resources the pages of a list have, by index and by cursor.
async fn sizes(scim: &ApiClient, list: &str) -> [Vec<usize>; 2] {
    let on_page = |page: &Value| page["Resources"].as_array().unwrap().len();
    let (mut by_index, mut found) = (Vec::new(), 0);
    loop {
        let path = format!("{list}&startIndex={}", found + 1);
        let page = scim.get(&path).await.body(StatusCode::OK);
        assert_eq!(page["itemsPerPage"], on_page(&page));
        found += on_page(&page);
        by_index.push(on_page(&page));
        if found >= usize::try_from(page["totalResults"].as_u64().unwrap()).unwrap() {
            break;
        }
    }
    let (mut by_cursor, mut seen, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = scim.get(&format!("{list}&cursor={cursor}")).await.body(StatusCode::OK);
        by_cursor.push(on_page(&page));
        seen.extend(page["Resources"].as_array().unwrap().iter().map(|one| id(one).to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), found, "each once");
    [by_index, by_cursor]
}

async fn page_of_groups_or_users_has_a_bounded_number_of_memberships(db: TestDb) {
    let world = World::new(db);
    create_many(&ApiClient::for_server(&world.server)).await;
    let scim = ApiClient::scim(&world.server, Dialect::Strict);

    let groups = [GROUPS_ON_PAGE, TEAMS - GROUPS_ON_PAGE];
    assert_eq!(sizes(&scim, "/Groups?count=1000").await, [groups; 2]);
    let without = "/Groups?count=1000&excludedAttributes=members";
    assert_eq!(sizes(&scim, without).await, [[TEAMS]; 2]);
    let users = [USERS_ON_PAGE, USERS - USERS_ON_PAGE];
    assert_eq!(sizes(&scim, "/Users?count=1000").await, [users; 2]);

    // Groups follow only after the last user.
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
    for (start, expected) in [(1, users[0]), (USERS_ON_PAGE + 1, users[1] + GROUPS_ON_PAGE)] {
        let search = json!({"schemas": schemas, "startIndex": start, "count": 1000});
        let page = scim.post("/.search", &search).await.body(StatusCode::OK);
        assert_eq!(page["Resources"].as_array().unwrap().len(), expected, "{start}");
        assert_eq!(page["totalResults"], USERS + TEAMS);
    }

    // One group is whole, however many are in it.
    let list = scim.get("/Groups?count=1").await.body(StatusCode::OK);
    let path = format!("/Groups/{}", id(&list["Resources"][0]));
    let group = scim.get(&path).await.body(StatusCode::OK);
    assert_eq!(group, list["Resources"][0]);
    let (members, roles) = (&group["members"], &group[ROLES]["memberRoles"]);
    assert_eq!(members.as_array().unwrap().len(), USERS);
    let ids = |list: &Value| {
        list.as_array().unwrap().iter().map(|one| one["value"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(members), ids(roles));
    let named = scim.get(&format!("{path}?attributes=members.value")).await.body(StatusCode::OK);
    assert_eq!(ids(&named["members"]), ids(members));
    assert_eq!(named["members"][USERS - 1].as_object().unwrap().len(), 1);
}
