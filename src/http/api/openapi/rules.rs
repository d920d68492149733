//! Parameters, headers and problems that follow from the kind of an operation.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    descriptions::remove_unused,
    operations::{self, Object, Operation, object_at, object_entry},
    problems::{self, MEDIA_TYPE, SHARED_RESPONSES},
};

/// Completes every operation, and the components that they share.
pub(super) fn complete(contract: &mut Value) {
    add_components(contract);
    let tagged_paths = find_tagged_paths(contract);
    operations::for_each_operation(contract, |mut operation| {
        let traits = OperationTraits::from_operation(&operation, &tagged_paths);
        deny_null(operation.fields);
        add_parameters(&mut operation, &traits);
        add_success_headers(&mut operation, &traits);
        add_problems(&mut operation, &traits);
        move_table_first(operation.fields);
        move_extensions_last(operation.fields);
    });
    for kind in ["parameters", "headers", "responses"] {
        remove_unused(contract, kind);
    }
}

/// The traits of an operation that determine its parameters and problems.
struct OperationTraits {
    /// The path names a resource, which may not exist.
    has_path_parameter: bool,
    /// The request has a body.
    has_body: bool,
    /// The resource has an `ETag`.
    has_etag: bool,
    /// The created resource has an `ETag`.
    creates_tagged: bool,
    /// It supports `Idempotency-Key`.
    is_idempotent: bool,
    /// It is a POST that supports `If-Match`.
    is_guarded: bool,
    /// It accepts a deprecated form of a parameter or body.
    uses_deprecated_form: bool,
}

/// Parameters and bodies that also accept a deprecated form.
const DEPRECATED_FORMS: [&str; 9] = [
    "sortOrder",
    "mode",
    "onExisting",
    "UserDraft",
    "UserChanges",
    "UserBatch",
    "ApiKeyDraft",
    "ScimClientDraft",
    "ScimClientChanges",
];

fn uses_deprecated_form(operation: &Object) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let names = parameters.filter_map(|parameter| parameter.get("name"));
    let contents = operation.get("requestBody").and_then(|body| body.get("content"));
    let contents = contents.and_then(Value::as_object).into_iter().flat_map(Object::values);
    let bodies = contents.filter_map(|content| content.pointer("/schema/$ref"));
    let mut all = names.chain(bodies).filter_map(Value::as_str);
    all.any(|name| DEPRECATED_FORMS.contains(&name.rsplit('/').next().unwrap_or_default()))
}

impl OperationTraits {
    fn from_operation(operation: &Operation<'_>, tagged_paths: &BTreeSet<String>) -> Self {
        let Operation { path, method, fields } = operation;
        let member_prefix = format!("{path}/{{");
        let creates =
            *method == "post" && fields.get("responses").and_then(|r| r.get("201")).is_some();
        Self {
            has_path_parameter: path.contains('{'),
            has_body: fields.contains_key("requestBody"),
            has_etag: tagged_paths.contains(*path) && *method != "post",
            creates_tagged: creates
                && tagged_paths
                    .iter()
                    .any(|path| path.strip_prefix(&member_prefix).is_some_and(is_last_parameter)),
            is_guarded: fields.get("x-guarded").is_some_and(|value| value == true),
            uses_deprecated_form: uses_deprecated_form(fields),
            is_idempotent: creates || fields.get("x-idempotent").is_some_and(|value| value == true),
        }
    }
}

/// Whether the rest of a path is a single parameter.
fn is_last_parameter(rest: &str) -> bool {
    rest.find('}').is_some_and(|end| end + 1 == rest.len())
}

/// Finds the paths of resources with an `ETag`: those with an ID, and those that
/// declare it. A page of a list has none. A resource that can only be deleted is
/// guarded by the `ETag` of its parent.
fn find_tagged_paths(contract: &mut Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    operations::for_each_operation(contract, |Operation { path, method, fields }| {
        let has_etag =
            fields.get("responses").and_then(|r| r.pointer("/200/headers/ETag")).is_some();
        let is_single = path.ends_with('}');
        if method == "get" && (has_etag || is_single) || method == "delete" && is_single {
            paths.insert(path.to_owned());
        }
    });
    paths
}

/// Removes null from the types of parameters and bodies, which can only be left out.
fn deny_null(operation: &mut Object) {
    let contents = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"));
    for content in contents.and_then(Value::as_object_mut).into_iter().flat_map(Object::values_mut)
    {
        let Some(schema) = content.get_mut("schema") else { continue };
        let mut kinds = schema.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
        kinds.retain(|kind| kind.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = kinds.as_slice() {
            *schema = only.clone();
        }
    }
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let Some(kind) = parameter.pointer_mut("/schema/type") else { continue };
        let mut kinds = kind.as_array().cloned().unwrap_or_default();
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            *kind = only.clone();
        }
    }
}

fn add_parameters(operation: &mut Operation<'_>, traits: &OperationTraits) {
    let names: &[&str] = match operation.method {
        "get" if traits.has_etag => &["If-None-Match"],
        "put" | "patch" | "delete" if traits.has_etag => &["If-Match"],
        "post" if traits.is_idempotent && traits.is_guarded => &["Idempotency-Key", "If-Match"],
        "post" if traits.is_idempotent => &["Idempotency-Key"],
        _ => return,
    };
    let parameters = operation.fields.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        for name in names {
            parameters.retain(|own| own.get("name").is_none_or(|own| own != name));
            parameters.push(json!({"$ref": format!("#/components/parameters/{name}")}));
        }
    }
}

fn add_success_headers(operation: &mut Operation<'_>, traits: &OperationTraits) {
    let method = operation.method;
    let Some(responses) = object_entry(operation.fields, "responses") else { return };
    for (status, response) in responses.iter_mut() {
        let Some(headers) = response.as_object_mut().and_then(|r| object_entry(r, "headers"))
        else {
            continue;
        };
        let mut names = vec!["X-Request-Id"];
        if traits.has_etag && matches!(&**status, "200" | "201")
            || traits.creates_tagged && status == "201"
        {
            names.push("ETag");
        }
        if status == "201" {
            names.push("Location");
        }
        if traits.is_idempotent && status.starts_with('2') {
            names.push("Idempotency-Replayed");
        }
        if traits.uses_deprecated_form && status.starts_with('2') {
            names.extend(["Deprecation", "Sunset", "Link"]);
        }
        for name in names {
            headers.insert(name.into(), reference("headers", name));
        }
    }
    if method == "get" && traits.has_etag {
        responses.insert("304".into(), reference("responses", "NotModified"));
    }
}

fn add_problems(operation: &mut Operation<'_>, traits: &OperationTraits) {
    let Some(responses) = object_entry(operation.fields, "responses") else { return };
    for (status, response) in responses.iter_mut() {
        add_problem_examples(operation.path, status, response);
    }
    let applies = |name: &str| match name {
        "NotFound" => traits.has_path_parameter,
        "UnderWay" => traits.is_idempotent,
        "UnprocessableOrReused" => traits.is_idempotent && traits.has_body,
        "PreconditionFailed" => traits.has_etag && operation.method != "get",
        "RequestTimeout" | "ContentTooLarge" | "UnsupportedMediaType" | "UnprocessableContent" => {
            traits.has_body
        }
        _ => true,
    };
    for shared in SHARED_RESPONSES.iter().filter(|shared| applies(shared.name)) {
        let response = reference("responses", shared.name);
        responses.entry(shared.status.as_str()).or_insert(response);
    }
    responses.insert("default".into(), reference("responses", problems::UNEXPECTED_RESPONSE));
    *responses = sort_by_status(std::mem::take(responses));
}

/// Adds examples to a problem that the operation itself describes. Its description
/// contains the codes in backticks.
fn add_problem_examples(path: &str, status: &str, response: &mut Value) {
    let Ok(status) = status.parse::<StatusCode>() else { return };
    let description = response.get("description").and_then(Value::as_str).unwrap_or_default();
    let codes: BTreeSet<String> =
        description.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    if let (true, Some(response)) = (status.as_u16() >= 400, response.as_object_mut()) {
        let has_examples = response.get("content").is_some_and(|content| {
            content.get(MEDIA_TYPE).is_some_and(|own| own.get("examples").is_some())
        });
        if !has_examples {
            let content = problems::problem_content(path, status, |code| codes.contains(code));
            response.insert("content".into(), content);
        }
    }
}

/// Moves the table to the front: generators use the first media type of a body.
fn move_table_first(operation: &mut Object) {
    let content = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"));
    let Some(content) = content.and_then(Value::as_object_mut) else { return };
    if let Some(table) = content.shift_remove("text/csv") {
        let rest = std::mem::take(content);
        *content = std::iter::once(("text/csv".to_owned(), table)).chain(rest).collect();
    }
}

/// Moves extensions to the end, in a fixed order.
fn move_extensions_last(operation: &mut Object) {
    let names = operation.keys().filter(|name| name.starts_with("x-"));
    let mut names: Vec<String> = names.cloned().collect();
    names.sort();
    for name in names {
        if let Some(value) = operation.shift_remove(&name) {
            operation.insert(name, value);
        }
    }
}

fn sort_by_status(responses: Object) -> Object {
    let mut responses: Vec<_> = responses.into_iter().collect();
    responses.sort_by(|(first, _), (second, _)| first.cmp(second));
    responses.into_iter().collect()
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn add_components(contract: &mut Value) {
    let Some(components) = object_at(contract, "/components") else { return };
    let responses =
        SHARED_RESPONSES.iter().map(|shared| (shared.name.to_owned(), shared.to_response()));
    let not_modified = json!({
        "description": "The resource has not changed (`If-None-Match`).",
        "headers": {
            "ETag": reference("headers", "ETag"),
            "X-Request-Id": reference("headers", "X-Request-Id"),
        },
    });
    let responses: Map<_, _> =
        std::iter::once(("NotModified".to_owned(), not_modified)).chain(responses).collect();
    let unexpected = (problems::UNEXPECTED_RESPONSE.to_owned(), problems::unexpected_response());
    let responses: Map<_, _> = responses.into_iter().chain([unexpected]).collect();
    components.insert("responses".into(), Value::Object(responses));
    components.insert("parameters".into(), shared_parameters());
    components.insert("headers".into(), shared_headers());
}

fn shared_parameters() -> Value {
    json!({
        "If-Match": {
            "name": "If-Match",
            "in": "header",
            "description": "The expected `ETag` of the resource, a list of them, or `*`. If the resource has another one, nothing is changed and the response is 412.",
            "required": false,
            "schema": {"type": "string", "format": "entity-tag"},
            "example": "*",
        },
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` that the caller has. If the resource has not changed, the response is 304.",
            "required": false,
            "schema": {"type": "string", "format": "entity-tag"},
            "example": "\"v1\"",
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A unique key that makes the request safe to retry: it is executed once, and a retry gets the first response. Keys are kept for 24 hours.",
            "required": false,
            "schema": {
                "type": "string",
                "format": "idempotency-key",
                "minLength": 1,
                "maxLength": 255,
                "pattern": "^[!-~]+$",
            },
        },
    })
}

fn shared_headers() -> Value {
    let header =
        |description: &str, schema: Value| json!({"description": description, "schema": schema});
    let text = json!({"type": "string"});
    json!({
        "ETag": header("The entity tag of the resource, for `If-Match` and `If-None-Match`.", text.clone()),
        "Location": header("The URL of the created resource.", json!({"type": "string", "format": "uri-reference"})),
        "X-Request-Id": header("The ID of the request, as in the log.", json!({"type": "string", "format": "uuid"})),
        "Idempotency-Replayed": header(
            "`true` if this is a replay of the first response to this `Idempotency-Key`.",
            json!({"type": "boolean"}),
        ),
        "Deprecation": header(
            "The date of the deprecation, if the request uses a deprecated feature, such as `@1796083200` (RFC 9745).",
            text.clone(),
        ),
        "Sunset": header(
            "The end of support, if the request uses a deprecated feature (RFC 8594).",
            text.clone(),
        ),
        "Link": header(
            "The URL of the policy (`rel=\"deprecation\"`), if the request uses a deprecated feature.",
            text.clone(),
        ),
        "WWW-Authenticate": header("The supported authentication scheme (RFC 6750).", text),
        "Retry-After": header("The number of seconds after which to retry.", json!({"type": "integer", "format": "int32", "minimum": 0})),
    })
}
