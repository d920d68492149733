//! `Idempotency-Key`: a POST that is sent again is done once, and answered as
//! it was the first time.

use std::future::Future;

use actix_web::{
    HttpRequest, HttpResponse,
    body::to_bytes,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LINK, LOCATION},
    },
    rt,
    web::Bytes,
};
use serde::{Deserialize, Serialize};

use crate::{
    app::{
        App,
        idempotency::{self, Begun, Once},
    },
    domain::{
        etag::IfMatch,
        field_error::{FieldError, Reason},
    },
    http::{
        auth::Authorized,
        blocking,
        problem::{Parts, Problem},
    },
};

use super::{
    conditional::{self, IDEMPOTENCY_KEY as HEADER},
    deprecation,
};

const MAX_CHARS: usize = 255;

/// The headers that are kept with an answer.
const RETAINED: [HeaderName; 6] =
    [CONTENT_TYPE, ETAG, LOCATION, LINK, deprecation::DEPRECATION, deprecation::SUNSET];

/// The body that a request is answered with when it is sent again, where the
/// first answer has a secret.
struct ReplayedBody(Vec<u8>);

/// An answer with a secret, and the body without it, for the same request sent
/// again.
pub(super) fn replayed_as(mut response: HttpResponse, body: &impl Serialize) -> HttpResponse {
    let body = serde_json::to_vec(body).unwrap_or_default();
    response.extensions_mut().insert(ReplayedBody(body));
    response
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Does what a request asks for, unless it was done before under the same
/// `Idempotency-Key`. Only what went well is kept: what did not has changed
/// nothing, and may be tried again. `parts` and the body are read, and the
/// faults of all of them and of the headers are in one problem.
///
/// A caller who goes away ends the handler, but not what it has begun: else
/// the request would be done, or blocked, and nobody would know.
pub(super) async fn checked<A, P, T, R, W>(
    auth: Authorized<A>,
    request: &HttpRequest,
    parts: Result<P, Problem>,
    body: Result<Bytes, Problem>,
    read: impl FnOnce(Authorized<A>, Bytes) -> R + 'static,
    work: impl FnOnce(Authorized<A>, P, T) -> W + 'static,
) -> Result<HttpResponse, Problem>
where
    A: 'static,
    P: 'static,
    R: Future<Output = Result<T, Problem>> + 'static,
    W: Future<Output = Result<HttpResponse, Problem>> + 'static,
{
    let parts = (parts, headers(request)).all();
    by_key(auth, request, parts, body, read, work).await
}

/// As [`checked`], where `If-Match` guards the request: `work` compares it with
/// the present state.
pub(super) async fn guarded<A, P, T, R, W>(
    auth: Authorized<A>,
    request: &HttpRequest,
    parts: Result<P, Problem>,
    body: Result<Bytes, Problem>,
    read: impl FnOnce(Authorized<A>, Bytes) -> R + 'static,
    work: impl FnOnce(Authorized<A>, (P, IfMatch), T) -> W + 'static,
) -> Result<HttpResponse, Problem>
where
    A: 'static,
    P: 'static,
    R: Future<Output = Result<T, Problem>> + 'static,
    W: Future<Output = Result<HttpResponse, Problem>> + 'static,
{
    let key = key(request).map_err(|fault| Problem::Headers(vec![fault]));
    let parts = ((parts, conditional::precondition(request)).all(), key).all();
    by_key(auth, request, parts, body, read, work).await
}

/// As [`checked`], with the key of the request behind the other parts.
async fn by_key<A, P, T, R, W>(
    auth: Authorized<A>,
    request: &HttpRequest,
    parts: Result<(P, Option<String>), Problem>,
    body: Result<Bytes, Problem>,
    read: impl FnOnce(Authorized<A>, Bytes) -> R + 'static,
    work: impl FnOnce(Authorized<A>, P, T) -> W + 'static,
) -> Result<HttpResponse, Problem>
where
    A: 'static,
    P: 'static,
    R: Future<Output = Result<T, Problem>> + 'static,
    W: Future<Output = Result<HttpResponse, Problem>> + 'static,
{
    match (parts, body) {
        (Ok((parts, key)), Ok(body)) => {
            let done = move |auth: Authorized<A>, bytes| async move {
                let value = read(auth.clone(), bytes).await?;
                work(auth, parts, value).await
            };
            once(auth, request, key, body, done).await
        }
        (Ok(_), Err(problem)) => Err(problem),
        (Err(problem), body) => {
            let read = match body {
                Ok(body) => read(auth, body).await.map(drop),
                Err(problem) => Err(problem),
            };
            Err(problem.with(read.err()))
        }
    }
}

/// Does the work of a request that can be read.
async fn once<A: 'static, W>(
    auth: Authorized<A>,
    request: &HttpRequest,
    key: Option<String>,
    body: Bytes,
    work: impl FnOnce(Authorized<A>, Bytes) -> W + 'static,
) -> Result<HttpResponse, Problem>
where
    W: Future<Output = Result<HttpResponse, Problem>> + 'static,
{
    let Some(key) = key else { return work(auth, body).await };
    let uri = request.uri().to_string();
    let all = [request.method().as_str().as_bytes(), uri.as_bytes(), &[0], &body].concat();
    let done = rt::spawn(async move {
        let begin = move |app: &_, caller: &_| idempotency::begin(app, caller, &key, &all);
        match auth.clone().run(begin).await? {
            Begun::First(once) => to_the_end(auth.app.clone(), once, work(auth, body)).await,
            Begun::Done(answer) => replayed(idempotency::opened(&answer)),
            Begun::UnderWay => Err(Problem::UnderWay),
            Begun::Reused => Err(Problem::KeyReused),
        }
    });
    done.await.unwrap_or(Err(Problem::Cancelled))
}

/// The key of a request that makes something.
fn headers(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut faults = conditional::unguarded(request);
    let key = key(request).map_err(|fault| faults.push(fault)).ok().flatten();
    if faults.is_empty() { Ok(key) } else { Err(Problem::Headers(faults)) }
}

async fn to_the_end(
    app: App,
    once: Once,
    work: impl Future<Output = Result<HttpResponse, Problem>>,
) -> Result<HttpResponse, Problem> {
    match work.await {
        Ok(response) if response.status().is_success() => Ok(keep(app, once, response).await),
        other => {
            blocking::run(move || idempotency::forget(&app, &once)).await?;
            other
        }
    }
}

fn key(request: &HttpRequest) -> Result<Option<String>, FieldError> {
    let mut lines = request.headers().get_all(HEADER);
    let Some(input) = lines.next() else { return Ok(None) };
    if let Some(second) = lines.next() {
        let second = String::from_utf8_lossy(second.as_bytes());
        let reason = Reason::repeated("one key", "Send the header once.");
        return Err(FieldError::new(HEADER, second, reason));
    }
    match input.to_str() {
        Ok(text)
            if (1..=MAX_CHARS).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(text.to_owned()))
        }
        Ok(_) | Err(_) => {
            let input = String::from_utf8_lossy(input.as_bytes());
            let reason = format!(
                "must have 1 to {MAX_CHARS} characters of ASCII without a blank: use a random UUID"
            );
            Err(FieldError::new(HEADER, input, reason))
        }
    }
}

/// Keeps an answer. It is given even if it can't be kept: what was asked for is done.
async fn keep(app: App, once: Once, mut response: HttpResponse) -> HttpResponse {
    let replayed = response.extensions_mut().remove::<ReplayedBody>();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await.unwrap_or_default();
    let text = |name: &HeaderName| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    };
    let answer = Answer {
        status: response.status().as_u16(),
        headers: RETAINED.iter().filter_map(text).collect(),
        body: replayed.map_or_else(|| body.to_vec(), |ReplayedBody(body)| body),
    };
    let retained = serde_json::to_vec(&answer).unwrap_or_default();
    if let Err(problem) = blocking::run(move || idempotency::keep(&app, &once, &retained)).await {
        tracing::error!(?problem, "an answer was not kept: its request may be done once more");
    }
    response.set_body(body).map_into_boxed_body()
}

fn replayed(retained: &[u8]) -> Result<HttpResponse, Problem> {
    let Answer { status, headers, body } = serde_json::from_slice(retained)
        .map_err(|error| crate::app::Error::internal("an answer that was kept", error))?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            response.insert_header((name, value));
        }
    }
    response.insert_header(("Idempotency-Replayed", "true"));
    Ok(response.body(body))
}
