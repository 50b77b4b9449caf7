//! What comes together and goes out together: what it gives, what it costs the server, and how it is counted.

use axis_adapters::{
    Batches, Entity, RepositoryError, posts_list_of_user, posts_list_published, user_by_id,
    user_create, user_update, users_list,
};
use axis_db::schema::{posts, users};
use axis_db::{Connection, Database, DbError};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use garde::Unvalidated;
use serde_json::json;
use uuid::Uuid;

use crate::support::{TestServer, connect, execute, new_post, new_user, until};

const USERS: &str = "INSERT INTO users (email, name) \
    SELECT 'user' || n || '@example.org', 'User ' || n FROM generate_series(1, 20000) AS n; \
    INSERT INTO posts (user_id, title, content, slug) \
    SELECT id, 'A title', 'A text of some length', 'post-' || row_number() OVER () FROM users LIMIT 10000";

/// A pool of one connection, and rows enough for indexes to be worth it.
async fn filled(test: &TestDatabase) -> Database {
    let (database, _) = connect(test, &[("DATABASE_POOL_MAX", "1")]);
    let mut connection = database.primary().await.unwrap();
    execute(&mut connection, USERS).await;
    execute(&mut connection, "VACUUM ANALYZE").await;
    drop(connection);
    database
}

/// Begins reads while the one connection is in use, and gives what each got.
async fn together<R>(
    database: &Database,
    reads: impl IntoIterator<Item = impl Future<Output = R>>,
) -> Vec<R> {
    let held = database.primary().await.unwrap();
    let reads = join_all(reads);
    let free = async {
        until("they wait", async || database.pool_status().waiting > 0).await;
        drop(held);
    };
    tokio::join!(reads, free).0
}

#[derive(QueryableByName)]
struct Prepared {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    generic_plans: i64,
    #[diesel(sql_type = BigInt)]
    custom_plans: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "EXPLAIN and a catalog, which have no words in Diesel"
)]
async fn prepared(connection: &mut Connection, like: &str) -> Prepared {
    let sql = format!(
        "SELECT name, generic_plans, custom_plans FROM pg_prepared_statements \
         WHERE statement LIKE '%{like}%' AND statement NOT LIKE '%pg_prepared_statements%'"
    );
    diesel::sql_query(sql).get_result(connection).await.unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "EXPLAIN and a catalog, which have no words in Diesel"
)]
async fn plan(connection: &mut Connection, name: &str) -> String {
    let sql = format!("EXPLAIN EXECUTE \"{name}\" ('{{}}')");
    let lines: Vec<Line> = diesel::sql_query(sql).load(connection).await.unwrap();
    lines.into_iter().map(|line| line.plan + "\n").collect()
}

async fn some_ids(database: &Database, table: &str) -> Vec<Uuid> {
    let mut connection = database.primary().await.unwrap();
    let ids = match table {
        "users" => {
            users::table
                .select(users::id)
                .limit(3)
                .load(&mut connection)
                .await
        }
        _ => {
            posts::table
                .select(posts::id)
                .limit(3)
                .load(&mut connection)
                .await
        }
    };
    ids.unwrap()
}

#[tokio::test]
async fn reads_together_are_found_by_the_index_and_planned_once() {
    if leave_out_on(&[Route::PgBouncer], "statements have names there") {
        return;
    }
    let test = TestDatabase::migrated().await;
    let database = filled(&test).await;
    let batches = Batches::new(&database);
    let ids = some_ids(&database, "users").await;
    let post_ids = some_ids(&database, "posts").await;
    for _ in 0..8 {
        let found = together(&database, ids.iter().map(|id| batches.user_by_id(*id))).await;
        let found: Vec<_> = found.into_iter().map(|user| user.unwrap().id).collect();
        assert_eq!(found, ids);
        let found = together(&database, post_ids.iter().map(|id| batches.post_by_id(*id))).await;
        let found: Vec<_> = found
            .into_iter()
            .map(|post| post.unwrap().post.id)
            .collect();
        assert_eq!(found, post_ids);
    }
    let mut connection = database.primary().await.unwrap();
    for (like, index) in [
        ("%FROM \"users\"%unnest%", "users_pkey"),
        ("%FROM (\"posts\"%unnest%", "posts_pkey"),
    ] {
        let found = prepared(&mut connection, like).await;
        // PostgreSQL plans five times before it decides.
        assert_eq!((found.custom_plans, found.generic_plans), (5, 3), "{like}");
        let plan = plan(&mut connection, &found.name).await;
        assert!(
            plan.contains(index) && plan.contains("Index Cond: (id = ANY ($0))"),
            "{plan}"
        );
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
    // The twin: with a bare parameter it is planned each time.
    let bare = users::table
        .filter(users::id.eq_any(ids))
        .select(users::name);
    for _ in 0..8 {
        let _: Vec<String> = bare.clone().load(&mut connection).await.unwrap();
    }
    let found = prepared(&mut connection, "= ANY($1))").await;
    assert_eq!((found.custom_plans, found.generic_plans), (8, 0));
}

#[tokio::test]
async fn reads_together_give_what_reads_by_themselves_give() {
    let test = TestDatabase::migrated().await;
    let database = filled(&test).await;
    let batches = Batches::new(&database);
    let ids = some_ids(&database, "users").await;
    let nobody = Uuid::nil();
    let asked = [ids[0], nobody, ids[1], ids[0]];
    let found = together(&database, asked.iter().map(|id| batches.user_by_id(*id))).await;
    let mut connection = database.primary().await.unwrap();
    for (id, found) in asked.into_iter().zip(found) {
        match (user_by_id(&mut connection, id).await, found) {
            (Ok(alone), Ok(together)) => {
                assert_eq!(
                    serde_json::to_value(&alone).unwrap(),
                    serde_json::to_value(&together).unwrap()
                );
            }
            (
                Err(RepositoryError::NotFound(Entity::User)),
                Err(RepositoryError::NotFound(Entity::User)),
            ) => assert_eq!(id, nobody),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_read_sees_what_was_written_before_it_began() {
    let test = TestDatabase::migrated().await;
    let (database, _) = connect(&test, &[("DATABASE_POOL_MAX", "3")]);
    let mut connection = database.primary().await.unwrap();
    execute(
        &mut connection,
        "INSERT INTO users (email, name) VALUES ('ada@example.org', 'Ada')",
    )
    .await;
    drop(connection);
    let id = some_ids(&database, "users").await[0];
    let batches = Batches::new(&database);
    // Readers that are always under way, alone and together.
    let noise: Vec<_> = (0..16)
        .map(|_| {
            let batches = batches.clone();
            tokio::spawn(async move {
                loop {
                    batches.user_by_id(id).await.unwrap();
                }
            })
        })
        .collect();
    for number in 0..200 {
        let name = format!("Ada {number}");
        let request = valid(json!({"name": name}));
        let written = user_update(&mut database.primary().await.unwrap(), id, request).await;
        written.unwrap();
        assert_eq!(batches.user_by_id(id).await.unwrap().name, name);
    }
    for reader in noise {
        reader.abort();
    }
}

#[tokio::test]
async fn the_server_lets_reads_go_together_and_counts_them() {
    let variables = [
        ("DATABASE_POOL_MAX", "1"),
        ("DATABASE_ACQUIRE_TIMEOUT", "20s"),
    ];
    let server = TestServer::start_with(axis_adapters::Limits::default(), &variables).await;
    let user = new_user(&server.client, "ada@example.org").await;
    let post = new_post(&server.client, &user, "one").await;
    let database = server.database();
    let in_flight = async || metric(&server, "http_requests_in_flight").await;
    // The scrape itself, if it counts.
    let idle = in_flight().await;
    // One read holds the connection until the table is free; the others come meanwhile.
    let lock = "LOCK TABLE users IN ACCESS EXCLUSIVE MODE";
    let mut blocker = crate::blocker::Blocker::begin(&database, lock).await;
    let get = |path: String| {
        let client = server.client.clone();
        tokio::spawn(async move { client.get(&path).await })
    };
    let first = get(format!("/api/users/{user}"));
    blocker.blocks().await;
    let users: Vec<_> = (0..6).map(|_| get(format!("/api/users/{user}"))).collect();
    let nobody = get(format!("/api/users/{}", Uuid::nil()));
    let posts: Vec<_> = (0..3).map(|_| get(format!("/api/posts/{post}"))).collect();
    until("all have come", async || in_flight().await == idle + 11.0).await;
    let before = metric(&server, "db_queries_total{statement=\"select\"}").await;
    blocker.end("COMMIT").await;
    assert_eq!(first.await.unwrap().expect(200)["id"], json!(user));
    for answer in users {
        assert_eq!(answer.await.unwrap().expect(200)["id"], json!(user));
    }
    nobody.await.unwrap().expect(404);
    for answer in posts {
        assert_eq!(
            answer.await.unwrap().expect(200)["author"]["id"],
            json!(user)
        );
    }
    // The first by itself, then one statement for users and one for posts.
    let after = metric(&server, "db_queries_total{statement=\"select\"}").await;
    assert_eq!(after - before, 3.0);
    assert_eq!(metric(&server, "db_batch_callers_count").await, 2.0);
    assert_eq!(metric(&server, "db_batch_callers_sum").await, 10.0);
}

async fn metric(server: &TestServer, line: &str) -> f64 {
    let text = server.client.get("/metrics").await.text;
    let value = text.lines().find_map(|found| found.strip_prefix(line));
    value
        .unwrap_or_else(|| panic!("{line} in {text}"))
        .trim()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_errors_are_those_of_reads_by_themselves() {
    let test = TestDatabase::migrated().await;
    let (database, _) = connect(
        &test,
        &[
            ("DATABASE_POOL_MAX", "1"),
            ("DATABASE_ACQUIRE_TIMEOUT", "2s"),
        ],
    );
    let batches = Batches::new(&database);
    let held = database.primary().await.unwrap();
    let reads = (0..3).map(|_| batches.user_by_id(Uuid::nil()));
    for answer in join_all(reads).await {
        let error = answer.unwrap_err();
        assert!(
            matches!(
                error,
                RepositoryError::Database(DbError::PoolTimeout { .. })
            ),
            "{error:?}"
        );
    }
    drop(held);
}

fn valid<T: garde::Validate<Context = ()> + serde::de::DeserializeOwned>(
    request: serde_json::Value,
) -> garde::Valid<T> {
    let request = serde_json::from_value(request).unwrap();
    Unvalidated::<T>::new(request).validate().unwrap()
}

#[tokio::test]
async fn lists_together_give_what_lists_by_themselves_give() {
    let test = TestDatabase::migrated().await;
    let database = filled(&test).await;
    let mut connection = database.primary().await.unwrap();
    execute(&mut connection, "UPDATE posts SET published_at = now()").await;
    let first = users_list(&mut connection, valid(json!({"cursor": ""}))).await;
    let next = serde_json::to_value(first.unwrap().next_cursor).unwrap();
    drop(connection);
    let batches = Batches::new(&database);
    let authors: Vec<Uuid> = {
        let mut connection = database.primary().await.unwrap();
        let authors = posts::table.select(posts::user_id).limit(2);
        authors.load(&mut connection).await.unwrap()
    };
    let queries = [
        json!({}),
        json!({"page": "2", "pageSize": "3"}),
        json!({"page": "100000"}),
        json!({"cursor": ""}),
        json!({"cursor": next, "pageSize": "7"}),
    ];
    let mut compared = 0;
    for query in &queries {
        let twice = (0..2).map(|_| batches.users_list(valid(query.clone())));
        let found = together(&database, twice).await;
        let mut connection = database.primary().await.unwrap();
        let alone = users_list(&mut connection, valid(query.clone())).await;
        let alone = alone.unwrap();
        for users in found {
            assert_eq!(users.unwrap(), alone);
            compared += 1;
        }
    }
    for query in &queries[..4] {
        let twice = (0..2).map(|_| batches.posts_list_published(valid(query.clone())));
        let found = together(&database, twice).await;
        let mut connection = database.primary().await.unwrap();
        let alone = posts_list_published(&mut connection, valid(query.clone())).await;
        let alone = alone.unwrap();
        for posts in found {
            assert_eq!(posts.unwrap(), alone);
            compared += 1;
        }
        drop(connection);
        // Of two users at once: none gets the other's.
        let each = authors
            .iter()
            .map(|user| batches.posts_list_of_user(*user, valid(query.clone())));
        let found = together(&database, each).await;
        let mut connection = database.primary().await.unwrap();
        for (user, posts) in authors.iter().zip(found) {
            let alone = posts_list_of_user(&mut connection, *user, valid(query.clone())).await;
            assert_eq!(posts.unwrap(), alone.unwrap());
            compared += 1;
        }
    }
    assert_eq!(compared, 26);
    // Wrong cursors are refused before anybody waits, and users who are not there after.
    let error = batches.posts_list_published(valid(json!({"cursor": next})));
    let error = error.await.unwrap_err();
    assert!(matches!(error, RepositoryError::Cursor(_)), "{error:?}");
    let nobody = (0..2).map(|_| batches.posts_list_of_user(Uuid::nil(), valid(json!({}))));
    for answer in together(&database, nobody).await {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, RepositoryError::NotFound(Entity::User)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn users_created_together_are_as_those_created_by_themselves() {
    let test = TestDatabase::migrated().await;
    let (database, _) = connect(&test, &[("DATABASE_POOL_MAX", "1")]);
    let batches = Batches::new(&database);
    let request = |number: usize| json!({"email": format!("User.{number}@example.org"), "name": format!("User {number}")});
    let mut connection = database.primary().await.unwrap();
    let taken = user_create(&mut connection, valid(request(7))).await;
    let taken = taken.unwrap();
    drop(connection);
    let many = (100..140).map(|number| batches.user_create(valid(request(number))));
    for (user, number) in together(&database, many).await.into_iter().zip(100..) {
        let user = user.unwrap();
        let expected = json!({
            "id": user.id, "email": format!("User.{number}@example.org"), "name": format!("User {number}"),
            "createdAt": user.created_at, "updatedAt": user.created_at, "deletedAt": null,
        });
        assert_eq!(serde_json::to_value(&user).unwrap(), expected);
        // The row is that of the answer, and like that of a user who was created alone.
        let mut connection = database.primary().await.unwrap();
        assert_eq!(user_by_id(&mut connection, user.id).await.unwrap(), user);
        assert_eq!(taken.created_at, taken.updated_at);
    }
    // One has the address of another one, whatever its case; the others are created all the same.
    let mut requests: Vec<_> = (200..204).map(request).collect();
    requests[2]["email"] = json!("uSER.7@example.org");
    let answers = together(
        &database,
        requests
            .into_iter()
            .map(|request| batches.user_create(valid(request))),
    )
    .await;
    for (index, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(_) => assert_ne!(index, 2),
            Err(RepositoryError::Conflict(rule)) => {
                assert_eq!((index, rule.field), (2, Some("email")));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn the_server_lets_equal_lists_and_new_users_go_together() {
    let variables = [
        ("DATABASE_POOL_MAX", "1"),
        ("DATABASE_ACQUIRE_TIMEOUT", "20s"),
    ];
    let server = TestServer::start_with(axis_adapters::Limits::default(), &variables).await;
    let user = new_user(&server.client, "ada@example.org").await;
    new_post(&server.client, &user, "one").await;
    let database = server.database();
    let in_flight = async || metric(&server, "http_requests_in_flight").await;
    let idle = in_flight().await;
    let lock = "LOCK TABLE users IN ACCESS EXCLUSIVE MODE";
    let mut blocker = crate::blocker::Blocker::begin(&database, lock).await;
    let get = |path: &str| {
        let (client, path) = (server.client.clone(), path.to_owned());
        tokio::spawn(async move { client.get(&path).await })
    };
    let post = |email: String| {
        let client = server.client.clone();
        let request = json!({"email": email, "name": "Ada"});
        tokio::spawn(async move { client.post("/api/users", request).await })
    };
    let first = get(&format!("/api/users/{user}"));
    blocker.blocks().await;
    let lists: Vec<_> = (0..4)
        .map(|_| get("/api/users?cursor=&pageSize=5"))
        .collect();
    let posts: Vec<_> = (0..3).map(|_| get("/api/posts")).collect();
    let of_user: Vec<_> = (0..2)
        .map(|_| get(&format!("/api/users/{user}/posts")))
        .collect();
    let new: Vec<_> = (0..5)
        .map(|number| post(format!("{number}@example.org")))
        .collect();
    until("all have come", async || in_flight().await == idle + 15.0).await;
    blocker.end("COMMIT").await;
    first.await.unwrap().expect(200);
    let mut bodies = Vec::new();
    for list in lists {
        bodies.push(list.await.unwrap().expect(200));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    for list in posts.into_iter().chain(of_user) {
        list.await.unwrap().expect(200);
    }
    for user in new {
        user.await.unwrap().expect(201);
    }
    assert_eq!(metric(&server, "db_batch_callers_count").await, 4.0);
    assert_eq!(metric(&server, "db_batch_callers_sum").await, 14.0);
    assert_eq!(
        metric(&server, "db_queries_total{statement=\"insert\"}").await,
        3.0
    );
}

/// As after a form was sent twice: each statement has rows that the other has too, in another order.
#[tokio::test]
async fn users_created_twice_at_once_do_not_wait_for_each_other_in_a_circle() {
    let test = TestDatabase::migrated().await;
    let (database, metrics) = connect(&test, &[("DATABASE_POOL_MAX", "1")]);
    let (other, other_metrics) = connect(&test, &[("DATABASE_POOL_MAX", "1")]);
    let request =
        |email: &str| valid(json!({"email": format!("{email}@example.org"), "name": "Ada"}));
    // The first statement writes a, and waits for b.
    let b = "INSERT INTO users (email, name) VALUES ('b@example.org', 'Ada')";
    let (blocking, _) = connect(&test, &[]);
    let mut blocker = crate::blocker::Blocker::begin(&blocking, b).await;
    let first_batches = Batches::new(&database);
    let first = ["A", "b", "C"].map(|email| first_batches.user_create(request(email)));
    let second_batches = Batches::new(&other);
    let second = ["c", "a"].map(|email| second_batches.user_create(request(email)));
    let blocked = tokio::sync::Notify::new();
    let second = async {
        blocked.notified().await;
        together(&other, second).await
    };
    let conduct = async {
        blocker.blocks().await;
        // The second would write c by now, if it did not begin with a.
        blocked.notify_one();
        let mut connection = blocking.primary().await.unwrap();
        until("both wait", async || waiting(&mut connection).await == 2).await;
        blocker.end("ROLLBACK").await;
    };
    let (first, second, ()) = tokio::join!(together(&database, first), second, conduct);
    for user in first {
        user.unwrap();
    }
    for user in second {
        let error = user.unwrap_err();
        assert!(matches!(error, RepositoryError::Conflict(_)), "{error:?}");
    }
    for (metrics, database) in [(metrics, &database), (other_metrics, &other)] {
        let text = metrics.render(database.pool_status()).unwrap();
        assert!(text.contains("db_batch_callers_count 1"), "{text}");
        assert!(
            text.contains("db_errors_total{class=\"deadlock\"} 0\n"),
            "{text}"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a catalog, which has no words in Diesel"
)]
async fn waiting(connection: &mut Connection) -> i64 {
    let sql = "SELECT count(*) AS count FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let count: Count = diesel::sql_query(sql).get_result(connection).await.unwrap();
    count.count
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}
