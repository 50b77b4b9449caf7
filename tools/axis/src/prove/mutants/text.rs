//! Pieces that are put into a text.

use std::ops::Range;

/// What is put into a text.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) place: Range<usize>,
    pub(super) text: String,
    /// Of pieces at one place: the ends of inner expressions, then those of outer ones, then the starts of outer ones.
    pub(super) order: i64,
}

/// The text with the pieces in it.
pub(super) fn apply(text: &str, mut pieces: Vec<Piece>) -> String {
    pieces.sort_by_key(|piece| (piece.place.start, piece.order));
    let mut out = String::new();
    let mut at = 0;
    for piece in pieces {
        out += text.get(at..piece.place.start).unwrap_or_default();
        out += &piece.text;
        at = piece.place.end.max(at);
    }
    out += text.get(at..).unwrap_or_default();
    out
}
