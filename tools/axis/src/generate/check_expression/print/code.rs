//! Pieces of Rust, and what is asked of a condition.

/// What is asked of a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    /// Whether it is false, instead of whether it is true.
    pub(super) negated: bool,
    /// The answer where it is NULL.
    pub(super) null: bool,
}

impl Ask {
    pub(super) const TRUE: Self = Self {
        negated: false,
        null: false,
    };
    pub(super) const NOT_FALSE: Self = Self {
        negated: false,
        null: true,
    };

    pub(super) fn not(self) -> Self {
        Self {
            negated: !self.negated,
            null: self.null,
        }
    }
}

/// How tightly a piece of Rust holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binds {
    /// An `if`, which would be a statement at the start of an expression.
    Block,
    Or,
    And,
    Compare,
    /// A calculation.
    Sum,
    Tight,
}

/// What a piece of Rust is, where its type alone does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As a parameter of the type is.
    Plain,
    /// A `String` or a `BigDecimal`, not a reference to one.
    Owned,
    /// A `usize`.
    Count,
}

/// A piece of Rust.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) text: String,
    pub(super) binds: Binds,
    pub(super) form: Form,
}

impl Code {
    pub(super) fn new(text: impl Into<String>, binds: Binds) -> Self {
        Self {
            text: text.into(),
            binds,
            form: Form::Plain,
        }
    }

    pub(super) fn tight(text: impl Into<String>) -> Self {
        Self::new(text, Binds::Tight)
    }

    pub(super) fn truth(value: bool) -> Self {
        Self::tight(value.to_string())
    }

    pub(super) fn of_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The text, in parentheses unless it binds more tightly.
    pub(super) fn above(&self, binds: Binds) -> String {
        match self.binds > binds {
            true => self.text.clone(),
            false => format!("({})", self.text),
        }
    }

    pub(super) fn at_least(&self, binds: Binds) -> String {
        match self.binds >= binds {
            true => self.text.clone(),
            false => format!("({})", self.text),
        }
    }

    /// A text as a `&str`.
    pub(super) fn borrowed(&self) -> String {
        match self.form {
            Form::Owned => format!("&*{}", self.at_least(Binds::Tight)),
            _ => self.text.clone(),
        }
    }

    /// A value as a reference to it.
    pub(super) fn borrowed_value(&self) -> String {
        match self.form {
            Form::Owned => format!("&{}", self.at_least(Binds::Tight)),
            _ => self.text.clone(),
        }
    }

    pub(super) fn is(&self, value: bool) -> bool {
        self.text == if value { "true" } else { "false" }
    }
}

pub(super) fn negated_if(code: Code, negated: bool) -> Code {
    match negated {
        false => code,
        true if code.is(true) || code.is(false) => Code::truth(code.is(false)),
        true => Code::tight(format!("!{}", code.at_least(Binds::Tight))),
    }
}
