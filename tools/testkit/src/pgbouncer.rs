//! PgBouncer in front of a server.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axis_local_postgres::ServerUser;
use tokio_postgres::{NoTls, SimpleQueryMessage};
use url::Url;

use crate::keeper::Keeper;
use crate::port::fixed_port;

/// The first version with `max_prepared_statements`.
const PREPARED_STATEMENTS_SINCE: (u32, u32) = (1, 21);

/// How long it may take to answer.
const START: Duration = Duration::from_secs(20);

/// A PgBouncer in transaction mode, which gives its connections to the server out in turn: a session that counts on meeting
/// the same one again is disappointed at once, not by chance. It ends when this value goes, or the process does.
#[derive(Debug)]
pub struct PgBouncer {
    process: Child,
    url: String,
    port: u16,
    version: (u32, u32),
    _keeper: Keeper,
}

/// How one is run.
#[derive(Clone, Copy, Debug)]
pub struct PgBouncerSettings {
    /// How many connections it opens to the server, for each role and database.
    pub server_connections: u32,
    /// How many prepared statements it keeps for each of those connections. 0: it keeps none, as versions before 1.21 do.
    pub max_prepared_statements: u32,
}

impl PgBouncer {
    /// The version of the PgBouncer on this machine, such as `(1, 18)`. It is looked for in `PATH` and in `/usr/sbin`. None
    /// where there is none: on Debian the package is `pgbouncer`.
    #[must_use]
    pub fn installed() -> Option<(u32, u32)> {
        let output = Command::new(program()?).arg("--version").output().ok()?;
        parse_version(&String::from_utf8_lossy(&output.stdout))
    }

    /// Whether the one on this machine can keep prepared statements.
    #[must_use]
    pub fn keeps_prepared_statements() -> bool {
        Self::installed().is_some_and(|version| version >= PREPARED_STATEMENTS_SINCE)
    }

    /// Starts one in front of the server that `url` leads to, which has a role, a password and a database. It serves the
    /// server's other databases as well, for the same role.
    ///
    /// # Panics
    /// Where there is none, where it does not start, or where it is too old for the settings.
    pub async fn before(url: &str, settings: PgBouncerSettings) -> Self {
        let this = Self::launch(url, settings).await;
        this.open(this.url(), settings.server_connections).await;
        this
    }

    /// The same, with no connection to the server yet but one.
    pub(crate) async fn launch(url: &str, settings: PgBouncerSettings) -> Self {
        let server = url.to_owned();
        let started = tokio::task::spawn_blocking(move || Self::start(&server, settings)).await;
        let mut this = match started {
            Ok(Ok(this)) => this,
            Ok(Err(message)) => fail(&message),
            Err(error) => fail(&error.to_string()),
        };
        let deadline = Instant::now() + START;
        loop {
            let answer = async {
                let (client, driver) = tokio_postgres::connect(&this.url, NoTls).await?;
                let driver = tokio::spawn(driver);
                let answer = client.simple_query("SELECT 1").await;
                driver.abort();
                answer
            };
            let Err(error) = answer.await else {
                return this;
            };
            let has_ended = !matches!(this.process.try_wait(), Ok(None));
            if has_ended || Instant::now() >= deadline {
                let log = std::fs::read_to_string(this._keeper.folder().join("pgbouncer.log"));
                let log = log.unwrap_or_default();
                fail(&format!("PgBouncer does not answer: {error:?}\n{log}"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Makes it open `count` connections to the server for the database of `url`, which leads to it: by itself it would
    /// open only as many as there are sessions at once.
    ///
    /// # Panics
    /// Where it does not.
    pub(crate) async fn open(&self, url: &str, count: u32) {
        let opened = async {
            let mut sessions = Vec::new();
            for _ in 0..count {
                let (client, driver) = tokio_postgres::connect(url, NoTls).await?;
                tokio::spawn(driver);
                client.batch_execute("BEGIN").await?;
                sessions.push(client);
            }
            for client in sessions {
                client.batch_execute("COMMIT").await?;
            }
            Ok::<_, tokio_postgres::Error>(())
        };
        if let Err(error) = opened.await {
            fail(&format!(
                "PgBouncer does not open its connections: {error:?}"
            ));
        }
    }

    /// A URL of the server, by way of this instead.
    pub(crate) fn url_of(&self, server: &str) -> Result<String, String> {
        by_way_of(server, self.port)
    }

    /// The URL of the same database with the same role, by way of it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits, for two seconds at most, until it has passed every request to cancel on. Versions 1.18 to 1.20.0 end by
    /// themselves (`server in bad state: 11`) where the server says something to a session that is being cancelled, as it
    /// does when the session's database is dropped.
    pub(crate) async fn wait_for_cancels(console: &str) {
        let waited = async {
            let (client, driver) = tokio_postgres::connect(console, NoTls).await?;
            let driver = tokio::spawn(driver);
            while cancels(&client.simple_query("SHOW POOLS").await?) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            driver.abort();
            Ok::<_, tokio_postgres::Error>(())
        };
        // Where it is gone, or does not tell, there is nothing to wait for.
        let _ = tokio::time::timeout(Duration::from_secs(2), waited).await;
    }

    /// The URL of its console, for a URL of a database by way of it.
    pub(crate) fn console_of(url: &str) -> Option<String> {
        let mut url = Url::parse(url).ok()?;
        url.set_path("pgbouncer");
        Some(url.into())
    }

    /// The end of its log, where it has ended by itself.
    pub(crate) fn why_ended(&mut self) -> Option<String> {
        let status = self.process.try_wait().ok().flatten()?;
        let log = std::fs::read_to_string(self._keeper.folder().join("pgbouncer.log"));
        let log = log.unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(5)..].join("\n");
        Some(format!("{status}\n{end}"))
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> (u32, u32) {
        self.version
    }

    /// Its process, for those who count what it uses.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    fn start(server: &str, settings: PgBouncerSettings) -> Result<Self, String> {
        let program = program().ok_or("no PgBouncer: on Debian, apt-get install pgbouncer")?;
        let version = Self::installed().ok_or("pgbouncer --version says nothing")?;
        let url = Url::parse(server).map_err(|error| error.to_string())?;
        let host = url.host_str().ok_or("a URL without a host")?.to_owned();
        let server_port = url.port().unwrap_or(5432);
        let (role, password) = (url.username(), url.password().unwrap_or_default());
        let port = fixed_port();
        let user = ServerUser::choose().map_err(|error| error.to_string())?;
        let keeper = Keeper::new(&user).map_err(|error| error.to_string())?;
        let folder = keeper.folder().to_owned();
        let at = |name: &str| folder.join(name).display().to_string();
        let (users, log, pid) = (at("users.txt"), at("pgbouncer.log"), at("pgbouncer.pid"));
        let mut text = format!(
            "[databases]\n\
             * = host={host} port={server_port} user={role} password={password}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = plain\n\
             auth_file = {users}\n\
             admin_users = {role}\n\
             pool_mode = transaction\n\
             default_pool_size = {connections}\n\
             server_round_robin = 1\n\
             max_client_conn = 1000\n\
             server_login_retry = 1\n\
             logfile = {log}\n\
             pidfile = {pid}\n",
            connections = settings.server_connections
        );
        if version >= PREPARED_STATEMENTS_SINCE {
            text.push_str(&format!(
                "max_prepared_statements = {}\n",
                settings.max_prepared_statements
            ));
        } else if settings.max_prepared_statements > 0 {
            return Err(format!(
                "PgBouncer {}.{} keeps no prepared statements",
                version.0, version.1
            ));
        }
        let write = |name: &str, text: &str| {
            user.shell_with_input(r#"umask 077 && cat >"$1""#, &[&folder.join(name)], text)
                .map_err(|error| error.to_string())
        };
        write("pgbouncer.ini", &text)?;
        write("users.txt", &format!("\"{role}\" \"{password}\"\n"))?;
        let output = File::create(folder.join("output.log")).map_err(|error| error.to_string())?;
        let mut command = user.command(program);
        command
            .arg(folder.join("pgbouncer.ini"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output);
        // A signal from the terminal (Ctrl-C) is not meant for it; the keeper ends it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let process = command.spawn().map_err(|error| error.to_string())?;
        Ok(Self {
            process,
            url: by_way_of(server, port)?,
            port,
            version,
            _keeper: keeper,
        })
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The same URL, at another port of this machine.
fn by_way_of(server: &str, port: u16) -> Result<String, String> {
    let mut url = Url::parse(server).map_err(|error| error.to_string())?;
    if url.set_host(Some("127.0.0.1")).is_err() || url.set_port(Some(port)).is_err() {
        return Err("a URL that takes no port".to_owned());
    }
    Ok(url.into())
}

/// The requests to cancel that are under way, by the columns that each version has for them.
fn cancels(pools: &[SimpleQueryMessage]) -> u64 {
    let mut sum = 0;
    for message in pools {
        let SimpleQueryMessage::Row(row) = message else {
            continue;
        };
        for (index, column) in row.columns().iter().enumerate() {
            if column.name().contains("cancel") {
                let count = row.get(index).and_then(|count| count.parse().ok());
                sum += count.unwrap_or(0);
            }
        }
    }
    sum
}

fn program() -> Option<PathBuf> {
    // Debian keeps it where ordinary users do not look.
    which::which("pgbouncer").ok().or_else(|| {
        let usual = PathBuf::from("/usr/sbin/pgbouncer");
        usual.is_file().then_some(usual)
    })
}

/// Reads `PgBouncer 1.18.0`, which other lines follow.
fn parse_version(printed: &str) -> Option<(u32, u32)> {
    let version = printed.split_whitespace().nth(1)?;
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[expect(clippy::panic, reason = "a test without its pooler cannot go on")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}

#[cfg(test)]
mod tests {
    use super::{PREPARED_STATEMENTS_SINCE, parse_version};

    #[test]
    fn the_version_is_read() {
        let old = parse_version("PgBouncer 1.18.0\nlibevent 2.1.12-stable\n").unwrap();
        assert_eq!(old, (1, 18));
        assert!(old < PREPARED_STATEMENTS_SINCE);
        let new = parse_version("PgBouncer 1.24.1\n").unwrap();
        assert!(new >= PREPARED_STATEMENTS_SINCE);
        assert_eq!(parse_version("no such thing"), None);
    }
}
