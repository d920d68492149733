//! The execution order of bulk operations.

use std::collections::HashMap;

use super::{Operation, references};

/// The execution order of operations, by their index in the request. An operation
/// that others refer to comes before those; otherwise the order of the request is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionOrder {
    /// The indices of all operations, in order.
    pub indices: Vec<usize>,
    /// Whether the operation at an index is part of a circular reference, or depends on
    /// one.
    pub circular: Vec<bool>,
}

impl ExecutionOrder {
    /// Determines the order of operations.
    #[must_use]
    pub fn from_operations(operations: &[Operation]) -> Self {
        let dependencies = find_dependencies(operations);
        let circular = find_circular(&dependencies);
        Self { indices: sort_indices(&dependencies, &circular), circular }
    }
}

/// Finds the indices of the operations to which each operation refers.
fn find_dependencies(operations: &[Operation]) -> Vec<Vec<usize>> {
    let named = operations.iter().enumerate();
    let named: HashMap<&str, usize> =
        named.filter_map(|(at, one)| Some((one.bulk_id.as_deref()?, at))).collect();
    let find_indices = |one: &Operation| {
        let mut indices: Vec<_> = references::find_references(one)
            .into_iter()
            .filter_map(|name| named.get(name).copied())
            .collect();
        indices.sort_unstable();
        indices
    };
    operations.iter().map(find_indices).collect()
}

/// Finds the operations that can't be executed because of a circular reference. They
/// remain when operations without open dependencies are removed repeatedly.
fn find_circular(dependencies: &[Vec<usize>]) -> Vec<bool> {
    let mut open_dependencies: Vec<usize> = dependencies.iter().map(Vec::len).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); dependencies.len()];
    for (at, needed) in dependencies.iter().enumerate() {
        for needed in needed {
            dependents.get_mut(*needed).into_iter().for_each(|waiting| waiting.push(at));
        }
    }
    let mut ready: Vec<usize> =
        (0..dependencies.len()).filter(|at| open_dependencies.get(*at) == Some(&0)).collect();
    let mut circular = vec![true; dependencies.len()];
    while let Some(resolved) = ready.pop() {
        circular.get_mut(resolved).into_iter().for_each(|circular| *circular = false);
        for at in dependents.get(resolved).into_iter().flatten() {
            let Some(left) = open_dependencies.get_mut(*at) else { continue };
            *left = left.saturating_sub(1);
            if *left == 0 {
                ready.push(*at);
            }
        }
    }
    circular
}

/// Sorts all indices so that each follows its dependencies.
fn sort_indices(dependencies: &[Vec<usize>], circular: &[bool]) -> Vec<usize> {
    let mut indices = Vec::with_capacity(dependencies.len());
    let mut is_done = vec![false; dependencies.len()];
    let mut stack: Vec<usize> = Vec::new();
    for at in 0..dependencies.len() {
        stack.push(at);
        while let Some(top) = stack.last().copied() {
            let is_sorted = |at: &usize| is_done.get(*at).copied().unwrap_or(true);
            let needed = match circular.get(top) {
                Some(false) => dependencies.get(top).map_or(&[][..], Vec::as_slice),
                _ => &[],
            };
            match needed.iter().copied().find(|needed| !is_sorted(needed)) {
                Some(needed) => stack.push(needed),
                None => {
                    stack.pop();
                    if !is_sorted(&top) {
                        indices.push(top);
                        is_done.get_mut(top).into_iter().for_each(|done| *done = true);
                    }
                }
            }
        }
    }
    indices
}
