//! Addresses within and beside a network.

use std::net::IpAddr;

use super::super::super::draw::Draw;
use super::super::super::judge::Value;
use crate::generate::check_expression::Type;

/// The network itself, its first and last address, those just outside, and one that is smaller.
pub(super) fn beside(address: IpAddr, length: u8, data_type: &Type) -> Vec<Draw> {
    let (number, bits) = match address {
        IpAddr::V4(found) => (u128::from(found.to_bits()), 32),
        IpAddr::V6(found) => (found.to_bits(), 128),
    };
    let rest = u32::from(bits - length.min(bits));
    let mask = 1_u128.checked_shl(rest).map_or(u128::MAX, |size| size - 1);
    let (first, last) = (number & !mask, number | mask);
    let largest = 1_u128
        .checked_shl(u32::from(bits))
        .map_or(u128::MAX, |size| size - 1);
    let mut all = vec![(first, length), (first, (length + 1).min(bits))];
    if *data_type != Type::Cidr || length == bits {
        all.push((number, length));
    }
    let outside = [first.checked_sub(1), last.checked_add(1)];
    let single = [number, first, last].into_iter();
    let single = single.chain(outside.into_iter().flatten());
    all.extend(
        single
            .filter(|found| *found <= largest)
            .map(|found| (found, bits)),
    );
    let draws = all.into_iter().filter_map(|(number, length)| {
        let address: IpAddr = match address {
            IpAddr::V4(_) => std::net::Ipv4Addr::from(u32::try_from(number).ok()?).into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::from(number).into(),
        };
        Some(of(&address, length))
    });
    draws.collect()
}

/// Networks of these lengths.
pub(super) fn of_lengths(lengths: &[usize]) -> Vec<Draw> {
    let mut draws = Vec::new();
    for length in lengths {
        let Ok(length) = u8::try_from(*length) else {
            continue;
        };
        for (address, most) in [("0.0.0.0", 32), ("::", 128)] {
            if length <= most {
                draws.push(Draw::text(format!("{address}/{length}")));
            }
        }
    }
    draws
}

fn of(address: &IpAddr, length: u8) -> Draw {
    let text = format!("{address}/{length}");
    Draw::new(Value::Text(text.clone()), text)
}
