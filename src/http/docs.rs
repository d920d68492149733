//! `/openapi.json`, `/openapi-scim.json` and `/docs`: the contracts, for programs
//! and for people.
//!
//! The page is Swagger UI as it is compiled in. It asks nobody but us, and its
//! own policy lets it run that script alone.

use std::sync::{Arc, LazyLock, OnceLock};

use actix_web::{
    Handler, HttpRequest, HttpResponse, Resource,
    http::{
        Method,
        header::{
            Allow, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETag, EntityTag, Header, IfNoneMatch,
        },
    },
    web,
};
use sha2::{Digest, Sha256};
use utoipa_swagger_ui::Config;

use super::{
    State,
    api::openapi::{self, Document, Version},
    assets::Asset,
    headers::DOCS_SECURITY,
    problem::Problem,
    router::read,
};

/// Where the page is.
const PAGE: &str = "/docs";

/// The contract changes with a release: a minute is soon enough.
const A_MINUTE: &str = "public, max-age=60";

/// Kept, and asked for again each time: the next release has other bytes.
const ASK_AGAIN: &str = "public, no-cache";

/// What the page is made of, by its name below [`PAGE`], and its type. The
/// first two are of Swagger UI.
const FILES: [(&str, &str); 3] = [
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("start.js", "text/javascript; charset=utf-8"),
];

/// A text to be served, with the tag by which it is known again.
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

    fn answer(&self, request: &HttpRequest, kind: &str, kept: &'static str) -> HttpResponse {
        let given = request.headers().contains_key(IfNoneMatch::name());
        let seen = given
            && match IfNoneMatch::parse(request) {
                Ok(IfNoneMatch::Any) => true,
                Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|seen| seen.weak_eq(&self.tag)),
                Err(_) => false,
            };
        let mut answer = if seen { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header((CACHE_CONTROL, kept)).insert_header(ETag(self.tag.clone()));
        if seen {
            return answer.finish();
        }
        answer.content_type(kind).body(self.bytes.clone())
    }
}

/// Adds the addresses of the contract to a server. Nobody needs a key to read
/// what the keys are for.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    for (document, version) in openapi::ALL {
        config.service(at(document.path(version)).route(read().to(contract(document, version))));
    }
    config
        .service(at(PAGE).route(read().to(page)))
        .service(at(&format!("{PAGE}/{{file}}")).route(read().to(file)));
}

/// A handler that serves a contract with the URL of the deployment. What was
/// written once is kept: the URL does not change while the server runs.
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

fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(|| async {
        Err::<&str, _>(Problem::MethodNotAllowed(Allow(vec![Method::GET, Method::HEAD])))
    }))
}

async fn page(request: HttpRequest) -> HttpResponse {
    static HTML: LazyLock<Text> = LazyLock::new(|| {
        let icon = Asset::Mark.path();
        Text::new(include_str!("docs/page.html").replace("ICON", icon))
    });
    let mut answer = HTML.answer(&request, "text/html; charset=utf-8", ASK_AGAIN);
    let policy = actix_web::http::header::HeaderValue::from_static(DOCS_SECURITY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    answer
}

async fn file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Problem> {
    static TEXTS: LazyLock<[Option<Text>; 3]> = LazyLock::new(|| FILES.map(|(name, _)| load(name)));
    let mut files = FILES.iter().zip(TEXTS.iter());
    let found = files.find(|((known, _), _)| *known == name.as_str());
    match found {
        Some(((_, kind), Some(text))) => Ok(text.answer(&request, kind, ASK_AGAIN)),
        _ => Err(Problem::NoSuchPage),
    }
}

fn load(name: &str) -> Option<Text> {
    if name == "start.js" {
        return Some(Text::new(include_str!("docs/start.js")));
    }
    let found =
        utoipa_swagger_ui::serve(name, Arc::new(Config::from(Document::Admin.path(Version::V3_1))));
    Some(Text::new(found.ok()??.bytes.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_compiled_in() {
        for (name, _) in FILES {
            assert!(load(name).is_some_and(|text| !text.bytes.is_empty()), "{name}");
        }
        let page = include_str!("docs/page.html");
        for (name, _) in FILES {
            assert!(page.contains(&format!("\"{PAGE}/{name}\"")), "{name}");
        }
    }
}
