/// A regular expression that a rule names.
#[allow(
    clippy::expect_used,
    reason = "the generator compiled the same expression"
)]
pub(super) fn pattern(text: &str) -> regex::Regex {
    regex::Regex::new(text).expect("a regular expression that the generator compiled")
}
