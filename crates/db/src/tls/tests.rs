//! No mode trusts a server that it should not: handshakes in memory, with certificates made here.

use std::path::Path;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConnection, ProtocolVersion, ServerConfig, ServerConnection};

use super::*;

const VERSIONS: [&rustls::SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

/// Signs a certificate for `name`; an expired one is of the year 2000.
fn server(
    issuer: &CertifiedIssuer<'_, KeyPair>,
    name: &str,
    expired: bool,
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    if expired {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2000, 12, 31);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.der().clone(), PrivateKeyDer::from(key))
}

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Lets a client and a server talk until both are done, or one refuses. Gives the version that they
/// agreed on.
fn handshake(
    client: ClientConfig,
    name: &str,
    version: &'static rustls::SupportedProtocolVersion,
    (certificate, key): &(CertificateDer<'static>, PrivateKeyDer<'static>),
) -> Result<ProtocolVersion, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.clone_key())?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let mut read = bytes.as_slice();
        while !read.is_empty() {
            server.read_tls(&mut read).unwrap();
            server.process_new_packets()?;
        }
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let mut read = bytes.as_slice();
        while !read.is_empty() {
            client.read_tls(&mut read).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(client.protocol_version().unwrap())
}

fn config(ssl_mode: SslMode, roots: Option<&Path>) -> ClientConfig {
    match client_config(ssl_mode, roots.map(|path| path.to_str().unwrap())) {
        Ok(config) => config,
        Err(problem) => panic!("{}", problem.text),
    }
}

#[test]
fn each_mode_trusts_whom_it_should() {
    let ours = issuer();
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("root.pem");
    std::fs::write(&roots, ours.pem()).unwrap();
    let servers = [
        ("right", server(&ours, "db.example.com", false)),
        ("wrong host", server(&ours, "other.example.com", false)),
        ("unknown issuer", server(&issuer(), "db.example.com", false)),
        ("expired", server(&ours, "db.example.com", true)),
    ];
    use SslMode::{Prefer, Require, VerifyCa, VerifyFull};
    let roots = Some(roots.as_path());
    // Whom each trusts, in the order above.
    let modes = [
        (Prefer, None, [true, true, true, true]),
        (Require, None, [true, true, true, true]),
        (Prefer, roots, [true, true, false, false]),
        (Require, roots, [true, true, false, false]),
        (VerifyCa, roots, [true, true, false, false]),
        (VerifyFull, roots, [true, false, false, false]),
    ];
    let mut refused = 0;
    for version in VERSIONS {
        for (mode, roots, trusted) in &modes {
            for ((kind, server), trusted) in servers.iter().zip(trusted) {
                let result = handshake(config(*mode, *roots), "db.example.com", version, server);
                let case = format!("{mode:?} {roots:?} {kind} {version:?}: {result:?}");
                assert_eq!(result.is_ok(), *trusted, "{case}");
                match result {
                    Ok(agreed) => assert_eq!(agreed, version.version, "{case}"),
                    Err(error) => {
                        assert!(matches!(error, Error::InvalidCertificate(_)), "{case}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert_eq!(refused, 2 * 9);
}

#[test]
fn an_address_is_verified_like_a_name() {
    let ours = issuer();
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("root.pem");
    std::fs::write(&roots, ours.pem()).unwrap();
    let by_address = server(&ours, "127.0.0.1", false);
    for (name, trusted) in [
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("localhost", false),
    ] {
        let client = config(SslMode::VerifyFull, Some(&roots));
        let result = handshake(client, name, VERSIONS[1], &by_address);
        assert_eq!(result.is_ok(), trusted, "{name}: {result:?}");
    }
}
