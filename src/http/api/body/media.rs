//! Whole bodies, by their media type.

use super::*;

impl Body {
    /// The whole body of JSON.
    pub(in crate::http::api) async fn json(self) -> Result<web::Bytes, Problem> {
        self.bytes(&[JSON], MAX_BYTES).await
    }

    /// The whole body of a merge patch. Plain JSON will do.
    pub(in crate::http::api) async fn merge_patch(self) -> Result<web::Bytes, Problem> {
        self.bytes(&[MERGE_PATCH, JSON], MAX_BYTES).await
    }

    /// The whole body of JSON, or an empty object for a body that was left out.
    /// Clients that always send a body send `Content-Type` without one.
    pub(in crate::http::api) async fn json_or_nothing(self) -> Result<web::Bytes, Problem> {
        let has_type = self.media_type().is_some();
        if has_type {
            self.admit(&[JSON], MAX_BYTES)?;
            self.admit_utf8()?;
        }
        let bytes = self.whole(MAX_BYTES).await?;
        match (bytes.is_empty(), has_type) {
            (true, _) => Ok(web::Bytes::from_static(b"{}")),
            (false, true) => Ok(bytes),
            (false, false) => Err(Problem::MediaType { expected: &[JSON] }),
        }
    }
}
