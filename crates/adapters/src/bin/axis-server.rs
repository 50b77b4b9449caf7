//! The server. It reads its configuration from the environment, and answers HTTP until SIGINT or SIGTERM.
//!
//! The log goes to standard output, what prevents a start to standard error. Exit codes: 0 after a signal, 1 where the
//! server cannot start, 2 where the environment is wrong.
#![deny(missing_docs)]

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::process::ExitCode;
use std::sync::Arc;

use axis_adapters::{
    JsonFields, JsonLines, Limits, LogFormat, Metrics, QueryObserver, Server, ServerConfig,
    ServerError,
};
use axis_db::{Database, DatabaseConfig, DbError};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

#[tokio::main]
async fn main() -> ExitCode {
    let Err(failure) = run().await else {
        return ExitCode::SUCCESS;
    };
    let mut message = format!("axis-server: {failure}\n");
    let mut source = failure.source();
    while let Some(error) = source {
        message.push_str(&format!("  because: {error}\n"));
        source = error.source();
    }
    // Nobody is left to tell where standard error is closed.
    let _ = io::stderr().write_all(message.as_bytes());
    match failure {
        Failure::Environment(_) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the environment is wrong:\n  {}", .0.join("\n  "))]
    Environment(Vec<String>),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Database(#[from] DbError),
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
}

async fn run() -> Result<(), Failure> {
    let (server, database, filter) = configuration()?;
    log(server.log_format, filter);
    let metrics = Metrics::new();
    let observer = QueryObserver::new(metrics.clone());
    let database = Database::new(database, Arc::new(observer))?;
    let server = Server::start(server.address, database, metrics, Limits::default()).await?;
    let stop = signal().map_err(Failure::Signals)?;
    tracing::info!(
        address = %server.address(),
        version = env!("CARGO_PKG_VERSION"),
        "listening on http://{}",
        server.address()
    );
    let cut_off = server.run(stop).await;
    if cut_off > 0 {
        tracing::warn!(
            connections = cut_off,
            "stopped before all requests were answered"
        );
    } else {
        tracing::info!("stopped");
    }
    Ok(())
}

/// Reads all of the environment, so that one run tells all that is wrong.
fn configuration() -> Result<(ServerConfig, DatabaseConfig, EnvFilter), Failure> {
    let server = ServerConfig::from_env();
    let database = DatabaseConfig::from_env();
    let filter = log_filter();
    let told = [
        server.as_ref().err().map(ToString::to_string),
        database.as_ref().err().map(ToString::to_string),
    ];
    // Each is a heading and, indented, a line for each problem: here they become one list.
    let mut problems: Vec<_> = told
        .iter()
        .flatten()
        .flat_map(|error| error.lines().skip(1))
        .map(|line| line.trim_start().to_owned())
        .collect();
    problems.extend(filter.as_ref().err().map(|error| {
        format!("RUST_LOG is not a filter: {error}; for example RUST_LOG=info,axis_adapters=debug")
    }));
    match (server, database, filter) {
        (Ok(server), Ok(database), Ok(filter)) => Ok((server, database, filter)),
        _ => Err(Failure::Environment(problems)),
    }
}

/// `RUST_LOG`, or `info`.
fn log_filter() -> Result<EnvFilter, ParseError> {
    match std::env::var("RUST_LOG") {
        Ok(directives) if !directives.is_empty() => EnvFilter::builder().parse(directives),
        _ => Ok(EnvFilter::new("info")),
    }
}

fn log(format: Option<LogFormat>, filter: EnvFilter) {
    let is_terminal = io::stdout().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    match format {
        Some(LogFormat::Text) => log.with_ansi(is_terminal).init(),
        None if is_terminal => log.init(),
        Some(LogFormat::Json) | None => log.fmt_fields(JsonFields).event_format(JsonLines).init(),
    }
    std::panic::set_hook(Box::new(report_panic));
}

/// Where a panic happened. Its text only where that is a constant: a text that was put together may hold a value.
fn report_panic(panic: &PanicHookInfo<'_>) {
    let location = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    let text = panic.payload().downcast_ref::<&'static str>().copied();
    tracing::error!(location, text, "a panic");
}

/// Resolves at the first SIGINT or SIGTERM. A second one ends the process at once.
fn signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut next = async move || {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    };
    Ok(async move {
        let name = next().await;
        tracing::info!(signal = name, "told to stop");
        tokio::spawn(async move {
            next().await;
            std::process::exit(1);
        });
    })
}
