//! `/openapi.json`, `/openapi-scim.json` and `/docs`: the contracts, for programs
//! and for people.
//!
//! The pages are rendered from the contracts and can be read without a script. A
//! script adds search, a switch between light and dark, and a form that sends each
//! request. The pages have a content security policy that allows it.

mod curl;
mod markdown;
mod reference;
mod schema;

use std::sync::{Arc, OnceLock};

use actix_web::{
    Handler, HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETag, EntityTag, Header, IfNoneMatch},
    web,
};
use askama::Template;
use sha2::{Digest, Sha256};

use self::reference::Page;
use super::{
    AppState,
    api::openapi::{self, Document, Version},
    endpoint::Endpoint,
    headers::DOCS_SECURITY,
};

/// The pages, each of one contract.
const PAGES: [(&str, Document); 2] = [("/docs", Document::Admin), ("/docs/scim", Document::Scim)];

/// A contract changes only with a release, so a cached copy may be a minute old.
const CACHE_ONE_MINUTE: &str = "public, max-age=60";

/// A page is cached and revalidated with each request: the next release differs.
const CACHE_REVALIDATE: &str = "public, no-cache";

/// A document with its entity tag.
struct ServedDocument {
    bytes: web::Bytes,
    tag: EntityTag,
}

impl ServedDocument {
    fn new(bytes: impl Into<web::Bytes>) -> Self {
        let bytes = bytes.into();
        let hash = hex::encode(Sha256::digest(&bytes));
        // Weak, because a middleware may compress the bytes.
        let tag = EntityTag::new_weak(hash.chars().take(16).collect());
        Self { bytes, tag }
    }

    fn to_response(
        &self,
        request: &HttpRequest,
        content_type: &str,
        cache_control: &'static str,
    ) -> HttpResponse {
        let has_condition = request.headers().contains_key(IfNoneMatch::name());
        let is_current = has_condition
            && match IfNoneMatch::parse(request) {
                Ok(IfNoneMatch::Any) => true,
                Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|seen| seen.weak_eq(&self.tag)),
                Err(_) => false,
            };
        let mut response =
            if is_current { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((CACHE_CONTROL, cache_control))
            .insert_header(ETag(self.tag.clone()));
        if is_current {
            return response.finish();
        }
        response.content_type(content_type).body(self.bytes.clone())
    }
}

/// The endpoints of the contracts and their pages. They need no API key.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let contracts = openapi::ALL_DOCUMENTS.into_iter().map(|(document, version)| {
        Endpoint::new(document.path(version)).get(contract_handler(document, version))
    });
    let pages =
        PAGES.into_iter().map(|(path, document)| Endpoint::new(path).get(page_handler(document)));
    contracts.chain(pages).collect()
}

/// A handler that serves a contract with the URL of the deployment. The contract is
/// serialized once: the URL does not change while the server runs.
fn contract_handler(
    document: Document,
    version: Version,
) -> impl Handler<(HttpRequest, web::Data<AppState>), Output = HttpResponse> {
    let text = Arc::new(OnceLock::new());
    move |request: HttpRequest, state: web::Data<AppState>| {
        let text = Arc::clone(&text);
        async move {
            let text: &ServedDocument = text.get_or_init(|| {
                let server = state.app.settings.base_url.as_str();
                ServedDocument::new(openapi::to_text(
                    &document.contract_for_server(version, server),
                ))
            });
            text.to_response(&request, "application/json", CACHE_ONE_MINUTE)
        }
    }
}

/// A handler that serves the page of a contract. The page is rendered once.
fn page_handler(
    document: Document,
) -> impl Handler<(HttpRequest, web::Data<AppState>), Output = HttpResponse> {
    let text = Arc::new(OnceLock::new());
    move |request: HttpRequest, state: web::Data<AppState>| {
        let text = Arc::clone(&text);
        async move {
            let text: &Option<ServedDocument> = text.get_or_init(|| {
                let page =
                    Page::from_document(document, state.app.settings.base_url.as_str()).render();
                page.inspect_err(|error| tracing::error!(%error, "the page cannot be rendered"))
                    .ok()
                    .map(ServedDocument::new)
            });
            let Some(text) = text else { return HttpResponse::InternalServerError().finish() };
            let mut response =
                text.to_response(&request, "text/html; charset=utf-8", CACHE_REVALIDATE);
            let policy = actix_web::http::header::HeaderValue::from_static(DOCS_SECURITY);
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            response
        }
    }
}
