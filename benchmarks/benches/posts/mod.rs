//! A row of `posts`, and its rules as a person would check them.

use axis_db_contract::posts::Insert;
use chrono::{DateTime, Utc};

/// All nine columns.
pub const ROW: &str = r#"{
    "id": "0192d0f0-7a1b-7c3d-8e4f-5a6b7c8d9e10",
    "userId": "0192d0f0-7a1b-7c3d-8e4f-5a6b7c8d9e0f",
    "title": "A headline of some length",
    "content": "A text that is longer than its headline, as texts tend to be.",
    "slug": "a-headline-of-some-length",
    "published": "2026-01-02T03:04:05.678901Z",
    "createdAt": "2026-01-02T03:04:05.678901Z",
    "updatedAt": "2026-01-03T03:04:05.678901Z",
    "deletedAt": null
}"#;

pub fn row(json: &str) -> Insert {
    match serde_json::from_str(json) {
        Ok(row) => row,
        Err(error) => unreachable!("a row as the contract has it: {error}"),
    }
}

/// One that a good row becomes by a title that is too long.
pub fn refused() -> Insert {
    let mut row = row(ROW);
    row.title = "x".repeat(256);
    row
}

/// The first moment of `timestamptz`, in microseconds from 1970.
const FIRST: i64 = -210_866_803_200_000_000;

/// What the contract checks, for values of the same types: no text holds NUL, titles and slugs have 1 to 255 characters,
/// contents at least 10, slugs are of a-z, 0-9 and -, times are within PostgreSQL's, and none is before the post was
/// created, as PostgreSQL compares: by microseconds.
pub fn by_hand(row: &Insert) -> bool {
    let is_text = |text: &str| !text.contains('\0');
    let microseconds = |time: DateTime<Utc>| time.timestamp_micros();
    let created = row.created_at.map(microseconds);
    let is_time = |time: Option<DateTime<Utc>>| {
        time.map(microseconds)
            .is_none_or(|time| time >= FIRST && created.is_none_or(|created| time >= created))
    };
    is_text(&row.title)
        && (1..=255).contains(&row.title.chars().count())
        && is_text(&row.content)
        && row.content.chars().count() >= 10
        && (1..=255).contains(&row.slug.len())
        && row
            .slug
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && created.is_none_or(|created| created >= FIRST)
        && is_time(row.published_at)
        && is_time(row.updated_at)
        && is_time(row.deleted_at)
}
