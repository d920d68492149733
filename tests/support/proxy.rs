//! A way to PostgreSQL that can fall silent: it takes what it is sent, and passes
//! nothing on. Also the connections so far alone, as after a failover. Or it is
//! closed, as by a server that was stopped.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use reqwest::Url;

/// A port of this machine that leads to a database.
pub(crate) struct Proxy {
    /// The address of the database by this way.
    pub(crate) address: String,
    /// That of the connections since the last failover.
    silence: Arc<Mutex<Arc<SilenceSwitch>>>,
    /// Those before.
    failed: Mutex<Vec<Arc<SilenceSwitch>>>,
    way: Arc<ProxyState>,
}

/// Whether connections are let through, and the clients' ends of those that were.
#[derive(Default)]
struct ProxyState {
    is_closed: AtomicBool,
    clients: Mutex<Vec<TcpStream>>,
}

#[derive(Default)]
struct SilenceSwitch {
    is_on: Mutex<bool>,
    changed: Condvar,
}

impl Proxy {
    /// Leads to a database of the cluster, which listens on a Unix socket. The
    /// first connections are closed at once, as by a server that is not up yet.
    pub(crate) fn to(database: &str, rejected: usize) -> Self {
        let mut address = Url::parse(database).unwrap();
        let folder = address.host_str().unwrap().replace("%2F", "/").replace("%2f", "/");
        let target = format!("{folder}/.s.PGSQL.5432");
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let silence = Arc::<Mutex<Arc<SilenceSwitch>>>::default();
        let shared = Arc::clone(&silence);
        let way = Arc::<ProxyState>::default();
        let gate = Arc::clone(&way);
        thread::spawn(move || {
            for incoming in socket.incoming().skip(rejected).map_while(Result::ok) {
                if !gate.lets_through(&incoming) {
                    continue;
                }
                let outgoing = UnixStream::connect(&target).unwrap();
                let silence = Arc::clone(&shared.lock().unwrap());
                pass_on(&incoming, &outgoing, &silence);
            }
        });
        address.set_host(Some("127.0.0.1")).unwrap();
        address.set_port(Some(port)).unwrap();
        Self { address: address.to_string(), silence, failed: Mutex::default(), way }
    }

    /// Closes all connections and each new one at once, or lets new ones through
    /// again.
    pub(crate) fn set_closed(&self, is_closed: bool) {
        let mut clients = self.way.clients.lock().unwrap();
        self.way.is_closed.store(is_closed, Ordering::SeqCst);
        for client in clients.drain(..) {
            // The other end may have closed it.
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Passes nothing on, or goes on where it stopped.
    pub(crate) fn set_silent(&self, is_on: bool) {
        self.silence.lock().unwrap().set(is_on);
    }

    /// Silences the connections so far, until the test ends. New ones pass.
    pub(crate) fn fail_over(&self) {
        let before = std::mem::take(&mut *self.silence.lock().unwrap());
        before.set(true);
        self.failed.lock().unwrap().push(before);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.set_silent(false);
        for silence in self.failed.lock().unwrap().iter() {
            silence.set(false);
        }
    }
}

impl ProxyState {
    fn lets_through(&self, client: &TcpStream) -> bool {
        let mut clients = self.clients.lock().unwrap();
        let is_open = !self.is_closed.load(Ordering::SeqCst);
        clients.extend(is_open.then(|| client.try_clone().unwrap()));
        is_open
    }
}

impl SilenceSwitch {
    fn set(&self, is_on: bool) {
        *self.is_on.lock().unwrap() = is_on;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let mut is_on = self.is_on.lock().unwrap();
        while *is_on {
            is_on = self.changed.wait(is_on).unwrap();
        }
    }
}

fn pass_on(client: &TcpStream, server: &UnixStream, silence: &Arc<SilenceSwitch>) {
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let shared = Arc::clone(silence);
    thread::spawn(move || {
        copy(&from, &to, &shared);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let shared = Arc::clone(silence);
    thread::spawn(move || {
        copy(&from, &to, &shared);
        let _ = to.shutdown(Shutdown::Both);
    });
}

fn copy(mut from: impl Read, mut to: impl Write, silence: &SilenceSwitch) {
    let mut bytes = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        silence.wait();
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}
