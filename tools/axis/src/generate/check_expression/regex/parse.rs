//! The grammar of PostgreSQL's expressions.

use super::classes::{Characters, Class, Ranges, class_escape, complement};
use super::invalid;

pub(super) struct Parser<'a> {
    pub(super) rest: Vec<char>,
    pub(super) at: usize,
    pub(super) folds: bool,
    pub(super) characters: Characters<'a>,
    pub(super) rust: String,
    pub(super) looks_around: bool,
    /// How many quantifiers and alternatives were read.
    pub(super) varied: usize,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += 1;
        Some(character)
    }

    pub(super) fn takes(&mut self, text: &str) -> bool {
        let matches = text
            .chars()
            .enumerate()
            .all(|(index, character)| self.rest.get(self.at + index) == Some(&character));
        if matches {
            self.at += text.chars().count();
        }
        matches
    }

    /// `(?i)` and its like, which stand at the start.
    pub(super) fn options(&mut self) -> Result<(), String> {
        let is_options = self.rest.get(self.at..self.at + 3).is_some_and(|start| {
            start[0] == '(' && start[1] == '?' && start[2].is_ascii_alphabetic()
        });
        if !is_options {
            return Ok(());
        }
        self.at += 2;
        while let Some(option) = self.next() {
            match option {
                ')' => return Ok(()),
                'i' => self.folds = true,
                'c' => self.folds = false,
                's' | 't' => {}
                _ => {
                    return Err(
                        "its regular expression has options that axis does not know".to_owned()
                    );
                }
            }
        }
        Err(invalid())
    }

    pub(super) fn alternatives(&mut self) -> Result<(), String> {
        loop {
            self.branch()?;
            match self.peek() {
                Some('|') => {
                    self.at += 1;
                    self.varied += 1;
                    self.rust.push('|');
                }
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn branch(&mut self) -> Result<(), String> {
        while let Some(character) = self.peek() {
            if matches!(character, '|' | ')') {
                return Ok(());
            }
            self.at += 1;
            let start = self.rust.len();
            let is_constraint = self.atom(character)?;
            if self.quantifier(start)? && is_constraint {
                return Err(invalid());
            }
        }
        Ok(())
    }

    /// Translates one atom or constraint. Gives whether it was a constraint, which cannot be repeated.
    pub(super) fn atom(&mut self, character: char) -> Result<bool, String> {
        match character {
            '(' => return self.group(),
            '^' => {
                self.rust.push('^');
                return Ok(true);
            }
            '$' => {
                self.rust.push('$');
                return Ok(true);
            }
            '.' => self.rust.push_str("(?s:.)"),
            '[' if self.takes("[:<:]]") => {
                self.word_boundary('m')?;
                return Ok(true);
            }
            '[' if self.takes("[:>:]]") => {
                self.word_boundary('M')?;
                return Ok(true);
            }
            '[' => self.bracket()?,
            '\\' => return self.escape(),
            '*' | '+' | '?' => return Err(invalid()),
            '{' if self.peek().is_some_and(|next| next.is_ascii_digit()) => return Err(invalid()),
            character => self.literal(character)?,
        }
        Ok(false)
    }

    pub(super) fn group(&mut self) -> Result<bool, String> {
        let mut is_constraint = false;
        let opening = if self.takes("?:") {
            "(?:"
        } else if self.takes("?=") {
            is_constraint = true;
            "(?="
        } else if self.takes("?!") {
            is_constraint = true;
            "(?!"
        } else if self.takes("?<=") {
            is_constraint = true;
            "(?<="
        } else if self.takes("?<!") {
            is_constraint = true;
            "(?<!"
        } else if self.peek() == Some('?') {
            return Err(invalid());
        } else {
            "(?:"
        };
        self.looks_around |= is_constraint;
        self.rust.push_str(opening);
        let varied = self.varied;
        self.alternatives()?;
        if opening.starts_with("(?<") && self.varied > varied {
            return Err("its regular expression looks behind by no fixed length".to_owned());
        }
        if self.next() != Some(')') {
            return Err(invalid());
        }
        self.rust.push(')');
        Ok(is_constraint)
    }

    /// Translates what repeats the atom that begins there. Gives whether there was anything.
    pub(super) fn quantifier(&mut self, start: usize) -> Result<bool, String> {
        let text = match self.peek() {
            Some(character @ ('*' | '+' | '?')) => {
                self.at += 1;
                character.to_string()
            }
            Some('{') if self.rest.get(self.at + 1).is_some_and(char::is_ascii_digit) => {
                self.at += 1;
                let mut bounds = String::new();
                loop {
                    match self.next() {
                        Some('}') => break,
                        Some(character) if character.is_ascii_digit() || character == ',' => {
                            bounds.push(character);
                        }
                        _ => return Err(invalid()),
                    }
                }
                let numbers: Vec<&str> = bounds.split(',').collect();
                let is_bound = |text: &str| text.parse::<u32>().is_ok_and(|bound| bound <= 255);
                match numbers.as_slice() {
                    [only] if is_bound(only) => {}
                    [from, ""] if is_bound(from) => {}
                    [from, to] if is_bound(from) && is_bound(to) => {}
                    _ => return Err(invalid()),
                }
                format!("{{{bounds}}}")
            }
            _ => return Ok(false),
        };
        // A lazy one matches the same texts.
        if self.peek() == Some('?') {
            self.at += 1;
        }
        // What is repeated again has no form that both read alike.
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(invalid());
        }
        if self.rust.len() == start {
            return Err(invalid());
        }
        self.varied += 1;
        self.rust.push_str(&text);
        Ok(true)
    }

    pub(super) fn literal(&mut self, character: char) -> Result<(), String> {
        let ranges = self.folded(vec![(character.into(), character.into())])?;
        self.push_ranges(&ranges, false);
        Ok(())
    }

    /// The start of a word (`m`), its end (`M`), either (`y`) or neither (`Y`), by what the locale takes for a word.
    fn word_boundary(&mut self, which: char) -> Result<(), String> {
        let word = self.characters.class(Class("word"))?;
        let mut class = String::new();
        std::mem::swap(&mut class, &mut self.rust);
        self.push_ranges(&word, false);
        std::mem::swap(&mut class, &mut self.rust);
        let start = format!("(?<!{class})(?={class})");
        let end = format!("(?<={class})(?!{class})");
        self.looks_around = true;
        self.rust.push_str(&match which {
            'm' => start,
            'M' => end,
            'y' => format!("(?:{start}|{end})"),
            _ => format!("(?:(?<={class})(?={class})|(?<!{class})(?!{class}))"),
        });
        Ok(())
    }

    pub(super) fn escape(&mut self) -> Result<bool, String> {
        let character = self.next().ok_or_else(invalid)?;
        if let Some((class, is_negated)) = class_escape(character) {
            let ranges = self.characters.class(Class(class))?;
            self.push_ranges(&ranges, is_negated);
            return Ok(false);
        }
        match character {
            'A' => self.rust.push_str(r"\A"),
            'Z' => self.rust.push_str(r"\z"),
            'm' | 'M' | 'y' | 'Y' => self.word_boundary(character)?,
            '1'..='9' => return Err("its regular expression refers back to a group".to_owned()),
            character => {
                let character = self.escaped(character)?;
                self.literal(character)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The character of an escape that stands for one, within brackets and without.
    pub(super) fn escaped(&mut self, character: char) -> Result<char, String> {
        Ok(match character {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'B' => '\\',
            'e' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0' => return Err(invalid()),
            'x' => {
                let mut number: u32 = 0;
                let mut digits = 0;
                while let Some(digit) = self.peek().and_then(|digit| digit.to_digit(16)) {
                    number = number.checked_mul(16).ok_or_else(invalid)? + digit;
                    digits += 1;
                    self.at += 1;
                }
                let found = char::from_u32(number).filter(|_| digits > 0);
                found.ok_or_else(invalid)?
            }
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            other if other.is_alphanumeric() => return Err(invalid()),
            other => other,
        })
    }

    pub(super) fn hexadecimal(&mut self, digits: usize) -> Result<char, String> {
        let mut number = 0;
        for _ in 0..digits {
            let digit = self
                .next()
                .and_then(|digit| digit.to_digit(16))
                .ok_or_else(invalid)?;
            number = number * 16 + digit;
        }
        char::from_u32(number).ok_or_else(invalid)
    }

    pub(super) fn bracket(&mut self) -> Result<(), String> {
        let is_negated = self.peek() == Some('^');
        self.at += usize::from(is_negated);
        let mut ranges = Vec::new();
        let mut is_first = true;
        loop {
            let character = self.next().ok_or_else(invalid)?;
            if character == ']' && !is_first {
                break;
            }
            is_first = false;
            let from = match character {
                '[' if matches!(self.peek(), Some(':')) => {
                    ranges.extend(self.named_class()?);
                    continue;
                }
                '[' if matches!(self.peek(), Some('.' | '=')) => return Err(invalid()),
                '\\' => {
                    let escaped = self.next().ok_or_else(invalid)?;
                    if let Some((class, is_negated)) = class_escape(escaped) {
                        let found = self.characters.class(Class(class))?;
                        ranges.extend(if is_negated {
                            complement(&found)
                        } else {
                            found
                        });
                        continue;
                    }
                    self.escaped(escaped)?
                }
                other => other,
            };
            let is_range = self.peek() == Some('-')
                && self.rest.get(self.at + 1).is_some_and(|next| *next != ']');
            if !is_range {
                ranges.push((from.into(), from.into()));
                continue;
            }
            self.at += 1;
            let to = match self.next().ok_or_else(invalid)? {
                '[' if matches!(self.peek(), Some(':' | '.' | '=')) => return Err(invalid()),
                '\\' => {
                    let escaped = self.next().ok_or_else(invalid)?;
                    if class_escape(escaped).is_some() {
                        return Err(invalid());
                    }
                    self.escaped(escaped)?
                }
                other => other,
            };
            if to < from {
                return Err(invalid());
            }
            ranges.push((from.into(), to.into()));
        }
        let ranges = self.folded(ranges)?;
        self.push_ranges(&ranges, is_negated);
        Ok(())
    }

    /// `[:alpha:]` within brackets.
    pub(super) fn named_class(&mut self) -> Result<Ranges, String> {
        const NAMES: [&str; 12] = [
            "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "xdigit",
        ];
        self.at += 1;
        let mut name = String::new();
        while let Some(character) = self.next() {
            if character == ':' {
                break;
            }
            name.push(character);
        }
        if self.next() != Some(']') {
            return Err(invalid());
        }
        // Case-insensitive, both become alpha.
        let name = match name.as_str() {
            "upper" | "lower" if self.folds => "alpha",
            name => name,
        };
        match NAMES.into_iter().find(|known| *known == name) {
            Some("blank") => Ok(vec![(9, 9), (32, 32)]),
            Some("xdigit") => Ok(vec![(48, 57), (65, 70), (97, 102)]),
            Some(name) => self.characters.class(Class(name)),
            None => Err(invalid()),
        }
    }
}
