//! A database for each test.

use axis_testkit::TestDatabase;

#[tokio::test]
async fn migrated_database_has_the_tables() {
    let database = TestDatabase::migrated().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let rows = client
        .query(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    let tables: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(tables, ["__diesel_schema_migrations", "posts", "users"]);
}
