//! A value of the contract as an argument of a rule's function.

use super::{Argument, Stored};

impl Argument {
    /// A value as an argument. It is in a place of its own, or behind a reference.
    pub(crate) fn plain_of(&self, place: &str, is_reference: bool) -> String {
        let inner = format!("{place}{}", self.path);
        // What is within a place that is referred to is a place itself.
        let (place, is_reference) = match self.path.is_empty() {
            true => (place, is_reference),
            false => (inner.as_str(), false),
        };
        let (copied, borrowed) = match is_reference {
            true => (format!("*{place}"), place.to_owned()),
            false => (place.to_owned(), format!("&{place}")),
        };
        match &self.stored {
            Stored::Copied => copied,
            Stored::Dereferenced | Stored::Borrowed => borrowed,
            Stored::Cut(constant) => format!("postgres::cut({borrowed}, {constant})"),
            Stored::Trimmed => format!("{place}.trim_end_matches(' ')"),
            Stored::Rounded(scale) => format!("postgres::rounded({borrowed}, {scale})"),
            Stored::Moment(function, precision) => {
                format!("postgres::{function}({copied}{})", digits(*precision))
            }
        }
    }

    /// An `Option` as an argument. It is in a place of its own, or behind a reference.
    pub(crate) fn optional_of(&self, place: &str, is_reference: bool) -> String {
        if !self.path.is_empty() {
            return format!(
                "{place}.as_ref().map(|value| {})",
                self.plain_of("value", true)
            );
        }
        match &self.stored {
            Stored::Copied if is_reference => format!("*{place}"),
            Stored::Copied => place.to_owned(),
            Stored::Dereferenced => format!("{place}.as_deref()"),
            Stored::Borrowed => format!("{place}.as_ref()"),
            Stored::Cut(constant) => {
                format!("{place}.as_deref().map(|value| postgres::cut(value, {constant}))")
            }
            Stored::Trimmed => {
                format!("{place}.as_deref().map(|value| value.trim_end_matches(' '))")
            }
            Stored::Rounded(scale) => {
                format!("{place}.as_ref().map(|value| postgres::rounded(value, {scale}))")
            }
            Stored::Moment(function, None) => format!("{place}.map(postgres::{function})"),
            Stored::Moment(function, precision) => {
                let digits = digits(*precision);
                format!("{place}.map(|value| postgres::{function}(value{digits}))")
            }
        }
    }
}

fn digits(precision: Option<u8>) -> String {
    precision.map_or_else(String::new, |digits| format!(", {digits}"))
}
