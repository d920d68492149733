//! Tests on a file. A first write holds the turn until the others wait, so that the groups
//! do not depend on time.

mod harness;
mod random;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use self::harness::{Failure, TestWriter, insert, rows, run};
use super::group::GroupLimits;
use crate::store::{deadline::with_deadline, error::StoreError};

fn is_rolled_back_with_others(result: &Result<(), Failure>) -> bool {
    matches!(result, Err(Failure::Store(StoreError::Contended(_))))
}

#[test]
fn writes_that_wait_share_one_commit() {
    let writer = TestWriter::new();
    let before = writer.commits();
    let results =
        writer.run_group((1..=20).map(|n| writer.unit(move |tx| insert(tx, n))).collect());
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(writer.commits(), before + 1);
    assert_eq!(writer.rows(), (0..=20).collect::<Vec<_>>());
}

#[test]
fn lone_write_is_committed_at_once() {
    let writer = TestWriter::new();
    for n in 0..3 {
        let before = writer.commits();
        writer.write(|tx| insert(tx, n)).unwrap();
        assert_eq!(writer.commits(), before + 1);
    }
}

#[test]
fn failed_write_is_rolled_back_alone() {
    let writer = TestWriter::new();
    let before = writer.commits();
    let results = writer.run_group(vec![
        writer.unit(|tx| insert(tx, 1)),
        writer.unit(|tx| insert(tx, 2).and(Err(Failure::Rule))),
        writer.unit(|tx| insert(tx, 3).and_then(|()| insert(tx, 1))),
        writer.unit(|tx| match rows(tx).as_slice() {
            [0, 1] => insert(tx, 4),
            _ => Err(Failure::Rule),
        }),
    ]);
    assert!(matches!(results[1], Err(Failure::Rule)), "{results:?}");
    assert!(matches!(results[2], Err(Failure::Store(StoreError::Conflict(_)))), "{results:?}");
    assert!(results[0].is_ok() && results[3].is_ok(), "{results:?}");
    assert_eq!(writer.rows(), [0, 1, 4]);
    assert_eq!(writer.commits(), before + 1);
}

#[test]
fn panicking_write_is_rolled_back_alone() {
    let writer = TestWriter::new();
    let results = writer.run_group(vec![
        writer.unit(|tx| insert(tx, 1)),
        writer.unit(|tx| {
            insert(tx, 2)?;
            panic!("by intention")
        }),
        writer.unit(|tx| insert(tx, 3)),
    ]);
    assert!(matches!(results[1], Err(Failure::Panic)), "{results:?}");
    assert!(results[0].is_ok() && results[2].is_ok(), "{results:?}");
    writer.write(|tx| insert(tx, 4)).unwrap();
    assert_eq!(writer.rows(), [0, 1, 3, 4]);
}

#[test]
fn first_write_of_a_group_fails_or_panics_alone() {
    for failure in [Failure::Rule, Failure::Panic] {
        let writer = TestWriter::new();
        let others = vec![writer.unit(|tx| insert(tx, 1)), writer.unit(|tx| insert(tx, 2))];
        let results = writer.run_group_after(Some(failure), others);
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(writer.rows(), [1, 2]);
    }
}

#[test]
fn nothing_is_visible_or_acknowledged_before_the_commit() {
    let writer = TestWriter::new();
    let is_acknowledged = AtomicBool::new(false);
    thread::scope(|scope| {
        let gate = writer.close_gate(scope, None);
        scope.spawn(|| {
            writer.write(|tx| insert(tx, 1)).unwrap();
            is_acknowledged.store(true, Ordering::SeqCst);
        });
        writer.wait_until_waiting(1);
        scope.spawn(|| {
            writer
                .write(|tx| {
                    assert_eq!(rows(tx), [0, 1]);
                    assert_eq!(writer.rows(), [0; 0], "a reader sees what is not committed");
                    assert!(!is_acknowledged.load(Ordering::SeqCst));
                    Ok(())
                })
                .unwrap();
        });
        writer.wait_until_waiting(2);
        drop(gate);
    });
    assert_eq!(writer.rows(), [0, 1]);
}

#[test]
fn failed_commit_is_the_error_of_each_write() {
    let writer = TestWriter::new();
    let results = writer.run_group(vec![
        writer.unit(|tx| insert(tx, 1)),
        // The reference is checked at the commit.
        writer.unit(|tx| run(tx, "INSERT INTO children VALUES (99)")),
        writer.unit(|_| Err(Failure::Rule)),
    ]);
    for result in &results {
        assert!(matches!(result, Err(Failure::Store(StoreError::Dangling))), "{results:?}");
    }
    assert_eq!(writer.rows(), [0; 0]);
    writer.write(|tx| insert(tx, 1)).unwrap();
    assert_eq!(writer.rows(), [1]);
}

#[test]
fn write_is_not_acknowledged_if_another_ends_its_transaction() {
    let writer = TestWriter::new();
    let results = writer.run_group(vec![
        writer.unit(|tx| insert(tx, 1)),
        // As SQLite does by itself after some errors of the disk.
        writer.unit(|tx| run(tx, "ROLLBACK")),
        writer.unit(|tx| insert(tx, 2)),
    ]);
    assert!(is_rolled_back_with_others(&results[0]), "{results:?}");
    assert!(results[1].is_err() && results[2].is_ok(), "{results:?}");
    assert_eq!(writer.rows(), [2]);
}

#[test]
fn full_disk_loses_no_acknowledged_write() {
    let writer = TestWriter::new();
    writer.write(|tx| run(tx, "PRAGMA max_page_count = 20")).unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..20 {
        let units = (1..=8).map(|n| {
            let row = round * 10 + n;
            let size = if n % 3 == 0 { 30_000 } else { 300 };
            writer.unit(move |tx| {
                insert(tx, row)?;
                run(tx, &format!("INSERT INTO blobs VALUES (zeroblob({size}))"))
            })
        });
        let first = Some(Failure::Rule);
        for (place, result) in writer.run_group_after(first, units.collect()).iter().enumerate() {
            match result {
                Ok(()) => acknowledged.push(round * 10 + i64::try_from(place).unwrap() + 1),
                Err(Failure::Store(StoreError::Unavailable(_) | StoreError::Contended(_))) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(writer.rows(), acknowledged);
    }
    assert!(!acknowledged.is_empty() && acknowledged.len() < 160, "{acknowledged:?}");
    writer.write(|tx| run(tx, "PRAGMA max_page_count = 4000")).unwrap();
    writer.write(|tx| insert(tx, 1000)).unwrap();
}

#[test]
fn expired_write_does_not_run() {
    let writer = TestWriter::new();
    thread::scope(|scope| {
        let gate = writer.close_gate(scope, None);
        let soon = Instant::now() + Duration::from_millis(50);
        let late = with_deadline(soon, || writer.write(|_| unreachable!("it has expired")));
        assert!(matches!(late, Err(Failure::Store(StoreError::Locked(_)))), "{late:?}");
        drop(gate);
    });
    writer.write(|tx| insert(tx, 1)).unwrap();
    assert_eq!(writer.rows(), [0, 1]);
}

#[test]
fn write_whose_deadline_passes_before_the_commit_is_not_committed() {
    let writer = TestWriter::new();
    let until = Instant::now() + Duration::from_secs(2);
    let results = writer.run_group(vec![
        writer.unit(move |tx| insert(tx, 1)).until(until),
        writer.unit(move |tx| {
            thread::sleep(until.saturating_duration_since(Instant::now()));
            insert(tx, 2)
        }),
    ]);
    assert!(results.iter().all(is_rolled_back_with_others), "{results:?}");
    assert_eq!(writer.rows(), [0; 0]);
}

#[test]
fn full_queue_rejects_a_write_at_once() {
    let writer = &TestWriter::new();
    thread::scope(|scope| {
        let gate = writer.close_gate(scope, None);
        let waiting: Vec<_> =
            (1..=128).map(|n| scope.spawn(move || writer.write(move |tx| insert(tx, n)))).collect();
        writer.wait_until_waiting(128);
        let rejected = writer.write(|_| unreachable!("it is rejected"));
        assert!(matches!(rejected, Err(Failure::Store(StoreError::Locked(_)))), "{rejected:?}");
        drop(gate);
        for write in waiting {
            write.join().unwrap().unwrap();
        }
    });
    assert_eq!(writer.rows().len(), 129);
}

#[test]
fn group_is_bounded() {
    let units = |writer: &TestWriter| {
        (1..=9).map(|n| writer.unit(move |tx| insert(tx, n))).collect::<Vec<_>>()
    };
    let writer = TestWriter::with_limits(GroupLimits { writes: 4, time: Duration::MAX });
    let before = writer.commits();
    writer.run_group(units(&writer));
    assert_eq!(writer.commits(), before + 3);
    let writer = TestWriter::with_limits(GroupLimits { writes: 100, time: Duration::ZERO });
    let before = writer.commits();
    writer.run_group(units(&writer));
    assert_eq!(writer.commits(), before + 10);
}

#[test]
fn long_write_has_a_transaction_of_its_own() {
    let writer = TestWriter::new();
    let before = writer.commits();
    let results = writer.run_group(vec![
        writer.unit(|tx| insert(tx, 1)),
        writer.unit(|tx| insert(tx, 2).and(Err(Failure::Rule))).alone(),
        writer.unit(|tx| insert(tx, 3)).alone(),
        writer.unit(|tx| insert(tx, 4)),
        writer.unit(|tx| insert(tx, 5)),
    ]);
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4, "{results:?}");
    assert_eq!(writer.commits(), before + 3);
    assert_eq!(writer.rows(), [0, 1, 3, 4, 5]);
}
