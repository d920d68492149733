//! `/api/v1/connections/{connectionId}/certificates` and `…/idp-metadata`.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::response::Connection;
use crate::{
    app::connections,
    domain::id::ConnectionId,
    http::{
        api::{
            ApiResult,
            body::{self, Body, BodyErrors},
            conditional, parse_forced_target, partial_body,
            parts::{IntoPart, JoinParts},
            query,
        },
        auth::{Authorized, scope},
    },
};

/// A certificate to verify signatures with.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown)]
pub(super) struct CertificateDraft {
    /// The certificate, or its chain in any order: PEM, or base64 of DER. Of a chain, only the
    /// leaf certificate is added.
    #[schema(format = "certificate", max_length = 262144)]
    certificate: String,
}

fn unknown(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    body::unknown_field_error(&[], key, accepted, location)
}

/// Add a signing certificate to a connection
///
/// This is the first step of a rollover: both certificates are trusted until the old one is
/// removed. Adding a certificate that the connection has changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/connections/{connectionId}/certificates",
    operation_id = "addConnectionCertificate",
    tag = "connections",
    params(("connectionId" = Uuid, Path, description = "The connection's ID.")),
    request_body = CertificateDraft,
    responses(
        (status = 200, description = "The connection with the certificate.", body = Connection, headers(
            ("ETag" = String, description = "The state of the connection."),
        )),
    ),
)]
pub(in crate::http) async fn add(
    auth: Authorized<scope::ConnectionsWrite>,
    body: Body,
) -> ApiResult {
    let parts = (
        query::reject_parameters(&auth.request).or_default(),
        auth.parse_id::<ConnectionId>("connection").into_part(),
        conditional::reject_conditions(&auth.request).or_default(),
        partial_body::read_values(body.read_json().await).await,
    );
    let add = async |auth: Authorized<_>, ((), id, (), draft)| {
        let CertificateDraft { certificate } = draft;
        let add = move |app: &_, caller: &_| {
            connections::add_certificate(app, caller, id, certificate.into_bytes())
        };
        let view = auth.run(add).await?;
        Ok(conditional::updated_response(&view.etag(), &Connection::from(view)))
    };
    parts.join().run(auth, add).await
}

/// Remove a signing certificate from a connection
///
/// This is the last step of a rollover. A certificate that verified one of the latest logins
/// is removed only with `force=true`; the last one that can be used, only from a
/// disabled connection.
#[utoipa::path(
    delete,
    path = "/api/v1/connections/{connectionId}/certificates/{fingerprint}",
    operation_id = "removeConnectionCertificate",
    tag = "connections",
    params(
        ("connectionId" = Uuid, Path, description = "The connection's ID."),
        ("fingerprint" = String, Path, description = "The certificate's `fingerprintSha256`: SHA-256 of its DER, 64 hexadecimal digits.", example = "62a7a6cbbbdaaa54052d570941e8f35b783d07f4792a3ff858b51a88b0f9f594"),
        ("force" = Option<bool>, Query, description = "Whether to remove a certificate that verified one of the latest logins."),
    ),
    responses(
        (status = 204, description = "The certificate was removed."),
        (status = 409, description = "`certificate_in_use`: it verified one of the latest logins."),
        (status = 422, description = "`invalid`: the connection is enabled, and has no other certificate that can be used."),
    ),
)]
pub(in crate::http) async fn remove(auth: Authorized<scope::ConnectionsWrite>) -> ApiResult {
    let (connection, fingerprint): (String, String) = auth.path();
    let target = parse_forced_target::<ConnectionId>("connection", &connection, &auth.request);
    let remove = move |app: &_, caller: &_, (id, if_match, force)| {
        connections::remove_certificate(app, caller, id, &if_match, &fingerprint, force)
    };
    target.delete(auth, remove).await
}

/// Get the metadata of a connection's identity provider
///
/// Returns the metadata that the connection was last created or updated from, in UTF-8. Other
/// updates keep it; replacing the connection without metadata removes it. If there is none, the
/// response is 404.
#[utoipa::path(
    get,
    path = "/api/v1/connections/{connectionId}/idp-metadata",
    operation_id = "getConnectionIdpMetadata",
    tag = "connections",
    params(("connectionId" = Uuid, Path, description = "The connection's ID.")),
    responses(
        (status = 200, description = "The metadata.", body = String, content_type = "application/samlmetadata+xml", headers(
            ("Content-Disposition" = String, description = "The suggested file name."),
        )),
    ),
)]
pub(in crate::http) async fn metadata(auth: Authorized<scope::ConnectionsRead>) -> ApiResult {
    let id = auth.parse_target::<ConnectionId>("connection")?;
    let xml = auth.run(move |app, caller| connections::idp_metadata(app, caller, id)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/samlmetadata+xml"))
        // The identity provider wrote it. A browser must save it, not show it.
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.xml\"")))
        .body(xml))
}
