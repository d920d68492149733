//! A client connection. It limits how much is read at once and how long responses
//! stay unread, and it answers requests that cannot be parsed.

use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::rt::{
    net::TcpStream,
    time::{Sleep, sleep},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    backpressure::ReadGate,
    parse_errors::{self, UnansweredRequest},
};

/// The maximum number of bytes that are passed to the HTTP library at once. The library
/// decodes all of them, up to 450 requests, before it writes a response.
const MAX_READ: usize = 8 * 1024;

/// How long a client may leave its responses unread. Each byte that it reads
/// restarts the time.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long further bytes of a client are read and dropped after the last response.
/// A connection that is closed with unread bytes is reset, and the client could not
/// read the response.
const LINGER_TIME: Duration = Duration::from_secs(1);

/// A connection of a client.
#[derive(Debug)]
pub(super) struct ClientConnection {
    io: TcpStream,
    gate: Rc<ReadGate>,
    /// The number of bytes that were passed on since reading last paused.
    handed_out: usize,
    /// The request that is not answered yet.
    unanswered: UnansweredRequest,
    /// Whether clients reach the server by https.
    is_https: bool,
    /// Elapses when the client has not read any bytes for too long.
    write_timeout: Option<Pin<Box<Sleep>>>,
    /// The response to a request that can't be parsed.
    last_response: Option<LastResponse>,
}

/// The last response on a connection.
#[derive(Debug)]
struct LastResponse {
    bytes: Vec<u8>,
    written: usize,
    /// Elapses when further bytes of the client are no longer read.
    linger: Option<Pin<Box<Sleep>>>,
}

impl ClientConnection {
    /// A connection over this stream. Its bytes are sent at once: a compressed response is
    /// written in parts, and Nagle's algorithm would delay the second by 40 ms.
    ///
    /// # Errors
    /// If the stream is closed.
    pub(super) fn new(io: TcpStream, is_https: bool) -> io::Result<Self> {
        io.set_nodelay(true)?;
        Ok(Self {
            io,
            gate: Rc::default(),
            handed_out: 0,
            unanswered: UnansweredRequest::default(),
            is_https,
            write_timeout: None,
            last_response: None,
        })
    }

    /// The gate that is open while more may be read.
    pub(super) fn gate(&self) -> Rc<ReadGate> {
        Rc::clone(&self.gate)
    }

    fn poll_read_bounded(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.gate.poll_open(cx));
        let limit = MAX_READ.saturating_sub(self.handed_out).min(buffer.remaining());
        if limit == 0 {
            // The library answers what it has, and asks again.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut chunk = ReadBuf::new(buffer.initialize_unfilled_to(limit));
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut chunk))?;
        if self.gate.is_idle() {
            self.unanswered.record_bytes(chunk.filled(), self.gate.requests());
        }
        let count = chunk.filled().len();
        buffer.advance(count);
        self.handed_out += count;
        Poll::Ready(Ok(()))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.gate.set_write_blocked(polled.is_pending());
        if polled.is_ready() {
            self.write_timeout = None;
            return polled;
        }
        let stalled = self.write_timeout.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends the last response, and gives the client time to read it.
    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        response: &mut LastResponse,
    ) -> Poll<io::Result<()>> {
        while let Some(rest) =
            response.bytes.get(response.written..).filter(|rest| !rest.is_empty())
        {
            match ready!(self.poll_send(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => response.written += count,
            }
        }
        let linger = match &mut response.linger {
            Some(linger) => linger,
            None => {
                ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
                response.linger.insert(Box::pin(sleep(LINGER_TIME)))
            }
        };
        let mut dropped = [0; 4096];
        while linger.as_mut().poll(cx).is_pending() {
            let mut dropped = ReadBuf::new(&mut dropped);
            if ready!(Pin::new(&mut self.io).poll_read(cx, &mut dropped)).is_err()
                || dropped.filled().is_empty()
            {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ClientConnection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = this.poll_read_bounded(cx, buffer);
        if polled.is_pending() {
            this.handed_out = 0;
        }
        polled
    }
}

impl AsyncWrite for ClientConnection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut response = match this.last_response.take() {
            Some(response) => response,
            None => match parse_errors::find_bare_response(bytes) {
                Some((reason, 0)) if !this.gate.ends_like_head() => {
                    let bytes = this.unanswered.build_response(reason, this.is_https);
                    LastResponse { bytes, written: 0, linger: None }
                }
                // The responses before it go first.
                Some((_, start)) if start > 0 => {
                    return this.poll_send(cx, bytes.get(..start).unwrap_or(bytes));
                }
                _ => return this.poll_send(cx, bytes),
            },
        };
        let polled = this.poll_close(cx, &mut response);
        this.last_response = Some(response);
        ready!(polled)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::rt::net::TcpListener;

    use super::*;

    #[actix_web::test]
    async fn parts_of_a_response_are_sent_without_delay() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        assert!(!server.nodelay().unwrap());
        assert!(ClientConnection::new(server, false).unwrap().io.nodelay().unwrap());
        drop(client);
    }
}
