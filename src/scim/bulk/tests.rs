use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Bulk, BulkError, ExecutionOrder, Target, parse, resolve};
use crate::{
    domain::api_key::Dialect,
    scim::{
        compatibility::CompatibilityFixes,
        error::{ScimError, ScimErrorType},
        schema::BULK_REQUEST,
    },
};

fn bulk(operations: Value) -> Result<Bulk, BulkError> {
    let body = json!({"schemas": [BULK_REQUEST], "Operations": operations});
    parse(body, &mut CompatibilityFixes::new(Dialect::Strict))
}

/// An operation that makes a user, who refers to others.
fn creating_operation(name: &str, refers_to: &[&str]) -> Value {
    let members: Vec<_> =
        refers_to.iter().map(|other| json!({"value": format!("bulkId:{other}")})).collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": {"members": members}})
}

#[test]
fn referenced_operations_run_first_and_others_keep_their_order() {
    for (operations, expected) in [
        (json!([]), vec![]),
        (
            json!([
                creating_operation("a", &[]),
                creating_operation("b", &[]),
                creating_operation("c", &["a"])
            ]),
            vec![0, 1, 2],
        ),
        (
            json!([
                creating_operation("a", &["c"]),
                creating_operation("b", &[]),
                creating_operation("c", &[])
            ]),
            vec![2, 0, 1],
        ),
        (
            json!([
                creating_operation("a", &["b"]),
                creating_operation("b", &["c"]),
                creating_operation("c", &[])
            ]),
            vec![2, 1, 0],
        ),
        (json!([creating_operation("a", &["x"]), creating_operation("b", &[])]), vec![0, 1]),
        (
            json!([{"method": "PATCH", "path": "/Users/bulkId:b"}, creating_operation("b", &[])]),
            vec![1, 0],
        ),
    ] {
        let order = ExecutionOrder::from_operations(&bulk(operations.clone()).unwrap().operations);
        assert_eq!(order.indices, expected, "{operations}");
        assert!(!order.circular.contains(&true), "{operations}");
    }
}

#[test]
fn circular_references_are_distinguished_from_long_chains() {
    for (operations, circular) in [
        (
            json!([creating_operation("a", &["a"]), creating_operation("b", &[])]),
            [true, false].as_slice(),
        ),
        (
            json!([
                creating_operation("a", &["b"]),
                creating_operation("b", &["a"]),
                creating_operation("c", &[])
            ]),
            &[true, true, false],
        ),
        (
            json!([
                creating_operation("a", &["b"]),
                creating_operation("b", &["c"]),
                creating_operation("c", &["a"])
            ]),
            &[true; 3],
        ),
        // Who waits for a circle waits as long.
        (
            json!([
                creating_operation("a", &["b"]),
                creating_operation("b", &["b"]),
                creating_operation("c", &[])
            ]),
            &[true, true, false],
        ),
    ] {
        let order = ExecutionOrder::from_operations(&bulk(operations.clone()).unwrap().operations);
        assert_eq!(order.circular, circular, "{operations}");
        assert_eq!(order.indices.len(), circular.len(), "{operations}");
    }
}

#[test]
fn a_long_chain_of_references_is_followed_to_its_end() {
    let chain = |at: usize| creating_operation(&at.to_string(), &[&(at + 1).to_string()]);
    let mut operations: Vec<_> = (0..999).map(chain).collect();
    operations.push(creating_operation("999", &[]));
    let order = ExecutionOrder::from_operations(&bulk(operations.into()).unwrap().operations);
    assert_eq!(order.indices, (0..1_000).rev().collect::<Vec<_>>());
}

#[test]
fn references_are_replaced_by_ids() {
    let made = HashMap::from([("a".to_owned(), "7".to_owned())]);
    let target = Target::Users(Some("bulkId:a".to_owned()));
    let data = json!({"members": [{"value": "bulkId:a"}, {"value": "8"}], "title": "bulkId"});
    let expected = json!({"members": [{"value": "7"}, {"value": "8"}], "title": "bulkId"});
    assert_eq!(resolve(target, data, &made), Ok((Target::Users(Some("7".into())), expected)));
    for (data, error) in [
        (json!({"members": [{"value": "bulkId:b"}]}), ScimErrorType::InvalidValue),
        (
            json!({"Operations": [{"path": "members[value eq \"bulkId:a\"]"}]}),
            ScimErrorType::InvalidPath,
        ),
    ] {
        let rejected = resolve(Target::Groups(None), data.clone(), &made).unwrap_err();
        assert_eq!(rejected.kind, error, "{data}");
    }
}

#[test]
fn malformed_bulk_request_is_rejected_before_any_operation() {
    for (operations, detail) in [
        (json!({}), "Operations must be a list of operations"),
        (json!([7]), "Operations[0]: it must be an object"),
        (json!([{"path": "/Users"}]), "Operations[0]: method must be POST, PUT, PATCH or DELETE"),
        (
            json!([{"method": "post", "path": "/Users", "bulkId": "a"}]),
            "Operations[0]: method must be POST, PUT, PATCH or DELETE",
        ),
        (json!([{"method": "POST", "path": "/Users"}]), "Operations[0]: a POST needs a bulkId"),
        (
            json!([{"method": "PUT"}]),
            "Operations[0]: path is required: send the path of the resource",
        ),
        (
            json!([creating_operation("a", &[]), creating_operation("a", &[])]),
            "Operations[1]: the bulkId \"a\" is given more than once",
        ),
        (
            json!([{"method": "PUT", "path": "/Users/7", "date": {}}]),
            "Operations[0]: \"date\" is not an attribute that is stored here (did you mean \"data\"?)",
        ),
    ] {
        let Err(BulkError::Scim(ScimError { detail: message, .. })) = bulk(operations.clone())
        else {
            panic!("{operations} was read");
        };
        assert_eq!(message, detail);
    }
    let many: Vec<_> = (0..1_001).map(|at| creating_operation(&at.to_string(), &[])).collect();
    assert_eq!(bulk(many.into()), Err(BulkError::TooMany(1_001)));
}

#[test]
fn invalid_path_fails_only_its_operation() {
    for (method, path) in [
        ("POST", "/Users/7"),
        ("PUT", "/Users"),
        ("DELETE", "/Groups"),
        ("POST", "/Devices"),
        ("PATCH", "/Me"),
        ("POST", ""),
    ] {
        let operations = json!([{"method": method, "path": path, "bulkId": "a"}]);
        let read = bulk(operations).unwrap();
        let rejected = read.operations[0].target.clone().unwrap_err();
        assert_eq!(rejected.kind, ScimErrorType::InvalidPath, "{method} {path}");
    }
}
