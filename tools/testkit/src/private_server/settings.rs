//! How a server of a test's own is set up.

use crate::locale::MessageLocale;
use crate::tls::ServerCertificate;

/// What differs from a plain server.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ServerSettings {
    pub(super) parameters: Vec<String>,
    pub(super) certificate: Option<ServerCertificate>,
    pub(super) locale: Option<MessageLocale>,
    pub(super) scram: bool,
    pub(super) tls_only: bool,
}

impl ServerSettings {
    /// A plain server: 100 connections, no TLS, messages in English.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one of the server's parameters, such as `max_connections`.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.parameters.push(format!("{name}={value}"));
        self
    }

    /// Offers TLS with this certificate. Connections without TLS are still let in.
    pub fn tls(mut self, certificate: &ServerCertificate) -> Self {
        self.certificate = Some(certificate.clone());
        self
    }

    /// Refuses whoever comes without TLS, except for the superuser.
    pub fn tls_only(mut self) -> Self {
        self.tls_only = true;
        self
    }

    /// Speaks another language than English.
    pub fn messages(mut self, locale: &MessageLocale) -> Self {
        self.locale = Some(locale.clone());
        self
    }

    /// Asks for passwords by SCRAM, which channel binding needs, instead of in the clear, which is faster in a debug build.
    pub fn scram(mut self) -> Self {
        self.scram = true;
        self
    }
}
