//! The turns of the writes: one runs at a time.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use super::{group::Group, waiting::WaitingWrites};
use crate::store::{deadline, error::StoreError};

/// The queue of the writes.
#[derive(Default)]
pub(super) struct WriteQueue(Mutex<QueueState>);

#[derive(Default)]
struct QueueState {
    /// Whether a write has the turn.
    is_writing: bool,
    waiting: WaitingWrites,
}

/// The turn of a write: it alone writes until this is dropped. The next write that waits
/// then gets the turn and the open group. If none waits, or if the group is full, it is
/// committed.
pub(super) struct Turn<'q> {
    queue: &'q WriteQueue,
    /// The open group, if one has begun.
    pub(super) group: Option<Group>,
    is_exclusive: bool,
}

impl WriteQueue {
    /// Waits for a turn, at most as long as this and until the deadline.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if it did not come in time, or if too many writes wait.
    pub(super) fn wait_for_turn(
        &self,
        account: Option<Uuid>,
        wait: Duration,
    ) -> Result<Turn<'_>, StoreError> {
        let (number, arrival) = {
            let mut state = self.lock();
            if !state.is_writing {
                state.is_writing = true;
                return Ok(self.turn(None));
            }
            state.waiting.add(account)?
        };
        if let Ok(group) = arrival.recv_timeout(deadline::limit_to_deadline(wait)) {
            return Ok(self.turn(group));
        }
        if self.lock().waiting.remove(account, number) {
            return Err(StoreError::Locked("other writes took too long".into()));
        }
        // It came at the last moment.
        Ok(self.turn(arrival.recv().ok().flatten()))
    }

    fn turn(&self, group: Option<Group>) -> Turn<'_> {
        Turn { queue: self, group, is_exclusive: false }
    }

    /// Gives the turn to the next write. Returns the group if none waits.
    fn pass_on(&self, mut group: Option<Group>) -> Option<Group> {
        let mut state = self.lock();
        while let Some(next) = state.waiting.next() {
            match next.send(group) {
                Ok(()) => return None,
                Err(unsent) => group = unsent.0,
            }
        }
        state.is_writing = group.is_some();
        group
    }

    #[cfg(test)]
    pub(super) fn waiting_writes(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Commits the open group, and lets no other write into the one that begins.
    pub(super) fn begin_exclusive_group(&mut self) {
        self.commit_group();
        self.is_exclusive = true;
    }

    fn commit_group(&mut self) {
        if let Some(group) = self.group.take() {
            group.commit();
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.is_exclusive || self.group.as_ref().is_some_and(Group::is_full) {
            self.commit_group();
        }
        // Others may have come while it was committed.
        while let Some(group) = self.queue.pass_on(self.group.take()) {
            group.commit();
        }
    }
}
