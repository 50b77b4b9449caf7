//! Async closures whose futures are `Send`. Needed until Rust can say it by itself.

use std::future::Future;

/// Names the future of an async closure that can be called again, so that it can be required to be `Send`.
///
/// A bound only: every async function of one argument has it, and every async closure that changes and consumes nothing
/// of what it captures. Where the compiler says that a closure captures state from its environment, borrow before it
/// (`let name = &name;`), or leave out `move`.
pub trait SendFn<Argument, Output>:
    AsyncFn(Argument) -> Output + Fn(Argument) -> <Self as SendFn<Argument, Output>>::Fut
{
    /// The future.
    type Fut: Future<Output = Output>;
}

impl<F, Argument, Output, Fut> SendFn<Argument, Output> for F
where
    F: AsyncFn(Argument) -> Output + Fn(Argument) -> Fut,
    Fut: Future<Output = Output>,
{
    type Fut = Fut;
}

/// The same for an async closure that is called once.
pub trait SendFnOnce<Argument, Output>:
    AsyncFnOnce(Argument) -> Output + FnOnce(Argument) -> <Self as SendFnOnce<Argument, Output>>::Fut
{
    /// The future.
    type Fut: Future<Output = Output>;
}

impl<F, Argument, Output, Fut> SendFnOnce<Argument, Output> for F
where
    F: AsyncFnOnce(Argument) -> Output + FnOnce(Argument) -> Fut,
    Fut: Future<Output = Output>,
{
    type Fut = Fut;
}
