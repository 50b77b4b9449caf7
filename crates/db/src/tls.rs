//! TLS by rustls, with libpq's `sslmode` as libpq means it.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How far the server must prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SslMode {
    /// No TLS.
    Disable,
    /// TLS where the server offers it.
    Prefer,
    /// TLS. Who answers is checked only where root certificates are named.
    Require,
    /// TLS, and a certificate that comes from a trusted root, for whatever host.
    VerifyCa,
    /// TLS, and a certificate that comes from a trusted root, for this host.
    VerifyFull,
}

impl SslMode {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(
                "has an sslmode that is not one of disable, prefer, require, verify-ca, verify-full",
            ),
        }
    }

    pub(crate) fn demands_tls(self) -> bool {
        !matches!(self, Self::Disable | Self::Prefer)
    }

    /// What the driver must do; the certificate is checked by our verifier.
    pub(crate) fn for_driver(self) -> tokio_postgres::config::SslMode {
        match self {
            Self::Disable => tokio_postgres::config::SslMode::Disable,
            Self::Prefer => tokio_postgres::config::SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => {
                tokio_postgres::config::SslMode::Require
            }
        }
    }
}

/// Makes the TLS part of a connection.
#[derive(Clone)]
pub(crate) struct Connector {
    ssl_mode: SslMode,
    /// None for [`SslMode::Disable`].
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    pub(crate) fn ssl_mode(&self) -> SslMode {
        self.ssl_mode
    }

    pub(crate) fn tls(&self) -> Option<MakeRustlsConnect> {
        self.tls.clone()
    }
}

/// Why no connector can be made.
pub(crate) struct TlsProblem {
    pub(crate) text: String,
    pub(crate) concerns_roots: bool,
}

/// Builds what `ssl_mode` asks for. `root_cert` is a PEM file, or `system` for the system's roots.
pub(crate) fn connector(
    ssl_mode: SslMode,
    root_cert: Option<&str>,
) -> Result<Connector, TlsProblem> {
    let tls = match ssl_mode {
        SslMode::Disable => None,
        _ => Some(MakeRustlsConnect::new(client_config(ssl_mode, root_cert)?)),
    };
    Ok(Connector { ssl_mode, tls })
}

fn client_config(ssl_mode: SslMode, root_cert: Option<&str>) -> Result<ClientConfig, TlsProblem> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trust = match (ssl_mode, root_cert) {
        (SslMode::VerifyFull, roots) => Trust::Host(web_pki(&provider, roots)?),
        (SslMode::VerifyCa, roots) | (_, roots @ Some(_)) => {
            Trust::Roots(web_pki(&provider, roots)?)
        }
        // There is nothing to check against; libpq does the same.
        (_, None) => Trust::Anyone,
    };
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsProblem {
            text: format!("cannot be served: {error}"),
            concerns_roots: false,
        })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { trust, provider }))
        .with_no_client_auth();
    Ok(config)
}

fn web_pki(
    provider: &Arc<CryptoProvider>,
    root_cert: Option<&str>,
) -> Result<Arc<WebPkiServerVerifier>, TlsProblem> {
    let roots = roots(root_cert)?;
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| roots_problem(format!("holds no usable root certificate: {error}")))
}

fn roots(root_cert: Option<&str>) -> Result<RootCertStore, TlsProblem> {
    let mut roots = RootCertStore::empty();
    match root_cert {
        None | Some("system") => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err(roots_problem(
                    "asks for a verified server, but this system has no root certificates: \
                     install ca-certificates, or set DATABASE_TLS_ROOT_CERT",
                ));
            }
        }
        Some(path) => {
            let unreadable = |error: &dyn fmt::Display| {
                roots_problem(format!(
                    "names a root certificate file that cannot be read: {error}"
                ))
            };
            for certificate in
                CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))?
            {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
            if roots.is_empty() {
                return Err(roots_problem(
                    "names a root certificate file without a certificate in PEM form",
                ));
            }
        }
    }
    Ok(roots)
}

fn roots_problem(text: impl Into<String>) -> TlsProblem {
    TlsProblem {
        text: text.into(),
        concerns_roots: true,
    }
}

#[derive(Debug)]
enum Trust {
    Anyone,
    Roots(Arc<WebPkiServerVerifier>),
    Host(Arc<WebPkiServerVerifier>),
}

/// Checks a server's certificate as far as [`Trust`] says, and always that the server owns the
/// certificate it shows.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let check = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        match &self.trust {
            Trust::Anyone => Ok(ServerCertVerified::assertion()),
            // The name is the last thing that rustls checks: whoever fails there has passed all
            // else.
            Trust::Roots(verifier) => match check(verifier) {
                Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) => Ok(ServerCertVerified::assertion()),
                result => result,
            },
            Trust::Host(verifier) => check(verifier),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests;
