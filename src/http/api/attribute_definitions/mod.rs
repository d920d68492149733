//! `/api/v1/attribute-definitions`: the custom attributes of users.

mod json_schema;
mod schemas;

use actix_web::{
    HttpResponse,
    web::{self, Bytes},
};
use utoipa::OpenApi;

pub(crate) use self::schemas::AttributeDefinition;
use self::schemas::{
    AttributeDefinitionChanges, AttributeDefinitionDraft, AttributeDefinitionList,
};
use super::{
    ApiResult,
    body::Body,
    conditional, idempotency, partial_body,
    parts::{IntoPart, JoinParts},
    query,
    read_back::{CurrentResource, UnchangedFields, UpdateBody, parse_update},
};
use crate::{
    app::{attribute_definitions, callers::Caller},
    domain::{
        custom_attribute::{AttributeDefinitionChanges as DomainChanges, NewAttributeDefinition},
        id::AttributeDefinitionId,
    },
    http::auth::{Authorized, scope},
};

/// The OpenAPI document of this module.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, update, delete, schema))]
pub(super) struct Doc;

const THING: &str = "attribute definition";

/// List attribute definitions
///
/// Returns all definitions: an account has at most 100.
#[utoipa::path(
    get,
    path = "/api/v1/attribute-definitions",
    operation_id = "listAttributeDefinitions",
    tag = "attributes",
    responses((status = 200, description = "All definitions, by name.", body = AttributeDefinitionList)),
)]
pub(in crate::http) async fn list(auth: Authorized<scope::UsersRead>) -> ApiResult {
    query::reject_parameters(&auth.request)?;
    let all = auth.run(attribute_definitions::list).await?;
    let items = all.into_iter().map(AttributeDefinition::from).collect();
    Ok(HttpResponse::Ok().json(AttributeDefinitionList { items }))
}

/// Define an attribute
///
/// Users can then have values of the attribute in `attributes`.
#[utoipa::path(
    post,
    path = "/api/v1/attribute-definitions",
    operation_id = "createAttributeDefinition",
    tag = "attributes",
    request_body = AttributeDefinitionDraft,
    responses(
        (status = 201, description = "The attribute was defined.", body = AttributeDefinition),
        (status = 409, description = "`exists`: another attribute has the name. `too_many_attributes`: the account has 100 attributes already."),
    ),
)]
pub(in crate::http) async fn create(
    auth: Authorized<scope::AccountWrite>,
    body: Body,
) -> ApiResult {
    let bytes = body.read_json().await;
    let read = |_, bytes: Bytes| async move { partial_body::parse_values(&bytes).await };
    let create = |auth: Authorized<_>, (), draft: AttributeDefinitionDraft| async move {
        let new = NewAttributeDefinition::from(draft);
        let create =
            move |app: &_, caller: &Caller| attribute_definitions::create(app, caller, new.clone());
        let definition = auth.run(create).await?;
        let location = format!("/api/v1/attribute-definitions/{}", definition.id);
        let etag = definition.etag();
        Ok(conditional::created_response(&etag, &location, &AttributeDefinition::from(definition)))
    };
    let parts =
        idempotency::with_key(&auth.request, query::reject_parameters(&auth.request).or_default());
    idempotency::handle_once(auth, parts, bytes, read, create).await
}

/// Get an attribute definition
///
/// Returns the definition with its rules.
#[utoipa::path(
    get,
    path = "/api/v1/attribute-definitions/{attributeDefinitionId}",
    operation_id = "getAttributeDefinition",
    tag = "attributes",
    params(("attributeDefinitionId" = Uuid, Path, description = "The definition's ID.")),
    responses((status = 200, description = "The definition.", body = AttributeDefinition)),
)]
pub(in crate::http) async fn get(auth: Authorized<scope::UsersRead>) -> ApiResult {
    let id = auth.parse_target::<AttributeDefinitionId>(THING)?;
    let definition =
        auth.run(move |app, caller| attribute_definitions::get(app, caller, id)).await?;
    let etag = definition.etag();
    Ok(conditional::entity_response(&auth.request, &etag, &AttributeDefinition::from(definition)))
}

/// Update an attribute definition
///
/// A field that is left out keeps its value. Name, type and sub-attributes can't be changed.
/// The values of users stay, even if they break a new rule.
#[utoipa::path(
    patch,
    path = "/api/v1/attribute-definitions/{attributeDefinitionId}",
    operation_id = "updateAttributeDefinition",
    tag = "attributes",
    params(("attributeDefinitionId" = Uuid, Path, description = "The definition's ID.")),
    request_body(content = AttributeDefinitionChanges, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated definition.", body = AttributeDefinition)),
)]
pub(in crate::http) async fn update(
    auth: Authorized<scope::AccountWrite>,
    body: Body,
) -> ApiResult {
    let target = auth.parse_guarded_target::<AttributeDefinitionId>(THING);
    let parse =
        async |bytes: &web::Bytes, _: &UnchangedFields| partial_body::parse_values(bytes).await;
    let current = async || {
        let id = auth.parse_id::<AttributeDefinitionId>(THING)?;
        let get = move |app: &_, caller: &Caller| attribute_definitions::get(app, caller, id);
        let definition = auth.run(get).await?;
        let etag = definition.etag();
        Ok(CurrentResource::new(THING, id, AttributeDefinition::from(definition), etag))
    };
    let bytes = body.read_merge_patch().await;
    let changes = parse_update(&auth.request, bytes, parse, current).await;
    let update = async |auth: Authorized<_>, ((id, if_match), changes): (_, UpdateBody<_>)| {
        let (changes, if_match): (AttributeDefinitionChanges, _) =
            changes.with_precondition(if_match);
        let changes = DomainChanges::from(changes);
        let update = move |app: &_, caller: &Caller| {
            attribute_definitions::update(app, caller, id, &if_match, &changes)
        };
        let definition = auth.run(update).await?;
        let etag = definition.etag();
        Ok(conditional::updated_response(&etag, &AttributeDefinition::from(definition)))
    };
    (target, changes).join().run(auth, update).await
}

/// Delete an attribute definition
///
/// Deletes the definition with the values of all users. If users have a value or a connection
/// uses it, it is deleted only with `force=true`.
#[utoipa::path(
    delete,
    path = "/api/v1/attribute-definitions/{attributeDefinitionId}",
    operation_id = "deleteAttributeDefinition",
    tag = "attributes",
    params(
        ("attributeDefinitionId" = Uuid, Path, description = "The definition's ID."),
        ("force" = Option<bool>, Query, description = "Whether to delete the definition if users have a value or a connection uses it."),
    ),
    responses(
        (status = 204, description = "The definition was deleted."),
        (status = 409, description = "`in_use`: users have a value, or connections use the attribute. The message says how many."),
    ),
)]
pub(in crate::http) async fn delete(auth: Authorized<scope::AccountWrite>) -> ApiResult {
    let target = auth.parse_forced_target::<AttributeDefinitionId>(THING);
    let delete = |app: &_, caller: &_, (id, if_match, force)| {
        attribute_definitions::delete(app, caller, id, &if_match, force)
    };
    target.delete(auth, delete).await
}

/// Get the JSON Schema of the attributes
///
/// Returns a JSON Schema (draft 2020-12) of `attributes` of the account's users, for
/// code generators.
#[utoipa::path(
    get,
    path = "/api/v1/attributes",
    operation_id = "getAttributeSchema",
    tag = "attributes",
    responses((status = 200, description = "The JSON Schema.", body = serde_json::Map<String, serde_json::Value>, content_type = "application/schema+json")),
)]
pub(in crate::http) async fn schema(auth: Authorized<scope::UsersRead>) -> ApiResult {
    query::reject_parameters(&auth.request)?;
    let all = auth.run(attribute_definitions::list).await?;
    let schema = json_schema::build(&all);
    Ok(HttpResponse::Ok().content_type("application/schema+json").json(schema))
}
