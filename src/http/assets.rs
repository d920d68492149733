//! The style sheets, the picture and the script of the pages, compiled in.
//!
//! The path of an asset contains the hash of its bytes. Browsers may cache it
//! forever, and a new release takes effect at once.

use std::sync::LazyLock;

use super::endpoint::Endpoint;
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ETag, EntityTag, Header, IfNoneMatch},
};
use sha2::{Digest, Sha256};

/// The content behind an asset's path never changes.
const CACHE_FOREVER: &str = "public, max-age=31536000, immutable";

/// The number of SHA-256 bytes in the path: 64 bits distinguish releases.
const HASH_BYTES: usize = 8;

/// A file that pages refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asset {
    /// The style sheet of all pages.
    Style,
    /// The mark: an usher's light, on the pages and in the browser's tab.
    Mark,
    /// The style sheet of the contracts' pages, beside that of all pages.
    DocsStyle,
    /// The script of the contracts' pages.
    DocsScript,
}

impl Asset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Style, Self::Mark, Self::DocsStyle, Self::DocsScript];

    /// The file's bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Style => include_bytes!("assets/usher.css"),
            Self::Mark => include_bytes!("assets/mark.svg"),
            Self::DocsStyle => include_bytes!("assets/docs.css"),
            Self::DocsScript => include_bytes!("assets/docs.js"),
        }
    }

    /// The media type, for `Content-Type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Style | Self::DocsStyle => "text/css; charset=utf-8",
            Self::DocsScript => "text/javascript; charset=utf-8",
            Self::Mark => "image/svg+xml",
        }
    }

    /// The path, e.g. `/assets/usher-0123456789abcdef.css`.
    #[must_use]
    pub fn path(self) -> &'static str {
        static PATHS: LazyLock<[String; 4]> = LazyLock::new(|| {
            let path = |asset: Asset| format!("/assets/{}", asset.file_name());
            Asset::ALL.map(path)
        });
        let [style, mark, docs_style, docs_script] = &*PATHS;
        match self {
            Self::Style => style,
            Self::Mark => mark,
            Self::DocsStyle => docs_style,
            Self::DocsScript => docs_script,
        }
    }

    fn file_name(self) -> String {
        let (stem, extension) = match self {
            Self::Style => ("usher", "css"),
            Self::Mark => ("mark", "svg"),
            Self::DocsStyle => ("docs", "css"),
            Self::DocsScript => ("docs", "js"),
        };
        format!("{stem}-{}.{extension}", self.hash())
    }

    fn hash(self) -> String {
        Sha256::digest(self.bytes())
            .iter()
            .take(HASH_BYTES)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Weak, because a middleware may compress the bytes (RFC 9110 8.8.3.3).
    fn entity_tag(self) -> EntityTag {
        EntityTag::new_weak(self.hash())
    }
}

/// The endpoints of the assets. They answer 304 to a browser that has the asset,
/// and 404 for an asset of another release.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let endpoint = |asset: Asset| {
        let handler = move |request: HttpRequest| async move { serve(asset, &request) };
        Endpoint::new(asset.path()).get(handler)
    };
    Asset::ALL.into_iter().map(endpoint).collect()
}

fn serve(asset: Asset, request: &HttpRequest) -> HttpResponse {
    let tag = asset.entity_tag();
    // An unreadable header is ignored, and the whole file is sent.
    let is_current = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|current| current.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = if is_current { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, CACHE_FOREVER)).insert_header(ETag(tag));
    if is_current {
        return response.finish();
    }
    response.content_type(asset.media_type()).body(asset.bytes())
}

#[cfg(test)]
mod tests {
    use actix_web::{App, dev::ServiceResponse, http::StatusCode, test};

    use super::*;

    async fn call(request: test::TestRequest) -> ServiceResponse {
        let app = test::init_service(App::new().configure(crate::http::add_routes)).await;
        test::call_service(&app, request.to_request()).await
    }

    #[actix_web::test]
    async fn asset_is_cached_forever_because_its_url_names_its_content() {
        for asset in Asset::ALL {
            assert!(asset.path().contains(&asset.hash()), "{asset:?}");
            let response = call(test::TestRequest::get().uri(asset.path())).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers().get("cache-control").unwrap(), CACHE_FOREVER);
            assert_eq!(response.headers().get("content-type").unwrap(), asset.media_type());
            assert_eq!(test::read_body(response).await, asset.bytes());
        }
    }

    #[actix_web::test]
    async fn unchanged_asset_is_answered_304() {
        let response = call(test::TestRequest::get().uri(Asset::Style.path())).await;
        let tag = response.headers().get("etag").unwrap().to_str().unwrap().to_owned();
        for current in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
            let request = test::TestRequest::get().uri(Asset::Style.path());
            let response = call(request.insert_header(("if-none-match", current.as_str()))).await;
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{current}");
            assert_eq!(response.headers().get("etag").unwrap(), tag.as_str());
            assert!(test::read_body(response).await.is_empty());
        }
        for current in ["\"other\"", "W/\"", "é"] {
            let request = test::TestRequest::get().uri(Asset::Style.path());
            let response = call(request.insert_header(("if-none-match", current))).await;
            assert_eq!(response.status(), StatusCode::OK, "{current}");
        }
    }

    #[actix_web::test]
    async fn asset_of_another_release_is_not_found_and_writing_is_not_allowed() {
        let other = call(test::TestRequest::get().uri("/assets/usher-0000000000000000.css")).await;
        assert_eq!(other.status(), StatusCode::NOT_FOUND);
        let post = call(test::TestRequest::post().uri(Asset::Mark.path())).await;
        assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(post.headers().get("allow").unwrap(), "GET, HEAD");
        let head = test::TestRequest::default()
            .method(actix_web::http::Method::HEAD)
            .uri(Asset::Mark.path());
        assert_eq!(call(head).await.status(), StatusCode::OK);
    }

    #[::core::prelude::v1::test]
    fn an_asset_refers_to_nothing_elsewhere() {
        for asset in Asset::ALL {
            let text = std::str::from_utf8(asset.bytes()).unwrap();
            let text = text.replace("http://www.w3.org/2000/svg", "");
            for reference in ["url(", "@import", "http:", "https:", "<script", "<style", "style="] {
                assert!(!text.contains(reference), "{asset:?} holds {reference}");
            }
        }
    }
}
