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
    http::{api::openapi::example_id, scim::response::SCIM_JSON},
    scim::{
        bulk::MAX_OPERATIONS,
        schema::{Object, RESOURCE_TYPES, ResourceType, USER},
        search::{SearchableList, list_searchable},
    },
};

/// Builds the operations, by path and method.
pub(super) fn paths() -> Object {
    let mut paths = Object::new();
    let [users, groups] = RESOURCE_TYPES;
    for operation in resource_operations::<UserAttribute>(users)
        .into_iter()
        .chain(resource_operations::<TeamAttribute>(groups))
        .chain(root_operations())
        .chain(me_operations())
        .chain(discovery_operations())
    {
        let item = paths.entry(format!("/scim/v2{}", operation.path)).or_insert_with(|| json!({}));
        let method = operation.method;
        set(item, method, operation.into_json());
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

    fn with_description(self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self }
    }

    fn with_parameters(mut self, parameters: &[&str]) -> Self {
        self.parameters.extend(parameters.iter().map(|name| reference("parameters", name)));
        self
    }

    fn with_path_parameter(mut self, name: &str, example: &str, description: &str) -> Self {
        let mut schema = json!({ "type": "string" });
        if name == "id" {
            set(&mut schema, "format", json!("uuid"));
        }
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": format!("{description}."),
            "schema": schema, "example": example,
        }));
        self
    }

    fn with_body(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    fn with_response(mut self, status: &'static str, schema: &str) -> Self {
        self.answers.push((status, Some(schema.to_owned())));
        self
    }

    fn with_no_content(mut self) -> Self {
        self.answers.push(("204", None));
        self
    }

    fn into_json(self) -> Value {
        let reads = self.method == "get" || self.path.ends_with("/.search");
        let has_path_parameter = self.path.contains('{') || self.path == "/Me";
        let has_etag =
            has_path_parameter && !self.path.starts_with("/Re") && !self.path.starts_with("/Sc");
        let mut responses = Object::new();
        for (status, schema) in &self.answers {
            responses.insert(
                (*status).to_owned(),
                self.response_json(status, schema.as_deref(), has_etag),
            );
        }
        if has_etag && self.method == "get" {
            responses.insert("304".into(), reference("responses", "NotModified"));
        }
        responses.extend(problems::shared_responses_of(
            has_path_parameter,
            // In a bulk request, each operation has its own conflict.
            !reads && self.path != "/Bulk",
            self.body.is_some(),
        ));
        responses.insert("default".into(), reference("responses", problems::UNEXPECTED_RESPONSE));
        let mut parameters = self.parameters;
        match self.method {
            "get" if has_etag => parameters.push(reference("parameters", "If-None-Match")),
            "put" | "patch" | "delete" => parameters.push(reference("parameters", "If-Match")),
            _ => {}
        }
        let mut operation = json!({
            "tags": [TAG],
            "summary": self.summary,
            "description": self.description,
            "operationId": self.id,
            "parameters": parameters,
        });
        if let Some(body) = self.body {
            let content = json!({ "schema": reference("schemas", &body) });
            set(
                &mut operation,
                "requestBody",
                json!({ "required": true, "content": { SCIM_JSON: content } }),
            );
        }
        set(&mut operation, "responses", responses.into());
        operation
    }

    fn response_json(&self, status: &str, schema: Option<&str>, tagged: bool) -> Value {
        let mut headers = json!({ "X-Request-Id": reference("headers", "X-Request-Id") });
        let is_created = status == "201";
        // The entity tag of a group covers its members, which this response lacks.
        let has_members = self.id != "updateScimGroup";
        if (tagged && has_members && schema.is_some()) || is_created {
            set(&mut headers, "ETag", reference("headers", "ETag"));
        }
        if is_created {
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
        let mut response = json!({ "description": description, "headers": headers });
        if let Some(schema) = schema {
            set(
                &mut response,
                "content",
                json!({ SCIM_JSON: { "schema": reference("schemas", schema) } }),
            );
        }
        if is_created {
            let kind = self.id.trim_start_matches("createScim");
            let on_it = ["getScim", "replaceScim", "updateScim", "deleteScim"];
            set(&mut response, "links", on_it
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
        response
    }
}

const ENTITY_PARAMETERS: [&str; 2] = ["ScimAttributes", "ScimExcludedAttributes"];
const LIST_PARAMETERS: [&str; 5] =
    ["ScimFilter", "ScimSortOrder", "ScimStartIndex", "ScimCount", "ScimCursor"];

/// Builds the operations on a resource type.
fn resource_operations<A: SearchableList + Attribute>(kind: &ResourceType) -> Vec<Operation> {
    let (endpoint, name) = (kind.endpoint, kind.name);
    let (noun, plural) = (name.to_lowercase(), format!("{}s", name.to_lowercase()));
    let (view, page, draft) =
        (format!("Scim{name}"), format!("Scim{name}Page"), format!("Scim{name}Draft"));
    let resource_path = format!("{endpoint}/{{id}}");
    let id = example_id(if name == "User" { "User" } else { "Team" });
    let on_resource = |method, what: &str, summary: String| {
        Operation::new(method, &resource_path, &format!("{what}Scim{name}"), &summary)
            .with_path_parameter("id", &id, &format!("The {noun}'s ID"))
    };
    let attributes = list_searchable::<A>();
    let names = |names: Vec<&(String, bool)>| {
        names.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let description = format!(
        "Returns a page. Pagination is by index (`startIndex`) or by cursor (`cursor`, empty for the first page). \
         The attributes of `filter` are {}.",
        names(attributes.iter().collect())
    );
    let sort = json!({
        "name": "sortBy", "in": "query", "required": false, "description": "The attribute to sort by.",
        "schema": reference("schemas", &format!("Scim{name}Sort")),
    });
    let update = on_resource("patch", "update", format!("Update a {noun}"))
        .with_parameters(&ENTITY_PARAMETERS)
        .with_body("ScimPatch");
    let update = match name {
        "User" => update
            .with_response("200", &view)
            .with_description("Applies the operations in order, or none if one fails."),
        _ => update.with_response("200", &view).with_no_content().with_description(
            "Applies the operations in order, or none if one fails. The response is 204, or 200 with the group if \
             the request has `attributes` or `excludedAttributes`, or, for the dialect `STRICT`, if \
             the group has no members.",
        ),
    };
    let mut list =
        Operation::new("get", endpoint, &format!("listScim{name}s"), &format!("List {plural}"))
            .with_description(&description)
            .with_parameters(&LIST_PARAMETERS)
            .with_parameters(&ENTITY_PARAMETERS)
            .with_response("200", &page);
    list.parameters.push(sort);
    let delete = on_resource("delete", "delete", format!("Delete a {noun}")).with_no_content();
    let delete = match name {
        "User" => delete.with_description("Deletes the user, and ends all sessions of the user. A later login does not create the user again, unless the account allows it."),
        _ => delete.with_description("Deletes the group. Its members stay users of the account."),
    };
    vec![
        list,
        Operation::new("post", endpoint, &format!("createScim{name}"), &format!("Create a {noun}"))
            .with_description(match name {
                "User" => "Stages a user. The first login keeps the values of this request.",
                _ => "Creates the group with the members that the request has.",
            })
            .with_parameters(&ENTITY_PARAMETERS)
            .with_body(&draft)
            .with_response("201", &view),
        Operation::new(
            "post",
            &format!("{endpoint}/.search"),
            &format!("searchScim{name}s"),
            &format!("Search {plural}"),
        )
        .with_description("Returns a page, as a GET of the list does. The body has the parameters.")
        .with_body(&format!("Scim{name}Search"))
        .with_response("200", &page),
        on_resource("get", "get", format!("Get a {noun}"))
            .with_description(&format!(
                "Returns the {noun}, or the attributes that `attributes` and `excludedAttributes` select."
            ))
            .with_parameters(&ENTITY_PARAMETERS)
            .with_response("200", &view),
        on_resource("put", "replace", format!("Replace a {noun}"))
            .with_description(match name {
                "User" => {
                    "An attribute that is left out is removed. The attributes of an extension stay \
                     if the request names its URI neither in `schemas` nor in the body."
                }
                _ => "An attribute that is left out is removed, and so are members that are left out.",
            })
            .with_parameters(&ENTITY_PARAMETERS)
            .with_body(&draft)
            .with_response("200", &view),
        update,
        delete,
    ]
}

fn root_operations() -> Vec<Operation> {
    vec![
        Operation::new("post", "/.search", "searchScim", "Search users and groups")
            .with_description(
                "Returns users first, then groups. Supports neither sorting nor cursors.",
            )
            .with_body("ScimSearch")
            .with_response("200", "ScimPage"),
        Operation::new("post", "/Bulk", "sendScimBulk", "Send a bulk request")
            .with_description(&format!(
                "Executes up to {MAX_OPERATIONS} operations. Each succeeds or fails separately, and has its own \
                 status in the response."
            ))
            .with_body("ScimBulk")
            .with_response("200", "ScimBulkResult"),
    ]
}

fn me_operations() -> Vec<Operation> {
    let me = |method, what: &str, summary| {
        Operation::new(method, "/Me", &format!("{what}ScimMe"), summary).with_description(
            "Needs the session of an administrator. With an API key, the response is 404.",
        )
    };
    vec![
        me("get", "get", "Get the signed-in user")
            .with_parameters(&ENTITY_PARAMETERS)
            .with_response("200", "ScimUser"),
        me("put", "replace", "Replace the signed-in user")
            .with_parameters(&ENTITY_PARAMETERS)
            .with_body("ScimUserDraft")
            .with_response("200", "ScimUser"),
        me("patch", "update", "Update the signed-in user")
            .with_parameters(&ENTITY_PARAMETERS)
            .with_body("ScimPatch")
            .with_response("200", "ScimUser"),
        me("delete", "delete", "Delete the signed-in user").with_no_content(),
    ]
}

fn discovery_operations() -> Vec<Operation> {
    vec![
        Operation::new(
            "get",
            "/ServiceProviderConfig",
            "getScimConfig",
            "Get the service provider configuration",
        )
        .with_response("200", "ScimConfig"),
        Operation::new("get", "/ResourceTypes", "listScimResourceTypes", "List resource types")
            .with_response("200", "ScimResourceTypePage"),
        Operation::new(
            "get",
            "/ResourceTypes/{name}",
            "getScimResourceType",
            "Get a resource type",
        )
        .with_path_parameter("name", "User", "The name of the resource type")
        .with_response("200", "ScimResourceType"),
        Operation::new("get", "/Schemas", "listScimSchemas", "List schemas")
            .with_response("200", "ScimSchemaPage"),
        Operation::new("get", "/Schemas/{uri}", "getScimSchema", "Get a schema")
            .with_path_parameter("uri", USER.id, "The URI of the schema")
            .with_response("200", "ScimSchema"),
    ]
}
