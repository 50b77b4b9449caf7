//! How a connection begins: the driver connects, a task takes over the socket, and a pooler in
//! between is noticed.
//!
//! Where a pooler may stand between, nothing is set on the server: it would hand the setting to
//! another client.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use diesel::connection::get_default_instrumentation;
use futures_util::FutureExt;
use futures_util::future::poll_fn;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_postgres::{Client, NoTls};

use super::pooler::{self, Pooler, StatementMode};
use super::query::Room;
use super::replacement::Loan;
use super::running::Session;
use super::statement_cache::StatementCache;
use super::transactions::TransactionState;
use super::{Connection, CustomTypes, result_types};
use crate::config::Target;
use crate::{Observer, PostgresError};

/// How many prepared statements a connection keeps. Each costs the server a few kilobytes and more
/// with its plans.
const STATEMENTS: usize = 256;

/// How long a connection that nobody holds any more may take to end as it should. The driver first
/// waits for the answers to what was sent, and a server that fell silent gives none.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a connection is to be like.
pub(crate) struct Options {
    pub(crate) pooler: Pooler,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) custom_types: CustomTypes,
    pub(crate) observer: Arc<dyn Observer>,
}

impl Connection {
    /// Connects to `target`. Must be called within a runtime, whose tasks drive the socket.
    pub(crate) async fn open(
        target: &Target,
        options: Options,
    ) -> Result<Self, tokio_postgres::Error> {
        let settings = target.settings();
        let opened = match target.connector().tls() {
            Some(tls) => drive(settings.connect(tls).await?),
            None => drive(settings.connect(NoTls).await?),
        };
        let Opened {
            client,
            server_version,
            end,
            held,
        } = opened;
        let cancel = client.cancel_token();
        let mode = match (options.pooler, target.is_pooler()) {
            (Pooler::None, _) => Some(StatementMode::Named),
            (Pooler::Transaction, _) | (Pooler::Auto, true) => Some(StatementMode::Unnamed),
            (Pooler::Auto, false) => None,
        };
        let limit = options.statement_timeout;
        let is_direct = mode != Some(StatementMode::Unnamed)
            && pooler::is_direct(&client, &cancel, limit).await?;
        let mode = mode.unwrap_or(match is_direct {
            true => StatementMode::Named,
            false => StatementMode::Unnamed,
        });
        if mode == StatementMode::Unnamed {
            result_types::learn(&client).await?;
        }
        Ok(Self {
            client,
            session: Arc::new(Session {
                observer: options.observer,
                cancel,
                target: target.clone(),
                server_version,
                runtime: Handle::current(),
                end,
                _held: held,
                unfinished: AtomicUsize::new(0),
                clock: Mutex::default(),
            }),
            mode,
            statements: StatementCache::new(STATEMENTS),
            room: Room::default(),
            custom_types: options.custom_types,
            transaction: TransactionState::default(),
            statement_timeout: limit,
            server_limit: limit.filter(|_| is_direct),
            loan: Loan::default(),
            instrumentation: Mutex::new(get_default_instrumentation()),
        })
    }
}

struct Opened {
    client: Client,
    server_version: String,
    end: Arc<OnceLock<PostgresError>>,
    held: oneshot::Sender<()>,
}

/// Hands the socket to a task of its own.
fn drive<S, T>((client, mut socket): (Client, tokio_postgres::Connection<S, T>)) -> Opened
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let server_version = socket
        .parameter("server_version")
        .unwrap_or_default()
        .to_owned();
    let end = Arc::new(OnceLock::new());
    let noted = Arc::clone(&end);
    let (held, released) = oneshot::channel();
    let farewell = async move {
        // Nothing is ever sent: it resolves when the session is dropped.
        let _ = released.await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::spawn(async move {
        // By reference: the client finds itself closed when the socket is dropped, and the reason
        // is to be there by then.
        let ended = tokio::select! {
            biased;
            ended = poll_fn(|context| socket.poll_unpin(context)) => ended,
            () = farewell => Ok(()),
        };
        if let Err(error) = ended {
            let mut error = PostgresError::from_driver(&error);
            error.is_connection_lost = true;
            let _ = noted.set(error);
        }
        drop(socket);
    });
    Opened {
        client,
        server_version,
        end,
        held,
    }
}
