//! What is recorded behind the responses: the last use of keys and certificates, the last
//! login of users, and the counters of compatibility fixes.
//!
//! None of it decides who may do what. So a response does not wait for it, each row is
//! written at most once a minute, and a process that ends suddenly loses what it has not
//! written yet.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::Duration,
};

use super::Error;
use crate::{
    domain::{
        Timestamp,
        compatibility_fix::{CompatibilityFix, FixCount},
        id::{AccountId, ApiKeyId, ConnectionId, ScimClientId, UserId},
        last_use,
    },
    store::{Db, StoreError, Tx},
};

/// How long uses are collected, and then written together.
const USE_DELAY: Duration = Duration::from_millis(50);

/// How long the requests with a compatibility fix are counted in memory.
const COUNT_DELAY: Duration = Duration::from_secs(60);

/// Records uses, and writes them behind the responses. Clones are the same one.
#[derive(Debug, Clone)]
pub struct UsageRecorder(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    db: Db,
    pending: Mutex<Pending>,
    /// Held while recorded uses are written.
    writing: Mutex<()>,
}

#[derive(Debug, Default)]
struct Pending {
    uses: Uses,
    /// Those that are being written.
    in_progress: Arc<Uses>,
    counts: Counts,
    /// The certificates of the latest login of each connection.
    latest_certificates: HashMap<ConnectionId, (Vec<String>, Timestamp)>,
    will_write_uses: bool,
    will_write_counts: bool,
}

#[derive(Debug, Default)]
struct Uses {
    keys: BTreeMap<(AccountId, ApiKeyId), Timestamp>,
    logins: BTreeMap<(AccountId, UserId), Timestamp>,
    certificates: BTreeMap<(AccountId, ConnectionId, Vec<String>), Timestamp>,
}

/// The compatibility fixes of each client.
type Counts = BTreeMap<(AccountId, ScimClientId), BTreeMap<CompatibilityFix, FixCount>>;

impl UsageRecorder {
    /// A recorder that writes to a database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self(Arc::new(Shared {
            db: db.clone(),
            pending: Mutex::default(),
            writing: Mutex::default(),
        }))
    }

    /// Records the use of a key.
    pub(super) fn record_key(&self, account: AccountId, key: ApiKeyId, now: Timestamp) {
        let mut pending = self.0.lock_pending();
        pending.uses.keys.insert((account, key), now);
        self.schedule_uses(&mut pending);
    }

    /// Records a login of a user.
    pub(super) fn record_login(&self, account: AccountId, user: UserId, now: Timestamp) {
        let mut pending = self.0.lock_pending();
        pending.uses.logins.insert((account, user), now);
        self.schedule_uses(&mut pending);
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
        let mut pending = self.0.lock_pending();
        if let Some((latest, at)) = pending.latest_certificates.get(&connection)
            && latest == fingerprints
            && !last_use::is_due(Some(*at), now)
        {
            return;
        }
        pending.latest_certificates.insert(connection, (fingerprints.to_vec(), now));
        pending.uses.certificates.insert((account, connection, fingerprints.to_vec()), now);
        self.schedule_uses(&mut pending);
    }

    /// Counts a request of a SCIM client, once for each fix.
    pub(super) fn count_fixes(
        &self,
        account: AccountId,
        client: ScimClientId,
        fixes: &[CompatibilityFix],
        now: Timestamp,
    ) {
        let mut pending = self.0.lock_pending();
        let counts = pending.counts.entry((account, client)).or_default();
        for &fix in fixes {
            let count =
                counts.entry(fix).or_insert(FixCount { fix, request_count: 0, last_at: now });
            count.request_count += 1;
            count.last_at = now;
        }
        if !pending.will_write_counts {
            pending.will_write_counts = self.write_later(COUNT_DELAY, |shared| {
                shared.lock_pending().will_write_counts = false;
                shared.write_counts();
            });
        }
    }

    /// Writes what was recorded, before it is read. If that fails, it is only logged.
    pub fn flush(&self) {
        self.0.write_uses();
        self.0.write_counts();
    }

    /// As [`UsageRecorder::flush`], if a login of this user was recorded.
    pub(super) fn flush_login(&self, account: AccountId, user: UserId) {
        let pending = self.0.lock_pending();
        let has_login = |uses: &Uses| uses.logins.contains_key(&(account, user));
        let is_pending = has_login(&pending.uses) || has_login(&pending.in_progress);
        drop(pending);
        if is_pending {
            self.0.write_uses();
        }
    }

    fn schedule_uses(&self, pending: &mut Pending) {
        if !pending.will_write_uses {
            pending.will_write_uses = self.write_later(USE_DELAY, |shared| {
                shared.lock_pending().will_write_uses = false;
                shared.write_uses();
            });
        }
    }

    /// Writes after a delay, unless the recorder is gone by then. Returns whether it will.
    fn write_later(&self, delay: Duration, write: fn(&Shared)) -> bool {
        let shared = Arc::downgrade(&self.0);
        let run = move || {
            thread::sleep(delay);
            if let Some(shared) = Weak::upgrade(&shared) {
                write(&shared);
            }
        };
        let spawned = thread::Builder::new().name("usage".into()).spawn(run);
        if let Err(error) = &spawned {
            // The next use tries again, and is written together with this one.
            tracing::warn!(%error, "no thread to record uses");
        }
        spawned.is_ok()
    }
}

impl Pending {
    /// Returns the recorded uses, which are written now.
    fn begin_writing(&mut self) -> Arc<Uses> {
        self.in_progress = Arc::new(mem::take(&mut self.uses));
        Arc::clone(&self.in_progress)
    }
}

impl Shared {
    fn lock_pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_uses(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let uses = self.lock_pending().begin_writing();
        let Uses { keys, logins, certificates } = &*uses;
        if !keys.is_empty() || !logins.is_empty() {
            // In one order on all replicas, so that none waits for one that waits for it.
            self.write("the last uses of keys and users", |tx| {
                for ((account, key), at) in keys {
                    tx.record_use(*account, *key, *at)?;
                }
                for ((account, user), at) in logins {
                    tx.record_last_login(*account, *user, *at)?;
                }
                Ok(())
            });
        }
        for ((account, connection, fingerprints), at) in certificates {
            self.write("the last use of a certificate", |tx| {
                tx.record_certificate_uses(*account, *connection, fingerprints, *at)
            });
        }
        self.lock_pending().in_progress = Arc::default();
    }

    fn write_counts(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = mem::take(&mut self.lock_pending().counts);
        for ((account, client), counts) in counts {
            let counts: Vec<_> = counts.into_values().collect();
            self.write("the compatibility fixes of a SCIM client", |tx| {
                tx.count_compatibility_fixes(account, client, &counts)
            });
        }
    }

    fn write(&self, what: &str, work: impl FnMut(&mut Tx<'_>) -> Result<(), StoreError>) {
        match self.db.write(work).map_err(Error::from) {
            // An outage is reported once, by the store.
            Ok(()) | Err(Error::Unavailable(_)) => {}
            // The connection or the client may be deleted by now.
            Err(error) => tracing::warn!(%error, what, "uses were not recorded"),
        }
    }
}
