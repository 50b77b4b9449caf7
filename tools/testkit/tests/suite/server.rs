//! Servers of a test's own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use axis_testkit::{
    Authority, MessageLocale, PgBouncer, PgBouncerSettings, PrivateServer, ServerSettings,
    SmallDisk, skip,
};

use crate::support::{LIMIT, chain, connect, eventually, run, value};

#[tokio::test]
async fn what_was_committed_survives_a_kill_and_a_stop() {
    let server = PrivateServer::start(ServerSettings::new()).await;
    server.create_database("app").await;
    let url = server.url("app");
    let port = server.port();
    let client = connect(&url).await.unwrap();
    run(&client, "CREATE TABLE t (n integer)").await.unwrap();
    for (number, how) in ["kill", "stop", "kill"].into_iter().enumerate() {
        let client = connect(&url).await.unwrap();
        run(&client, "INSERT INTO t VALUES (1)").await.unwrap();
        let running = client.batch_execute("SELECT pg_sleep(60)");
        let end = async {
            // Another session sees the query run.
            let control = server.control("app").await;
            eventually("it runs", async || {
                let sql = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
                           AND query = 'SELECT pg_sleep(60)'";
                value(&control, sql).await == "1"
            })
            .await;
            drop(control);
            match how {
                "kill" => server.kill().await,
                _ => server.stop().await,
            }
        };
        let (result, ()) = tokio::join!(running, end);
        let error = result.unwrap_err();
        let code = error.code().map(|code| code.code().to_owned());
        match how {
            "kill" => assert_eq!(code, None, "nothing is said by who is killed: {error:?}"),
            _ => assert_eq!(code.as_deref(), Some("57P01")),
        }
        assert!(chain(&connect(&url).await.unwrap_err()).contains("refused"));
        server.restart().await;
        assert_eq!(server.port(), port);
        let client = connect(&url).await.unwrap();
        let count = value(&client, "SELECT count(*) FROM t").await;
        assert_eq!(count, (number + 1).to_string(), "after {how}");
    }
}

#[tokio::test]
async fn a_small_max_connections_is_reached_by_clients_and_not_by_the_test() {
    let server = PrivateServer::start(
        ServerSettings::new()
            .set("max_connections", "5")
            .set("superuser_reserved_connections", "2"),
    )
    .await;
    let url = server.url("postgres");
    let mut clients = Vec::new();
    let error = loop {
        match connect(&url).await {
            Ok(client) => clients.push(client),
            Err(error) => break error,
        }
        assert!(clients.len() < 10, "max_connections does not hold");
    };
    assert_eq!(error.code().unwrap().code(), "53300");
    assert!(!clients.is_empty());
    assert_eq!(server.terminate_backends(Some(1)).await, 1);
    eventually("there is room again", async || connect(&url).await.is_ok()).await;
    server.stop().await;
    server.restart_with(ServerSettings::new()).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(connect(&url).await.unwrap());
    }
    assert_eq!(server.terminate_backends(None).await, 20);
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "that it is in another language is what this test is about"
)]
async fn messages_are_not_english() {
    let Some(locale) = MessageLocale::find() else {
        return skip(
            "messages in another language",
            "no locale, and none can be compiled",
        );
    };
    let plain = PrivateServer::start(ServerSettings::new()).await;
    let foreign = PrivateServer::start(ServerSettings::new().messages(&locale)).await;
    let mut messages = Vec::new();
    for server in [&plain, &foreign] {
        let client = connect(&server.url("postgres")).await.unwrap();
        let error = run(&client, "SELECT 1/0").await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "22012");
        messages.push(error.as_db_error().unwrap().message().to_owned());
    }
    assert_eq!(messages[0], "division by zero");
    if messages[1] == messages[0] {
        return skip(
            "messages in another language",
            "this PostgreSQL has no translations",
        );
    }
}

#[tokio::test]
async fn a_full_disk_fails_statements_and_leaves_the_server() {
    let disk = match SmallDisk::mount(8) {
        Ok(disk) => disk,
        Err(why) => return skip("a full disk", &why),
    };
    let server = PrivateServer::start(ServerSettings::new()).await;
    let control = server.control("postgres").await;
    let place = disk.tablespace().display().to_string();
    run(
        &control,
        &format!("CREATE TABLESPACE small LOCATION '{place}'"),
    )
    .await
    .unwrap();
    run(&control, "CREATE TABLE t (x text) TABLESPACE small")
        .await
        .unwrap();
    let insert = "INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 200)";
    run(&control, insert).await.unwrap();
    assert!(disk.fill().unwrap() > 1_000_000);
    let error = run(&control, insert).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "53100");
    assert_eq!(value(&control, "SELECT count(*) FROM t").await, "200");
    disk.empty().unwrap();
    run(&control, insert).await.unwrap();
    drop(server);
    let folder = disk.tablespace();
    drop(disk);
    assert!(!folder.exists());
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    assert!(!mounts.contains(&*folder.parent().unwrap().to_string_lossy()));
}

#[tokio::test]
async fn tls_is_offered_with_the_certificate_given() {
    let authority = Authority::new();
    let certificate = authority.certificate(&["localhost", "127.0.0.1"]);
    assert!(certificate.chain().contains("BEGIN CERTIFICATE"));
    assert!(
        std::fs::read_to_string(authority.root_file())
            .unwrap()
            .contains("BEGIN CERTIFICATE")
    );
    let server = PrivateServer::start(ServerSettings::new().tls(&certificate).scram()).await;
    let client = connect(&server.url("postgres")).await.unwrap();
    assert_eq!(value(&client, "SHOW ssl").await, "on");
    // A client that asks for TLS and cannot speak it fails: so it was offered, not refused.
    let url = format!("{}?sslmode=require", server.url("postgres"));
    connect(&url).await.unwrap_err();
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let server = PrivateServer::start(ServerSettings::new()).await;
    let control = server.control("postgres").await;
    let data = value(&control, "SHOW data_directory").await;
    let folder = Path::new(&data).parent().unwrap().to_owned();
    assert!(folder.is_dir());
    let started = Instant::now();
    drop(server);
    assert!(!folder.exists());
    assert!(started.elapsed() < LIMIT);
}

/// What the next test kills: a process with a server, a pooler before it, and a small disk.
#[tokio::test]
#[ignore = "a part of nothing_is_left_when_the_process_is_killed"]
async fn held_until_killed() {
    let disk = SmallDisk::mount(8).ok();
    let server = PrivateServer::start(ServerSettings::new()).await;
    let settings = PgBouncerSettings {
        server_connections: 1,
        max_prepared_statements: 0,
    };
    let pooler = match PgBouncer::installed() {
        Some(_) => Some(PgBouncer::before(&server.url("postgres"), settings).await),
        None => None,
    };
    let control = server.control("postgres").await;
    // The test runner may have begun a line.
    println!("\nfolder {}", value(&control, "SHOW data_directory").await);
    println!("url {}", server.url("postgres"));
    if let Some(pooler) = &pooler {
        println!("url {}", pooler.url());
    }
    if let Some(disk) = &disk {
        println!("folder {}", disk.tablespace().display());
    }
    println!("ready");
    tokio::time::sleep(LIMIT * 6).await;
}

#[tokio::test]
async fn nothing_is_left_when_the_process_is_killed() {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "server::held_until_killed",
            "--ignored",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut folders, mut urls) = (Vec::new(), Vec::new());
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.split_once(' ') {
            Some(("folder", folder)) => folders.push(PathBuf::from(folder)),
            Some(("url", url)) => urls.push(url.to_owned()),
            None if line == "ready" => break,
            _ => {}
        }
    }
    assert!(!folders.is_empty() && !urls.is_empty());
    for url in &urls {
        run(&connect(url).await.unwrap(), "SELECT 1").await.unwrap();
    }
    process.kill().unwrap();
    process.wait().unwrap();
    eventually("all is gone", async || {
        let mut is_gone = folders.iter().all(|folder| !folder.exists());
        for url in &urls {
            is_gone &= connect(url).await.is_err();
        }
        is_gone
    })
    .await;
}
