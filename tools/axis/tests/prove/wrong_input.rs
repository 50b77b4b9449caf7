//! What it cannot use: each message says what is wrong, where, and what to do.

use std::path::{Path, PathBuf};

use super::command::{assert_refused, prove, prove_with};

fn file(folder: &Path, name: &str, text: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_schema_file_that_cannot_be_loaded_says_why_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &[&str]); 8] = [
        (
            "syntax.sql",
            b"-- A comment.\nCREATE TABLE a (id int);\n\nCREATE TABEL b (\n  id int\n);\n",
            &[
                "line 4 of ",
                "syntax.sql",
                "CREATE TABEL b (",
                "syntax error",
            ],
        ),
        (
            "extension.sql",
            b"CREATE EXTENSION no_such_extension;",
            &["line 1 of ", "lacks this extension", "install it"],
        ),
        (
            "rows.sql",
            b"CREATE TABLE a (id int);\nCOPY public.a (id) FROM stdin;\n1\n\\.\n",
            &["line 2 of ", "holds rows", "pg_dump --schema-only"],
        ),
        (
            "two.sql",
            b"\\connect one\nCREATE TABLE a (id int);\n\\connect two\nCREATE TABLE b (id int);\n",
            &[
                "line 3 of ",
                "another database",
                "\\connect two",
                "pg_dump --schema-only",
            ],
        ),
        (
            "includes.sql",
            b"CREATE TABLE a (id int);\n\\i other.sql\n",
            &[
                "line 2 of ",
                "psql",
                "\\i other.sql",
                "pg_dump --schema-only",
            ],
        ),
        (
            "archive.dump",
            b"PGDMP\x01\x0e\0",
            &["is an archive", "pg_restore --schema-only"],
        ),
        (
            "empty.sql",
            b"-- Nothing.\n\\restrict a\nSET a.b = 'c';\n",
            &["empty.sql holds no statement"],
        ),
        (
            "nothing.sql",
            b"CREATE TYPE a AS ENUM ('b');",
            &["no table with a contract", "nothing to prove"],
        ),
    ];
    for (name, text, parts) in cases {
        let path = file(folder.path(), name, text);
        let outcome = prove(folder.path(), &["--schema-file", path.to_str().unwrap()]);
        assert_refused(&outcome, 2, parts);
    }
    let missing = prove(folder.path(), &["--schema-file", "no/such.sql"]);
    assert_refused(
        &missing,
        2,
        &["cannot read the schema file no/such.sql", "No such file"],
    );
}

#[test]
fn a_dump_that_makes_its_database_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let script = b"\\restrict abc\nSET statement_timeout = 0;\nSET no.such = 1;\nSET no_such_setting = 1;\n\
        CREATE DATABASE axis_prove_elsewhere WITH TEMPLATE = template0 ENCODING = 'UTF8';\n\
        ALTER DATABASE axis_prove_elsewhere OWNER TO nobody_here;\n\
        \\connect axis_prove_elsewhere\nCREATE TABLE a (id int PRIMARY KEY, b varchar(3));\n\
        ALTER TABLE a OWNER TO nobody_here;\nGRANT ALL ON TABLE a TO nobody_here;\n\\unrestrict abc\n";
    let path = file(folder.path(), "whole.sql", script);
    let path = path.to_str().unwrap();
    let outcome = prove(folder.path(), &["--schema-file", path, "--rows", "20"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(
        outcome.stdout.contains("2 columns: 2 exact"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.sql", b"CREATE TABLE a (id int);");
    let path = path.to_str().unwrap();
    let url = "postgres://127.0.0.1:1/nowhere";
    let both = prove(
        folder.path(),
        &["--schema-file", path, "--database-url", url],
    );
    assert_refused(&both, 2, &["cannot be used with"]);
    let rows = prove(folder.path(), &["--schema-file", path, "--rows", "many"]);
    assert_refused(&rows, 2, &["--rows", "many"]);
    // Outside of a project there is nothing else to prove.
    let none = prove(folder.path(), &[]);
    assert_refused(
        &none,
        2,
        &["no schema to prove", "--schema-file", "--database-url"],
    );
}

#[test]
fn the_first_run_says_that_it_compiles_for_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "first.sql",
        b"CREATE TABLE a (id int PRIMARY KEY);",
    );
    let arguments = ["--schema-file", path.to_str().unwrap()];
    let fails = [("CARGO", Path::new("false"))];
    let told = "the first time takes minutes";
    let cannot = "cannot be built: cargo needs its dependencies";
    // The folder of the tests has been compiled in before, or is now.
    assert_eq!(prove(folder.path(), &arguments).code, Some(0));
    let later = prove_with(folder.path(), &arguments, &fails);
    assert_refused(&later, 2, &[cannot]);
    assert!(!later.stderr.contains(told), "{}", later.stderr);
    let cache = folder.path().join("cache");
    let variables = [fails[0], ("XDG_CACHE_HOME", &cache)];
    let first = prove_with(folder.path(), &arguments, &variables);
    assert_refused(&first, 2, &[told, cannot]);
}
