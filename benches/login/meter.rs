//! CPU time, beside a bare verification.

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkGroup, measurement::WallTime};
use openssl::{
    hash::MessageDigest,
    pkey::{PKey, Public},
    rsa::Rsa,
    sign::{Signer, Verifier},
};
use rustix::time::{ClockId, clock_gettime};

/// How many bare verifications each sample is compared with.
const BESIDE: u32 = 64;

/// The time of a number of runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measurement {
    /// The CPU time of the thread or process that did the work.
    pub(crate) cpu: Duration,
    /// The time that passed; `None` where it is the CPU time.
    pub(crate) wall: Option<Duration>,
}

/// Keeps what was measured.
pub(crate) struct Meter {
    bare: BareVerification,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    samples: Vec<Sample>,
}

/// Seconds for each run.
#[derive(Clone, Copy)]
struct Sample {
    cpu: f64,
    bare: f64,
    wall: Option<f64>,
}

impl Meter {
    /// One that has measured nothing yet.
    pub(crate) fn new() -> Self {
        Self { bare: BareVerification::new(), rows: Vec::new() }
    }

    /// Measures the bare verification itself, as everything else is measured.
    pub(crate) fn measure_bare(&mut self, group: &mut BenchmarkGroup<'_, WallTime>) {
        let bare = BareVerification::new();
        self.measure_on_thread(group, "bare RSA-2048 verification", || bare.verify());
    }

    /// Measures work on this thread.
    pub(crate) fn measure_on_thread(
        &mut self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        name: &'static str,
        mut work: impl FnMut(),
    ) {
        self.measure(group, name, |runs| {
            let cpu = cpu_time_of(|| (0..runs).for_each(|_| work()));
            Measurement { cpu, wall: None }
        });
    }

    /// Measures what tells by itself how long so many runs took.
    pub(crate) fn measure(
        &mut self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        name: &'static str,
        mut work: impl FnMut(u64) -> Measurement,
    ) {
        let mut samples = Vec::new();
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|runs| {
                let Measurement { cpu, wall } = work(runs);
                let bare = cpu_time_of(|| (0..BESIDE).for_each(|_| self.bare.verify()));
                #[expect(clippy::cast_precision_loss, reason = "not that many runs")]
                let each = |took: Duration| took.as_secs_f64() / runs as f64;
                samples.push(Sample {
                    cpu: each(cpu),
                    bare: bare.as_secs_f64() / f64::from(BESIDE),
                    wall: wall.map(each),
                });
                cpu
            });
        });
        // The first half were made to warm up, or to find out how many runs
        // make a sample.
        let warm = samples.split_off(samples.len() / 2);
        if !warm.is_empty() {
            self.rows.push(Row { name, samples: warm });
        }
    }

    /// Prints the medians, and the ratio while the machine did little else.
    pub(crate) fn print(&self) {
        if self.rows.is_empty() {
            return;
        }
        let (what, ratio, quiet, cpu, wall) = ("what", "ratio", "quiet", "CPU, us", "wall, us");
        println!("{what:<36} {ratio:>8} {quiet:>8} {cpu:>10} {wall:>10}");
        for Row { name, samples } in &self.rows {
            let ratios = || samples.iter().map(|sample| sample.cpu / sample.bare);
            let (ratio, quiet) = (quantile(ratios(), MEDIAN), quantile(ratios(), BEST_TENTH));
            let cpu = quantile(samples.iter().map(|sample| sample.cpu), MEDIAN) * 1e6;
            let wall = match samples.iter().filter_map(|sample| sample.wall).collect::<Vec<_>>() {
                none if none.is_empty() => String::new(),
                some => format!("{:.0}", quantile(some.into_iter(), MEDIAN) * 1e6),
            };
            println!("{name:<36} {ratio:>8.2} {quiet:>8.2} {cpu:>10.1} {wall:>10}");
        }
    }
}

const MEDIAN: f64 = 0.5;
const BEST_TENTH: f64 = 0.1;

fn quantile(values: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not that many values, and a part of their number"
    )]
    let index = (values.len() as f64 * part) as usize;
    values[index]
}

/// The CPU time that this thread spends on some work.
fn cpu_time_of(work: impl FnOnce()) -> Duration {
    let now =
        || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("since its start");
    let begin = now();
    work();
    now() - begin
}

/// The CPU time of one bare verification, in seconds.
pub(crate) fn measure_bare_seconds() -> f64 {
    let bare = BareVerification::new();
    let runs = 20 * BESIDE;
    cpu_time_of(|| (0..runs).for_each(|_| bare.verify())).as_secs_f64() / f64::from(runs)
}

/// A verification of a signature, and nothing around it: no certificate, no
/// XML, the key read once.
struct BareVerification {
    key: PKey<Public>,
    data: [u8; 512],
    signature: Vec<u8>,
}

impl BareVerification {
    fn new() -> Self {
        let key = PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
        let data = [7; 512];
        let mut signer = Signer::new(MessageDigest::sha256(), &key).expect("a signer");
        let signature = signer.sign_oneshot_to_vec(&data).expect("a signature");
        let public = key.public_key_to_der().expect("a public key");
        let key = PKey::public_key_from_der(&public).expect("a public key");
        Self { key, data, signature }
    }

    fn verify(&self) {
        let mut verifier = Verifier::new(MessageDigest::sha256(), &self.key).expect("a verifier");
        let verified = verifier.verify_oneshot(black_box(&self.signature), &self.data);
        assert!(verified.expect("an answer"));
    }
}
