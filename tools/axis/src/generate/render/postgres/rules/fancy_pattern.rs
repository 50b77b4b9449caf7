/// A regular expression that a rule names, and that looks around.
#[allow(
    clippy::expect_used,
    reason = "the generator compiled the same expression"
)]
pub(super) fn fancy_pattern(text: &str) -> fancy_regex::Regex {
    fancy_regex::Regex::new(text).expect("a regular expression that the generator compiled")
}
