//! Two runs whose scratch crate has one name, as two databases have it.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::command::{cache, command, prove};

const WAITS: &str = "prove_waiting: waiting until it ends";

#[test]
fn a_run_says_that_it_waits_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("waiting.sql");
    std::fs::write(&schema, "CREATE TABLE a (id int PRIMARY KEY);").unwrap();
    let arguments = ["--schema-file", schema.to_str().unwrap(), "--rows", "1"];

    // What another run holds.
    let crates = cache().join("axis/prove");
    std::fs::create_dir_all(&crates).unwrap();
    let other = File::create(crates.join("prove_waiting.lock")).unwrap();
    other.lock().unwrap();

    let said = folder.path().join("said");
    let mut run = command(folder.path(), &arguments)
        .stdout(Stdio::null())
        .stderr(File::create(&said).unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    let said = || std::fs::read_to_string(&said).unwrap();
    while !said().contains(WAITS) {
        assert!(run.try_wait().unwrap().is_none(), "it ended: {}", said());
        assert!(Instant::now() < deadline, "it never waited: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(other);
    assert!(run.wait().unwrap().success(), "{}", said());

    // The twin: alone it says nothing of the kind.
    let alone = prove(folder.path(), &arguments);
    assert_eq!(alone.code, Some(0), "{}", alone.stderr);
    assert!(!alone.stderr.contains(WAITS), "{}", alone.stderr);
}
