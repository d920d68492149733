//! The writes that wait for their turn. Accounts take turns, so that one with many writes
//! does not delay the others.

use std::{
    collections::{HashMap, VecDeque},
    sync::mpsc::{Receiver, Sender, channel},
};

use uuid::Uuid;

use super::group::Group;
use crate::store::error::StoreError;

/// The maximum number of writes that wait, of one account and in all: each waits on a
/// thread.
const MAX_OF_ACCOUNT: usize = 128;
const MAX_IN_ALL: usize = 384;

/// A turn to write: in an open group, or in one that is still to begin.
type OpenGroup = Option<Group>;

/// The queues of the accounts. Writes of no account have one of their own.
#[derive(Default)]
pub(super) struct WaitingWrites {
    queues: HashMap<Option<Uuid>, VecDeque<WaitingWrite>>,
    /// The accounts with writes, in the order of their turns.
    order: VecDeque<Option<Uuid>>,
    count: usize,
    last_number: u64,
}

struct WaitingWrite {
    number: u64,
    turn: Sender<OpenGroup>,
}

impl WaitingWrites {
    /// Adds a write. Returns its number, and where its turn arrives.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if too many writes wait.
    pub(super) fn add(
        &mut self,
        account: Option<Uuid>,
    ) -> Result<(u64, Receiver<OpenGroup>), StoreError> {
        let of_account = self.queues.get(&account).map_or(0, VecDeque::len);
        if of_account >= MAX_OF_ACCOUNT || self.count >= MAX_IN_ALL {
            return Err(StoreError::Locked(format!("{} writes wait already", self.count)));
        }
        let (turn, arrival) = channel();
        self.last_number += 1;
        self.count += 1;
        if of_account == 0 {
            self.order.push_back(account);
        }
        let number = self.last_number;
        self.queues.entry(account).or_default().push_back(WaitingWrite { number, turn });
        Ok((number, arrival))
    }

    /// Removes the write whose turn it is. Returns where it waits.
    pub(super) fn next(&mut self) -> Option<Sender<OpenGroup>> {
        let account = self.order.pop_front()?;
        let queue = self.queues.get_mut(&account)?;
        let next = queue.pop_front()?;
        self.count -= 1;
        if queue.is_empty() {
            self.queues.remove(&account);
        } else {
            self.order.push_back(account);
        }
        Some(next.turn)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Removes a write that waits no longer. Returns whether its turn had not come yet.
    pub(super) fn remove(&mut self, account: Option<Uuid>, number: u64) -> bool {
        let Some(queue) = self.queues.get_mut(&account) else { return false };
        let Some(place) = queue.iter().position(|write| write.number == number) else {
            return false;
        };
        queue.remove(place);
        self.count -= 1;
        if queue.is_empty() {
            self.queues.remove(&account);
            self.order.retain(|waiting| *waiting != account);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<Uuid> = Some(Uuid::from_u128(1));
    const B: Option<Uuid> = Some(Uuid::from_u128(2));

    /// Returns the numbers of the writes in the order of their turns.
    fn numbers(waiting: &mut WaitingWrites) -> Vec<u64> {
        let mut all = Vec::new();
        while let Some(account) = waiting.order.front().copied() {
            all.push(waiting.queues[&account][0].number);
            waiting.next().unwrap();
        }
        assert!(waiting.queues.is_empty() && waiting.count == 0);
        all
    }

    #[test]
    fn accounts_take_turns() {
        let mut waiting = WaitingWrites::default();
        for account in [A, A, A, B, None, B] {
            waiting.add(account).unwrap();
        }
        assert_eq!(numbers(&mut waiting), [1, 4, 5, 2, 6, 3]);
        assert!(waiting.next().is_none());
    }

    #[test]
    fn removed_write_has_no_turn() {
        let mut waiting = WaitingWrites::default();
        for account in [A, B, A, B] {
            waiting.add(account).unwrap();
        }
        assert!(waiting.remove(A, 1) && waiting.remove(B, 2) && waiting.remove(B, 4));
        assert!(!waiting.remove(B, 4) && !waiting.remove(A, 4) && !waiting.remove(None, 1));
        assert_eq!(numbers(&mut waiting), [3]);
    }

    #[test]
    fn number_of_waiting_writes_is_bounded() {
        let mut waiting = WaitingWrites::default();
        for _ in 0..MAX_OF_ACCOUNT {
            waiting.add(A).unwrap();
        }
        assert!(matches!(waiting.add(A), Err(StoreError::Locked(_))));
        for number in MAX_OF_ACCOUNT..MAX_IN_ALL {
            waiting.add(Some(Uuid::from_u128(number as u128))).unwrap();
        }
        assert!(matches!(waiting.add(B), Err(StoreError::Locked(_))));
        waiting.next().unwrap();
        waiting.add(B).unwrap();
    }
}
