//! PgBouncer in transaction mode.

use axis_testkit::{PgBouncer, PgBouncerSettings, PrivateServer, ServerSettings, skip};

use crate::support::{connect, run, value};

#[tokio::test]
async fn sessions_share_the_servers_connections_by_transaction() {
    if PgBouncer::installed().is_none() {
        return skip("PgBouncer", "it is not installed");
    }
    let server = PrivateServer::start(ServerSettings::new()).await;
    let settings = PgBouncerSettings {
        server_connections: 1,
        max_prepared_statements: 0,
    };
    let pooler = PgBouncer::before(&server.url("postgres"), settings).await;
    assert_eq!(Some(pooler.version()), PgBouncer::installed());
    let one = connect(pooler.url()).await.unwrap();
    let two = connect(pooler.url()).await.unwrap();
    let pid = "SELECT pg_backend_pid()";
    assert_eq!(value(&one, pid).await, value(&two, pid).await);
    // A statement of one is unknown to the server's connection, or is that of another: what this mode is feared for.
    run(&one, "PREPARE mine AS SELECT 1").await.unwrap();
    run(&two, "DEALLOCATE mine").await.unwrap();
    let error = run(&one, "EXECUTE mine").await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "26000");
}

#[tokio::test]
async fn prepared_statements_work_where_the_version_keeps_them() {
    if !PgBouncer::keeps_prepared_statements() {
        let why = format!("the PgBouncer here is {:?}", PgBouncer::installed());
        return skip("PgBouncer's max_prepared_statements", &why);
    }
    let server = PrivateServer::start(ServerSettings::new()).await;
    let settings = PgBouncerSettings {
        server_connections: 1,
        max_prepared_statements: 100,
    };
    let pooler = PgBouncer::before(&server.url("postgres"), settings).await;
    let one = connect(pooler.url()).await.unwrap();
    let two = connect(pooler.url()).await.unwrap();
    let first = one.prepare("SELECT 1").await.unwrap();
    let second = two.prepare("SELECT 2").await.unwrap();
    for _ in 0..10 {
        assert_eq!(
            one.query_one(&first, &[]).await.unwrap().get::<_, i32>(0),
            1
        );
        assert_eq!(
            two.query_one(&second, &[]).await.unwrap().get::<_, i32>(0),
            2
        );
    }
}
