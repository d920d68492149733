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
    pub(in crate::http::api) async fn json_or_nothing(self) -> Result<web::Bytes, Problem> {
        if self.media_type().is_some() {
            return self.json().await;
        }
        let bytes = self.reading(MAX_BYTES, WITHIN).whole().await?;
        match bytes.is_empty() {
            true => Ok(web::Bytes::from_static(b"{}")),
            false => Err(Problem::MediaType { expected: JSON }),
        }
    }
}
