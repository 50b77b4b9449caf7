//! The database that all peers work on.

use std::path::Path;

use axis_local_postgres::{Cluster, Project, migrate};
use serde::Serialize;
use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

use crate::arguments::SynchronousCommit;
use crate::peer::Failure;

const NAME: &str = "benchmark";

/// A database with users in it, on a server that runs for as long as this lives.
pub struct BenchmarkDatabase {
    cluster: Cluster,
    /// Where it is: a Unix-domain socket.
    pub url: String,
    /// A connection of its own, for what is not measured.
    pub client: Client,
    /// The users that are read and changed.
    pub ids: Vec<Uuid>,
    pub server: ServerFacts,
}

/// What decides how fast a server is, as it says itself.
#[derive(Clone, Debug, Serialize)]
pub struct ServerFacts {
    pub version: String,
    pub fsync: String,
    pub synchronous_commit: String,
    pub shared_buffers: String,
}

impl BenchmarkDatabase {
    /// Starts the server, and makes and fills the database anew. Blocks.
    pub fn start(
        runtime: &tokio::runtime::Runtime,
        rows: u32,
        synchronous_commit: SynchronousCommit,
    ) -> Result<Self, Failure> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        // The persistent kind runs as PostgreSQL comes: with fsync.
        let cluster = Cluster::persistent(&Project::at(here)?)?;
        let server = cluster.server();
        server.drop_database(NAME)?;
        server.ensure_database(NAME)?;
        let url = server.url(NAME);
        migrate(&url, here.join("../migrations"))?;
        let (url, client, ids, server) = runtime.block_on(async {
            let client = connect(&url).await?;
            client
                .batch_execute(&format!(
                    "ALTER DATABASE {NAME} SET synchronous_commit = {}",
                    synchronous_commit.name()
                ))
                .await?;
            let url = over_socket(&client, &url).await?;
            let client = connect(&url).await?;
            let ids = fill(&client, rows).await?;
            let server = ServerFacts::read(&client).await?;
            Ok::<_, Failure>((url, client, ids, server))
        })?;
        Ok(Self {
            cluster,
            url,
            client,
            ids,
            server,
        })
    }

    /// Leaves nothing behind but an empty cluster.
    pub fn finish(self) -> Result<(), Failure> {
        Ok(self.cluster.server().drop_database(NAME)?)
    }
}

impl ServerFacts {
    async fn read(client: &Client) -> Result<Self, Failure> {
        Ok(Self {
            version: setting(client, "server_version").await?,
            fsync: setting(client, "fsync").await?,
            synchronous_commit: setting(client, "synchronous_commit").await?,
            shared_buffers: setting(client, "shared_buffers").await?,
        })
    }
}

async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn setting(client: &Client, name: &str) -> Result<String, Failure> {
    let row = client
        .query_one("SELECT current_setting($1)", &[&name])
        .await?;
    Ok(row.try_get(0)?)
}

/// The same database by its Unix-domain socket.
async fn over_socket(client: &Client, url: &str) -> Result<String, Failure> {
    let folder = setting(client, "unix_socket_directories").await?;
    let url = Url::parse(url)?;
    let password = url.password().unwrap_or_default();
    let port = url.port().unwrap_or(5432);
    let host: String = url::form_urlencoded::byte_serialize(folder.as_bytes()).collect();
    let user = url.username();
    Ok(format!("postgres://{user}:{password}@{host}:{port}/{NAME}"))
}

/// Adds `rows` users and gives their ids.
async fn fill(client: &Client, rows: u32) -> Result<Vec<Uuid>, Failure> {
    let insert = "INSERT INTO users (email, name) \
         SELECT 'user' || n || '@example.com', 'User ' || n FROM generate_series(1, $1::bigint) AS n \
         RETURNING id";
    let inserted = client.query(insert, &[&i64::from(rows)]).await?;
    // One by one: together they would be a transaction.
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        client.batch_execute(statement).await?;
    }
    inserted
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect::<Result<_, Failure>>()
}
