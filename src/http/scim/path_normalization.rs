//! Normalizes SCIM paths with extra slashes: `/scim/v2//Users/` is `/scim/v2/Users`.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse, Url},
    http::Uri,
    middleware::Next,
};

/// The path of SCIM.
const SCIM_PATH: &str = "/scim/v2";

/// The middleware that removes extra slashes before routing.
pub(in crate::http) async fn normalize_path(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(uri) = remove_empty_segments(request.uri()) {
        request.match_info_mut().set(Url::new(uri.clone()));
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

/// Removes empty segments from a SCIM path. Returns `None` if there are none.
fn remove_empty_segments(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let mut clean = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        clean.push('/');
        clean.push_str(segment);
    }
    let is_scim =
        clean.strip_prefix(SCIM_PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if !is_scim || clean == path {
        return None;
    }
    if let Some(query) = uri.query() {
        clean.push('?');
        clean.push_str(query);
    }
    clean.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_slashes_are_merged_in_scim_paths_only() {
        for (written, expected) in [
            ("/scim/v2/Users/", Some("/scim/v2/Users")),
            ("/scim/v2//Users", Some("/scim/v2/Users")),
            ("//scim///v2/Users//7/?filter=a//b", Some("/scim/v2/Users/7?filter=a//b")),
            ("/scim/v2/", Some("/scim/v2")),
            ("/scim/v2/Users%2F", None),
            ("/scim/v2/Users?x=/", None),
            ("/scim/v20/", None),
            ("/api/v1/users/", None),
            ("/", None),
        ] {
            let meant = expected.map(|meant| meant.parse::<Uri>().unwrap());
            assert_eq!(remove_empty_segments(&written.parse().unwrap()), meant, "{written}");
        }
    }
}
