//! ARCHITECTURE.md leads to the file that a change begins in, and names no file that is not there.

use super::root;

/// A change, what the reader of ARCHITECTURE.md would look for in it, and the file to open.
const CHANGES: [(&str, &str, &str); 10] = [
    (
        "no two users, deleted ones included, share an address",
        "a rule of the database",
        "migrations/",
    ),
    (
        "a name has at most 100 characters in the API",
        "a rule of the business",
        "crates/schema/src/<domain>.rs",
    ),
    (
        "posts are listed by title",
        "a query",
        "crates/adapters/src/repositories/<domain>.rs",
    ),
    (
        "a deleted user is a 410",
        "a path, a status, a header",
        "crates/adapters/src/http/operations.rs",
    ),
    (
        "errors carry a link to their description",
        "problem details",
        "crates/adapters/src/http/problem.rs",
    ),
    (
        "queries are counted by table",
        "a metric, a span",
        "crates/adapters/src/observability/",
    ),
    (
        "the pool is filled at start, by a variable",
        "an environment variable",
        "crates/db/src/config/variables.rs",
    ),
    (
        "57P03 becomes a class of its own",
        "how a database error is classified",
        "crates/db/src/error*",
    ),
    (
        "interval columns become another type in Rust",
        "what the generator makes of it",
        "tools/axis/src/generate/contract/",
    ),
    (
        "reports may read a new table",
        "what a role of the database may do",
        "deploy/roles.sql",
    ),
];

#[test]
fn the_file_of_each_of_ten_changes_is_found() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (change, sought, file) in CHANGES {
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("| {sought}")));
        let row = row.unwrap_or_else(|| panic!("{change}: no row says where {sought} is"));
        assert!(
            row.contains(&format!("`{file}")),
            "{change}: {file} is not in {row}"
        );
    }
}

#[test]
fn every_file_that_is_named_is_there() {
    let mut seen = 0;
    for document in [
        "ARCHITECTURE.md",
        "docs/operations.md",
        "docs/targets.md",
        "docs/testing.md",
    ] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        // Between backticks, outside of blocks of code.
        let prose: String = text.split("```").step_by(2).collect();
        for span in prose.split('`').skip(1).step_by(2) {
            let begins = [
                "migrations/",
                "crates/",
                "tools/",
                "fixtures/",
                "deploy/",
                "docs/",
            ];
            if !begins.iter().any(|folder| span.starts_with(folder))
                || span.contains(char::is_whitespace)
            {
                continue;
            }
            for path in braces(span) {
                seen += 1;
                assert!(
                    is_there(&path),
                    "{document} names {path}, which is not there"
                );
            }
        }
    }
    assert!(seen >= 40, "{seen} paths");
    assert!(!is_there("crates/db/src/nothing*") && !is_there("crates/<any>/nothing.rs"));
}

/// `a/{b,c}d` as `a/bd` and `a/cd`.
fn braces(span: &str) -> Vec<String> {
    match span
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        Some((before, (among, after))) => (among.split(','))
            .map(|one| format!("{before}{one}{after}"))
            .collect(),
        None => vec![span.to_owned()],
    }
}

/// `*` stands for any letters of a name, `<..>` for any name.
fn is_there(path: &str) -> bool {
    let mut folders = vec![root().to_path_buf()];
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let (begin, end) = match (
            part.split_once('*'),
            part.split_once('<'),
            part.split_once('>'),
        ) {
            (Some(around), ..) => around,
            (_, Some((begin, _)), Some((_, end))) => (begin, end),
            _ => {
                folders = folders
                    .iter()
                    .map(|folder| folder.join(part))
                    .filter(|path| path.exists())
                    .collect();
                continue;
            }
        };
        folders = (folders.iter())
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .map(|entry| entry.unwrap())
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.starts_with(begin) && name.ends_with(end)
            })
            .map(|entry| entry.path())
            .collect();
    }
    !folders.is_empty()
}
