//! The ways to the server: Unix-domain socket, TCP, TLS.

use std::sync::Arc;

use clap::ValueEnum;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use crate::peer::Failure;

/// How peers reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Socket,
    Tcp,
    /// TLS 1.3 over TCP, the certificate verified.
    Tls,
}

impl Transport {
    pub fn title(self) -> &'static str {
        match self {
            Self::Socket => "Unix-domain socket",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }
}

/// What tokio-postgres needs for a URL that asks for TLS, which it cannot read itself: its own URL, and the connector.
pub fn client_tls(url: &str) -> Result<Option<(String, MakeRustlsConnect)>, Failure> {
    let mut url = Url::parse(url)?;
    let root = url.query_pairs().find(|(name, _)| name == "sslrootcert");
    let Some((_, root)) = root else {
        return Ok(None);
    };
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(root.as_ref())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    url.set_query(Some("sslmode=require"));
    Ok(Some((url.into(), MakeRustlsConnect::new(config))))
}
