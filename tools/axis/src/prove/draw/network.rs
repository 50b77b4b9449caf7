//! Addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use super::{Draw, Value};

/// `inet`. Without a prefix PostgreSQL means the whole address.
pub(super) fn addresses() -> Vec<Draw> {
    let whole =
        |address: &str, bits: u8| Draw::new(Value::Text(format!("{address}/{bits}")), address);
    let mut draws = vec![
        whole("10.1.2.3", 32),
        whole("0.0.0.0", 32),
        whole("255.255.255.255", 32),
        whole("::", 128),
        whole("::1", 128),
        whole("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128),
        whole("::ffff:1.2.3.4", 128),
    ];
    draws.extend(
        [
            "10.1.2.3/8",
            "10.0.0.0/8",
            "0.0.0.0/0",
            "10.1.2.3/31",
            "2001:db8::1/64",
            "::/0",
            "10.1.2.3/33",
            "2001:db8::/129",
            "no address",
        ]
        .map(Draw::text),
    );
    draws
}

/// `cidr`: no bit behind the prefix.
pub(super) fn networks() -> Vec<Draw> {
    let mut draws: Vec<Draw> = [
        "10.0.0.0/8",
        "0.0.0.0/0",
        "10.1.2.3/32",
        "10.1.2.2/31",
        "2001:db8::/32",
        "2001:db8::1/128",
        "::/0",
        "10.0.0.0/33",
        "no network",
    ]
    .map(Draw::text)
    .to_vec();
    // Bits behind the prefix.
    draws.extend(
        ["10.1.2.3/8", "10.1.2.3/31", "2001:db8::1/64"].map(|text| Draw::text(text).extreme()),
    );
    draws
}

/// An address with a prefix, without bits behind it where it is a network.
pub(super) fn random(rng: &mut Rng, is_network: bool) -> String {
    match rng.bool() {
        true => {
            let bits = rng.u32(..=32);
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or_default();
            let address = rng.u32(..) & if is_network { mask } else { u32::MAX };
            format!("{}/{bits}", Ipv4Addr::from_bits(address))
        }
        false => {
            let bits = rng.u32(..=128);
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or_default();
            let address = rng.u128(..) & if is_network { mask } else { u128::MAX };
            format!("{}/{bits}", Ipv6Addr::from_bits(address))
        }
    }
}
