//! Limits on concurrent writes, so that an account whose writes wait for a row does
//! not take every connection.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{deadline, error::StoreError};

/// The maximum number of writes of one account that wait: more are rejected at once,
/// because each waits on a thread.
const MAX_WAITING: usize = 128;

/// The maximum number of concurrent writes.
#[derive(Debug)]
pub(super) struct AccountSlots {
    per_account: usize,
    wait: Duration,
    accounts: Mutex<HashMap<Uuid, Arc<Semaphore>>>,
    all: Arc<Semaphore>,
}

#[derive(Debug)]
struct Semaphore {
    limit: usize,
    usage: Mutex<Usage>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Usage {
    running: usize,
    waiting: usize,
}

/// The slot of a running write, which is released on drop.
#[derive(Debug)]
pub(super) struct WriteSlot<'a> {
    slots: &'a AccountSlots,
    account: Option<(Uuid, Arc<Semaphore>)>,
}

impl AccountSlots {
    /// Limits the writes of one account, and of all accounts.
    pub(super) fn new(per_account: usize, total: usize, wait: Duration) -> Self {
        Self { per_account, wait, accounts: Mutex::default(), all: Arc::new(Semaphore::new(total)) }
    }

    /// Waits for a slot. `None`: for a write of no account.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if no slot became free in time, or too many writes wait.
    pub(super) fn acquire(&self, account: Option<Uuid>) -> Result<WriteSlot<'_>, StoreError> {
        let until = Instant::now() + deadline::limit_to_deadline(self.wait);
        let account = match account {
            None => None,
            Some(id) => {
                let semaphore = Arc::clone(
                    lock(&self.accounts)
                        .entry(id)
                        .or_insert_with(|| Arc::new(Semaphore::new(self.per_account))),
                );
                let entered = semaphore.acquire(until);
                if entered.is_err() {
                    self.remove_unused(id, semaphore);
                    return Err(too_many_writes());
                }
                Some((id, semaphore))
            }
        };
        match self.all.acquire(until) {
            Ok(()) => Ok(WriteSlot { slots: self, account }),
            Err(()) => {
                self.release(account);
                Err(too_many_writes())
            }
        }
    }

    fn release(&self, account: Option<(Uuid, Arc<Semaphore>)>) {
        if let Some((id, semaphore)) = account {
            semaphore.release();
            self.remove_unused(id, semaphore);
        }
    }

    /// Removes an account without running and waiting writes.
    fn remove_unused(&self, id: Uuid, semaphore: Arc<Semaphore>) {
        let mut accounts = lock(&self.accounts);
        drop(semaphore);
        if accounts.get(&id).is_some_and(|remaining| Arc::strong_count(remaining) == 1) {
            accounts.remove(&id);
        }
    }
}

impl Drop for WriteSlot<'_> {
    fn drop(&mut self) {
        self.slots.all.release();
        self.slots.release(self.account.take());
    }
}

impl Semaphore {
    fn new(limit: usize) -> Self {
        Self { limit, usage: Mutex::default(), freed: Condvar::new() }
    }

    fn acquire(&self, until: Instant) -> Result<(), ()> {
        let mut usage = lock(&self.usage);
        if usage.running < self.limit && usage.waiting == 0 {
            usage.running += 1;
            return Ok(());
        }
        if usage.waiting >= MAX_WAITING {
            return Err(());
        }
        usage.waiting += 1;
        while usage.running >= self.limit {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                usage.waiting -= 1;
                return Err(());
            }
            let woken = self.freed.wait_timeout(usage, left);
            usage = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        usage.waiting -= 1;
        usage.running += 1;
        Ok(())
    }

    fn release(&self) {
        let mut usage = lock(&self.usage);
        usage.running = usage.running.saturating_sub(1);
        drop(usage);
        self.freed.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn too_many_writes() -> StoreError {
    StoreError::Locked("too many writes of this account wait for one another".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<Uuid> = Some(Uuid::from_u128(1));
    const B: Option<Uuid> = Some(Uuid::from_u128(2));

    fn slots(per_account: usize, total: usize) -> AccountSlots {
        AccountSlots::new(per_account, total, Duration::from_millis(10))
    }

    #[test]
    fn account_cannot_use_the_slots_of_another_account() {
        let slots = slots(2, 3);
        let _first = slots.acquire(A).unwrap();
        let _second = slots.acquire(A).unwrap();
        assert!(matches!(slots.acquire(A), Err(StoreError::Locked(_))));
        let _other = slots.acquire(B).unwrap();
        assert!(matches!(slots.acquire(None), Err(StoreError::Locked(_))), "all are taken");
    }

    #[test]
    fn freed_slot_is_assigned_to_the_waiting_write() {
        let slots = AccountSlots::new(1, 1, Duration::from_secs(60));
        let first = slots.acquire(A).unwrap();
        std::thread::scope(|scope| {
            let waiting: Vec<_> =
                (0..20).map(|_| scope.spawn(|| slots.acquire(A).map(drop))).collect();
            drop(first);
            for thread in waiting {
                thread.join().unwrap().unwrap();
            }
        });
        assert!(lock(&slots.accounts).is_empty(), "nothing is left of an account at rest");
    }

    #[test]
    fn number_of_waiting_writes_is_bounded() {
        let slots = AccountSlots::new(1, 1, Duration::from_millis(500));
        let _first = slots.acquire(A).unwrap();
        let started = Instant::now();
        std::thread::scope(|scope| {
            let waiting: Vec<_> =
                (0..MAX_WAITING + 20).map(|_| scope.spawn(|| slots.acquire(A).is_err())).collect();
            assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
        });
        assert!(started.elapsed() >= Duration::from_millis(400));
        assert!(slots.acquire(B).is_err(), "all are taken");
    }
}
