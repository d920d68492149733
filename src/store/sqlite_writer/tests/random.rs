//! Groups of random writes, compared with the same writes one after the other.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};

use super::harness::{Failure, TestWriter, Unit, insert, rows};
use crate::store::error::StoreError;

/// What a write does after it has inserted its numbers.
#[derive(Debug, Clone, Copy)]
enum End {
    Commit,
    Fail,
    Panic,
}

#[derive(Debug, Clone)]
struct RandomWrite {
    numbers: Vec<i64>,
    end: End,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    Failed,
    Conflict,
    Panicked,
}

fn random_write() -> impl Strategy<Value = RandomWrite> {
    let end = prop_oneof![4 => Just(End::Commit), 1 => Just(End::Fail), 1 => Just(End::Panic)];
    (vec(1_i64..30, 0..4), end).prop_map(|(numbers, end)| RandomWrite { numbers, end })
}

/// Applies a write to the model. It must see what the earlier writes left.
fn apply(model: &mut BTreeSet<i64>, write: &RandomWrite) -> Outcome {
    let mut after = model.clone();
    if !write.numbers.iter().all(|n| after.insert(*n)) {
        return Outcome::Conflict;
    }
    match write.end {
        End::Commit => {
            *model = after;
            Outcome::Done
        }
        End::Fail => Outcome::Failed,
        End::Panic => Outcome::Panicked,
    }
}

fn unit(writer: &TestWriter, write: RandomWrite, visible: BTreeSet<i64>) -> Unit {
    writer.unit(move |tx| {
        assert_eq!(rows(tx), visible.into_iter().collect::<Vec<_>>());
        write.numbers.iter().try_for_each(|n| insert(tx, *n))?;
        match write.end {
            End::Commit => Ok(()),
            End::Fail => Err(Failure::Rule),
            End::Panic => panic!("by intention"),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn group_does_what_its_writes_do_one_after_the_other(writes in vec(random_write(), 1..24)) {
        let writer = TestWriter::new();
        let mut model = BTreeSet::from([0]);
        let mut expected = Vec::new();
        let mut units = Vec::new();
        for write in writes {
            units.push(unit(&writer, write.clone(), model.clone()));
            expected.push(apply(&mut model, &write));
        }
        let before = writer.commits();
        let results = writer.run_group(units);
        let outcomes: Vec<_> = results
            .into_iter()
            .map(|result| match result {
                Ok(()) => Outcome::Done,
                Err(Failure::Rule) => Outcome::Failed,
                Err(Failure::Panic) => Outcome::Panicked,
                Err(Failure::Store(StoreError::Conflict(_))) => Outcome::Conflict,
                Err(Failure::Store(error)) => panic!("{error:?}"),
            })
            .collect();
        prop_assert_eq!(outcomes, expected);
        prop_assert_eq!(writer.rows(), model.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(writer.commits(), before + 1);
    }
}
