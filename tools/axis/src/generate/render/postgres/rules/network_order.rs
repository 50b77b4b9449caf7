/// How PostgreSQL orders `inet`: by version, by the bits that both masks keep, by the masks, then by the whole address.
pub(super) fn network_order(left: ipnet::IpNet, right: ipnet::IpNet) -> std::cmp::Ordering {
    let kept = left.prefix_len().min(right.prefix_len());
    let common = |network: ipnet::IpNet| {
        ipnet::IpNet::new(network.addr(), kept).map_or(network.addr(), |found| found.network())
    };
    let version = |network: ipnet::IpNet| network.addr().is_ipv6();
    version(left)
        .cmp(&version(right))
        .then_with(|| common(left).cmp(&common(right)))
        .then_with(|| left.prefix_len().cmp(&right.prefix_len()))
        .then_with(|| left.addr().cmp(&right.addr()))
}
