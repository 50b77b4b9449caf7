fn write_points(out: &mut impl std::io::Write, points: &[Point]) -> std::io::Result<()> {
    points
        .iter()
        .try_for_each(|point| write_numbers(out, &[point.x, point.y]))
}

fn read_points<const N: usize>(bytes: &mut &[u8]) -> diesel::deserialize::Result<[Point; N]> {
    let mut points = [Point { x: 0.0, y: 0.0 }; N];
    for point in &mut points {
        let [x, y] = read_numbers(bytes)?;
        *point = Point { x, y };
    }
    Ok(points)
}
