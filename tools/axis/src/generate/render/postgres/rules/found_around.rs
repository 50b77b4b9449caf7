/// Whether a pattern that looks around is found in a text. Nothing where its engine gives up, which goes back and forth in a text
/// a million times at most: the database, whose engine does not, decides then.
pub(super) fn found_around(pattern: &fancy_regex::Regex, value: &str) -> Option<bool> {
    pattern.is_match(value).ok()
}
