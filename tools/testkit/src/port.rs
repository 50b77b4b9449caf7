//! Ports that a server may leave and come back to.

use std::net::{Ipv4Addr, TcpListener};

/// Below the ports that Linux (from 32768) and macOS (from 49152) give to whoever connects: a port from there could be
/// taken while its server is down, or a client that connects to it could meet itself.
const PORTS: std::ops::Range<u16> = 15_000..32_000;

/// A port of 127.0.0.1 on which nobody listens at this moment, and which the system gives to nobody by itself.
///
/// # Panics
/// Where a thousand ports are in use.
#[expect(clippy::panic, reason = "tests only")]
pub(crate) fn fixed_port() -> u16 {
    for _ in 0..1000 {
        let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
        let offset = random % u64::from(PORTS.end - PORTS.start);
        let Ok(offset) = u16::try_from(offset) else {
            continue;
        };
        let port = PORTS.start + offset;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port of {PORTS:?} is free on 127.0.0.1");
}
