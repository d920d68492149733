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
    State,
    api::openapi::{self, Document, Version},
    endpoint::Endpoint,
    headers::DOCS_SECURITY,
};

/// The pages, each of one contract.
const PAGES: [(&str, Document); 2] = [("/docs", Document::Admin), ("/docs/scim", Document::Scim)];

/// A contract changes only with a release, so a cached copy may be a minute old.
const A_MINUTE: &str = "public, max-age=60";

/// A page is cached and revalidated with each request: the next release differs.
const ASK_AGAIN: &str = "public, no-cache";

/// A document with its entity tag.
struct Text {
    bytes: web::Bytes,
    tag: EntityTag,
}

impl Text {
    fn new(bytes: impl Into<web::Bytes>) -> Self {
        let bytes = bytes.into();
        let hash = hex::encode(Sha256::digest(&bytes));
        // Weak, because a middleware may compress the bytes.
        let tag = EntityTag::new_weak(hash.chars().take(16).collect());
        Self { bytes, tag }
    }

    fn answer(&self, request: &HttpRequest, kind: &str, retained: &'static str) -> HttpResponse {
        let input = request.headers().contains_key(IfNoneMatch::name());
        let seen = input
            && match IfNoneMatch::parse(request) {
                Ok(IfNoneMatch::Any) => true,
                Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|seen| seen.weak_eq(&self.tag)),
                Err(_) => false,
            };
        let mut answer = if seen { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header((CACHE_CONTROL, retained)).insert_header(ETag(self.tag.clone()));
        if seen {
            return answer.finish();
        }
        answer.content_type(kind).body(self.bytes.clone())
    }
}

/// The endpoints of the contracts and their pages. They need no API key.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let contracts = openapi::ALL.into_iter().map(|(document, version)| {
        Endpoint::new(document.path(version)).get(contract(document, version))
    });
    let pages = PAGES.into_iter().map(|(path, document)| Endpoint::new(path).get(page(document)));
    contracts.chain(pages).collect()
}

/// A handler that serves a contract with the URL of the deployment. The contract is
/// serialized once: the URL does not change while the server runs.
fn contract(
    document: Document,
    version: Version,
) -> impl Handler<(HttpRequest, web::Data<State>), Output = HttpResponse> {
    let text = Arc::new(OnceLock::new());
    move |request: HttpRequest, state: web::Data<State>| {
        let text = Arc::clone(&text);
        async move {
            let text: &Text = text.get_or_init(|| {
                let server = state.app.settings.base_url.as_str();
                Text::new(openapi::written(&document.contract_of(version, server)))
            });
            text.answer(&request, "application/json", A_MINUTE)
        }
    }
}

/// A handler that serves the page of a contract. The page is rendered once.
fn page(
    document: Document,
) -> impl Handler<(HttpRequest, web::Data<State>), Output = HttpResponse> {
    let text = Arc::new(OnceLock::new());
    move |request: HttpRequest, state: web::Data<State>| {
        let text = Arc::clone(&text);
        async move {
            let text: &Option<Text> = text.get_or_init(|| {
                let page = Page::of(document, state.app.settings.base_url.as_str()).render();
                page.inspect_err(|error| tracing::error!(%error, "the page cannot be rendered"))
                    .ok()
                    .map(Text::new)
            });
            let Some(text) = text else { return HttpResponse::InternalServerError().finish() };
            let mut answer = text.answer(&request, "text/html; charset=utf-8", ASK_AGAIN);
            let policy = actix_web::http::header::HeaderValue::from_static(DOCS_SECURITY);
            answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            answer
        }
    }
}
