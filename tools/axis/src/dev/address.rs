//! Where the server is to listen.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// The variable that the server reads, too.
pub(super) const VARIABLE: &str = "AXIS_HTTP_ADDR";

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Why the server could not listen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    /// Not an address with a port.
    #[error(
        "{VARIABLE} is {value:?}, which is no address with a port: write it like 127.0.0.1:8080 or [::1]:8080"
    )]
    Invalid {
        /// What it says.
        value: String,
    },
    /// Somebody listens there.
    #[error(
        "{address} is in use by another program: stop that, or choose another port, such as {VARIABLE}={next}"
    )]
    Taken {
        /// The address.
        address: SocketAddr,
        /// Another one.
        next: SocketAddr,
    },
    /// Not an address of this machine, or a port that only root may use.
    #[error("cannot listen on {address}: set {VARIABLE} to an address of this machine")]
    Unusable {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

/// The address of the environment, else 127.0.0.1:8080, once it is known to be free. Port 0 becomes one that is.
pub(super) fn choose(value: Option<&str>) -> Result<SocketAddr, AddressError> {
    let address = match value {
        None => DEFAULT,
        Some(value) => value.parse().map_err(|_| AddressError::Invalid {
            value: value.to_owned(),
        })?,
    };
    let unusable = |source| AddressError::Unusable { address, source };
    match TcpListener::bind(address) {
        Ok(listener) => listener.local_addr().map_err(unusable),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let mut next = address;
            next.set_port(address.port().checked_add(1).unwrap_or(8081));
            Err(AddressError::Taken { address, next })
        }
        Err(source) => Err(unusable(source)),
    }
}

/// The same port, as this machine reaches it.
pub(super) fn from_here(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_zero_becomes_a_free_one() {
        let address = choose(Some("127.0.0.1:0")).unwrap();
        assert_ne!(address.port(), 0);
    }

    #[test]
    fn what_is_no_address_is_named() {
        for value in ["", "8080", "127.0.0.1", "localhost:8080", "[::1]"] {
            let error = choose(Some(value)).unwrap_err();
            assert!(matches!(error, AddressError::Invalid { .. }), "{value}");
            assert!(error.to_string().contains(&format!("{value:?}")));
        }
    }

    #[test]
    fn a_taken_port_is_told_from_one_that_cannot_be_had() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = other.local_addr().unwrap().to_string();
        let error = choose(Some(&taken)).unwrap_err().to_string();
        assert!(error.contains("is in use by another program"), "{error}");
        // An address of documentation, which no machine has.
        let error = choose(Some("192.0.2.1:8080")).unwrap_err().to_string();
        assert!(
            error.contains("set AXIS_HTTP_ADDR to an address of this machine"),
            "{error}"
        );
    }

    #[test]
    fn every_interface_is_reached_by_the_loopback_one() {
        let address = |text: &str| from_here(text.parse().unwrap()).to_string();
        assert_eq!(address("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(address("[::]:80"), "[::1]:80");
        assert_eq!(address("127.0.0.2:80"), "127.0.0.2:80");
    }
}
