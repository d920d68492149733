//! The execution order of bulk operations.

use std::collections::HashMap;

use super::{Operation, references};

/// The execution order of operations, by their index in the request. An operation
/// that others refer to comes before those; otherwise the order of the request is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The indices of all operations, in order.
    pub places: Vec<usize>,
    /// Whether the operation at an index is part of a circular reference, or depends on
    /// one.
    pub circular: Vec<bool>,
}

impl Order {
    /// Determines the order of operations.
    #[must_use]
    pub fn of(operations: &[Operation]) -> Self {
        let needs = needs(operations);
        let circular = circular(&needs);
        Self { places: places(&needs, &circular), circular }
    }
}

/// Finds the indices of the operations to which each operation refers.
fn needs(operations: &[Operation]) -> Vec<Vec<usize>> {
    let named = operations.iter().enumerate();
    let named: HashMap<&str, usize> =
        named.filter_map(|(at, one)| Some((one.bulk_id.as_deref()?, at))).collect();
    let places = |one: &Operation| {
        let mut places: Vec<_> =
            references::of(one).into_iter().filter_map(|name| named.get(name).copied()).collect();
        places.sort_unstable();
        places
    };
    operations.iter().map(places).collect()
}

/// Finds the operations that can't be executed because of a circular reference. They
/// remain when operations without open dependencies are removed repeatedly.
fn circular(needs: &[Vec<usize>]) -> Vec<bool> {
    let mut waits: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        for needed in needed {
            waiting.get_mut(*needed).into_iter().for_each(|waiting| waiting.push(at));
        }
    }
    let mut ready: Vec<usize> = (0..needs.len()).filter(|at| waits.get(*at) == Some(&0)).collect();
    let mut circular = vec![true; needs.len()];
    while let Some(done) = ready.pop() {
        circular.get_mut(done).into_iter().for_each(|circular| *circular = false);
        for at in waiting.get(done).into_iter().flatten() {
            let Some(left) = waits.get_mut(*at) else { continue };
            *left = left.saturating_sub(1);
            if *left == 0 {
                ready.push(*at);
            }
        }
    }
    circular
}

/// Sorts all indices so that each follows its dependencies.
fn places(needs: &[Vec<usize>], circular: &[bool]) -> Vec<usize> {
    let mut places = Vec::with_capacity(needs.len());
    let mut placed = vec![false; needs.len()];
    let mut stack: Vec<usize> = Vec::new();
    for at in 0..needs.len() {
        stack.push(at);
        while let Some(top) = stack.last().copied() {
            let is_placed = |at: &usize| placed.get(*at).copied().unwrap_or(true);
            let needed = match circular.get(top) {
                Some(false) => needs.get(top).map_or(&[][..], Vec::as_slice),
                _ => &[],
            };
            match needed.iter().copied().find(|needed| !is_placed(needed)) {
                Some(needed) => stack.push(needed),
                None => {
                    stack.pop();
                    if !is_placed(&top) {
                        places.push(top);
                        placed.get_mut(top).into_iter().for_each(|placed| *placed = true);
                    }
                }
            }
        }
    }
    places
}
