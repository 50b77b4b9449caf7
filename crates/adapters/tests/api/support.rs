//! A server on a database of its own, and a client that checks what every answer must have.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axis_adapters::{Limits, Metrics, QueryObserver, Server};
use axis_db::{Connection, Database, DatabaseConfig};
use axis_testkit::TestDatabase;
use diesel_async::SimpleAsyncConnection;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use tokio::sync::{OnceCell, oneshot};
use tokio::task::JoinHandle;

use crate::recorder;
use crate::roles;
use crate::surface::Surface;

/// A server in this process.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) database: TestDatabase,
    pub(crate) client: Client,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<usize>,
}

impl TestServer {
    /// A server with its usual limits on a migrated database.
    pub(crate) async fn start() -> Self {
        Self::start_with(Limits::default(), &[]).await
    }

    /// A server on a migrated database, with limits and variables of the database's configuration.
    pub(crate) async fn start_with(limits: Limits, variables: &[(&str, &str)]) -> Self {
        Self::start_on(TestDatabase::migrated().await, limits, variables).await
    }

    /// The same on a database that is there.
    pub(crate) async fn start_on(
        database: TestDatabase,
        limits: Limits,
        variables: &[(&str, &str)],
    ) -> Self {
        // As in operation: with what the application's role may do, and no more.
        let app_url = roles::app_url(&database).await;
        let mut variables = variables.to_vec();
        variables.extend(app_url.iter().map(|url| ("DATABASE_URL", url.as_str())));
        let connected = connect(&database, &variables);
        let metrics = connected.1;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(address, connected.0, metrics, limits)
            .await
            .expect("the server starts");
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.run(async {
            // A dropped sender stops the server, too.
            let _ = stopped.await;
        }));
        Self {
            address,
            client: Client::new(address),
            database,
            stop: Some(stop),
            served,
        }
    }

    /// Tells the server to stop, as a signal would.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits for the server to end. Gives how many connections it cut off, and the database.
    pub(crate) async fn ended(self) -> (usize, TestDatabase) {
        let cut_off = self.served.await.expect("the server does not panic");
        (cut_off, self.database)
    }

    /// A connection beside the server.
    pub(crate) fn database(&self) -> Database {
        connect(&self.database, &[]).0
    }

    /// Runs SQL behind the server's back.
    pub(crate) async fn sql(&self, sql: &str) {
        let database = self.database();
        let mut connection = database.primary().await.expect("a connection");
        execute(&mut connection, sql).await;
    }
}

/// A database with the observer of a server.
pub(crate) fn connect(database: &TestDatabase, variables: &[(&str, &str)]) -> (Database, Metrics) {
    recorder::install();
    let default = database.variables();
    let config = DatabaseConfig::from_variables(|name| {
        let given = variables.iter().find(|(given, _)| *given == name);
        given
            .map(|(_, value)| (*value).to_owned())
            .or_else(|| default(name))
    });
    let metrics = Metrics::new();
    let observer = QueryObserver::new(metrics.clone());
    let database = Database::new(config.expect("a configuration"), Arc::new(observer));
    (database.expect("a database"), metrics)
}

/// Runs SQL text.
#[expect(
    clippy::disallowed_methods,
    reason = "tests change schemas and rows in ways that the query builder has no words for"
)]
pub(crate) async fn execute(connection: &mut Connection, sql: &str) {
    let result = connection.batch_execute(sql).await;
    result.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Sends requests to one server.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .build()
            .expect("a client");
        Self { http, address }
    }

    /// A request to be, for what the other functions cannot say.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Sends JSON, and text as it is.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.answer(request).await
    }

    /// Sends a request, and checks what every answer must have.
    pub(crate) async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let answer = Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            headers,
        };
        assert!(answer.headers.contains_key("x-request-id"), "{answer:?}");
        if status >= 400 && method != Method::HEAD {
            answer.assert_problem(&path);
        }
        self.surface()
            .await
            .assert_documented(&method, &path, status);
        answer
    }

    /// What openapi.json says. One build has one, so one test's is every test's.
    pub(crate) async fn surface(&self) -> &'static Surface {
        static SURFACE: OnceCell<Surface> = OnceCell::const_new();
        SURFACE
            .get_or_init(async || {
                let url = format!("http://{}/openapi.json", self.address);
                let response = self.http.get(url).send().await.expect("an answer");
                Surface::new(response.json().await.expect("a document"))
            })
            .await
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body as JSON; null where it is none.
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    /// Asserts the status and gives the body.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Asserts a problem with one member at fault.
    #[track_caller]
    pub(crate) fn expect_field(self, status: u16, field: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["field"], field, "{body}");
        body
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.and_then(Result::ok).unwrap_or_default()
    }

    /// RFC 9457, and what clients of old read.
    fn assert_problem(&self, path: &str) {
        let Self { status, body, .. } = self;
        assert_eq!(self.header("content-type"), "application/problem+json");
        for member in ["type", "title", "detail", "error"] {
            let text = body[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{member} in {body}");
        }
        assert_eq!(body["status"], json!(status), "{body}");
        assert_eq!(body["instance"], json!(path), "{body}");
        assert_eq!(body["error"], body["detail"], "{body}");
        if *status == 503 {
            let seconds: u64 = self.header("retry-after").parse().expect("Retry-After");
            assert!((1..=60).contains(&seconds), "{seconds}");
        }
        // Words that only the database, the driver or Rust would use.
        for word in ["SQL", "relation \"", "violates", "::", "panicked"] {
            assert!(!self.text.contains(word), "{word} in {body}");
        }
    }
}

/// Polls until `condition` holds.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition().await {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A new user's id.
pub(crate) async fn new_user(client: &Client, email: &str) -> String {
    let user = json!({"email": email, "name": "Ada"});
    let user = client.post("/api/users", user).await.expect(201);
    user["id"].as_str().expect("an id").to_owned()
}

/// A new post's id.
pub(crate) async fn new_post(client: &Client, user_id: &str, slug: &str) -> String {
    let post =
        json!({"userId": user_id, "title": "On engines", "content": "Ten or more.", "slug": slug});
    let post = client.post("/api/posts", post).await.expect(201);
    post["id"].as_str().expect("an id").to_owned()
}

/// An id that no row has.
pub(crate) const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
