//! `Idempotency-Key`: a POST that is sent again is executed once, and gets the
//! response of the first time.

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
        idempotency::{self, IdempotencyState, IdempotentOperation},
    },
    domain::{
        etag::IfMatch,
        field_error::{FieldError, Reason},
    },
    http::{auth::Authorized, blocking, problem::Problem},
};

use super::{
    ApiResult,
    conditional::{self, IDEMPOTENCY_KEY as HEADER},
    deprecation,
    parts::{IntoPart, JoinParts, Part},
};

const MAX_CHARS: usize = 255;

/// The headers that are stored with a response.
const RETAINED_HEADERS: [HeaderName; 6] =
    [CONTENT_TYPE, ETAG, LOCATION, LINK, deprecation::DEPRECATION, deprecation::SUNSET];

/// The body of a replayed response, if the first response contains a secret.
struct ReplayedBody(Vec<u8>);

/// Attaches the body without the secret to a response, for a replay.
pub(super) fn with_replay_body(mut response: HttpResponse, body: &impl Serialize) -> HttpResponse {
    let body = serde_json::to_vec(body).unwrap_or_default();
    response.extensions_mut().insert(ReplayedBody(body));
    response
}

/// A response as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// The parts of a request, and its `Idempotency-Key` if it has one.
pub(super) type KeyedParts<P> = Part<(P, Option<String>)>;

/// Adds the key of a request that has no preconditions to its parts.
pub(super) fn with_key<P>(request: &HttpRequest, parts: Part<P>) -> KeyedParts<P> {
    (parts, parse_headers(request).or_default()).join()
}

/// Like [`with_key`], and parses the precondition, which `work` checks.
pub(super) fn with_key_and_precondition<P>(
    request: &HttpRequest,
    parts: Part<P>,
) -> KeyedParts<(P, IfMatch)> {
    let key = parse_key(request).map_err(|error| Problem::Headers(vec![error]));
    let parts = (parts, conditional::parse_precondition(request).or_default()).join();
    (parts, key.or_default()).join()
}

/// Executes a request once for each `Idempotency-Key`. Only a successful response is
/// stored: a failed request has changed nothing and may be retried. The errors of
/// `parts`, the body and the headers are combined into one problem.
///
/// If the client disconnects, the handler ends, but the work that it started goes on.
/// Otherwise the outcome of the request would be unknown.
pub(super) async fn handle_once<A, P, T, R, W>(
    auth: Authorized<A>,
    parts: KeyedParts<P>,
    body: Result<Bytes, Problem>,
    read: impl FnOnce(Authorized<A>, Bytes) -> R + 'static,
    work: impl FnOnce(Authorized<A>, P, T) -> W + 'static,
) -> ApiResult
where
    A: 'static,
    P: 'static,
    R: Future<Output = Part<T>> + 'static,
    W: Future<Output = Result<HttpResponse, Problem>> + 'static,
{
    match (parts, body) {
        (Part::Usable((parts, key)), Ok(body)) => {
            let handle = move |auth: Authorized<A>, bytes| async move {
                let value = read(auth.clone(), bytes).await;
                value.run(auth, |auth, value| work(auth, parts, value)).await
            };
            run_once(auth, key, body, handle).await
        }
        (parts, Ok(body)) => {
            let parts = (parts, read(auth.clone(), body).await).join();
            parts.run(auth, |auth, ((parts, _), value)| work(auth, parts, value)).await
        }
        (parts, Err(problem)) => Err(match parts.into_problem() {
            Some(other) => other.merge_optional(Some(problem)),
            None => problem,
        }),
    }
}

/// Executes a request whose parts are valid.
async fn run_once<A: 'static, W>(
    auth: Authorized<A>,
    key: Option<String>,
    body: Bytes,
    work: impl FnOnce(Authorized<A>, Bytes) -> W + 'static,
) -> ApiResult
where
    W: Future<Output = Result<HttpResponse, Problem>> + 'static,
{
    let Some(key) = key else { return work(auth, body).await };
    let uri = auth.request.uri().to_string();
    let request_bytes =
        [auth.request.method().as_str().as_bytes(), uri.as_bytes(), &[0], &body].concat();
    let task = rt::spawn(async move {
        let begin =
            move |app: &_, caller: &_| idempotency::begin(app, caller, &key, &request_bytes);
        match auth.run(begin).await? {
            IdempotencyState::First(once) => {
                run_and_store(auth.app.clone(), once, work(auth, body)).await
            }
            IdempotencyState::Completed(response) => {
                replay_response(idempotency::expose_response(&response))
            }
            IdempotencyState::InProgress => Err(Problem::RequestInProgress),
            IdempotencyState::KeyReused => Err(Problem::IdempotencyKeyReused),
        }
    });
    task.await.unwrap_or(Err(Problem::Cancelled))
}

/// Parses the key, and rejects preconditions.
fn parse_headers(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut errors = conditional::precondition_errors(request);
    let key = parse_key(request).map_err(|error| errors.push(error)).ok().flatten();
    if errors.is_empty() { Ok(key) } else { Err(Problem::Headers(errors)) }
}

async fn run_and_store(
    app: App,
    once: IdempotentOperation,
    work: impl Future<Output = Result<HttpResponse, Problem>>,
) -> ApiResult {
    match work.await {
        Ok(response) if response.status().is_success() => {
            Ok(store_response(app, once, response).await)
        }
        failed => {
            blocking::run(move || idempotency::release(&app, &once)).await?;
            failed
        }
    }
}

fn parse_key(request: &HttpRequest) -> Result<Option<String>, FieldError> {
    let mut lines = request.headers().get_all(HEADER);
    let Some(value) = lines.next() else { return Ok(None) };
    if let Some(second) = lines.next() {
        let second = String::from_utf8_lossy(second.as_bytes());
        let reason = Reason::repeated("one key", "Send the header once.");
        return Err(FieldError::new(HEADER, second, reason));
    }
    match value.to_str() {
        Ok(text)
            if (1..=MAX_CHARS).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(text.to_owned()))
        }
        Ok(_) | Err(_) => {
            let input = String::from_utf8_lossy(value.as_bytes());
            let reason = format!(
                "must have 1 to {MAX_CHARS} ASCII characters without spaces: use a random UUID"
            );
            Err(FieldError::new(HEADER, input, reason))
        }
    }
}

/// Stores a response. The response is sent even if it can't be stored, because the
/// request has been executed.
async fn store_response(
    app: App,
    once: IdempotentOperation,
    mut response: HttpResponse,
) -> HttpResponse {
    let replayed = response.extensions_mut().remove::<ReplayedBody>();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await.unwrap_or_default();
    let text = |name: &HeaderName| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    };
    let stored = StoredResponse {
        status: response.status().as_u16(),
        headers: RETAINED_HEADERS.iter().filter_map(text).collect(),
        body: replayed.map_or_else(|| body.to_vec(), |ReplayedBody(body)| body),
    };
    let stored = serde_json::to_vec(&stored).unwrap_or_default();
    if let Err(problem) = blocking::run(move || idempotency::complete(&app, &once, &stored)).await {
        tracing::error!(?problem, "a response was not stored: its request may be executed again");
    }
    response.set_body(body).map_into_boxed_body()
}

fn replay_response(stored: &[u8]) -> ApiResult {
    let StoredResponse { status, headers, body } = serde_json::from_slice(stored)
        .map_err(|error| crate::app::Error::internal("reading a stored response", error))?;
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
