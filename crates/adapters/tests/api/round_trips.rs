//! How often each repository method waits for the server, counted on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axis_adapters::{
    Batches, RepositoryError, post_by_id, post_create, post_delete, post_publish, post_update,
    posts_list_of_user, posts_list_published, user_by_id, user_create, user_delete, user_update,
    users_create, users_list,
};
use axis_db::{Connection, Database};
use axis_schema::users::UserResponse;
use axis_testkit::{Route, TestDatabase, leave_out_on};
use futures_util::future::join_all;
use garde::{Unvalidated, Valid, Validate};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use uuid::Uuid;

use crate::support::{connect, until};

/// The methods' own list, and where the figures are told.
const DOORWAY: &str = include_str!("../../src/lib.rs");
const DOCUMENT: &str = include_str!("../../../../docs/benchmarks.md");

/// The server says that it waits for the next request.
const READY_FOR_QUERY: u8 = b'Z';

/// Passes on what both say, and counts how often the server has answered all that was asked. What the client sends at once
/// counts once.
async fn forward(client: TcpStream, server: TcpStream, trips: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let has_asked = Arc::new(AtomicBool::new(false));
    let asks = Arc::clone(&has_asked);
    tokio::spawn(async move {
        let mut data = vec![0; 64 * 1024];
        // Ends where one of them goes away.
        while let Ok(length @ 1..) = from_client.read(&mut data).await {
            asks.store(true, Ordering::SeqCst);
            if to_server.write_all(&data[..length]).await.is_err() {
                return;
            }
        }
    });
    while let Ok(kind) = from_server.read_u8().await {
        let length = from_server.read_u32().await.unwrap();
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        from_server.read_exact(&mut body).await.unwrap();
        if kind == READY_FOR_QUERY && has_asked.swap(false, Ordering::SeqCst) {
            trips.fetch_add(1, Ordering::SeqCst);
        }
        let message = [&[kind][..], &length.to_be_bytes(), &body].concat();
        if to_client.write_all(&message).await.is_err() {
            return;
        }
    }
}

/// A database of one connection, and the round trips on it.
struct Counted {
    database: Database,
    trips: Arc<AtomicUsize>,
    found: BTreeMap<&'static str, [usize; 2]>,
}

impl Counted {
    async fn new(test: &TestDatabase) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut url = Url::parse(test.url()).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        url.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        url.query_pairs_mut().append_pair("sslmode", "disable");
        let trips = Arc::default();
        let counted = Arc::clone(&trips);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(forward(client, server, Arc::clone(&counted)));
            }
        });
        let one = [("DATABASE_URL", url.as_str()), ("DATABASE_POOL_MAX", "1")];
        let (database, _) = connect(test, &one);
        // So that connecting counts for none of them.
        drop(database.primary().await.unwrap());
        Self {
            database,
            trips,
            found: BTreeMap::new(),
        }
    }

    /// Runs `work`, which calls the method `name`: for the first time on its connection, or again.
    async fn count<R, E: std::fmt::Debug>(
        &mut self,
        name: &'static str,
        work: impl AsyncFnOnce(&mut Connection) -> Result<R, E>,
    ) -> R {
        let mut connection = self.database.primary().await.unwrap();
        let before = self.trips.load(Ordering::SeqCst);
        let result = work(&mut connection).await.unwrap();
        let trips = self.trips.load(Ordering::SeqCst) - before;
        self.found
            .entry(name)
            .and_modify(|found| found[1] = trips)
            .or_insert([trips, 0]);
        result
    }
}

fn valid<T: DeserializeOwned + Validate<Context: Default>>(value: Value) -> Valid<T> {
    let request: T = serde_json::from_value(value).unwrap();
    Unvalidated::new(request).validate().unwrap()
}

async fn new_user(counted: &mut Counted, number: u32) -> Uuid {
    let user = json!({"email": format!("{number}@example.org"), "name": "Ada"});
    let user = counted.count("user_create", async |c| user_create(c, valid(user)).await);
    user.await.id
}

async fn new_post(counted: &mut Counted, author: Uuid, number: u32) -> Uuid {
    let post = json!({
        "userId": author, "title": "A title", "content": "A text of some length", "slug": format!("post-{number}"),
    });
    let post = counted.count("post_create", async |c| post_create(c, valid(post)).await);
    post.await.id
}

/// Calls each method.
async fn all(counted: &mut Counted, number: u32) {
    let author = new_user(counted, number).await;
    let copied = [1, 2]
        .map(|copy| valid(json!({"email": format!("{number}.{copy}@example.org"), "name": "Ada"})));
    counted
        .count("users_create", async |c| users_create(c, copied).await)
        .await;
    let post = new_post(counted, author, number).await;
    let renamed = json!({"name": "Grace"});
    let titled = json!({"title": "Another"});
    let page = || json!({"page": "1"});
    let cursor = || json!({"cursor": ""});
    counted
        .count("user_by_id", async |c| user_by_id(c, author).await)
        .await;
    counted
        .count("user_update", async |c| {
            user_update(c, author, valid(renamed)).await
        })
        .await;
    counted
        .count("users_list", async |c| users_list(c, valid(page())).await)
        .await;
    counted
        .count("users_list, cursor", async |c| {
            users_list(c, valid(cursor())).await
        })
        .await;
    counted
        .count("post_by_id", async |c| post_by_id(c, post).await)
        .await;
    counted
        .count("post_update", async |c| {
            post_update(c, post, valid(titled)).await
        })
        .await;
    counted
        .count("post_publish", async |c| post_publish(c, post).await)
        .await;
    counted
        .count("posts_list_published", async |c| {
            posts_list_published(c, valid(page())).await
        })
        .await;
    counted
        .count("posts_list_published, cursor", async |c| {
            posts_list_published(c, valid(cursor())).await
        })
        .await;
    counted
        .count("posts_list_of_user", async |c| {
            posts_list_of_user(c, author, valid(page())).await
        })
        .await;
    counted
        .count("posts_list_of_user, cursor", async |c| {
            posts_list_of_user(c, author, valid(cursor())).await
        })
        .await;
    counted
        .count("post_delete", async |c| post_delete(c, post).await)
        .await;
    counted
        .count("user_delete", async |c| user_delete(c, author).await)
        .await;
}

#[tokio::test]
async fn each_method_waits_for_the_server_once() {
    let why = "the proxy reads the server's own messages, and statements have names there";
    if leave_out_on(&[Route::PgBouncer, Route::Tls], why) {
        return;
    }
    let test = TestDatabase::migrated().await;
    let mut counted = Counted::new(&test).await;
    for number in 0..2 {
        all(&mut counted, number).await;
    }
    for (name, trips) in &counted.found {
        let expected = match *name {
            // BEGIN, COPY, its rows, COMMIT with the end of COPY's statement: however many rows.
            "users_create" => [4, 4],
            // Parse, the first time on a connection; then one for all of it.
            _ => [2, 1],
        };
        assert_eq!(*trips, expected, "{name}");
        let (method, _) = name.split_once(',').unwrap_or((name, ""));
        let line = format!("| `{method}`");
        assert!(
            DOCUMENT.contains(&line),
            "docs/benchmarks.md does not list {method}"
        );
    }
    // None is left out.
    let methods = DOORWAY
        .split(|character: char| !character.is_ascii_lowercase() && character != '_')
        .filter(|word| {
            ["user_", "users_", "post_", "posts_"]
                .iter()
                .any(|start| word.starts_with(start))
        });
    let mut listed = 0;
    for method in methods {
        assert!(
            counted.found.contains_key(method),
            "{method} is not counted"
        );
        listed += 1;
    }
    assert!(listed >= 13, "{listed}");
}

#[tokio::test]
async fn what_goes_together_waits_for_the_server_once() {
    let why = "the proxy reads the server's own messages, and statements have names there";
    if leave_out_on(&[Route::PgBouncer, Route::Tls], why) {
        return;
    }
    let test = TestDatabase::migrated().await;
    let mut counted = Counted::new(&test).await;
    let author = new_user(&mut counted, 0).await;
    let database = counted.database.clone();
    let batches = Batches::new(&database);
    let mut found = Vec::new();
    // Parse, the first time on a connection.
    for round in 0..2 {
        let waiting = async |held| {
            until("they wait", async || database.pool_status().waiting > 0).await;
            drop(held);
        };
        let mut trips = Vec::new();
        for method in ["user_by_id", "users_list", "user_create"] {
            let held = database.primary().await.unwrap();
            let before = counted.trips.load(Ordering::SeqCst);
            let all = join_all((0..5).map(async |number| match method {
                "user_by_id" => batches.user_by_id(author).await.map(|_| ()),
                "users_list" => batches.users_list(valid(json!({}))).await.map(|_| ()),
                _ => {
                    let email = format!("{round}.{number}@example.com");
                    let user = valid(json!({"email": email, "name": "Ada"}));
                    batches.user_create(user).await.map(|_| ())
                }
            }));
            for answer in tokio::join!(all, waiting(held)).0 {
                answer.unwrap();
            }
            trips.push(counted.trips.load(Ordering::SeqCst) - before);
        }
        found.push(trips);
    }
    assert_eq!(found, [[2; 3], [1; 3]]);
    assert!(DOCUMENT.contains("| the functions of `Batches` |"));
}

/// UPDATE, SELECT, UPDATE or SELECT, UPDATE, SELECT, and COMMIT.
async fn transaction(database: &Database, user: Uuid, reads_first: bool, is_committed_with: bool) {
    let renamed = || valid(json!({"name": "Grace"}));
    let step = async |connection: &mut Connection, reads: bool| match reads {
        true => user_by_id(connection, user).await,
        false => user_update(connection, user, renamed()).await,
    };
    let work = async |connection: &mut Connection| {
        step(connection, reads_first).await?;
        step(connection, !reads_first).await?;
        match is_committed_with {
            true => {
                let last = async |connection: &mut Connection| step(connection, reads_first).await;
                connection.commit_with(last).await
            }
            false => step(connection, reads_first).await.map(Ok),
        }
    };
    let result: Result<Result<UserResponse, RepositoryError>, RepositoryError> =
        database.transaction().run(work).await;
    result.unwrap().unwrap();
}

#[tokio::test]
async fn the_last_statement_of_a_transaction_takes_commit_along() {
    let why = "the proxy reads the server's own messages, and statements have names there";
    if leave_out_on(&[Route::PgBouncer, Route::Tls], why) {
        return;
    }
    let test = TestDatabase::migrated().await;
    let mut counted = Counted::new(&test).await;
    let author = new_user(&mut counted, 0).await;
    let mut found = Vec::new();
    for reads_first in [false, true] {
        // The first time, statements are prepared.
        for is_committed_with in [false, false, true] {
            let before = counted.trips.load(Ordering::SeqCst);
            transaction(&counted.database, author, reads_first, is_committed_with).await;
            found.push(counted.trips.load(Ordering::SeqCst) - before);
        }
    }
    assert_eq!([&found[1..3], &found[4..]], [[5, 4], [4, 3]], "{found:?}");
}

/// The twin: what a method that asks twice looks like.
#[tokio::test]
async fn a_second_question_is_counted() {
    let why = "the proxy reads the server's own messages, and statements have names there";
    if leave_out_on(&[Route::PgBouncer, Route::Tls], why) {
        return;
    }
    let test = TestDatabase::migrated().await;
    let mut counted = Counted::new(&test).await;
    let author = new_user(&mut counted, 0).await;
    for _ in 0..2 {
        let twice = async |c: &mut Connection| {
            user_by_id(c, author).await?;
            user_by_id(c, author).await
        };
        counted.count("twice", twice).await;
    }
    assert_eq!(counted.found["twice"], [3, 2]);
    // Past the last page, the count is asked for by itself.
    for _ in 0..2 {
        let beyond = async |c: &mut Connection| users_list(c, valid(json!({"page": "9"}))).await;
        counted.count("beyond", beyond).await;
    }
    assert_eq!(counted.found["beyond"], [4, 2]);
}
