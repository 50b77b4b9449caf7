//! The socket, driven by whoever waits for an answer.
//!
//! The driver has two halves: one that requests are given to, and one that writes them and reads the
//! answers, for as long as somebody polls it. A task of its own for that would have to be woken for
//! each request, and to wake the caller for each answer. So the caller polls both. While nobody waits
//! for an answer, nobody reads: [`Socket::look`] does when it matters whether the connection lives.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Error};

use crate::PostgresError;

/// How long a connection that nobody holds any more may take to end as it should. The driver first
/// waits for the answers to what was sent, and a server that fell silent gives none.
const FAREWELL: Duration = Duration::from_secs(2);

/// The driver's half at the socket.
trait Half: Send {
    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<(), Error>>>;
}

impl<S, T> Half for tokio_postgres::Connection<S, T>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    T: AsyncRead + AsyncWrite + Unpin + Send,
{
    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<(), Error>>> {
        let message = tokio_postgres::Connection::poll_message(self, context);
        // Notices and notifications are for nobody.
        message.map_ok(|_: AsyncMessage| ())
    }
}

pub(super) struct Socket {
    /// None once it has ended.
    half: Mutex<Option<Box<dyn Half>>>,
    /// Why it ended.
    end: OnceLock<PostgresError>,
    /// Somebody waits, or has waited and may still be known as the one to be woken.
    is_watched: AtomicBool,
    /// An answer has come for the work that is waited for.
    delivered: Arc<Delivered>,
    waker: Waker,
    /// Where it is driven when nobody holds the connection any more.
    runtime: Handle,
}

#[derive(Default)]
struct Delivered(AtomicBool);

impl Wake for Delivered {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Socket {
    /// Must be called within the runtime in which `half` was made.
    pub(super) fn new<S, T>(half: tokio_postgres::Connection<S, T>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let delivered = Arc::<Delivered>::default();
        Self {
            half: Mutex::new(Some(Box::new(half))),
            end: OnceLock::new(),
            is_watched: AtomicBool::new(false),
            waker: Waker::from(Arc::clone(&delivered)),
            delivered,
            runtime: Handle::current(),
        }
    }

    /// Why it ended; none while it lives, and where it ended as it should.
    pub(super) fn end(&self) -> Option<&PostgresError> {
        self.end.get()
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Reads what has come while nobody waited, such as the server's farewell. Asks nobody, so it
    /// takes no time.
    pub(super) fn look(&self) {
        self.is_watched.store(false, Ordering::Relaxed);
        self.poll(&mut Context::from_waker(Waker::noop()));
    }

    /// Waits for `work`, which waits for answers from this socket and for nothing else.
    pub(super) async fn drive<R>(&self, mut work: Pin<&mut impl Future<Output = R>>) -> R {
        self.begin();
        poll_fn(|context| self.poll_with(context, |context| work.as_mut().poll(context))).await
    }

    /// Waits for `work`, which waits for answers from this socket and for other things.
    pub(super) async fn drive_among_others<R>(
        &self,
        mut work: Pin<&mut impl Future<Output = R>>,
    ) -> R {
        self.begin();
        poll_fn(|context| {
            // Both may wake `context`, so nothing that comes between is missed.
            let polled = work.as_mut().poll(context);
            if polled.is_pending() {
                self.poll(context);
            }
            polled
        })
        .await
    }

    /// Writes what was asked for, as far as the server takes it, and waits for nothing.
    pub(super) async fn write(&self) {
        poll_fn(|context| {
            self.poll(context);
            Poll::Ready(())
        })
        .await;
    }

    /// To be called before a request is made: whoever waited before is not woken for it.
    pub(super) fn begin(&self) {
        if self.is_watched.load(Ordering::Relaxed) {
            self.look();
        }
        self.is_watched.store(true, Ordering::Relaxed);
    }

    /// Polls `work`, which waits for answers from this socket and for nothing else. It is not woken
    /// by way of the runtime, but polled again at once.
    pub(super) fn poll_with<R>(
        &self,
        context: &mut Context<'_>,
        mut work: impl FnMut(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        loop {
            // Before `work` looks: what comes later is seen below.
            self.delivered.0.store(false, Ordering::Release);
            let polled = work(&mut Context::from_waker(&self.waker));
            if polled.is_ready() {
                return polled;
            }
            // Sends what `work` has asked for, and reads.
            self.poll(context);
            if !self.delivered.0.load(Ordering::Acquire) {
                return Poll::Pending;
            }
        }
    }

    /// Writes what is to be written, reads what has come, and lets `context` be woken when there is
    /// more of either.
    fn poll(&self, context: &mut Context<'_>) {
        let mut half = self.half.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(socket) = half.as_mut() else {
            return;
        };
        let ended = loop {
            match socket.poll_message(context) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(()))) => {}
                Poll::Ready(Some(Err(error))) => break Err(error),
                Poll::Ready(None) => break Ok(()),
            }
        };
        if let Err(error) = ended {
            let mut error = PostgresError::from_driver(&error);
            error.is_connection_lost = true;
            let _ = self.end.set(error);
        }
        // Whoever waits for an answer hears now that there is none; the reason is there by then.
        *half = None;
    }
}

/// Nobody holds the connection any more: the driver says so to the server.
impl Drop for Socket {
    fn drop(&mut self) {
        let half = self.half.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(mut half) = half.take() else {
            return;
        };
        self.runtime.spawn(async move {
            let ended = poll_fn(|context| {
                while let Poll::Ready(message) = half.poll_message(context) {
                    if !matches!(message, Some(Ok(()))) {
                        return Poll::Ready(());
                    }
                }
                Poll::Pending
            });
            let _ = timeout(FAREWELL, ended).await;
        });
    }
}
