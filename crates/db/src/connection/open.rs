//! How a connection begins: the driver connects, and a pooler in between is noticed.
//!
//! Where a pooler may stand between, nothing is set on the server: it would hand the setting to
//! another client.

use std::pin::pin;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::get_default_instrumentation;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{Client, NoTls};

use super::pooler::{self, Pooler, StatementMode};
use super::query::Room;
use super::replacement::Loan;
use super::running::Session;
use super::socket::Socket;
use super::statement_cache::StatementCache;
use super::transactions::TransactionState;
use super::{Connection, CustomTypes, result_types};
use crate::Observer;
use crate::config::Target;

/// How many prepared statements a connection keeps. Each costs the server a few kilobytes and more
/// with its plans.
const STATEMENTS: usize = 256;

/// What a connection is to be like.
pub(crate) struct Options {
    pub(crate) pooler: Pooler,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) custom_types: CustomTypes,
    pub(crate) observer: Arc<dyn Observer>,
}

impl Connection {
    /// Connects to `target`. Must be called within a runtime, which watches the socket.
    pub(crate) async fn open(
        target: &Target,
        options: Options,
    ) -> Result<Self, tokio_postgres::Error> {
        let settings = target.settings();
        let Opened {
            client,
            server_version,
            socket,
        } = match target.connector().tls() {
            Some(tls) => opened(settings.connect(tls).await?),
            None => opened(settings.connect(NoTls).await?),
        };
        let cancel = client.cancel_token();
        let mode = match (options.pooler, target.is_pooler()) {
            (Pooler::None, _) => Some(StatementMode::Named),
            (Pooler::Transaction, _) | (Pooler::Auto, true) => Some(StatementMode::Unnamed),
            (Pooler::Auto, false) => None,
        };
        let limit = options.statement_timeout;
        let is_direct = mode != Some(StatementMode::Unnamed) && {
            let asked = pin!(pooler::is_direct(&client, &cancel, limit));
            socket.drive_among_others(asked).await?
        };
        let mode = mode.unwrap_or(match is_direct {
            true => StatementMode::Named,
            false => StatementMode::Unnamed,
        });
        if mode == StatementMode::Unnamed {
            let learned = pin!(result_types::learn(&client));
            socket.drive_among_others(learned).await?;
        }
        Ok(Self {
            client,
            session: Arc::new(Session {
                observer: options.observer,
                cancel,
                target: target.clone(),
                server_version,
                socket,
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
    socket: Socket,
}

fn opened<S, T>((client, half): (Client, tokio_postgres::Connection<S, T>)) -> Opened
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let server_version = half.parameter("server_version").unwrap_or_default();
    Opened {
        server_version: server_version.to_owned(),
        client,
        socket: Socket::new(half),
    }
}
