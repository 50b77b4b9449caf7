//! Certificates for servers of tests.

use std::io::Write;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tempfile::NamedTempFile;

/// An authority that signs servers' certificates, and that nobody trusts who is not told to.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    root: NamedTempFile,
}

/// A server's certificate with its key.
#[derive(Clone)]
pub struct ServerCertificate {
    chain: String,
    key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// Where the temporary folder cannot be written.
    #[must_use]
    #[expect(clippy::expect_used, reason = "tests only")]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Authorities are known by name: two of the same would be taken for one with a wrong signature.
        let name = format!("axis-testkit {}", uuid::Uuid::new_v4());
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a root certificate");
        let mut root = NamedTempFile::with_suffix(".pem").expect("a temporary file");
        root.write_all(issuer.pem().as_bytes())
            .expect("a root certificate is written");
        Self { issuer, root }
    }

    /// The file of the root certificate, in PEM. It goes with this value.
    #[must_use]
    pub fn root_file(&self) -> &Path {
        self.root.path()
    }

    /// The root certificate, in PEM.
    pub(crate) fn root(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate that is valid now, for these host names and addresses.
    ///
    /// # Panics
    /// Where one of them is no name.
    #[must_use]
    pub fn certificate(&self, names: &[&str]) -> ServerCertificate {
        self.sign(names, |_| {})
    }

    /// One that was valid in the year 2000.
    ///
    /// # Panics
    /// Where one of them is no name.
    #[must_use]
    pub fn expired_certificate(&self, names: &[&str]) -> ServerCertificate {
        self.sign(names, |params| {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2000, 12, 31);
        })
    }

    #[expect(clippy::expect_used, reason = "tests only")]
    fn sign(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerCertificate {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names of hosts");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a signature");
        ServerCertificate {
            chain: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl ServerCertificate {
    /// The certificate, in PEM.
    #[must_use]
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// Its private key, in PEM.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl std::fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerCertificate").finish_non_exhaustive()
    }
}
