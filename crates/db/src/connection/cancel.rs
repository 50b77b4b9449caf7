//! A request to cancel, sent so that poolers hear it too.
//!
//! It goes over a connection of its own and gets no answer. tokio-postgres closes that connection
//! at once, which is enough for PostgreSQL. PgBouncer forgets the request of a client that is gone,
//! so we wait, as libpq does, until the other side closes.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::TryFutureExt;
use futures_util::future::MapOk;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::Target;

/// Asks the server behind `target` to stop what runs on the connection of `token`.
pub(super) async fn cancel(
    token: &CancelToken,
    target: &Target,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let tls = target.connector().tls();
    match Address::only_one(target.settings()) {
        Some(Address::Tcp { host, name, port }) => {
            let stream = TcpStream::connect((&*host, port)).await?;
            send(token, stream, &name, tls).await
        }
        #[cfg(unix)]
        Some(Address::Unix(path)) => {
            let stream = tokio::net::UnixStream::connect(path).await?;
            send(token, stream, "", tls).await
        }
        // Only the driver knows which of several it has connected to.
        None => {
            match tls {
                Some(tls) => token.cancel_query(tls).await?,
                None => token.cancel_query(NoTls).await?,
            }
            Ok(())
        }
    }
}

async fn send<S>(
    token: &CancelToken,
    stream: S,
    name: &str,
    tls: Option<MakeRustlsConnect>,
) -> Result<(), Box<dyn Error + Send + Sync>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = UntilClosed(stream);
    match tls {
        Some(mut tls) => {
            let tls = MakeTlsConnect::<UntilClosed<S>>::make_tls_connect(&mut tls, name)?;
            token.cancel_query_raw(stream, WithinTls(tls)).await?;
        }
        None => token.cancel_query_raw(stream, NoTls).await?,
    }
    Ok(())
}

/// Where a server is.
#[derive(Debug, PartialEq, Eq)]
enum Address {
    /// `name` is the one that its certificate must bear.
    Tcp {
        host: String,
        name: String,
        port: u16,
    },
    #[cfg(unix)]
    Unix(PathBuf),
}

impl Address {
    /// None where the settings leave a choice.
    fn only_one(settings: &Config) -> Option<Self> {
        let port = match settings.get_ports() {
            [] => 5432,
            [port] => *port,
            _ => return None,
        };
        match (settings.get_hosts(), settings.get_hostaddrs()) {
            ([], [address]) => Some(Self::Tcp {
                host: address.to_string(),
                name: String::new(),
                port,
            }),
            ([Host::Tcp(name)], addresses @ ([] | [_])) => Some(Self::Tcp {
                host: match addresses.first() {
                    Some(address) => address.to_string(),
                    None => name.clone(),
                },
                name: name.clone(),
                port,
            }),
            #[cfg(unix)]
            ([Host::Unix(folder)], []) => Some(Self::Unix(folder.join(format!(".s.PGSQL.{port}")))),
            _ => None,
        }
    }
}

/// A stream whose shutdown is the other side's: ours is to wait for it.
struct UntilClosed<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for UntilClosed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for UntilClosed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut bytes = [0; 64];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer));
            // An error is an end as well: some close a TLS connection without saying so.
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: TlsStream + Unpin> TlsStream for UntilClosed<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.0.channel_binding()
    }
}

/// The same within TLS, whose own farewell would be one too.
struct WithinTls<T>(T);

impl<S, T: TlsConnect<S>> TlsConnect<S> for WithinTls<T> {
    type Stream = UntilClosed<T::Stream>;
    type Error = T::Error;
    type Future = MapOk<T::Future, fn(T::Stream) -> UntilClosed<T::Stream>>;

    fn connect(self, stream: S) -> Self::Future {
        self.0.connect(stream).map_ok(UntilClosed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Option<Address> {
        Address::only_one(&url.parse().unwrap())
    }

    fn tcp(host: &str, name: &str, port: u16) -> Option<Address> {
        Some(Address::Tcp {
            host: host.to_owned(),
            name: name.to_owned(),
            port,
        })
    }

    #[test]
    fn knows_an_address_only_where_there_is_one() {
        assert_eq!(
            address("postgres://u@db.example.com/d"),
            tcp("db.example.com", "db.example.com", 5432)
        );
        assert_eq!(
            address("postgres://u@db.example.com:6/d?hostaddr=10.0.0.1"),
            tcp("10.0.0.1", "db.example.com", 6)
        );
        assert_eq!(
            address("postgres://u@%2Ftmp:7/d"),
            Some(Address::Unix("/tmp/.s.PGSQL.7".into()))
        );
        assert_eq!(address("postgres://u@one:1,two:2/d"), None);
    }
}
