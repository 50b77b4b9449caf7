//! Characters and classes in Rust's syntax.

use super::classes::{Ranges, merged};
use super::parse::Parser;

impl Parser<'_> {
    /// The ranges with the other cases of their letters.
    pub(super) fn folded(&self, mut ranges: Ranges) -> Result<Ranges, String> {
        if self.folds {
            for (from, to) in ranges.clone() {
                // Beyond this, PostgreSQL's cost and ours are not worth a pattern that nobody writes.
                if to - from > 0x3000 {
                    return Err(
                        "its regular expression has a wide range without regard to case".to_owned(),
                    );
                }
                for character in from..=to {
                    let has_no_case = character < 128
                        && !char::from_u32(character)
                            .is_some_and(|found| found.is_ascii_alphabetic());
                    if !has_no_case {
                        let cases = self.characters.cases(character)?;
                        ranges.extend(cases.into_iter().map(|other| (other, other)));
                    }
                }
            }
        }
        Ok(merged(ranges))
    }

    pub(super) fn push_ranges(&mut self, ranges: &Ranges, is_negated: bool) {
        if let ([(from, to)], false) = (ranges.as_slice(), is_negated)
            && from == to
            && let Some(character) = char::from_u32(*from)
        {
            push_character(&mut self.rust, character, false);
            return;
        }
        if ranges.is_empty() {
            // Nothing, or everything.
            self.rust.push_str(if is_negated {
                "(?s:.)"
            } else {
                r"[^\x00-\x{10FFFF}]"
            });
            return;
        }
        self.rust.push_str(if is_negated { "[^" } else { "[" });
        for (from, to) in ranges {
            let (Some(from), Some(to)) = (char::from_u32(*from), char::from_u32(*to)) else {
                continue;
            };
            push_character(&mut self.rust, from, true);
            if to != from {
                if u32::from(to) > u32::from(from) + 1 {
                    self.rust.push('-');
                }
                push_character(&mut self.rust, to, true);
            }
        }
        self.rust.push(']');
    }
}

fn push_character(rust: &mut String, character: char, in_class: bool) {
    let is_meta = match in_class {
        true => matches!(character, '[' | ']' | '\\' | '^' | '-' | '&' | '~'),
        false => {
            ::regex::escape(character.encode_utf8(&mut [0; 4])).starts_with('\\')
                && character != '-'
        }
    };
    if character.is_control() || (!character.is_ascii() && !character.is_alphanumeric()) {
        rust.push_str(&format!("\\x{{{:X}}}", u32::from(character)));
    } else {
        if is_meta {
            rust.push('\\');
        }
        rust.push(character);
    }
}
