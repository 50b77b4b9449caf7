//! From synchronous code to the asynchronous client, in whatever runtime the caller is.

use std::future::Future;
use std::thread;

use crate::error::Error;

/// Which runtime the work needs.
#[derive(Clone, Copy)]
pub(crate) enum Runtime {
    /// One thread. Cheap.
    CurrentThread,
    /// Diesel's migrations harness calls `block_in_place`, which a current-thread runtime refuses.
    MultiThread,
}

/// Runs work to its end on a thread with a runtime of its own.
///
/// A thread of its own, because a runtime refuses to be entered from within another one: the caller
/// may be a `Drop` in a test's current-thread runtime. The future is made on that thread, so it
/// need not be `Send`.
pub(crate) fn wait_for<F, T>(runtime: Runtime, work: impl FnOnce() -> F + Send) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
    T: Send,
{
    on_thread(move || {
        let mut builder = match runtime {
            Runtime::CurrentThread => tokio::runtime::Builder::new_current_thread(),
            Runtime::MultiThread => tokio::runtime::Builder::new_multi_thread(),
        };
        let runtime = builder
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        runtime.block_on(work())
    })
}

/// Runs work to its end on a thread that belongs to no runtime.
pub(crate) fn on_thread<T: Send>(
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    thread::scope(|scope| {
        let spawned = thread::Builder::new()
            .name("local-postgres".to_owned())
            .spawn_scoped(scope, work)
            .map_err(Error::Thread)?;
        match spawned.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
