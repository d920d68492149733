//! Uses and counts that are not written yet.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    mem,
    time::Instant,
};

use crate::domain::{
    Timestamp,
    compatibility_fix::{CompatibilityFix, FixCount},
    id::{AccountId, ApiKeyId, ConnectionId, ScimClientId, UserId},
    last_use,
};

/// The maximum number of uses of each kind. Further ones are not recorded while nothing can
/// be written.
const MAX_USES: usize = 10_000;

/// Uses and counts that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) uses: Uses,
    pub(super) counts: Counts,
    /// When the first request was counted.
    pub(super) counted_since: Option<Instant>,
}

/// Last uses that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) keys: BTreeMap<(AccountId, ApiKeyId), Timestamp>,
    pub(super) logins: BTreeMap<(AccountId, UserId), Timestamp>,
    pub(super) certificates: BTreeMap<(AccountId, ConnectionId, Vec<String>), Timestamp>,
    /// When the first of them was recorded.
    pub(super) since: Option<Instant>,
}

/// The compatibility fixes of each client.
pub(super) type Counts = BTreeMap<(AccountId, ScimClientId), FixCounts>;

/// The compatibility fixes of one client.
type FixCounts = BTreeMap<CompatibilityFix, FixCount>;

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.counts.is_empty()
    }

    pub(super) fn add_key(&mut self, account: AccountId, key: ApiKeyId, now: Timestamp) {
        self.uses.begin();
        insert_due(&mut self.uses.keys, (account, key), now);
    }

    pub(super) fn add_login(&mut self, account: AccountId, user: UserId, now: Timestamp) {
        self.uses.begin();
        insert_due(&mut self.uses.logins, (account, user), now);
    }

    pub(super) fn add_certificates(
        &mut self,
        account: AccountId,
        connection: ConnectionId,
        fingerprints: &[String],
        now: Timestamp,
    ) {
        self.uses.begin();
        let key = (account, connection, fingerprints.to_vec());
        insert_due(&mut self.uses.certificates, key, now);
    }

    pub(super) fn count_fixes(
        &mut self,
        account: AccountId,
        client: ScimClientId,
        fixes: &[CompatibilityFix],
        now: Timestamp,
    ) {
        let count = |&fix| (fix, FixCount { fix, request_count: 1, last_at: now });
        self.add_counts((account, client), fixes.iter().map(count).collect());
    }

    pub(super) fn add_counts(&mut self, client: (AccountId, ScimClientId), added: FixCounts) {
        self.counted_since.get_or_insert_with(Instant::now);
        let counts = self.counts.entry(client).or_default();
        for (fix, added) in added {
            let none = FixCount { request_count: 0, ..added };
            let count = counts.entry(fix).or_insert(none);
            count.request_count += added.request_count;
            count.last_at = count.last_at.max(added.last_at);
        }
    }

    /// Takes the uses, and the counts if they are written as well.
    pub(super) fn take(&mut self, with_counts: bool) -> Self {
        let uses = mem::take(&mut self.uses);
        if !with_counts {
            return Self { uses, ..Self::default() };
        }
        Self { uses, ..mem::take(self) }
    }

    /// Adds what could not be written. What was recorded meanwhile is newer.
    pub(super) fn add_all(&mut self, older: Self) {
        self.uses.add_all(older.uses);
        for (client, counts) in older.counts {
            self.add_counts(client, counts);
        }
    }
}

impl Uses {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.logins.is_empty() && self.certificates.is_empty()
    }

    fn begin(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    pub(super) fn add_all(&mut self, older: Self) {
        if older.is_empty() {
            return;
        }
        self.begin();
        older.keys.into_iter().for_each(|(key, at)| insert_due(&mut self.keys, key, at));
        older.logins.into_iter().for_each(|(key, at)| insert_due(&mut self.logins, key, at));
        for (key, at) in older.certificates {
            insert_due(&mut self.certificates, key, at);
        }
    }

    /// The uses of keys and the logins of each account.
    pub(super) fn by_account(&self) -> BTreeMap<AccountId, Self> {
        let mut accounts = BTreeMap::<AccountId, Self>::new();
        for (&(account, key), &at) in &self.keys {
            accounts.entry(account).or_default().keys.insert((account, key), at);
        }
        for (&(account, user), &at) in &self.logins {
            accounts.entry(account).or_default().logins.insert((account, user), at);
        }
        accounts
    }
}

/// Records a use, unless it comes within the minute after the recorded one, as in the database.
fn insert_due<K: Ord>(uses: &mut BTreeMap<K, Timestamp>, key: K, at: Timestamp) {
    let has_room = uses.len() < MAX_USES;
    match uses.entry(key) {
        Entry::Occupied(mut recorded) => {
            let recorded = recorded.get_mut();
            if at > *recorded && last_use::is_due(Some(*recorded), at) {
                *recorded = at;
            }
        }
        Entry::Vacant(unrecorded) if has_room => {
            unrecorded.insert(at);
        }
        Entry::Vacant(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn use_that_could_not_be_written_is_pending_again() {
        let now = Timestamp::UNIX_EPOCH;
        let (account, user) = (AccountId::new(now, [0; 10]), UserId::new(now, [0; 10]));
        let mut pending = Pending::default();
        pending.add_login(account, user, now);
        let taken = pending.take(true);
        assert!(pending.is_empty());
        let later = now + TimeDelta::minutes(1);
        pending.add_login(account, user, later);
        pending.add_login(account, user, later + TimeDelta::seconds(59));
        pending.add_all(taken);
        assert_eq!(pending.uses.logins[&(account, user)], later);
    }
}
