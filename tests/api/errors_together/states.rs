//! A precondition or a body of another state is reported beside other errors.

use super::*;

on_both_databases! {
    another_state_is_reported_beside_other_errors,
    another_state_is_reported_beside_a_body_that_cannot_be_used,
}

async fn another_state_is_reported_beside_other_errors(db: TestDb) {
    let account = Account::new(db).await;
    let path = format!("/teams/{}", account.ops);
    let old = account.api.get(&path).await.body(StatusCode::OK);
    account.api.patch(&path, &json!({"name": "Ops 2"})).await.body(StatusCode::OK);
    let edited = |more: Value| {
        let mut body = old.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let tag = old["etag"].as_str().unwrap();
    let by_body = ["/etag", "/version"];
    for (body, header, query, status, expected) in [
        (edited(json!({})), None, "", 412, by_body.to_vec()),
        (edited(json!({"x": 1})), None, "", 422, vec!["/etag", "/version", "/x"]),
        (edited(json!({})), None, "?y=1", 400, vec!["/etag", "/version", "y"]),
        (json!({"name": "A"}), Some(tag), "", 412, vec!["If-Match"]),
        (json!({"name": "A", "x": 1}), Some(tag), "", 422, vec!["/x", "If-Match"]),
        (json!({"name": "A", "x": 1}), Some(tag), "?y=1", 400, vec!["/x", "If-Match", "y"]),
        (edited(json!({"x": 1})), Some(tag), "", 422, vec!["/x", "If-Match"]),
        (json!([]), Some(tag), "", 422, vec!["", "If-Match"]),
        (json!({"name": "A"}), Some("*"), "?y=1", 400, vec!["y"]),
        (edited(json!({"id": UNKNOWN})), None, "", 422, vec!["/etag", "/id", "/version"]),
        (edited(json!({"id": UNKNOWN})), Some(tag), "", 422, vec!["/id", "If-Match"]),
        // Nothing is looked up in another state.
        (json!({"name": "Dev", "x": 1}), Some(tag), "", 422, vec!["/x", "If-Match"]),
        (json!({"name": "Dev"}), Some(tag), "", 412, vec!["If-Match"]),
        (edited(json!({"name": "Dev"})), None, "", 412, by_body.to_vec()),
    ] {
        let request = account.request(Method::PATCH, &format!("{path}{query}"), &body);
        let request = match header {
            Some(tag) => request.header("if-match", tag),
            None => request,
        };
        let response = account.api.send(request).await;
        assert_eq!(response.status.as_u16(), status, "{}", response.text);
        assert_eq!(places(&response), expected, "{body} {header:?} {query}");
    }
    let stale = account.api.request(Method::DELETE, &format!("{path}?y=1")).header("if-match", tag);
    let response = account.api.send(stale).await;
    response.problem(StatusCode::BAD_REQUEST);
    assert_eq!(places(&response), ["If-Match", "y"]);
}

async fn another_state_is_reported_beside_a_body_that_cannot_be_used(db: TestDb) {
    let account = Account::new(db).await;
    let Account { ada, ops, client, .. } = &account;
    let connection = account.world.server.connection.id;
    let taken = account.world.server.connection.name.clone();
    let draft = json!({"name": "Other", "enabled": false, "idpEntityId": "https://idp.example/o",
        "ssoUrl": "https://idp.example/sso"});
    let other = account.api.post("/connections", &draft).await.body(StatusCode::CREATED);
    let other = format!("/connections/{}", other["id"].as_str().unwrap());
    let member = format!("/teams/{ops}/members/{ada}");
    account.api.put(&member, &json!({"role": "USER"})).await.body(StatusCode::CREATED);
    let (put, patch) = (Method::PUT, Method::PATCH);
    let stale = ("if-match", "\"v0\"");
    for (method, path, body, (header, value), expected) in [
        (&patch, format!("/users/{ada}"), json!([]), stale, vec!["", "If-Match"]),
        (&put, format!("/users/{ada}"), json!(7), stale, vec!["", "If-Match"]),
        (&patch, format!("/connections/{connection}"), json!([]), stale, vec!["", "If-Match"]),
        (&patch, other, json!({"name": taken, "x": 1}), stale, vec!["/x", "If-Match"]),
        (&patch, format!("/scim-clients/{client}"), json!([]), stale, vec!["", "If-Match"]),
        (&patch, "/account".into(), json!([]), stale, vec!["", "If-Match"]),
        (&put, member.clone(), json!([]), stale, vec!["", "If-Match"]),
        (&put, member, json!([]), ("if-none-match", "*"), vec!["", "If-None-Match"]),
    ] {
        let request = account.request(method.clone(), &path, &body).header(header, value);
        let response = account.api.send(request).await;
        response.problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(places(&response), expected, "{method} {path} {body}");
    }
}
