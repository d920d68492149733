//! A server that runs until the test ends.

use std::{
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use crate::program::Folder;

/// How often a port may be lost to another program before the test gives up.
const TRIES: usize = 20;

/// A server of the real program.
pub(crate) struct RunningServer {
    child: Child,
    /// Where it listens, e.g. `127.0.0.1:4711`.
    pub(crate) socket: String,
    /// What it said until it was ready.
    pub(crate) output: Vec<String>,
    /// What it says from then on.
    lines: Receiver<String>,
    /// Its log, if nobody reads it.
    unread: Option<ChildStderr>,
}

/// Longer than a line takes, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

impl RunningServer {
    /// Starts `usher demo` in a folder.
    pub(crate) fn demo(folder: &Folder) -> Self {
        Self::start(folder, &["demo", "--folder", "."], "Ctrl-C ends it")
    }

    /// Starts `usher serve` in a folder.
    pub(crate) fn serve(folder: &Folder, flags: &[&str]) -> Self {
        Self::start(folder, &[&["serve"], flags].concat(), "serving")
    }

    /// The next line of its log that holds these words.
    pub(crate) fn next_line_with(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no line with {words:?}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// What its log says after the lines that were read. To be called once it has
    /// ended.
    pub(crate) fn rest_of_log(&self) -> Vec<String> {
        self.lines.iter().collect()
    }

    /// Starts `usher serve` in a folder, and reads nothing of its log. It is
    /// ready once its socket takes connections.
    pub(crate) fn serve_unread(folder: &Folder, flags: &[&str]) -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let socket = free.local_addr().unwrap().to_string();
        drop(free);
        let mut program = folder.command(&[&["serve", "--listen", &socket], flags].concat());
        let mut child = program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let unread = child.stderr.take();
        while TcpStream::connect(&socket).is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "it has ended");
            thread::yield_now();
        }
        Self { child, socket, output: Vec::new(), lines: channel().1, unread }
    }

    /// Closes the log that nobody reads.
    pub(crate) fn close_log(&mut self) {
        self.unread = None;
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Where a browser finds it.
    pub(crate) fn url(&self, path: &str) -> String {
        let port = self.socket.rsplit_once(':').unwrap().1;
        format!("http://localhost:{port}{path}")
    }

    /// Starts a server on a port that is free, and waits for the line that
    /// says that it can be asked.
    fn start(folder: &Folder, command: &[&str], ready: &str) -> Self {
        for _ in 0..TRIES {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let socket = free.local_addr().unwrap().to_string();
            drop(free);
            let mut program = folder.command(&[command, &["--listen", &socket]].concat());
            program.stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = program.spawn().unwrap();
            let (send, lines) = channel();
            forward_lines(child.stdout.take().unwrap(), send.clone());
            forward_lines(child.stderr.take().unwrap(), send);
            let mut output = Vec::new();
            // Until it is ready, or has ended.
            let is_ready = lines.iter().any(|line| {
                output.push(line);
                output.last().is_some_and(|line| line.contains(ready))
            });
            if is_ready {
                return Self { child, socket, output, lines, unread: None };
            }
            child.wait().unwrap();
            let lost = output.iter().any(|line| line.contains("listening on"));
            assert!(lost, "{command:?} has ended: {output:#?}");
        }
        panic!("no port was free {TRIES} times");
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells each line, for as long as anybody listens, and reads on after that,
/// so that the program is never held up.
fn forward_lines(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = to.send(line);
        }
    });
}
