//! Expressions as PostgreSQL keeps them: `{OPEXPR :opno 96 :args (..)}`.

/// A part of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// `{NAME :field value ..}`. A field has more than one value where it is a constant's length and bytes.
    Struct(String, Vec<(String, Vec<Node>)>),
    /// `(value ..)`
    List(Vec<Node>),
    /// `[ byte .. ]`
    Bytes(Vec<u8>),
    /// Anything else: a number, a name, `<>`.
    Word(String),
}

/// Reads a tree. None where it has a form that is not known.
pub(super) fn parse(text: &str) -> Option<Node> {
    let mut reader = Reader {
        rest: text.as_bytes(),
    };
    let node = reader.node()?;
    reader.skip_blanks();
    reader.rest.is_empty().then_some(node)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn node(&mut self) -> Option<Node> {
        match self.peek()? {
            b'{' => self.structure(),
            b'(' => {
                self.rest = &self.rest[1..];
                Some(Node::List(self.until(b')')?))
            }
            b'[' => {
                self.rest = &self.rest[1..];
                // Bytes are printed as C's `char`, which has a sign on some machines.
                let byte = |node| match node {
                    Node::Word(word) => Some(word.parse::<i16>().ok()?.to_le_bytes()[0]),
                    _ => None,
                };
                let bytes = self.until(b']')?.into_iter().map(byte);
                Some(Node::Bytes(bytes.collect::<Option<_>>()?))
            }
            _ => self.word().map(Node::Word),
        }
    }

    fn structure(&mut self) -> Option<Node> {
        self.rest = &self.rest[1..];
        let name = self.word()?;
        let mut fields = Vec::new();
        loop {
            match self.peek()? {
                b'}' => {
                    self.rest = &self.rest[1..];
                    return Some(Node::Struct(name, fields));
                }
                b':' => {
                    self.rest = &self.rest[1..];
                    let field = self.word()?;
                    let mut values = Vec::new();
                    while !matches!(self.peek()?, b':' | b'}') {
                        values.push(self.node()?);
                    }
                    fields.push((field, values));
                }
                _ => return None,
            }
        }
    }

    fn until(&mut self, end: u8) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        while self.peek()? != end {
            nodes.push(self.node()?);
        }
        self.rest = &self.rest[1..];
        Some(nodes)
    }

    /// What stands up to the next blank or bracket. A backslash takes the next byte as it is.
    fn word(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        while let Some((first, rest)) = self.rest.split_first() {
            match first {
                b'\\' => {
                    let (escaped, rest) = rest.split_first()?;
                    bytes.push(*escaped);
                    self.rest = rest;
                }
                b' ' | b'\n' | b'\t' | b'{' | b'}' | b'(' | b')' => break,
                byte => {
                    bytes.push(*byte);
                    self.rest = rest;
                }
            }
        }
        match bytes.is_empty() {
            true => None,
            false => String::from_utf8(bytes).ok(),
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.rest.first().copied()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read() {
        let word = |text: &str| Node::Word(text.to_owned());
        let text = r"{CONST :isnull false :name x\ \{y :list (i 1 2) :none <> :value 4 [ -1 0 ]}";
        let fields = vec![
            ("isnull".to_owned(), vec![word("false")]),
            ("name".to_owned(), vec![word("x {y")]),
            (
                "list".to_owned(),
                vec![Node::List(vec![word("i"), word("1"), word("2")])],
            ),
            ("none".to_owned(), vec![word("<>")]),
            (
                "value".to_owned(),
                vec![word("4"), Node::Bytes(vec![255, 0])],
            ),
        ];
        assert_eq!(parse(text), Some(Node::Struct("CONST".to_owned(), fields)));
        for text in [
            "",
            "{",
            "{A",
            "{A :b",
            "(",
            "{A :b [ 1",
            "{A b}",
            "{A} {B}",
            "}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
