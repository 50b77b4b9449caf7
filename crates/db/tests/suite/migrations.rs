//! The embedded migrations against a database.

use std::path::Path;

use axis_db::{embedded_migrations, pending_migrations, unknown_migrations};
use axis_local_postgres::Migrations;
use axis_testkit::TestDatabase;

use crate::support::{bystander, database};

/// The project's migrations.
pub(crate) fn folder() -> Migrations {
    Migrations::in_folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations")).unwrap()
}

#[test]
fn every_folder_is_embedded_in_order() {
    let names: Vec<_> = embedded_migrations().into_iter().map(|m| m.name).collect();
    assert!(names.len() >= 2, "only {names:?}");
    assert_eq!(names, folder().list().unwrap());
}

#[tokio::test]
async fn what_is_pending_follows_the_database() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[]);
    let all = embedded_migrations();
    for applied in 0..=all.len() {
        let mut connection = database.primary().await.unwrap();
        let pending = pending_migrations(&mut connection).await.unwrap();
        assert_eq!(pending, all[applied..]);
        let unknown = unknown_migrations(&mut connection).await.unwrap();
        assert_eq!(unknown, [""; 0]);
        let next = folder().apply_next(test.direct_url()).unwrap();
        assert_eq!(
            next.as_ref(),
            all.get(applied).map(|migration| &migration.name)
        );
    }
}

#[tokio::test]
async fn a_version_of_a_newer_build_is_unknown() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    bystander(&test)
        .await
        .execute(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')",
            &[],
        )
        .await
        .unwrap();
    let mut connection = database.primary().await.unwrap();
    assert_eq!(
        unknown_migrations(&mut connection).await.unwrap(),
        ["99990101000000"]
    );
    assert_eq!(pending_migrations(&mut connection).await.unwrap(), []);
}
