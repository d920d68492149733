//! A user from staging to deletion, told with the generated client.

use std::{collections::HashMap, env, error::Error};

use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, ETAG, HeaderMap},
};
use usher::types::{
    AccountRole, ImportState, ImportStatus,
    ImportUsersResponse::{Variant0 as Report, Variant1 as Import},
    PlanDecision, PreviewAssertion, PreviewRequest, Problem, TeamRole, UserBatch, UserChanges,
    UserChangesPosition, UserDraft, UserStatus, UserTeamDraft, UserTeamDraftName,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {}", env::var("USHER_API_KEY")?).parse()?);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    let usher = usher::Client::new_with_client(&env::var("USHER_URL")?, http);

    // Stage a user into a team that is not there yet.
    let team = UserTeamDraft::builder()
        .name(UserTeamDraftName::try_from("Analysts of Rust")?)
        .role(TeamRole::User);
    let draft = UserDraft::builder()
        .email("ada.lovelace@rust.example")
        .role(AccountRole::User)
        .teams(vec![team.try_into()?])
        .create_missing_teams(true);
    let ada = usher.create_user().body(draft).send().await?;
    assert_eq!(ada.first_name, "Ada");
    assert_eq!(ada.status, UserStatus::Staged);
    assert_eq!(ada.teams[0].name, "Analysts of Rust");
    let first_tag = ada.headers()[ETAG].to_str()?.to_owned();

    // Find her.
    let filter = format!("email eq \"{}\"", ada.email);
    let found = usher.list_users().filter(filter).send().await?;
    assert_eq!(found.items.iter().map(|user| user.id).collect::<Vec<_>>(), [ada.id]);

    // Change her, if nobody else has.
    let change = UserChanges::builder().position(UserChangesPosition::try_from("Analyst")?);
    let changed =
        usher.update_user().user_id(ada.id).if_match(&first_tag).body(change).send().await?;
    assert_eq!(changed.position.as_deref(), Some("Analyst"));

    // A request with a stale ETag is rejected with 412.
    let change = UserChanges::builder().position(UserChangesPosition::try_from("Countess")?);
    let late = usher.update_user().user_id(ada.id).if_match(&first_tag).body(change).send().await;
    rejected(StatusCode::PRECONDITION_FAILED, late);

    // There is one user for each e-mail address.
    let again = usher.create_user().body_map(|user| user.email(ada.email.as_str())).send().await;
    rejected(StatusCode::CONFLICT, again);

    // List a few, page by page.
    let mut staff = vec![ada.id];
    for email in ["bea@rust.example", "cyd@rust.example"] {
        staff.push(usher.create_user().body_map(|user| user.email(email)).send().await?.id);
    }
    let mut listed = Vec::new();
    let mut cursor = None;
    loop {
        let mut list = usher.list_users().filter("email ew \"@rust.example\"").count(2);
        if let Some(cursor) = cursor {
            list = list.cursor::<String>(cursor);
        }
        let page = list.send().await?.into_inner();
        listed.extend(page.items.into_iter().map(|user| user.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    listed.sort();
    staff.sort();
    assert_eq!(listed, staff);

    // See what her first login would do.
    let connections = usher.list_connections().send().await?;
    let assertion = PreviewAssertion::builder()
        .name_id(ada.email.clone())
        .attributes(HashMap::from([("department".to_owned(), vec!["Engines".to_owned()])]));
    let login = PreviewRequest::builder().assertion(PreviewAssertion::try_from(assertion)?);
    let preview =
        usher.preview_login().connection_id(connections.items[0].id).body(login).send().await?;
    let plan = preview.plan.as_ref().ok_or("the login is planned")?;
    assert_eq!(plan.decision, PlanDecision::Claim);
    assert_eq!(plan.user.as_ref().map(|user| user.id), Some(ada.id));

    // Stage somebody beside her, and be rejected with a report of each user.
    let draft = |email: &str| UserDraft::try_from(UserDraft::builder().email(email));
    let batch = UserBatch::builder().users(vec![draft("dora@rust.example")?]);
    let report = usher.batch_users().body(batch).send().await?;
    assert_eq!((report.created, report.committed), (1, true));
    let batch = UserBatch::builder().users(vec![draft("nobody")?]);
    let rejection = usher.batch_users().body(batch).send().await;
    let Err(usher::Error::ErrorResponse(rejection)) = rejection else { panic!("not rejected") };
    assert_eq!((&*rejection.code, rejection.failed), ("import_failed", Some(1)));
    assert_eq!(rejection.results[0].status, ImportStatus::Failed);

    // Import a table: at once, and beside other requests.
    let table = "email,firstName\neve@rust.example,Eve\n".to_owned();
    let imported = usher.import_users().dry_run(true).body(table.clone()).send().await?;
    let Report(report) = imported.into_inner() else { panic!("not imported at once") };
    assert_eq!((report.rows, report.created, report.dry_run), (1, 1, true));
    let import = usher.import_users().prefer("respond-async").body(table).send().await?;
    assert_eq!(import.status(), StatusCode::ACCEPTED);
    let Import(import) = import.into_inner() else { panic!("imported at once") };
    while matches!(
        usher.get_import().import_id(import.id).send().await?.state,
        ImportState::Pending | ImportState::Running
    ) {}
    let imports = usher.list_imports().filter("state eq \"SUCCEEDED\"").send().await?;
    assert!(imports.items.iter().any(|listed| listed.id == import.id));
    for email in ["dora@rust.example", "eve@rust.example"] {
        let found = usher.list_users().filter(format!("email eq \"{email}\"")).send().await?;
        staff.push(found.items[0].id);
    }

    // Disable her.
    let change = UserChanges::builder().disabled(true);
    let disabled = usher.update_user().user_id(ada.id).body(change).send().await?;
    assert_eq!(disabled.status, UserStatus::Disabled);

    // Delete them all.
    for id in staff {
        usher.delete_user().user_id(id).send().await?;
    }
    rejected(StatusCode::NOT_FOUND, usher.get_user().user_id(ada.id).send().await);
    Ok(())
}

/// The call was rejected with this status, and the problem says so as well.
fn rejected<T>(status: StatusCode, answer: Result<T, usher::Error<Problem>>) {
    let Err(usher::Error::ErrorResponse(rejection)) = answer else {
        panic!("not rejected with {status}");
    };
    assert_eq!(rejection.status(), status);
    assert_eq!(rejection.status, i32::from(status.as_u16()));
}
