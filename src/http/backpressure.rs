//! Clients that send requests and do not read the answers.
//!
//! The HTTP library keeps the answers to pipelined requests in memory until the
//! client takes them, and an answer without a body is not bounded by its write
//! buffer. A request is therefore handled only once the system takes more bytes
//! for its connection, and after every few requests the answers are sent first.
//! Until then, the library reads no further requests than its queue holds.

use std::{
    any::Any,
    cell::Cell,
    os::fd::{AsFd, OwnedFd},
    rc::Rc,
    time::Duration,
};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{Extensions, ServiceRequest, ServiceResponse},
    http::{ConnectionType, StatusCode},
    middleware::Next,
    rt,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a client may leave its answers unread while it sends requests.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a connection is looked at that takes no bytes.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How many requests of a connection are handled before the answers are sent,
/// if the client has sent so many at once.
const MAX_UNSENT: u32 = 32;

/// A connection to a client.
struct Connection {
    socket: OwnedFd,
    /// The requests that were handled since the answers were sent.
    unsent: Cell<u32>,
}

impl Connection {
    /// Lets the library send the answers that it holds, after every
    /// [`MAX_UNSENT`] requests.
    async fn send_answers(&self) {
        self.unsent.set(self.unsent.get() + 1);
        if self.unsent.get() >= MAX_UNSENT {
            self.unsent.set(0);
            rt::task::yield_now().await;
        }
    }

    /// Whether the system takes more bytes to send. True for a connection that
    /// has ended: writing to it tells.
    fn takes_bytes(&self) -> bool {
        let mut asked = [PollFd::new(&self.socket, PollFlags::OUT)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut asked, Some(&at_once)).map_or(true, |ready| ready > 0)
    }
}

/// Remembers a new connection.
pub(super) fn remember_connection(connection: &dyn Any, data: &mut Extensions) {
    let stream = connection.downcast_ref::<rt::net::TcpStream>();
    if let Some(Ok(socket)) = stream.map(|stream| stream.as_fd().try_clone_to_owned()) {
        data.insert(Rc::new(Connection { socket, unsent: Cell::new(0) }));
    }
}

/// Handles a request once its client takes bytes; closes the connection of one
/// that does not within [`PATIENCE`].
pub(super) async fn wait_for_reader<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    if let Some(connection) = request.conn_data::<Rc<Connection>>().cloned() {
        connection.send_answers().await;
        let mut waited = Duration::ZERO;
        while !connection.takes_bytes() {
            if waited >= PATIENCE {
                let mut refused = HttpResponse::new(StatusCode::REQUEST_TIMEOUT);
                refused.head_mut().set_connection_type(ConnectionType::Close);
                return Ok(request.into_response(refused).map_into_right_body());
            }
            rt::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}
