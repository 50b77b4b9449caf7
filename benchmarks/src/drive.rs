//! Clients at work for a while.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::time::{Instant as Moment, sleep_until};

use crate::peer::Failure;
use crate::protocol::{Load, Ran};

/// How late a timer may be: tokio's has steps of a millisecond, and so has Node's.
const TIMER: Duration = Duration::from_millis(1);
/// How long operations that are due may be behind before the run is given up: the rate was beyond the peer's means.
const BEHIND: Duration = Duration::from_secs(20);

/// What a client does over and over.
pub trait Work: Send + 'static {
    fn once(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// When a client begins its operations.
#[derive(Clone, Copy)]
struct Schedule {
    counted_from: Instant,
    end: Instant,
    tolerant: bool,
    /// The first, and the pause between two, where they are due at times of their own.
    due: Option<(Instant, Duration)>,
}

/// Lets the clients work.
///
/// Where operations have a rate, each is due at a time of its own, and its latency counts from then: one that waits for a slow
/// one before it has waited all the same (no coordinated omission). A timer's own lateness, a millisecond at most, is left out.
pub async fn drive<W: Work>(workers: Vec<W>, load: &Load) -> Result<Ran, Failure> {
    let begin = Instant::now();
    let counted_from = begin + Duration::from_millis(load.warm_up_milliseconds);
    let end = counted_from + Duration::from_millis(load.milliseconds);
    let count = u32::try_from(workers.len())?;
    let clients = (0..count).zip(workers).map(|(number, work)| {
        let due = load.per_second.map(|rate| {
            let pause = Duration::from_secs_f64(f64::from(count) / rate);
            (begin + pause * number / count, pause)
        });
        let schedule = Schedule {
            counted_from,
            end,
            tolerant: load.tolerant,
            due,
        };
        tokio::spawn(client(work, schedule))
    });
    let mut all = Histogram::<u64>::new(3)?;
    let mut failures = 0;
    for ended in try_join_all(clients.collect::<Vec<_>>()).await? {
        let (latencies, failed) = ended?;
        all.add(latencies)?;
        failures += failed;
    }
    Ok(Ran {
        operations: all.len(),
        failures,
        p50: all.value_at_quantile(0.50),
        p95: all.value_at_quantile(0.95),
        p99: all.value_at_quantile(0.99),
        max: all.max(),
    })
}

/// Works until the end. Gives how long each counted operation took, in microseconds, and how many failed.
async fn client<W: Work>(
    mut work: W,
    schedule: Schedule,
) -> Result<(Histogram<u64>, u64), Failure> {
    let mut latencies = Histogram::<u64>::new(3)?;
    let mut failures = 0;
    let mut due = schedule.due;
    loop {
        let now = Instant::now();
        let started = match &mut due {
            None => now,
            Some((at, pause)) => {
                let intended = *at;
                *at += *pause;
                wait_until(intended, now).await
            }
        };
        if started >= schedule.end {
            return Ok((latencies, failures));
        }
        if started + BEHIND < now {
            return Err("the operations are 20 s behind the times they were due".into());
        }
        let result = work.once().await;
        let ended = Instant::now();
        // A closed loop counts what ends in time; at a rate, what is due in time.
        let is_counted = match due {
            None => ended >= schedule.counted_from && ended < schedule.end,
            Some(_) => started >= schedule.counted_from,
        };
        match result {
            Err(failure) if !schedule.tolerant => return Err(failure),
            Err(_) => failures += 1,
            Ok(()) if is_counted => {
                let micros = ended.duration_since(started).as_micros();
                latencies.record(u64::try_from(micros)?)?;
            }
            Ok(()) => {}
        }
    }
}

/// Waits where it is too early. Gives when the operation begins, as its latency counts.
async fn wait_until(intended: Instant, now: Instant) -> Instant {
    if intended <= now {
        return intended;
    }
    sleep_until(Moment::from_std(intended)).await;
    Instant::now().min(intended + TIMER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Workload;

    /// Each takes a millisecond, but the tenth of each client, which takes 200.
    struct Slow(u32);

    impl Work for Slow {
        async fn once(&mut self) -> Result<(), Failure> {
            self.0 += 1;
            let millis = if self.0 == 10 { 200 } else { 1 };
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok(())
        }
    }

    async fn slow(per_second: Option<f64>) -> Ran {
        let load = Load {
            workload: Workload::ById,
            clients: 1,
            per_second,
            warm_up_milliseconds: 0,
            milliseconds: 600,
            victims: None,
            tolerant: false,
        };
        match drive(vec![Slow(0)], &load).await {
            Ok(ran) => ran,
            Err(failure) => unreachable!("{failure}"),
        }
    }

    /// A pause of 200 ms at 100 a second makes some twenty operations late; a closed loop sees one.
    #[tokio::test]
    async fn operations_that_wait_for_a_slow_one_are_late() {
        let open = slow(Some(100.0)).await;
        assert!(open.p95 > 100_000, "{open:?}");
        assert!(open.operations.abs_diff(60) <= 1, "{open:?}");
        let closed = slow(None).await;
        assert!(closed.p95 < 100_000 && closed.max >= 200_000, "{closed:?}");
    }
}
