//! The discovery endpoints (RFC 7644, section 4).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Value, json};

use super::{problem::ScimProblem, reply};
use crate::{
    app::{Error, scim::base_url},
    domain::lists::{DEFAULT_COUNT, MAX_COUNT},
    http::{State, problem::Problem},
    scim::{bulk, discovery, schema::Object, search::page},
};

/// `GET /ServiceProviderConfig`: the supported features (RFC 7643, section 5).
pub(in crate::http) async fn config(state: web::Data<State>) -> Result<HttpResponse, ScimProblem> {
    let location = format!("{}/ServiceProviderConfig", base_url(&state.app));
    let config = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": bulk::MAX_OPERATIONS,
            "maxPayloadSize": bulk::MAX_BYTES,
        },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "API key",
            "description": "An API key with the scope scim, as a bearer token",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": location },
    });
    Ok(reply::json(StatusCode::OK, object(config)).sent())
}

pub(in crate::http) async fn types(
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, ScimProblem> {
    all(&request, discovery::resource_types(&base_url(&state.app)))
}

pub(in crate::http) async fn schemas(
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, ScimProblem> {
    all(&request, discovery::schemas(&base_url(&state.app)))
}

pub(in crate::http) async fn of_type(
    state: web::Data<State>,
    name: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    one(&name, discovery::resource_types(&base_url(&state.app)))
}

pub(in crate::http) async fn schema(
    state: web::Data<State>,
    uri: web::Path<String>,
) -> Result<HttpResponse, ScimProblem> {
    one(&uri, discovery::schemas(&base_url(&state.app)))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Builds the list of all items. A filter is rejected (RFC 7644, section 4).
fn all(request: &HttpRequest, found: Vec<Value>) -> Result<HttpResponse, ScimProblem> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    if query.into_iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return Err(ScimProblem::Other(Problem::NoFilter));
    }
    let total = u64::try_from(found.len()).ok();
    let push = |text: &mut String, one: &Value| text.push_str(&one.to_string());
    Ok(reply::text(StatusCode::OK, page(&found, push, total, Some(1), None)).sent())
}

fn one(id: &str, found: Vec<Value>) -> Result<HttpResponse, ScimProblem> {
    let is = |value: &Value| value["id"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id));
    let found = found.into_iter().find(is);
    let found = found.ok_or_else(|| Error::not_found("resource", id))?;
    Ok(reply::json(StatusCode::OK, object(found)).sent())
}
