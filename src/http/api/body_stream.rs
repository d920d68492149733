//! Request bodies that are read chunk by chunk, with limits for size and time. The
//! caller of a slow body is authenticated again at its end.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, dev,
    rt::time::{Sleep, sleep},
    web,
};
use futures_util::{
    StreamExt,
    future::{Either, select},
};

use crate::{
    domain::field_error::{FieldError, Reason},
    http::{auth, problem::Problem},
};

/// How long an authentication counts as recent.
const REAUTHENTICATE_AFTER: Duration = Duration::from_millis(100);

/// The chunks of a request body.
pub(super) struct BodyStream {
    payload: dev::Payload,
    request: HttpRequest,
    limit: usize,
    length: usize,
    started_at: Instant,
    deadline: Pin<Box<Sleep>>,
    timeout: Duration,
}

impl BodyStream {
    /// Starts to read a body, which must arrive `within` this time.
    pub(super) fn new(
        request: HttpRequest,
        payload: dev::Payload,
        limit: usize,
        timeout: Duration,
    ) -> Self {
        let deadline = Box::pin(sleep(timeout));
        Self { payload, request, limit, length: 0, started_at: Instant::now(), deadline, timeout }
    }

    /// Returns the next bytes, or `None` at the end. The caller of a slow body is
    /// authenticated again at its end, so that credentials that were deleted or expired meanwhile
    /// are not accepted.
    pub(super) async fn next(&mut self) -> Result<Option<web::Bytes>, Problem> {
        let chunk = match select(self.payload.next(), &mut self.deadline).await {
            Either::Left((chunk, _)) => chunk,
            Either::Right(_) => return Err(Problem::TooSlow { seconds: self.timeout.as_secs() }),
        };
        let Some(chunk) = chunk else {
            if self.started_at.elapsed() > REAUTHENTICATE_AFTER {
                auth::authenticate(&self.request).await?;
            }
            return Ok(None);
        };
        let chunk = chunk.map_err(|_| Problem::Malformed(incomplete_body_error()))?;
        self.length += chunk.len();
        if self.length > self.limit {
            return Err(Problem::TooLarge { limit: self.limit });
        }
        Ok(Some(chunk))
    }

    /// Reads the whole body.
    pub(super) async fn read_all(mut self) -> Result<web::Bytes, Problem> {
        let mut bytes = web::BytesMut::new();
        while let Some(chunk) = self.next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }
}

/// The error of a body that does not arrive completely.
fn incomplete_body_error() -> FieldError {
    let reason = Reason::new(
        "did not arrive completely",
        "a body that is as long and as encoded as the headers say",
        "Send the request again.",
    );
    FieldError::new("", "", reason)
}

#[cfg(test)]
mod tests {
    use actix_web::{error::PayloadError, test::TestRequest};
    use futures_util::stream;

    use super::*;

    #[actix_web::test]
    async fn body_that_does_not_arrive_times_out() {
        let begun = stream::iter([Ok(web::Bytes::from_static(b"{"))]).chain(stream::pending());
        let payload: Pin<Box<dyn futures_util::Stream<Item = Result<web::Bytes, PayloadError>>>> =
            Box::pin(begun);
        let payload = dev::Payload::Stream { payload };
        let request = TestRequest::default().to_http_request();
        let reading = BodyStream::new(request, payload, 10, Duration::from_millis(20));
        assert!(matches!(reading.read_all().await, Err(Problem::TooSlow { .. })));
    }
}
