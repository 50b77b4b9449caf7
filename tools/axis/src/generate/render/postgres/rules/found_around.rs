/// Whether a pattern that looks around is found in a text. An error is a limit of the engine, which is reached by no text that the
/// database would finish with.
pub(super) fn found_around(pattern: &fancy_regex::Regex, value: &str) -> bool {
    pattern.is_match(value).unwrap_or(false)
}
