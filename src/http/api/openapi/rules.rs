//! Parameters, headers and problems that follow from the kind of an operation.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    describe::keep_used,
    operations::{self, Object, Operation, entry, object},
    problems::{self, MEDIA_TYPE, SHARED},
};

/// Completes every operation, and the components that they share.
pub(super) fn complete(contract: &mut Value) {
    add_components(contract);
    let tagged = tagged(contract);
    operations::each(contract, |mut operation| {
        let facts = Facts::of(&operation, &tagged);
        deny_null(operation.is);
        add_parameters(&mut operation, &facts);
        add_success_headers(&mut operation, &facts);
        add_problems(&mut operation, &facts);
        tables_first(operation.is);
        extensions_last(operation.is);
    });
    for kind in ["parameters", "headers", "responses"] {
        keep_used(contract, kind);
    }
}

/// The traits of an operation that determine its parameters and problems.
struct Facts {
    /// The path names a resource, which may not exist.
    names: bool,
    /// The request has a body.
    body: bool,
    /// The resource has an `ETag`.
    tagged: bool,
    /// The created resource has an `ETag`.
    makes_tagged: bool,
    /// It supports `Idempotency-Key`.
    once: bool,
    /// It is a POST that supports `If-Match`.
    guarded: bool,
    /// It accepts a deprecated form of a parameter or body.
    has_old_form: bool,
}

/// Parameters and bodies that also accept a deprecated form.
const OLD_FORMS: [&str; 9] = [
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

fn has_old_form(operation: &Object) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let names = parameters.filter_map(|parameter| parameter.get("name"));
    let contents = operation.get("requestBody").and_then(|body| body.get("content"));
    let contents = contents.and_then(Value::as_object).into_iter().flat_map(Object::values);
    let bodies = contents.filter_map(|content| content.pointer("/schema/$ref"));
    let mut all = names.chain(bodies).filter_map(Value::as_str);
    all.any(|name| OLD_FORMS.contains(&name.rsplit('/').next().unwrap_or_default()))
}

impl Facts {
    fn of(operation: &Operation<'_>, tagged: &BTreeSet<String>) -> Self {
        let Operation { path, method, is } = operation;
        let made = format!("{path}/{{");
        let creates = *method == "post" && is.get("responses").and_then(|r| r.get("201")).is_some();
        Self {
            names: path.contains('{'),
            body: is.contains_key("requestBody"),
            tagged: tagged.contains(*path) && *method != "post",
            makes_tagged: creates
                && tagged.iter().any(|path| path.strip_prefix(&made).is_some_and(is_last)),
            guarded: is.get("x-guarded").is_some_and(|value| value == true),
            has_old_form: has_old_form(is),
            once: creates || is.get("x-idempotent").is_some_and(|value| value == true),
        }
    }
}

/// Whether the rest of a path is a single parameter.
fn is_last(rest: &str) -> bool {
    rest.find('}').is_some_and(|end| end + 1 == rest.len())
}

/// Finds the paths of resources with an `ETag`: those with an ID, and those that
/// declare it. A page of a list has none. A resource that can only be deleted is
/// guarded by the `ETag` of its parent.
fn tagged(contract: &mut Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    operations::each(contract, |Operation { path, method, is }| {
        let declared = is.get("responses").and_then(|r| r.pointer("/200/headers/ETag")).is_some();
        let is_one = path.ends_with('}');
        if method == "get" && (declared || is_one) || method == "delete" && is_one {
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

fn add_parameters(operation: &mut Operation<'_>, facts: &Facts) {
    let names: &[&str] = match operation.method {
        "get" if facts.tagged => &["If-None-Match"],
        "put" | "patch" | "delete" if facts.tagged => &["If-Match"],
        "post" if facts.once && facts.guarded => &["Idempotency-Key", "If-Match"],
        "post" if facts.once => &["Idempotency-Key"],
        _ => return,
    };
    let parameters = operation.is.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        for name in names {
            parameters.retain(|own| own.get("name").is_none_or(|own| own != name));
            parameters.push(json!({"$ref": format!("#/components/parameters/{name}")}));
        }
    }
}

fn add_success_headers(operation: &mut Operation<'_>, facts: &Facts) {
    let method = operation.method;
    let Some(responses) = entry(operation.is, "responses") else { return };
    for (status, response) in responses.iter_mut() {
        let Some(headers) = response.as_object_mut().and_then(|r| entry(r, "headers")) else {
            continue;
        };
        let mut names = vec!["X-Request-Id"];
        if facts.tagged && matches!(&**status, "200" | "201")
            || facts.makes_tagged && status == "201"
        {
            names.push("ETag");
        }
        if status == "201" {
            names.push("Location");
        }
        if facts.once && status.starts_with('2') {
            names.push("Idempotency-Replayed");
        }
        if facts.has_old_form && status.starts_with('2') {
            names.extend(["Deprecation", "Sunset", "Link"]);
        }
        for name in names {
            headers.insert(name.into(), reference("headers", name));
        }
    }
    if method == "get" && facts.tagged {
        responses.insert("304".into(), reference("responses", "NotModified"));
    }
}

fn add_problems(operation: &mut Operation<'_>, facts: &Facts) {
    let Some(responses) = entry(operation.is, "responses") else { return };
    for (status, response) in responses.iter_mut() {
        describe_own(operation.path, status, response);
    }
    let desired = |name: &str| match name {
        "NotFound" => facts.names,
        "UnderWay" => facts.once,
        "UnprocessableOrReused" => facts.once && facts.body,
        "PreconditionFailed" => facts.tagged && operation.method != "get",
        "RequestTimeout" | "ContentTooLarge" | "UnsupportedMediaType" | "UnprocessableContent" => {
            facts.body
        }
        _ => true,
    };
    for shared in SHARED.iter().filter(|shared| desired(shared.name)) {
        let response = reference("responses", shared.name);
        responses.entry(shared.status.as_str()).or_insert(response);
    }
    responses.insert("default".into(), reference("responses", problems::UNEXPECTED));
    *responses = in_order(std::mem::take(responses));
}

/// Adds examples to a problem that the operation itself describes. Its description
/// contains the codes in backticks.
fn describe_own(path: &str, status: &str, response: &mut Value) {
    let Ok(status) = status.parse::<StatusCode>() else { return };
    let description = response.get("description").and_then(Value::as_str).unwrap_or_default();
    let codes: BTreeSet<String> =
        description.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    if let (true, Some(response)) = (status.as_u16() >= 400, response.as_object_mut()) {
        let has_examples = response.get("content").is_some_and(|content| {
            content.get(MEDIA_TYPE).is_some_and(|own| own.get("examples").is_some())
        });
        if !has_examples {
            let content = problems::content(path, status, |code| codes.contains(code));
            response.insert("content".into(), content);
        }
    }
}

/// Moves the table to the front: generators use the first media type of a body.
fn tables_first(operation: &mut Object) {
    let content = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"));
    let Some(content) = content.and_then(Value::as_object_mut) else { return };
    if let Some(table) = content.shift_remove("text/csv") {
        let others = std::mem::take(content);
        *content = std::iter::once(("text/csv".to_owned(), table)).chain(others).collect();
    }
}

/// Moves extensions to the end, in a fixed order.
fn extensions_last(operation: &mut Object) {
    let names = operation.keys().filter(|name| name.starts_with("x-"));
    let mut names: Vec<String> = names.cloned().collect();
    names.sort();
    for name in names {
        if let Some(value) = operation.shift_remove(&name) {
            operation.insert(name, value);
        }
    }
}

fn in_order(responses: Object) -> Object {
    let mut responses: Vec<_> = responses.into_iter().collect();
    responses.sort_by(|(one, _), (other, _)| one.cmp(other));
    responses.into_iter().collect()
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn add_components(contract: &mut Value) {
    let Some(components) = object(contract, "/components") else { return };
    let responses = SHARED.iter().map(|shared| (shared.name.to_owned(), shared.response()));
    let not_modified = json!({
        "description": "The resource has not changed (`If-None-Match`).",
        "headers": {
            "ETag": reference("headers", "ETag"),
            "X-Request-Id": reference("headers", "X-Request-Id"),
        },
    });
    let responses: Map<_, _> =
        std::iter::once(("NotModified".to_owned(), not_modified)).chain(responses).collect();
    let unexpected = (problems::UNEXPECTED.to_owned(), problems::unexpected());
    let responses: Map<_, _> = responses.into_iter().chain([unexpected]).collect();
    components.insert("responses".into(), Value::Object(responses));
    components.insert("parameters".into(), parameters());
    components.insert("headers".into(), headers());
}

fn parameters() -> Value {
    json!({
        "If-Match": {
            "name": "If-Match",
            "in": "header",
            "description": "The expected `ETag` of the resource, a list of them, or `*`. If the resource has another one, nothing is changed and the answer is 412.",
            "required": false,
            "schema": {"type": "string", "format": "entity-tag"},
            "example": "*",
        },
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` that the caller has. If the resource has not changed, the answer is 304.",
            "required": false,
            "schema": {"type": "string", "format": "entity-tag"},
            "example": "\"v1\"",
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A unique key that makes the request safe to retry: it is executed once, and a retry gets the first answer. Keys are kept for 24 hours.",
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

fn headers() -> Value {
    let header =
        |description: &str, schema: Value| json!({"description": description, "schema": schema});
    let text = json!({"type": "string"});
    json!({
        "ETag": header("The entity tag of the resource, for `If-Match` and `If-None-Match`.", text.clone()),
        "Location": header("The URL of the created resource.", json!({"type": "string", "format": "uri-reference"})),
        "X-Request-Id": header("The ID of the request, as in the log.", json!({"type": "string", "format": "uuid"})),
        "Idempotency-Replayed": header(
            "`true` if this is a replay of the first answer to this `Idempotency-Key`.",
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
        "Retry-After": header("After how many seconds to retry.", json!({"type": "integer", "format": "int32", "minimum": 0})),
    })
}
