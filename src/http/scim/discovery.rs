//! The discovery endpoints (RFC 7644, section 4).

use actix_web::{
    FromRequest, HttpRequest, ResponseError as _, dev::Payload, http::StatusCode, web,
};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

use super::{
    problem::ScimProblem,
    request::{Client, ScimResult},
    response,
};
use crate::{
    app::{
        Error,
        scim::{base_url, user_schemas::UserSchemas},
    },
    domain::lists::{DEFAULT_COUNT, MAX_COUNT},
    http::{AppState, endpoint::Argument, problem::Problem},
    scim::{bulk, discovery, schema::Object, search::render_page},
};

/// `GET /ServiceProviderConfig`: the supported features (RFC 7643, section 5).
pub(in crate::http) async fn config(state: web::Data<AppState>) -> ScimResult {
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
    Ok(response::json_response(StatusCode::OK, into_object(config)).into_response())
}

pub(in crate::http) async fn resource_types(
    state: web::Data<AppState>,
    client: OptionalClient,
    request: HttpRequest,
) -> ScimResult {
    let base = base_url(&state.app);
    let schemas = client.load_schemas().await?;
    list_response(&request, schemas.with_type(|users| discovery::resource_types(users, &base)))
}

pub(in crate::http) async fn schemas(
    state: web::Data<AppState>,
    client: OptionalClient,
    request: HttpRequest,
) -> ScimResult {
    let base = base_url(&state.app);
    let schemas = client.load_schemas().await?;
    list_response(&request, schemas.with_type(|users| discovery::schemas(users, &base)))
}

pub(in crate::http) async fn resource_type(
    state: web::Data<AppState>,
    client: OptionalClient,
    name: web::Path<String>,
) -> ScimResult {
    let base = base_url(&state.app);
    let schemas = client.load_schemas().await?;
    item_response(&name, schemas.with_type(|users| discovery::resource_types(users, &base)))
}

pub(in crate::http) async fn schema(
    state: web::Data<AppState>,
    client: OptionalClient,
    uri: web::Path<String>,
) -> ScimResult {
    let base = base_url(&state.app);
    let schemas = client.load_schemas().await?;
    item_response(&uri, schemas.with_type(|users| discovery::schemas(users, &base)))
}

/// The client of a request that needs none. Only a client sees the custom attributes of the
/// account.
pub(in crate::http) struct OptionalClient(Option<Client>);

impl FromRequest for OptionalClient {
    type Error = ScimProblem;
    type Future = LocalBoxFuture<'static, Result<Self, ScimProblem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let client = Client::from_request(request, payload);
        Box::pin(async move {
            match client.await {
                Ok(client) => Ok(Self(Some(client))),
                // A failed look-up does not mean that there is no such key.
                Err(problem) if problem.status_code().is_server_error() => Err(problem),
                Err(_) => Ok(Self(None)),
            }
        })
    }
}

impl Argument for OptionalClient {}

impl OptionalClient {
    async fn load_schemas(self) -> Result<UserSchemas, ScimProblem> {
        match self.0 {
            Some(client) => Ok(client.run(UserSchemas::load).await?),
            None => Ok(UserSchemas::default()),
        }
    }
}

fn into_object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Builds the list of all items. A filter is rejected (RFC 7644, section 4).
fn list_response(request: &HttpRequest, items: Vec<Value>) -> ScimResult {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    if query.into_iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return Err(ScimProblem::Other(Problem::FilterNotSupported));
    }
    let total = u64::try_from(items.len()).ok();
    let push = |text: &mut String, one: &Value| text.push_str(&one.to_string());
    Ok(response::text_response(StatusCode::OK, render_page(&items, push, total, Some(1), None))
        .into_response())
}

fn item_response(id: &str, items: Vec<Value>) -> ScimResult {
    let has_id =
        |value: &Value| value["id"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id));
    let item = items.into_iter().find(has_id);
    let item = item.ok_or_else(|| Error::not_found("resource", id))?;
    Ok(response::json_response(StatusCode::OK, into_object(item)).into_response())
}
