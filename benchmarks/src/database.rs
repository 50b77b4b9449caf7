//! The databases that all peers work on, on a server of their own.

use std::path::Path;

use axis_local_postgres::{Cluster, Project, migrate};
use axis_testkit::{Authority, PgBouncer, PgBouncerSettings};
use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, NoTls};
use url::Url;

use crate::arguments::SynchronousCommit;
use crate::peer::Failure;
use crate::transport::Transport;

/// The database of so many rows.
pub const MAIN: &str = "benchmark";
/// The one that bulks go into.
pub const BULK: &str = "benchmark_bulk";

/// The databases, on a server that runs for as long as this lives.
pub struct Databases {
    cluster: Cluster,
    /// Connections of its own, for what is not measured.
    pub main: Client,
    pub bulk: Client,
    pub facts: ServerFacts,
    socket_folder: String,
    authority: Option<Authority>,
    pgbouncer: Option<PgBouncer>,
}

/// What decides how fast a server is, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFacts {
    pub version: String,
    pub fsync: String,
    pub synchronous_commit: String,
    pub shared_buffers: String,
    pub cores: usize,
}

impl Databases {
    /// Starts the server, and makes both databases where they are not there, or all anew. Blocks.
    pub fn start(
        runtime: &tokio::runtime::Runtime,
        synchronous_commit: SynchronousCommit,
        anew: bool,
    ) -> Result<Self, Failure> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        // The persistent kind runs as PostgreSQL comes: with fsync.
        let cluster = Cluster::persistent(&Project::at(here)?)?;
        let server = cluster.server();
        for name in [MAIN, BULK] {
            if anew {
                server.drop_database(name)?;
            }
            server.ensure_database(name)?;
            migrate(&server.url(name), here.join("../migrations"))?;
        }
        let (main_url, bulk_url) = (server.url(MAIN), server.url(BULK));
        runtime.block_on(async {
            let main = connect(&main_url).await?;
            for name in [MAIN, BULK] {
                let value = synchronous_commit.name();
                let set = format!("ALTER DATABASE {name} SET synchronous_commit = {value}");
                main.batch_execute(&set).await?;
            }
            let main = connect(&main_url).await?;
            let bulk = connect(&bulk_url).await?;
            Ok(Self {
                facts: ServerFacts::read(&main).await?,
                socket_folder: setting(&main, "unix_socket_directories").await?,
                authority: None,
                pgbouncer: None,
                main,
                bulk,
                cluster,
            })
        })
    }

    /// Where a peer finds a database.
    pub fn url(&self, database: &str, transport: Transport) -> Result<String, Failure> {
        let mut url = Url::parse(&self.cluster.server().url(database))?;
        match transport {
            Transport::Tcp => url.set_query(Some("sslmode=disable")),
            Transport::Socket => {
                let folder = self.socket_folder.as_bytes();
                let host: String = url::form_urlencoded::byte_serialize(folder).collect();
                let (user, password) = (url.username(), url.password().unwrap_or_default());
                let port = url.port().unwrap_or(5432);
                return Ok(format!(
                    "postgres://{user}:{password}@{host}:{port}/{database}"
                ));
            }
            Transport::Tls => {
                let authority = self.authority.as_ref().ok_or("TLS was not set up")?;
                let root = authority.root_file().display();
                url.set_query(Some(&format!("sslmode=verify-full&sslrootcert={root}")));
            }
        }
        Ok(url.into())
    }

    /// Where a database is found by PgBouncer, and the process that stands between.
    pub async fn pooled_url(
        &mut self,
        database: &str,
        connections: u32,
    ) -> Result<(String, u32), Failure> {
        let url = self.url(database, Transport::Tcp)?;
        let pooler = match self.pgbouncer.take() {
            Some(pooler) => pooler,
            None => {
                let settings = PgBouncerSettings {
                    server_connections: connections,
                    max_prepared_statements: match PgBouncer::keeps_prepared_statements() {
                        true => 100,
                        false => 0,
                    },
                };
                PgBouncer::before(&url, settings).await
            }
        };
        let mut by_way = Url::parse(pooler.url())?;
        by_way.set_path(database);
        by_way.set_query(Some("sslmode=disable"));
        let process = pooler.process_id();
        self.pgbouncer = Some(pooler);
        Ok((by_way.into(), process))
    }

    /// Has the server take TLS too.
    pub async fn accept_tls(&mut self) -> Result<(), Failure> {
        let authority = Authority::new();
        let certificate = authority.certificate(&["127.0.0.1", "localhost"]);
        let files = [
            ("server.crt", certificate.chain()),
            ("server.key", certificate.key()),
        ];
        for (name, text) in files {
            // As the server's user, into its data folder, as nobody else may read it.
            let sql = format!(
                "COPY (SELECT * FROM unnest(string_to_array('{text}', E'\\n'))) TO PROGRAM 'umask 077; rm -f {name}; cat > {name}'"
            );
            self.main.batch_execute(&sql).await?;
        }
        self.main.batch_execute("ALTER SYSTEM SET ssl = on").await?;
        self.main.batch_execute("SELECT pg_reload_conf()").await?;
        self.authority = Some(authority);
        Ok(())
    }

    /// Has it refuse TLS again, as it comes.
    pub async fn refuse_tls(&self) -> Result<(), Failure> {
        self.main.batch_execute("ALTER SYSTEM RESET ssl").await?;
        self.main.batch_execute("SELECT pg_reload_conf()").await?;
        Ok(())
    }

    /// Leaves nothing behind but an empty cluster.
    pub fn drop_all(self) -> Result<(), Failure> {
        let Self {
            cluster,
            main,
            bulk,
            ..
        } = self;
        drop((main, bulk));
        for name in [MAIN, BULK] {
            cluster.server().drop_database(name)?;
        }
        Ok(())
    }
}

impl ServerFacts {
    async fn read(client: &Client) -> Result<Self, Failure> {
        Ok(Self {
            version: setting(client, "server_version").await?,
            fsync: setting(client, "fsync").await?,
            synchronous_commit: setting(client, "synchronous_commit").await?,
            shared_buffers: setting(client, "shared_buffers").await?,
            cores: std::thread::available_parallelism()?.into(),
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
