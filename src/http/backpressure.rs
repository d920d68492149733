//! Backpressure: decides when more bytes are read from a connection.
//!
//! The HTTP library queues decoded requests while it cannot write responses, and
//! its write buffer does not limit responses without a body. A connection
//! therefore passes on more bytes only when all requests so far are answered, or
//! when a handler waits for the rest of a body. A client that pipelines requests
//! and reads no responses fills its own buffers, not ours.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};

use actix_web::{
    Error, HttpMessage as _,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    middleware::Next,
    rt,
    web::Bytes,
};
use futures_util::Stream;

/// The number of requests of one connection that are handled before other
/// connections get a turn.
const REQUESTS_PER_TURN: u64 = 16;

/// A gate that is open while more may be read from a connection. The connection
/// shares it with its requests.
#[derive(Debug, Default)]
pub(super) struct ReadGate {
    /// The number of requests so far.
    requests: Cell<u64>,
    /// The requests whose responses are not complete yet.
    in_progress: Cell<u32>,
    /// Whether a handler waits for more of a body.
    is_body_requested: Cell<bool>,
    /// Whether the client takes no bytes at the moment.
    is_write_blocked: Cell<bool>,
    /// The last bytes of the last response's body.
    tail: Cell<[u8; 4]>,
    /// The task that waits to read.
    reader: RefCell<Option<Waker>>,
}

impl ReadGate {
    /// Waits until more may be read.
    pub(super) fn poll_open(&self, cx: &Context<'_>) -> Poll<()> {
        if self.is_open() {
            return Poll::Ready(());
        }
        self.reader.replace(Some(cx.waker().clone()));
        Poll::Pending
    }

    /// The number of requests so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// Whether no request is in progress.
    pub(super) fn is_idle(&self) -> bool {
        self.in_progress.get() == 0
    }

    /// Whether the body of the last response ends with the bytes that end a head.
    pub(super) fn ends_like_head(&self) -> bool {
        self.tail.get() == *b"\r\n\r\n"
    }

    /// Records whether the client accepts no bytes.
    pub(super) fn set_write_blocked(&self, is_blocked: bool) {
        self.is_write_blocked.set(is_blocked);
        self.wake_if_open();
    }

    fn is_open(&self) -> bool {
        !self.is_write_blocked.get() && (self.is_idle() || self.is_body_requested.get())
    }

    fn request_body(&self, is_requested: bool) {
        self.is_body_requested.set(is_requested);
        self.wake_if_open();
    }

    fn wake_if_open(&self) {
        if self.is_open()
            && let Some(reader) = self.reader.take()
        {
            reader.wake();
        }
    }
}

/// A request whose response is not complete yet.
#[derive(Debug)]
struct InProgress(Rc<ReadGate>);

impl InProgress {
    fn begin(gate: Rc<ReadGate>) -> Self {
        gate.requests.set(gate.requests.get().wrapping_add(1));
        gate.in_progress.set(gate.in_progress.get().saturating_add(1));
        gate.tail.take();
        Self(gate)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.in_progress.set(self.0.in_progress.get().saturating_sub(1));
        self.0.wake_if_open();
    }
}

/// Records a request, its body and its response in the gate of the connection.
pub(super) async fn track<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(gate) = request.conn_data::<Rc<ReadGate>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let in_progress = InProgress::begin(gate.clone());
    if gate.requests() % REQUESTS_PER_TURN == 0 {
        rt::task::yield_now().await;
    }
    match request.take_payload() {
        Payload::None => {}
        payload => {
            let payload = Box::pin(RequestBody { payload, gate });
            request.set_payload(Payload::Stream { payload });
        }
    }
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| BoxBody::new(ResponseBody { body: body.boxed(), in_progress })))
}

/// The body of a request. It is read as fast as its handler consumes it.
struct RequestBody {
    payload: Payload,
    gate: Rc<ReadGate>,
}

impl Stream for RequestBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.payload).poll_next(cx);
        self.gate.request_body(polled.is_pending());
        polled
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.gate.request_body(false);
    }
}

/// The body of a response. The request is in progress until it is written.
struct ResponseBody {
    body: BoxBody,
    in_progress: InProgress,
}

impl MessageBody for ResponseBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let polled = ready!(Pin::new(&mut self.body).poll_next(cx));
        if let Some(Ok(bytes)) = &polled {
            let tail = &self.in_progress.0.tail;
            let last = bytes.iter().skip(bytes.len().saturating_sub(4));
            tail.set(last.fold(tail.get(), |[_, a, b, c], byte| [a, b, c, *byte]));
        }
        Poll::Ready(polled)
    }
}
