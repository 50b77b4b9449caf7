//! Many rows at once: all or none, and the row at fault is named.

use axis_adapters::{ManyError, RepositoryError, user_create, users_create, users_list};
use axis_db::Connection;
use axis_schema::lists::ListQuery;
use axis_schema::users::CreateUser;
use axis_testkit::TestDatabase;
use garde::{Unvalidated, Valid};
use serde_json::{Value, json};

use crate::support::connect;

fn valid<T: serde::de::DeserializeOwned + garde::Validate<Context: Default>>(
    value: Value,
) -> Valid<T> {
    let request: T = serde_json::from_value(value).unwrap();
    Unvalidated::new(request).validate().unwrap()
}

fn user(number: usize) -> Valid<CreateUser> {
    valid(json!({"email": format!("{number}@example.org"), "name": format!("User {number}")}))
}

async fn count(connection: &mut Connection) -> u64 {
    let page: Valid<ListQuery> = valid(json!({"page": "1"}));
    let list = users_list(connection, page).await.unwrap();
    let list = serde_json::to_value(list).unwrap();
    list["pagination"]["total"].as_u64().unwrap()
}

#[tokio::test]
async fn users_are_created_together_or_not_at_all() {
    let test = TestDatabase::migrated().await;
    let (database, _) = connect(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let created = users_create(&mut connection, (0..1_000).map(user)).await;
    assert_eq!(created.unwrap(), 1_000);
    assert_eq!(count(&mut connection).await, 1_000);

    // One who is there already, and one who comes twice.
    let there = (1_000..3_000).map(|number| user(if number == 2_500 { 7 } else { number }));
    let twice = (1_000..3_000).map(|number| user(if number == 2_500 { 1_200 } else { number }));
    let refused = [
        users_create(&mut connection, there).await,
        users_create(&mut connection, twice).await,
    ];
    for result in refused {
        let ManyError { row, error } = result.unwrap_err();
        assert_eq!(row, Some(1_500));
        match error {
            RepositoryError::Conflict(rule) => assert_eq!(rule.field, Some("email")),
            other => panic!("{other:?}"),
        }
        assert_eq!(count(&mut connection).await, 1_000);
    }
    user_create(&mut connection, user(1_000)).await.unwrap();
}
