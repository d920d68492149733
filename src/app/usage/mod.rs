//! Values that are recorded after the response: the last use of keys and certificates, the last
//! login of users, and the counters of compatibility fixes.
//!
//! None of it decides who may do what. So a response does not wait for it, each row is
//! written at most once a minute, and a process that ends suddenly loses what it has not
//! written yet.

mod pending;

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use self::pending::{Pending, Uses};
use super::Error;
use crate::{
    domain::{
        Timestamp,
        compatibility_fix::CompatibilityFix,
        id::{AccountId, ApiKeyId, ConnectionId, ScimClientId, UserId},
        last_use,
    },
    store::{Db, StoreError, Tx},
};

/// How long uses are collected, and then written together.
const USE_DELAY: Duration = Duration::from_millis(50);

/// How long the requests with a compatibility fix are counted in memory.
const COUNT_DELAY: Duration = Duration::from_secs(60);

/// How long the writer waits after a write that failed.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// How long a request waits for earlier records to be written.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// Records uses, and writes them after the responses. Clones share the records.
#[derive(Debug, Clone)]
pub struct UsageRecorder(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    db: Db,
    state: Mutex<State>,
    /// Notified at the end of each round of writes.
    round_ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    pending: Pending,
    /// The certificates of the latest login of each connection that is recorded.
    latest_certificates: HashMap<ConnectionId, (Vec<String>, Timestamp)>,
    /// The only thread that writes. It ends when nothing is pending.
    writer: Option<Thread>,
    /// Whether the next round begins at once, with all that is pending.
    is_flush_requested: bool,
    /// The users whose logins are being written.
    logins_in_progress: Vec<(AccountId, UserId)>,
    rounds_begun: u64,
    rounds_ended: u64,
    /// Whether the last round wrote everything.
    has_failed: bool,
}

impl UsageRecorder {
    /// A recorder that writes to a database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        let (state, round_ended) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Shared { db: db.clone(), state, round_ended }))
    }

    /// Records the use of a key.
    pub(super) fn record_key(&self, account: AccountId, key: ApiKeyId, now: Timestamp) {
        self.record(|pending| pending.add_key(account, key, now));
    }

    /// Records a login of a user.
    pub(super) fn record_login(&self, account: AccountId, user: UserId, now: Timestamp) {
        self.record(|pending| pending.add_login(account, user, now));
    }

    /// Records the certificates that verified a login, unless they verified the login
    /// before it within the last minute.
    pub(super) fn record_certificates(
        &self,
        account: AccountId,
        connection: ConnectionId,
        fingerprints: &[String],
        now: Timestamp,
    ) {
        let is_recorded =
            self.0.lock().latest_certificates.get(&connection).is_some_and(|(latest, at)| {
                latest == fingerprints && !last_use::is_due(Some(*at), now)
            });
        if !is_recorded {
            self.record(|pending| pending.add_certificates(account, connection, fingerprints, now));
        }
    }

    /// Records the certificates of the next login of a connection in any case, because
    /// records of its certificates may be deleted now.
    pub(super) fn forget_certificates(&self, connection: ConnectionId) {
        self.0.lock().latest_certificates.remove(&connection);
    }

    /// Counts a request of a SCIM client, once for each fix.
    pub(super) fn count_fixes(
        &self,
        account: AccountId,
        client: ScimClientId,
        fixes: &[CompatibilityFix],
        now: Timestamp,
    ) {
        self.record(|pending| pending.count_fixes(account, client, fixes, now));
    }

    /// Waits until what was recorded before is written, for two seconds at most. Returns
    /// whether it is written.
    pub(super) fn flush(&self) -> bool {
        self.flush_within(FLUSH_LIMIT)
    }

    /// Waits until what was recorded before is written, or for the limit. Returns whether it
    /// is written.
    pub fn flush_within(&self, limit: Duration) -> bool {
        let mut state = self.0.lock();
        let is_writing = state.rounds_begun > state.rounds_ended;
        let rounds = match (is_writing, state.pending.is_empty()) {
            (false, true) => return !state.has_failed,
            (true, true) => state.rounds_begun,
            (_, false) => state.rounds_begun + 1,
        };
        state.is_flush_requested |= !state.pending.is_empty();
        self.start_writer(&mut state);
        if let Some(writer) = &state.writer {
            writer.unpark();
        }
        let until = Instant::now() + limit;
        while state.rounds_ended < rounds {
            let wait = until.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return false;
            }
            let waited = self.0.round_ended.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.has_failed
    }

    /// As [`UsageRecorder::flush`], if a login of this user was recorded.
    pub(super) fn flush_login(&self, account: AccountId, user: UserId) {
        let state = self.0.lock();
        let is_pending = state.pending.uses.logins.contains_key(&(account, user))
            || state.logins_in_progress.contains(&(account, user));
        drop(state);
        if is_pending {
            // An earlier time of the last login is better than no response.
            self.flush();
        }
    }

    fn record(&self, add: impl FnOnce(&mut Pending)) {
        let mut state = self.0.lock();
        let had_uses = !state.pending.uses.is_empty();
        add(&mut state.pending);
        self.start_writer(&mut state);
        // The writer may wait for the end of the minute of the counts.
        if let Some(writer) = &state.writer
            && !had_uses
        {
            writer.unpark();
        }
    }

    /// Starts the writer, unless it runs or has nothing to do.
    fn start_writer(&self, state: &mut State) {
        if state.writer.is_some() || state.pending.is_empty() {
            return;
        }
        let shared = Arc::downgrade(&self.0);
        let spawned = thread::Builder::new().name("usage".into()).spawn(move || run(&shared));
        match spawned {
            Ok(writer) => state.writer = Some(writer.thread().clone()),
            // The next use tries again, and is written together with this one.
            Err(error) => tracing::warn!(%error, "no thread to record uses"),
        }
    }
}

/// Writes until nothing is pending, or the recorder is gone.
fn run(shared: &Weak<Shared>) {
    let mut not_before = Instant::now();
    loop {
        let Some(recorder) = shared.upgrade() else { return };
        let mut state = recorder.lock();
        if state.pending.is_empty() {
            state.writer = None;
            return;
        }
        let wait = state.wait(not_before);
        drop(state);
        if wait.is_zero() {
            let retry = if recorder.write_round() { Duration::ZERO } else { RETRY_DELAY };
            not_before = Instant::now() + retry;
        } else {
            // The drop of the last recorder wakes this thread.
            drop(recorder);
            thread::park_timeout(wait);
        }
    }
}

impl State {
    /// How long until the next round, which does not begin before a moment.
    fn wait(&self, not_before: Instant) -> Duration {
        if self.is_flush_requested {
            return Duration::ZERO;
        }
        let due = |since: Option<Instant>, delay| since.map(|since| since + delay);
        let uses = due(self.pending.uses.since, USE_DELAY);
        let counts = due(self.pending.counted_since, COUNT_DELAY);
        let next = uses.into_iter().chain(counts).min();
        next.map_or(Duration::ZERO, |next| {
            next.max(not_before).saturating_duration_since(Instant::now())
        })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(writer) = &self.lock().writer {
            writer.unpark();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is due. What can't be written now is pending again. Returns whether
    /// everything was written.
    fn write_round(&self) -> bool {
        let mut state = self.lock();
        let writes_counts = std::mem::take(&mut state.is_flush_requested)
            || state.pending.counted_since.is_some_and(|since| since.elapsed() >= COUNT_DELAY);
        let due = state.pending.take(writes_counts);
        state.rounds_begun += 1;
        state.logins_in_progress = due.uses.logins.keys().copied().collect();
        drop(state);

        let mut failed = Pending::default();
        self.write_uses(due.uses, &mut failed);
        for ((account, client), counts) in due.counts {
            let fixes: Vec<_> = counts.values().copied().collect();
            let written = self.write("compatibility fixes", account, |tx| {
                tx.count_compatibility_fixes(account, client, &fixes)
            });
            if !written {
                failed.add_counts((account, client), counts);
            }
        }

        let mut state = self.lock();
        let is_complete = failed.is_empty();
        state.pending.add_all(failed);
        state.logins_in_progress.clear();
        state.rounds_ended += 1;
        state.has_failed = !is_complete;
        drop(state);
        self.round_ended.notify_all();
        is_complete
    }

    /// Writes uses account by account, so that a row that another transaction has locked
    /// delays the uses of its own account only.
    fn write_uses(&self, uses: Uses, failed: &mut Pending) {
        for (account, of_account) in uses.by_account() {
            let Uses { keys, logins, .. } = &of_account;
            let written = self.write("the last uses of keys and users", account, |tx| {
                for ((account, key), at) in keys {
                    tx.record_use(*account, *key, *at)?;
                }
                for ((account, user), at) in logins {
                    tx.record_last_login(*account, *user, *at)?;
                }
                Ok(())
            });
            if !written {
                failed.uses.add_all(of_account);
            }
        }
        for ((account, connection, fingerprints), at) in uses.certificates {
            let written = self.write("the last use of a certificate", account, |tx| {
                tx.record_certificate_uses(account, connection, &fingerprints, at)
            });
            if written {
                let latest = &mut self.lock().latest_certificates;
                latest.insert(connection, (fingerprints, at));
            } else {
                failed.uses.certificates.insert((account, connection, fingerprints), at);
            }
        }
    }

    /// Returns whether it is written, or can never be written.
    fn write(
        &self,
        what: &str,
        account: AccountId,
        work: impl FnMut(&mut Tx<'_>) -> Result<(), StoreError>,
    ) -> bool {
        match self.db.write_for(account, work).map_err(Error::from) {
            Ok(()) => true,
            // An outage is reported once, by the store.
            Err(Error::Unavailable(_) | Error::Busy(_)) => false,
            // The connection or the client may be deleted by now.
            Err(error) => {
                tracing::warn!(%error, what, "uses were not recorded");
                true
            }
        }
    }
}
