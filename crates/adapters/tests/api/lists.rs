//! Lists by page and by cursor, what they cost, and the indexes that serve them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axis_adapters::{posts_list_of_user, posts_list_published, users_list};
use axis_db::{Connection, Database, DatabaseConfig, Observer, QueryObservation};
use axis_schema::lists::{Cursor, ListQuery};
use axis_testkit::TestDatabase;
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use garde::{Unvalidated, Valid};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, NOBODY, TestServer, execute, new_user};

/// The user whose posts are listed.
const AUTHOR: &str = "10000000-0000-4000-8000-000000000001";

/// Users and posts, many of them of the same moment; some deleted, some drafts, some of deleted users.
const ROWS: &str = "
INSERT INTO users (id, email, name, created_at, updated_at)
SELECT ('10000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'user' || i || '@example.org', 'User ' || i,
       '2026-01-01'::timestamptz + (i / 10) * interval '1 microsecond', now()
FROM generate_series(1, 57) AS i;
UPDATE users SET deleted_at = now() WHERE right(id::text, 1) = '7';
INSERT INTO posts (user_id, title, content, slug, created_at, updated_at, published_at)
SELECT CASE WHEN i % 5 = 4 THEN '10000000-0000-4000-8000-000000000007'
            ELSE '10000000-0000-4000-8000-000000000001' END::uuid,
       'Post ' || i, 'Ten or more.', 'post-' || i,
       '2026-01-01'::timestamptz + (i / 10) * interval '1 microsecond', now(),
       CASE WHEN i % 3 > 0 THEN '2026-02-01'::timestamptz - (i / 7) * interval '1 day' END
FROM generate_series(1, 120) AS i;
UPDATE posts SET deleted_at = now() WHERE title LIKE '%0';
ANALYZE";

struct ListUnderTest {
    path: &'static str,
    items: &'static str,
    /// What it sorts by, descending, before the id.
    time: &'static str,
    /// SQL for how many items it has.
    total: usize,
}

const LISTS: [ListUnderTest; 3] = [
    ListUnderTest {
        path: "/api/users",
        items: "users",
        time: "createdAt",
        total: 51,
    },
    ListUnderTest {
        path: "/api/posts",
        items: "posts",
        time: "published",
        total: 56,
    },
    ListUnderTest {
        path: "/api/users/10000000-0000-4000-8000-000000000001/posts",
        items: "posts",
        time: "createdAt",
        total: 84,
    },
];

fn key(item: &Value, time: &str) -> (DateTime<Utc>, String) {
    let text = |name: &str| item[name].as_str().expect("text").to_owned();
    (text(time).parse().expect("a time"), text("id"))
}

async fn get(client: &Client, path: &str) -> Value {
    client.get(path).await.expect(200)
}

fn items<'a>(answer: &'a Value, list: &ListUnderTest) -> &'a Vec<Value> {
    answer[list.items].as_array().expect("items")
}

#[tokio::test]
async fn pages_and_cursors_walk_the_same_list() {
    let server = TestServer::start().await;
    server.sql(ROWS).await;
    for list in &LISTS {
        let mut by_page = Vec::new();
        for page in 1.. {
            let answer = get(
                &server.client,
                &format!("{}?page={page}&pageSize=7", list.path),
            )
            .await;
            let pages = list.total.div_ceil(7);
            let expected =
                json!({"page": page, "pageSize": 7, "total": list.total, "totalPages": pages});
            assert_eq!(answer["pagination"], expected, "{}", list.path);
            by_page.extend(items(&answer, list).iter().map(|item| key(item, list.time)));
            assert_eq!(answer["nextCursor"].is_null(), page >= pages, "page {page}");
            if page > pages {
                assert!(items(&answer, list).is_empty());
                break;
            }
        }
        for size in [1, 7, 100] {
            let mut by_cursor = Vec::new();
            let mut cursor = String::new();
            loop {
                let answer = get(
                    &server.client,
                    &format!("{}?pageSize={size}&cursor={cursor}", list.path),
                )
                .await;
                assert!(answer.get("pagination").is_none(), "{answer}");
                assert!(items(&answer, list).len() <= size);
                by_cursor.extend(items(&answer, list).iter().map(|item| key(item, list.time)));
                match answer["nextCursor"].as_str() {
                    Some(next) => cursor = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(by_cursor, by_page, "{} by {size}", list.path);
        }
        assert_eq!(by_page.len(), list.total, "{}", list.path);
        assert!(
            by_page.windows(2).all(|pair| pair[0] > pair[1]),
            "{}",
            list.path
        );
        let moments: HashSet<_> = by_page.iter().map(|(time, _)| time).collect();
        assert!(moments.len() < list.total / 2, "no two items of one moment");
    }
}

#[tokio::test]
async fn a_page_hands_over_to_a_cursor() {
    let server = TestServer::start().await;
    server.sql(ROWS).await;
    for list in &LISTS {
        let first = get(&server.client, &format!("{}?page=1&pageSize=10", list.path)).await;
        let cursor = first["nextCursor"].as_str().expect("a cursor");
        let second = get(&server.client, &format!("{}?page=2&pageSize=10", list.path)).await;
        let path = format!("{}?cursor={cursor}", list.path);
        let after = get(&server.client, &path).await;
        assert_eq!(after[list.items], second[list.items]);
        // What is new since is before the cursor, and moves nothing behind it.
        new_user(&server.client, &format!("new{}@example.org", list.total)).await;
        assert_eq!(
            get(&server.client, &path).await[list.items],
            after[list.items]
        );
    }
}

#[tokio::test]
async fn published_posts_come_with_their_authors() {
    let server = TestServer::start().await;
    server.sql(ROWS).await;
    let answer = get(&server.client, "/api/posts?pageSize=100").await;
    let posts = answer["posts"].as_array().expect("posts");
    assert_eq!(posts.len(), 56);
    for post in posts {
        assert_eq!(post["userId"], AUTHOR);
        let author = json!({"id": AUTHOR, "name": "User 1", "email": "user1@example.org"});
        assert_eq!(post["author"], author);
        assert!(
            post["published"].is_string() && post["deletedAt"].is_null(),
            "{post}"
        );
    }
    let drafts = get(
        &server.client,
        &format!("/api/users/{AUTHOR}/posts?pageSize=100"),
    )
    .await;
    let drafts = drafts["posts"].as_array().expect("posts");
    assert!(drafts.iter().any(|post| post["published"].is_null()));
    assert!(drafts.iter().all(|post| post.get("author").is_none()));
}

#[tokio::test]
async fn an_empty_list_has_no_pages() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let posts = format!("/api/users/{ada}/posts");
    for path in ["/api/posts", &posts] {
        let expected = json!({
            "posts": [],
            "pagination": {"page": 1, "pageSize": 10, "total": 0, "totalPages": 0},
            "nextCursor": null,
        });
        assert_eq!(get(&server.client, path).await, expected);
        let expected = json!({"posts": [], "nextCursor": null});
        assert_eq!(
            get(&server.client, &format!("{path}?cursor=")).await,
            expected
        );
        // The last page that can be asked for.
        let last = get(
            &server.client,
            &format!("{path}?page=2147483647&pageSize=100"),
        )
        .await;
        assert_eq!(last["pagination"]["page"], 2_147_483_647_u32);
    }
    server
        .client
        .get(&format!("/api/users/{NOBODY}/posts"))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_query_that_is_not_valid_is_refused() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let posts = format!("/api/users/{ada}/posts");
    let users_cursor = "dQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    get(&server.client, &format!("/api/users?cursor={users_cursor}")).await;
    for path in ["/api/users", "/api/posts", &posts] {
        for (query, field) in [
            ("page=0", "page"),
            ("page=-1", "page"),
            ("page=%2B1", "page"),
            ("page=1.5", "page"),
            ("page=one", "page"),
            ("page=", "page"),
            ("page", "page"),
            ("page=%FF", "page"),
            ("page=%00", "page"),
            ("page=2147483648", "page"),
            ("page=99999999999999999999999", "page"),
            ("page=1&page=2", "page"),
            ("pageSize=0", "pageSize"),
            ("pageSize=101", "pageSize"),
            ("pageSize=ten", "pageSize"),
            ("pageSize=1&page=1&pageSize=1", "pageSize"),
            ("cursor=x", "cursor"),
            ("cursor=%00", "cursor"),
            ("cursor=null", "cursor"),
            ("cursor=&cursor=", "cursor"),
            ("page=1&cursor=", "page"),
        ] {
            let path = format!("{path}?{query}");
            let problem = server.client.get(&path).await.expect_field(400, field);
            assert_eq!(problem["errors"][0]["field"], field, "{path}");
        }
        // A name that is not known is ignored, however often it is there.
        get(
            &server.client,
            &format!("{path}?utm_source=a&utm_source=b&PAGE=0&&="),
        )
        .await;
    }
    for path in ["/api/posts", &posts] {
        let path = format!("{path}?cursor={users_cursor}");
        server.client.get(&path).await.expect_field(400, "cursor");
    }
}

/// Remembers the statements that went out.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Observer for Statements {
    fn query(&self, statement: &str) -> Option<Box<dyn QueryObservation>> {
        self.0.lock().expect("a lock").push(statement.to_owned());
        None
    }
}

impl Statements {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("a lock"))
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// The plan of a statement whose values are a user, a time and an id, as far as it has them.
async fn plan(connection: &mut Connection, statement: &str, author: Uuid) -> String {
    let values = match statement.matches('$').count() {
        0 => return plan_of(connection, statement, "").await,
        1 => format!("'{author}'"),
        2 => "'infinity', '10000000-0000-4000-8000-000000000001'".to_owned(),
        3 => format!("'{author}', 'infinity', '10000000-0000-4000-8000-000000000001'"),
        count => panic!("{count} values in {statement}"),
    };
    plan_of(connection, statement, &format!("({values})")).await
}

async fn plan_of(connection: &mut Connection, statement: &str, values: &str) -> String {
    // For its session only: `connection` is one past every pooler.
    execute(connection, &format!("PREPARE listed AS {statement}")).await;
    #[expect(
        clippy::disallowed_methods,
        reason = "EXPLAIN is not in the query builder"
    )]
    let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN EXECUTE listed{values}"))
        .load(connection)
        .await
        .expect("a plan");
    execute(connection, "DEALLOCATE listed").await;
    lines.into_iter().map(|line| line.line + "\n").collect()
}

/// From the newest, or behind an item.
fn walk(cursor: Option<Cursor>) -> Valid<ListQuery> {
    let cursor = cursor.unwrap_or(Cursor::Start);
    let query = serde_json::from_value(json!({ "cursor": cursor })).expect("a query");
    Unvalidated::new(query).validate().expect("a valid query")
}

/// A walk by cursor is one statement, counts nothing, and searches an index for where it goes on.
#[tokio::test]
async fn a_walk_by_cursor_runs_on_an_index() {
    let test_database = TestDatabase::migrated().await;
    let statements = Statements::default();
    let config =
        DatabaseConfig::from_variables(test_database.variables()).expect("a configuration");
    let database = Database::new(config, Arc::new(statements.clone())).expect("a database");
    let mut connection = database.primary().await.expect("a connection");
    let connection = &mut *connection;
    // Enough rows that reading a whole table is never the cheapest.
    execute(
        connection,
        "INSERT INTO users (email, name, created_at, updated_at)
         SELECT 'user' || i || '@example.org', 'User ' || i, now() - i * interval '1 s', now()
         FROM generate_series(1, 20000) AS i;
         INSERT INTO posts (user_id, title, content, slug, created_at, updated_at, published_at)
         SELECT users.id, 'Post', 'Ten or more.', 'post-' || i || '-' || row_number() OVER (), now() - i * interval '1 s',
                now(), now()
         FROM users, generate_series(1, 3) AS i WHERE users.name LIKE 'User 1%';
         INSERT INTO posts (user_id, title, content, slug)
         SELECT users.id, 'Post', 'Ten or more.', 'more-' || i
         FROM users, generate_series(1, 20000) AS i WHERE users.name = 'User 1';
         ANALYZE",
    )
    .await;
    statements.take();
    let newest = users_list(connection, walk(None)).await.expect("users");
    users_list(connection, walk(newest.next_cursor))
        .await
        .expect("users");
    let users = statements.take();
    let author = newest.users[0].id;
    let newest = posts_list_published(connection, walk(None)).await;
    let next = newest.expect("posts").next_cursor;
    posts_list_published(connection, walk(next))
        .await
        .expect("posts");
    let published = statements.take();
    let newest = posts_list_of_user(connection, author, walk(None)).await;
    let next = newest.expect("posts").next_cursor;
    posts_list_of_user(connection, author, walk(next))
        .await
        .expect("posts");
    let of_user = statements.take();
    let mut direct = database.direct().await.expect("a connection");
    for (statements, index) in [
        (users, "users_live_newest_idx"),
        (published, "posts_published_newest_idx"),
        (of_user, "posts_live_of_user_newest_idx"),
    ] {
        let [newest, older] = statements.as_slice() else {
            panic!("{statements:?}");
        };
        for statement in [newest, older] {
            assert!(!statement.to_lowercase().contains("count("), "{statement}");
            let plan = plan(&mut direct, statement, author).await;
            assert!(plan.contains(&format!("using {index} ")), "{plan}");
            assert!(!plan.contains("Seq Scan"), "{plan}");
        }
        let plan = plan(&mut direct, older, author).await;
        // The key is searched for, not filtered out of what was read.
        let condition = plan
            .lines()
            .find(|line| line.contains("Index Cond") && line.contains("ROW("));
        assert!(condition.is_some(), "{plan}");
    }
}

/// Sizes that are usual stand in the text, for PostgreSQL to plan it once; all others are bound, for one statement to serve them.
#[tokio::test]
async fn only_usual_limits_stand_in_the_text() {
    let test_database = TestDatabase::migrated().await;
    let statements = Statements::default();
    let config =
        DatabaseConfig::from_variables(test_database.variables()).expect("a configuration");
    let database = Database::new(config, Arc::new(statements.clone())).expect("a database");
    let mut connection = database.primary().await.expect("a connection");
    statements.take();
    // Twice: at the second time, each statement is found as it was kept.
    for size in (1..=100).chain(1..=100) {
        let query = json!({ "pageSize": size.to_string(), "cursor": "" });
        let query = serde_json::from_value(query).expect("a query");
        let query = Unvalidated::new(query).validate().expect("a valid query");
        users_list(&mut connection, query).await.expect("users");
        let [statement] = <[String; 1]>::try_from(statements.take()).expect("one statement");
        let limit = match [10, 20, 25, 50, 100].contains(&size) {
            true => format!(" LIMIT {}", size + 1),
            false => " LIMIT $1".to_owned(),
        };
        assert!(statement.ends_with(&limit), "{size}: {statement}");
    }
}
