/// `LIKE`: `_` is one character, `%` any number of them, and a backslash takes the next one as it is.
pub(super) fn like(value: &str, pattern: &str) -> bool {
    // Where the last `%` was, and how far the value may have been read there.
    let mut retry: Option<(&str, &str)> = None;
    let (mut value, mut pattern) = (value, pattern);
    loop {
        let mut rest = pattern.chars();
        let matched = match rest.next() {
            None if value.is_empty() => return true,
            None => None,
            Some('%') => {
                pattern = rest.as_str();
                retry = Some((value, pattern));
                continue;
            }
            Some(wanted) => {
                let is_any = wanted == '_';
                let wanted = if wanted == '\\' { rest.next() } else { Some(wanted) };
                let mut characters = value.chars();
                let found = characters.next();
                (found.is_some() && (is_any || found == wanted))
                    .then_some((characters.as_str(), rest.as_str()))
            }
        };
        if let Some(next) = matched {
            (value, pattern) = next;
            continue;
        }
        // The last `%` takes one character more.
        let Some((read, after)) = retry else {
            return false;
        };
        let mut characters = read.chars();
        if characters.next().is_none() {
            return false;
        }
        value = characters.as_str();
        pattern = after;
        retry = Some((value, after));
    }
}
