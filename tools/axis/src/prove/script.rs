//! An SQL script as `pg_dump` writes it, statement by statement: what belongs to psql, to roles or to replication is left
//! out, since a throw-away copy has none of it.

/// A statement of a script, or a line that is psql's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// The line that it begins on, counted from 1.
    pub(crate) line: usize,
    /// Its text, without the semicolon. A line of psql's begins with a backslash.
    pub(crate) text: &'a str,
}

impl Statement<'_> {
    /// Its first words in lower case, without comments before them.
    fn words(&self) -> String {
        let words = self.text.split_whitespace().take(12);
        words.collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Whether a copy can do without it: it is about roles, replication or labels, or belongs to a newer pg_dump.
    pub(crate) fn is_left_out(&self) -> bool {
        let words = self.words();
        let begins = |start: &[&str]| start.iter().any(|start| words.starts_with(start));
        begins(&[
            "grant ",
            "revoke ",
            "alter default privileges",
            "create policy",
            "alter policy",
            "create publication",
            "alter publication",
            "create subscription",
            "alter subscription",
            "security label",
            "comment on extension",
            "comment on policy",
            "create event trigger",
            "alter event trigger",
            "comment on event trigger",
            "create role",
            "alter role",
            "create database",
            "alter database",
            "comment on database",
            "drop database",
            "set default_tablespace",
            "set session authorization",
            "create user mapping",
        ]) || (words.starts_with("alter ") && self.text.to_lowercase().contains(" owner to "))
    }

    /// Whether it only sets something for the session. A setting that this server does not have changes no schema.
    pub(crate) fn is_setting(&self) -> bool {
        let words = self.words();
        words.starts_with("set ") || words.starts_with("select pg_catalog.set_config(")
    }

    /// What psql does with it, where it is not for the server.
    pub(crate) fn psql(&self) -> Option<Psql> {
        let word = self.text.strip_prefix('\\')?.split_whitespace().next();
        Some(match word.unwrap_or_default() {
            "c" | "connect" => Psql::Connects,
            "restrict" | "unrestrict" | "encoding" | "echo" | "qecho" | "warn" | "set"
            | "unset" | "pset" | "timing" | "x" | "t" | "a" | "o" => Psql::Tells,
            _ => Psql::Acts,
        })
    }

    /// Whether rows follow that psql would send.
    pub(crate) fn is_copy(&self) -> bool {
        let words = self.text.to_lowercase();
        words.starts_with("copy ") && words.ends_with("from stdin")
    }
}

/// What a line of psql's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Psql {
    /// It goes on in another database.
    Connects,
    /// It changes nothing of the schema.
    Tells,
    /// It reads a file, asks, or sends what it was given: the schema may need it.
    Acts,
}

/// The statements of a script. Lines that begin with a backslash outside of a statement are psql's own.
pub(crate) fn statements(script: &str) -> Vec<Statement<'_>> {
    let bytes = script.as_bytes();
    let mut statements = Vec::new();
    let mut at = 0;
    let mut line = 1;
    let mut counted = 0;
    while let Some(start) = skip(bytes, at) {
        line += newlines(bytes, counted, start);
        counted = start;
        let end = match bytes.get(start) {
            Some(b'\\') => end_of_line(bytes, start),
            _ => end_of_statement(bytes, start),
        };
        let text = script.get(start..end).unwrap_or_default().trim();
        if !text.is_empty() {
            statements.push(Statement { line, text });
        }
        at = end + 1;
    }
    statements
}

fn newlines(bytes: &[u8], from: usize, to: usize) -> usize {
    let passed = bytes.get(from..to).unwrap_or_default();
    passed.iter().filter(|byte| **byte == b'\n').count()
}

/// The first place that is neither blank nor a comment.
fn skip(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at..)? {
            [] => return None,
            [b'-', b'-', ..] => at = end_of_line(bytes, at),
            [b'/', b'*', ..] => at = end_of_comment(bytes, at),
            [blank, ..] if blank.is_ascii_whitespace() => at += 1,
            _ => return Some(at),
        }
    }
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    find(bytes, at, b"\n").unwrap_or(bytes.len())
}

/// Comments nest.
fn end_of_comment(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while let Some(rest) = bytes.get(at..) {
        match rest {
            [] => break,
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The semicolon that ends a statement, or the end of the script.
fn end_of_statement(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    // BEGIN ATOMIC .. END, the body of a function in the standard's form, holds statements.
    let mut atomic = 0_usize;
    let mut previous: &[u8] = b"";
    // So do the parentheses of CREATE RULE.
    let mut parentheses = 0_usize;
    while let Some(rest) = bytes.get(at..) {
        match rest {
            [] => break,
            [b'-', b'-', ..] => at = end_of_line(bytes, at),
            [b'/', b'*', ..] => at = end_of_comment(bytes, at),
            [b'\'', ..] => {
                let escapes = previous.eq_ignore_ascii_case(b"e")
                    && at > 0
                    && bytes.get(at - 1).is_some_and(u8::is_ascii_alphabetic);
                at = end_of_quoted(bytes, at, escapes);
            }
            [b'"', ..] => at = end_of_quoted(bytes, at, false),
            [b'$', ..] => at = end_of_dollar_quoted(bytes, at),
            [b';', ..] if atomic == 0 && parentheses == 0 => return at,
            [b'(', ..] => {
                parentheses += 1;
                at += 1;
            }
            [b')', ..] => {
                parentheses = parentheses.saturating_sub(1);
                at += 1;
            }
            [first, ..] if is_word(*first) => {
                let length = rest.iter().take_while(|byte| is_word(**byte)).count();
                let word = rest.get(..length).unwrap_or_default();
                let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
                if is(b"atomic") && previous.eq_ignore_ascii_case(b"begin") {
                    atomic = 1;
                } else if atomic > 0 && is(b"case") {
                    atomic += 1;
                } else if atomic > 0 && is(b"end") {
                    atomic -= 1;
                }
                previous = word;
                at += length;
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Doubled quotes are two quoted texts side by side, which does no harm here.
fn end_of_quoted(bytes: &[u8], at: usize, escapes: bool) -> usize {
    let quote = bytes.get(at).copied().unwrap_or_default();
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        end += 1;
        if escapes && *byte == b'\\' {
            end += 1;
        } else if *byte == quote {
            return end;
        }
    }
    bytes.len()
}

/// `$tag$ .. $tag$`. A dollar that begins none, such as that of `$1`, is passed.
fn end_of_dollar_quoted(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at + 1..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| is_word(**byte)).count();
    let is_tag = rest.get(length) == Some(&b'$')
        && !rest.first().is_some_and(u8::is_ascii_digit)
        // Part of a name: a$b$.
        && !(at > 0 && bytes.get(at - 1).is_some_and(|byte| is_word(*byte)));
    if !is_tag {
        return at + 1;
    }
    let body = at + length + 2;
    let tag = bytes.get(at..body).unwrap_or_default();
    find(bytes, body, tag).map_or(bytes.len(), |end| end + tag.len())
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest.windows(what.len()).position(|window| window == what)?;
    Some(from + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<&str> {
        statements(script).iter().map(|found| found.text).collect()
    }

    #[test]
    fn statements_end_where_psql_ends_them() {
        let script = "-- a; b\n\\restrict x;y\nSELECT ';', E'\\';', \"a;b\", $$;$$, $a$ $$;$$ $a$ /* ; /* ; */ ; */;\n\
            SELECT $1, a$b$ ;\n\n\\unrestrict x\nSELECT 'it''s;';";
        assert_eq!(
            texts(script),
            [
                "\\restrict x;y",
                "SELECT ';', E'\\';', \"a;b\", $$;$$, $a$ $$;$$ $a$ /* ; /* ; */ ; */",
                "SELECT $1, a$b$",
                "\\unrestrict x",
                "SELECT 'it''s;'",
            ]
        );
        let lines: Vec<usize> = statements(script).iter().map(|found| found.line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 7]);
    }

    #[test]
    fn a_function_of_the_standard_is_one_statement() {
        let script = "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; \
            SELECT 2; END;\nBEGIN;\nCOMMIT;";
        assert_eq!(texts(script).len(), 3, "{:?}", texts(script));
    }

    #[test]
    fn a_rule_of_several_statements_is_one() {
        let script = "CREATE RULE r AS ON DELETE TO t DO INSTEAD (UPDATE t SET a = ')'; SELECT f(1); ); SELECT 2;";
        assert_eq!(texts(script).len(), 2, "{:?}", texts(script));
    }

    #[test]
    fn what_a_copy_has_no_use_for_is_known() {
        for text in [
            "ALTER TABLE public.a OWNER TO b",
            "GRANT ALL ON SCHEMA public TO b",
            "CREATE POLICY p ON a TO b USING (true)",
            "CREATE DATABASE a WITH TEMPLATE = template0",
        ] {
            assert!(Statement { line: 1, text }.is_left_out(), "{text}");
        }
        for text in ["CREATE TABLE a (b int)", "ALTER TABLE a ADD CHECK (b > 1)"] {
            assert!(!Statement { line: 1, text }.is_left_out(), "{text}");
        }
        let copy = Statement {
            line: 1,
            text: "COPY a (b)\nFROM stdin",
        };
        assert!(copy.is_copy());
        let psql = |text| Statement { line: 1, text }.psql();
        assert_eq!(
            psql("\\connect -reuse-previous=on \"dbname='a'\""),
            Some(Psql::Connects)
        );
        assert_eq!(psql("\\restrict abc"), Some(Psql::Tells));
        assert_eq!(psql("\\i other.sql"), Some(Psql::Acts));
        assert_eq!(psql("SELECT 1"), None);
    }
}
