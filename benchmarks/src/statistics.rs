//! Figures of several rounds.

/// Where values lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub min: f64,
    pub lower_quartile: f64,
    pub median: f64,
    pub upper_quartile: f64,
    pub max: f64,
}

impl Spread {
    /// None of no values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        Some(Self {
            min: *values.first()?,
            lower_quartile: quantile(&values, 0.25)?,
            median: quantile(&values, 0.5)?,
            upper_quartile: quantile(&values, 0.75)?,
            max: *values.last()?,
        })
    }
}

/// Between the two values nearest to `part` of the way through sorted `values`.
fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let place = part * values.len().checked_sub(1)? as f64;
    let below = *values.get(place.floor() as usize)?;
    let above = *values.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_read_from_sorted_values() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]);
        let expected = Spread {
            min: 1.0,
            lower_quartile: 1.75,
            median: 2.5,
            upper_quartile: 3.25,
            max: 4.0,
        };
        assert_eq!(spread, Some(expected));
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([7.0]).map(|spread| spread.median), Some(7.0));
    }
}
