//! PostgreSQL's own text of a query tree, as `pg_node_tree` holds it.

/// A part of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// `{NAME :field value ..}`. A field may have several values: a constant's bytes, for example.
    Struct {
        /// The name, in capitals.
        name: String,
        /// The fields, in their order.
        fields: Vec<(String, Vec<Node>)>,
    },
    /// `(value ..)`
    List(Vec<Node>),
    /// A number, a name, a string with its quotes.
    Word(String),
    /// `<>`
    Null,
}

/// How deep a tree may be. PostgreSQL's own limit is the size of its stack.
const MAX_DEPTH: usize = 400;

impl Node {
    /// Reads a tree. None where the text is none, or deeper than anybody writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut tokens = Tokens { rest: text };
        let token = tokens.next()?;
        value(&mut tokens, &token, 0)
    }

    /// What stands in a field.
    pub(super) fn field(&self, wanted: &str) -> Option<&Self> {
        match self {
            Self::Struct { fields, .. } => fields
                .iter()
                .find(|(name, _)| name == wanted)
                .and_then(|(_, values)| values.first()),
            _ => None,
        }
    }

    /// The members of a list in a field. Empty where there is none.
    pub(super) fn list(&self, wanted: &str) -> &[Self] {
        match self.field(wanted) {
            Some(Self::List(members)) => members,
            _ => &[],
        }
    }

    /// A number in a field.
    pub(super) fn number(&self, wanted: &str) -> Option<u32> {
        self.word(wanted)?.parse().ok()
    }

    /// A word in a field.
    pub(super) fn word(&self, wanted: &str) -> Option<&str> {
        match self.field(wanted) {
            Some(Self::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Whether a field says true.
    pub(super) fn is(&self, wanted: &str) -> bool {
        self.word(wanted) == Some("true")
    }

    /// The name of a struct.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Struct { name, .. } => name,
            _ => "",
        }
    }
}

struct Tokens<'a> {
    rest: &'a str,
}

impl Tokens<'_> {
    /// As PostgreSQL's `pg_strtok`: braces and parentheses stand alone, a backslash takes the next character as it is.
    fn next(&mut self) -> Option<String> {
        let is_space = |character| matches!(character, ' ' | '\n' | '\t');
        self.rest = self.rest.trim_start_matches(is_space);
        let first = self.rest.chars().next()?;
        if is_bracket(first) {
            self.rest = &self.rest[first.len_utf8()..];
            return Some(first.to_string());
        }
        let mut token = String::new();
        let mut characters = self.rest.char_indices();
        let mut end = self.rest.len();
        while let Some((position, character)) = characters.next() {
            if is_space(character) || is_bracket(character) {
                end = position;
                break;
            }
            token.push(character);
            if character == '\\' {
                token.extend(characters.next().map(|(_, escaped)| escaped));
            }
        }
        self.rest = &self.rest[end..];
        Some(token)
    }

    fn peek(&self) -> Option<String> {
        Tokens { rest: self.rest }.next()
    }
}

fn is_bracket(character: char) -> bool {
    matches!(character, '{' | '}' | '(' | ')')
}

fn value(tokens: &mut Tokens<'_>, token: &str, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    match token {
        "{" => {
            let name = tokens.next()?;
            let mut fields: Vec<(String, Vec<Node>)> = Vec::new();
            let mut token = tokens.next()?;
            while token != "}" {
                let field = token.strip_prefix(':')?.to_owned();
                // The first token behind a field is its value, whatever it looks like.
                let first = tokens.next()?;
                let mut values = vec![value(tokens, &first, depth + 1)?];
                token = tokens.next()?;
                while token != "}" && !token.starts_with(':') {
                    values.push(value(tokens, &token, depth + 1)?);
                    token = tokens.next()?;
                }
                fields.push((field, values));
            }
            Some(Node::Struct { name, fields })
        }
        "(" => {
            let mut members = Vec::new();
            while tokens.peek()? != ")" {
                let token = tokens.next()?;
                members.push(value(tokens, &token, depth + 1)?);
            }
            tokens.next()?;
            Some(Node::List(members))
        }
        "}" | ")" => None,
        "<>" => Some(Node::Null),
        word => Some(Node::Word(unescaped(word))),
    }
}

fn unescaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_with_its_lists_constants_and_escapes() {
        let text = r"({QUERY :cols (b 8 9) :alias <> :name :a\ b :args ({CONST :value 4 [ 1 0 ] :null false} {X})})";
        let Some(Node::List(members)) = Node::parse(text) else {
            panic!("no list");
        };
        let query = &members[0];
        assert_eq!(query.name(), "QUERY");
        assert_eq!(query.word("name"), Some(":a b"));
        assert_eq!(query.field("alias"), Some(&Node::Null));
        assert_eq!(query.list("cols").len(), 3);
        let constant = &query.list("args")[0];
        assert_eq!(constant.number("value"), Some(4));
        assert!(!constant.is("null"));
        assert_eq!(query.list("args")[1].name(), "X");
    }

    #[test]
    fn what_is_no_tree_is_none() {
        for text in ["", "{", "{A :b}", "(", ")", "{A b c}"] {
            assert_eq!(Node::parse(text), None, "{text}");
        }
        assert_eq!(Node::parse(&"(".repeat(100_000)), None);
    }
}
