//! `axis dev`: a PostgreSQL of its own, migrated, filled with sample data, and the server on it.

mod address;
mod applied;
mod given_database;
mod install;
mod lock;
mod process;
mod progress;
mod roles;
mod sample_data;
mod server;

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use axis_local_postgres::{Cluster, Migrations};

use crate::configuration::{Dev, Project};
use crate::generate;
use process::Interrupts;
use progress::{Step, say};
use server::{Readiness, Running};

/// The private cluster's database.
const DATABASE: &str = "axis";

/// Where the private cluster's URL is left for psql and the diesel CLI, below the project's folder.
const URL_FILE: &str = ".axis/database-url";

/// Starts a private PostgreSQL, migrates it, generates, fills empty tables, and runs the server until Ctrl-C.
///
/// The data stay for the next start, in .axis/postgres or in the folder that the start names. AXIS_HTTP_ADDR says where the server listens (127.0.0.1:8080).
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Install PostgreSQL without asking, where there is none.
    #[arg(long)]
    yes: bool,
    /// Use this database on this machine instead of a private one. It is migrated and its empty tables are filled; nothing
    /// is ever dropped.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevError {
    /// Nothing to run.
    #[error("axis.toml has no [dev]: name there the server to run")]
    NotConfigured,
    /// Where the server should listen.
    #[error(transparent)]
    Address(#[from] address::AddressError),
    /// Another `axis dev`.
    #[error(transparent)]
    Lock(#[from] lock::LockError),
    /// `--database-url`.
    #[error(transparent)]
    Url(#[from] given_database::UrlError),
    /// No PostgreSQL.
    #[error(transparent)]
    Install(#[from] install::InstallError),
    /// The private cluster.
    #[error("the private PostgreSQL does not run")]
    Cluster(#[source] axis_local_postgres::Error),
    /// The user's database does not answer.
    #[error("cannot connect to the database of --database-url")]
    Connect(#[source] tokio_postgres::Error),
    /// A migration.
    #[error(
        "the database could not be migrated: mend the migration that is named below and start again; those before it \
         are applied and stay{or_begin_anew}"
    )]
    Migrate {
        /// How to begin anew, where the data are ours.
        or_begin_anew: String,
        /// The migration, and what the database says about it.
        #[source]
        source: axis_local_postgres::Error,
    },
    /// A migration that was edited too late.
    #[error(transparent)]
    Applied(#[from] applied::AppliedError),
    /// The generator.
    #[error("nothing could be generated from the migrations")]
    Generate(#[from] generate::GenerateError),
    /// The server's role.
    #[error(transparent)]
    Roles(#[from] roles::RolesError),
    /// The sample data.
    #[error(transparent)]
    SampleData(#[from] sample_data::SampleDataError),
    /// The server.
    #[error(transparent)]
    Server(#[from] server::ServerError),
    /// The file for psql.
    #[error("cannot write {URL_FILE}")]
    UrlFile(#[source] std::io::Error),
    /// Signals.
    #[error("cannot listen to Ctrl-C")]
    Signals(#[source] std::io::Error),
}

/// A database to develop on.
struct Database {
    url: String,
    /// The private cluster, where it is not the user's database. It runs as long as this is held.
    cluster: Option<Cluster>,
}

/// Runs the subcommand.
pub(crate) async fn run(arguments: Arguments, project: &Project) -> Result<(), DevError> {
    let dev = (project.configuration.dev.as_ref()).ok_or(DevError::NotConfigured)?;
    if let Some(url) = &arguments.database_url {
        given_database::check(url)?;
    }
    let lock = lock::Lock::take(&project.root)?;
    let listen = std::env::var(address::VARIABLE).ok();
    let listen = address::choose(listen.as_deref())?;
    lock.announce(address::from_here(listen))?;

    let database = database(arguments, project).await?;
    migrate(project, &database)?;
    let step = Step::begin("generate");
    generate::run(generate::Arguments { check: false }, project).await?;
    step.end("schema.rs and contracts are those of the migrations");
    fill(dev, &project.root, &database).await?;
    let server_url = match (&dev.roles, &database.cluster) {
        (Some(roles), Some(_)) => {
            let step = Step::begin("roles");
            let url = roles::grant(roles, &project.root, &database.url).await?;
            step.end(&format!("the server may do what {} may", roles.server));
            url
        }
        // A database of the user's is left alone, and so are the roles of its server.
        _ => database.url.clone(),
    };

    // Until here Ctrl-C ends this process, and with it the lease on the cluster. From here on there are children to end.
    let mut interrupts = Interrupts::take().map_err(DevError::Signals)?;
    say(&format!("build: {}", dev.server.bin));
    let Some(executable) = server::build(&dev.server, &project.root, &mut interrupts).await? else {
        return Ok(());
    };
    let mut running = Running::start(&dev.server, &executable, &project.root, &server_url, listen)?;
    let from_here = address::from_here(listen);
    let Some(readiness) = running.ready(from_here, &mut interrupts).await? else {
        return Ok(());
    };
    welcome(dev, &database, from_here, readiness);
    running.run(&mut interrupts).await?;
    Ok(())
}

/// The private cluster's database, or the one of `--database-url`.
async fn database(arguments: Arguments, project: &Project) -> Result<Database, DevError> {
    // The generator needs a PostgreSQL in any case, for its throw-away database.
    install::find_or_install(arguments.yes)?;
    if let Some(url) = arguments.database_url {
        let connection = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
        drop(connection.map_err(DevError::Connect)?);
        return Ok(Database { url, cluster: None });
    }
    let step = Step::begin("database");
    let place = axis_local_postgres::Project::at(&project.root).map_err(DevError::Cluster)?;
    let cluster = Cluster::persistent(&place).map_err(DevError::Cluster)?;
    let server = cluster.server();
    server
        .ensure_database(DATABASE)
        .map_err(DevError::Cluster)?;
    let url = server.url(DATABASE);
    write_url(&project.root.join(URL_FILE), &url).map_err(DevError::UrlFile)?;
    step.end(&format!(
        "PostgreSQL runs, its data are in {}",
        folder(&cluster, project).display()
    ));
    Ok(Database {
        url,
        cluster: Some(cluster),
    })
}

/// Folder of the cluster, as it is printed.
fn folder<'a>(cluster: &'a Cluster, project: &Project) -> &'a Path {
    let folder = cluster.folder();
    folder.strip_prefix(&project.root).unwrap_or(folder)
}

/// The URL holds the password.
fn write_url(path: &Path, url: &str) -> std::io::Result<()> {
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    // Also where the file was there before.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    writeln!(file, "{url}")
}

fn migrate(project: &Project, database: &Database) -> Result<(), DevError> {
    let step = Step::begin("migrate");
    let directory = project
        .root
        .join(&project.configuration.migrations.directory);
    let data = (database.cluster.as_ref()).map(|cluster| folder(cluster, project));
    let failed = |source| DevError::Migrate {
        or_begin_anew: data.map_or_else(String::new, |data| {
            let data = data.display();
            format!(" (to begin with an empty database instead, remove {data})")
        }),
        source,
    };
    let migrations = Migrations::in_folder(directory).map_err(failed)?;
    let applied = migrations.apply_all(&database.url).map_err(failed)?;
    if let Some(data) = data {
        applied::compare(&project.root, &migrations, &applied, data)?;
    }
    match applied.len() {
        0 => step.end("nothing to apply"),
        _ => step.end(&format!("applied {}", applied.join(", "))),
    }
    Ok(())
}

async fn fill(dev: &Dev, root: &Path, database: &Database) -> Result<(), DevError> {
    let step = Step::begin("sample data");
    let filled = sample_data::fill(&dev.sample_data, root, &database.url).await?;
    let tables: Vec<_> = filled
        .iter()
        .map(|(table, rows)| format!("{rows} rows in {table}"))
        .collect();
    match tables.len() {
        0 => step.end("no table is empty"),
        _ => step.end(&tables.join(", ")),
    }
    Ok(())
}

/// What to do next. It fits on a screen with the lines above it.
fn welcome(dev: &Dev, database: &Database, address: SocketAddr, readiness: Readiness) {
    let url = format!("http://{address}");
    say(&format!("\n{} runs on {url}", dev.server.bin));
    if readiness == Readiness::Late {
        say(&format!(
            "It does not say yet that it is ready: ask {url}/readyz why."
        ));
    }
    say(&format!(
        "\n    {url}/openapi.json   what can be asked, with its limits"
    ));
    say(&format!("    {url}/metrics        for Prometheus"));
    say(&format!(
        "    {url}/readyz         whether the database answers and fits"
    ));
    if database.cluster.is_some() {
        say(&format!("    psql \"$(cat {URL_FILE})\""));
    }
    if !dev.requests.is_empty() {
        say("\nTo try in another terminal:\n");
        for request in &dev.requests {
            say(&format!("    {}", request.replace("{url}", &url)));
        }
    }
    say(match database.cluster {
        Some(_) => "\nCtrl-C stops the server and its PostgreSQL. The data stay.\n",
        None => "\nCtrl-C stops the server.\n",
    });
}
