//! The operations of SCIM.

use serde_json::{Value, json};

use super::{
    json_schema::{TAG, reference, set},
    problems,
};
use crate::{
    domain::{
        filter::Attribute,
        lists::{TeamAttribute, UserAttribute},
    },
    http::{api::openapi::example_id, scim::reply::SCIM_JSON},
    scim::{
        schema::{Object, RESOURCE_TYPES, ResourceType, USER},
        search::{Searched, searchable},
    },
};

/// Builds the operations, by path and method.
pub(super) fn paths() -> Object {
    let mut paths = Object::new();
    let [users, groups] = RESOURCE_TYPES;
    for operation in of_kind::<UserAttribute>(users)
        .into_iter()
        .chain(of_kind::<TeamAttribute>(groups))
        .chain(of_all())
        .chain(of_me())
        .chain(of_discovery())
    {
        let item = paths.entry(format!("/scim/v2{}", operation.path)).or_insert_with(|| json!({}));
        let method = operation.method;
        set(item, method, operation.written());
    }
    paths
}

/// An operation.
struct Operation {
    method: &'static str,
    path: String,
    id: String,
    summary: String,
    description: String,
    /// References to shared parameters, and its own parameters.
    parameters: Vec<Value>,
    /// The schema of the request body.
    body: Option<String>,
    /// The status and the schema of each successful response.
    answers: Vec<(&'static str, Option<String>)>,
}

impl Operation {
    fn new(method: &'static str, path: &str, id: &str, summary: &str) -> Self {
        let (path, id, summary) = (path.to_owned(), id.to_owned(), summary.to_owned());
        let (parameters, answers) = (Vec::new(), Vec::new());
        Self {
            method,
            path,
            id,
            summary,
            description: String::new(),
            parameters,
            body: None,
            answers,
        }
    }

    fn saying(self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self }
    }

    fn takes(mut self, parameters: &[&str]) -> Self {
        self.parameters.extend(parameters.iter().map(|name| reference("parameters", name)));
        self
    }

    fn naming(mut self, name: &str, example: &str, of: &str) -> Self {
        let mut schema = json!({ "type": "string" });
        if name == "id" {
            set(&mut schema, "format", json!("uuid"));
        }
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": format!("{of}."),
            "schema": schema, "example": example,
        }));
        self
    }

    fn with(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    fn answers(mut self, status: &'static str, schema: &str) -> Self {
        self.answers.push((status, Some(schema.to_owned())));
        self
    }

    fn answers_nothing(mut self) -> Self {
        self.answers.push(("204", None));
        self
    }

    fn written(self) -> Value {
        let reads = self.method == "get" || self.path.ends_with("/.search");
        let names = self.path.contains('{') || self.path == "/Me";
        let tagged = names && !self.path.starts_with("/Re") && !self.path.starts_with("/Sc");
        let mut responses = Object::new();
        for (status, schema) in &self.answers {
            responses.insert((*status).to_owned(), self.answer(status, schema.as_deref(), tagged));
        }
        if tagged && self.method == "get" {
            responses.insert("304".into(), reference("responses", "NotModified"));
        }
        responses.extend(problems::of(names, !reads, self.body.is_some()));
        responses.insert("default".into(), reference("responses", problems::UNEXPECTED));
        let mut parameters = self.parameters;
        match self.method {
            "get" if tagged => parameters.push(reference("parameters", "If-None-Match")),
            "put" | "patch" | "delete" => parameters.push(reference("parameters", "If-Match")),
            _ => {}
        }
        let mut written = json!({
            "tags": [TAG],
            "summary": self.summary,
            "description": self.description,
            "operationId": self.id,
            "parameters": parameters,
        });
        if let Some(body) = self.body {
            let content = json!({ "schema": reference("schemas", &body) });
            set(
                &mut written,
                "requestBody",
                json!({ "required": true, "content": { SCIM_JSON: content } }),
            );
        }
        set(&mut written, "responses", responses.into());
        written
    }

    fn answer(&self, status: &str, schema: Option<&str>, tagged: bool) -> Value {
        let mut headers = json!({ "X-Request-Id": reference("headers", "X-Request-Id") });
        let makes = status == "201";
        // The entity tag of a group covers its members, which this response lacks.
        let whole = self.id != "updateScimGroup";
        if (tagged && whole && schema.is_some()) || makes {
            set(&mut headers, "ETag", reference("headers", "ETag"));
        }
        if makes {
            set(&mut headers, "Location", reference("headers", "Location"));
        }
        // Both filters and bodies can need compatibility fixes.
        if self.body.is_some() || matches!(self.id.as_str(), "listScimUsers" | "listScimGroups") {
            set(
                &mut headers,
                "Usher-Compatibility-Fixes",
                reference("headers", "Usher-Compatibility-Fixes"),
            );
        }
        let description = match status {
            "201" => "The resource was created.",
            "204" => "The request succeeded. There is no body.",
            _ => "The request succeeded.",
        };
        let mut answer = json!({ "description": description, "headers": headers });
        if let Some(schema) = schema {
            set(
                &mut answer,
                "content",
                json!({ SCIM_JSON: { "schema": reference("schemas", schema) } }),
            );
        }
        if makes {
            let kind = self.id.trim_start_matches("createScim");
            let on_it = ["getScim", "replaceScim", "updateScim", "deleteScim"];
            set(&mut answer, "links", on_it
                .iter()
                .map(|what| format!("{what}{kind}"))
                .map(|id| {
                    (
                        id.clone(),
                        json!({ "operationId": id, "parameters": { "id": "$response.body#/id" } }),
                    )
                })
                .collect::<Object>()
                .into());
        }
        answer
    }
}

const ENTITY: [&str; 2] = ["ScimAttributes", "ScimExcludedAttributes"];
const LISTED: [&str; 5] =
    ["ScimFilter", "ScimSortOrder", "ScimStartIndex", "ScimCount", "ScimCursor"];

/// Builds the operations on a resource type.
fn of_kind<A: Searched + Attribute>(kind: &ResourceType) -> Vec<Operation> {
    let (at, name) = (kind.endpoint, kind.name);
    let (thing, all) = (name.to_lowercase(), format!("{}s", name.to_lowercase()));
    let (view, page, draft) =
        (format!("Scim{name}"), format!("Scim{name}Page"), format!("Scim{name}Draft"));
    let one = format!("{at}/{{id}}");
    let id = example_id(if name == "User" { "User" } else { "Team" });
    let on_one = |method, what: &str, summary: String| {
        Operation::new(method, &one, &format!("{what}Scim{name}"), &summary).naming(
            "id",
            &id,
            &format!("The {thing}'s id"),
        )
    };
    let found = searchable::<A>();
    let names = |names: Vec<&(String, bool)>| {
        names.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let message = format!(
        "Pagination is by index (`startIndex`) or by cursor (`cursor`, empty for the first page). \
         The attributes of `filter` are {}.",
        names(found.iter().collect())
    );
    let sort = json!({
        "name": "sortBy", "in": "query", "required": false, "description": "The attribute to sort by.",
        "schema": reference("schemas", &format!("Scim{name}Sort")),
    });
    let update =
        on_one("patch", "update", format!("Update a {thing}")).takes(&ENTITY).with("ScimPatch");
    let update = match name {
        "User" => update.answers("200", &view),
        _ => update.answers("200", &view).answers_nothing().saying(
            "Members are added and removed one by one. The answer is 204. It is 200 with the group if \
             the request has `attributes` or `excludedAttributes`, or, for the dialect `STRICT`, if \
             the group has no members.",
        ),
    };
    let mut list =
        Operation::new("get", at, &format!("listScim{name}s"), &format!("List the {all}"))
            .saying(&message)
            .takes(&LISTED)
            .takes(&ENTITY)
            .answers("200", &page);
    list.parameters.push(sort);
    let deleted = on_one("delete", "delete", format!("Delete a {thing}")).answers_nothing();
    let deleted = match name {
        "User" => deleted.saying("Ends all sessions of the user. A later login does not create the user again, unless the account allows it."),
        _ => deleted.saying("The members stay users of the account."),
    };
    vec![
        list,
        Operation::new("post", at, &format!("createScim{name}"), &format!("Create a {thing}"))
            .takes(&ENTITY)
            .with(&draft)
            .answers("201", &view),
        Operation::new(
            "post",
            &format!("{at}/.search"),
            &format!("searchScim{name}s"),
            &format!("Search the {all}"),
        )
        .saying("Lists resources, with the parameters in the body.")
        .with(&format!("Scim{name}Search"))
        .answers("200", &page),
        on_one("get", "get", format!("Get a {thing}")).takes(&ENTITY).answers("200", &view),
        on_one("put", "replace", format!("Replace a {thing}"))
            .saying(match name {
                "User" => {
                    "An attribute that is left out is removed. The attributes of an extension stay \
                     if the request names its URI neither in `schemas` nor in the body."
                }
                _ => "An attribute that is left out is removed, and so are members.",
            })
            .takes(&ENTITY)
            .with(&draft)
            .answers("200", &view),
        update,
        deleted,
    ]
}

fn of_all() -> Vec<Operation> {
    vec![
        Operation::new("post", "/.search", "searchScim", "Search users and groups")
            .saying("Returns users first, then groups. Supports neither sorting nor cursors.")
            .with("ScimSearch")
            .answers("200", "ScimPage"),
        Operation::new("post", "/Bulk", "sendScimBulk", "Send a bulk request")
            .saying("Each operation succeeds or fails separately, and has its own status.")
            .with("ScimBulk")
            .answers("200", "ScimBulkResult"),
    ]
}

fn of_me() -> Vec<Operation> {
    let me = |method, what: &str, summary| {
        Operation::new(method, "/Me", &format!("{what}ScimMe"), summary)
            .saying("Needs the session of an administrator. With an API key, the answer is 404.")
    };
    vec![
        me("get", "get", "Get the signed-in user").takes(&ENTITY).answers("200", "ScimUser"),
        me("put", "replace", "Replace the signed-in user")
            .takes(&ENTITY)
            .with("ScimUserDraft")
            .answers("200", "ScimUser"),
        me("patch", "update", "Update the signed-in user")
            .takes(&ENTITY)
            .with("ScimPatch")
            .answers("200", "ScimUser"),
        me("delete", "delete", "Delete the signed-in user").answers_nothing(),
    ]
}

fn of_discovery() -> Vec<Operation> {
    vec![
        Operation::new(
            "get",
            "/ServiceProviderConfig",
            "getScimConfig",
            "Get the service provider configuration",
        )
        .answers("200", "ScimConfig"),
        Operation::new(
            "get",
            "/ResourceTypes",
            "listScimResourceTypes",
            "List the resource types",
        )
        .answers("200", "ScimResourceTypePage"),
        Operation::new(
            "get",
            "/ResourceTypes/{name}",
            "getScimResourceType",
            "Get a resource type",
        )
        .naming("name", "User", "The name of the resource type")
        .answers("200", "ScimResourceType"),
        Operation::new("get", "/Schemas", "listScimSchemas", "List the schemas")
            .answers("200", "ScimSchemaPage"),
        Operation::new("get", "/Schemas/{uri}", "getScimSchema", "Get a schema")
            .naming("uri", USER.id, "The URI of the schema")
            .answers("200", "ScimSchema"),
    ]
}
