//! Making the data folder of a cluster.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::installation::Installation;
use crate::record::SUPERUSER;
use crate::server::quote;
use crate::server_user::ServerUser;

/// Stands in the cache's name: to be raised when the arguments of initdb change.
const FORMAT: u32 = 2;

/// Who may log in how.
#[derive(Clone, Copy)]
pub(crate) struct Authentication {
    /// Over the Unix-domain socket.
    pub(crate) local: &'static str,
    /// Over TCP.
    pub(crate) host: &'static str,
}

/// The folder to copy for each ephemeral cluster, made where it is not there yet. `home` belongs to
/// the server's user.
///
/// The caller holds the start-up lock.
pub(crate) fn cached(
    installation: &Installation,
    user: &ServerUser,
    home: &Path,
) -> Result<PathBuf, Error> {
    let caches = home.join("cache");
    let cache = caches.join(format!("{}-{FORMAT}", installation.version()));
    if !cache.is_dir() {
        // Those of other versions go: the newest version is the one in use.
        user.shell(r#"rm -rf "$1" && mkdir -m 700 "$1""#, &[&caches])?;
        // Over the socket, whose folder only this user enters, nobody is asked. Over TCP the
        // password goes in the clear: it stays on this machine, and SCRAM would cost each
        // connection of a test the time of 4,096 hashes in a debug build.
        let authentication = Authentication {
            local: "trust",
            host: "password",
        };
        // The first WAL segment is nearly half of what is copied each time, at the usual 16 MB.
        let arguments = ["--wal-segsize=1"];
        initdb(installation, user, &cache, authentication, &arguments, None)?;
    }
    Ok(cache)
}

/// Runs initdb: UTF-8, and the locale C.UTF-8 where the system has it, else C. `data` is there only
/// when it is complete. A password is the superuser's.
///
/// The files are not flushed to the disk one by one, which takes ten times as long on a busy disk:
/// the system does so within half a minute. Until then a crash of the machine may cost a cluster
/// that is as young.
pub(crate) fn initdb(
    installation: &Installation,
    user: &ServerUser,
    data: &Path,
    authentication: Authentication,
    arguments: &[&str],
    password: Option<&str>,
) -> Result<(), Error> {
    let new = data.with_extension("new");
    let password_file = data.with_extension("password");
    let attempt = |locale: &str| {
        user.shell(r#"rm -rf "$1""#, &[&new])?;
        let mut command = user.command(installation.program("initdb"));
        command
            .arg("--pgdata")
            .arg(&new)
            .args([
                "--username",
                SUPERUSER,
                "--encoding",
                "UTF8",
                "--locale",
                locale,
            ])
            .args(["--no-sync", "--no-instructions"])
            .arg(format!("--auth-local={}", authentication.local))
            .arg(format!("--auth-host={}", authentication.host));
        command.args(arguments);
        if password.is_some() {
            command.arg("--pwfile").arg(&password_file);
        }
        user.run(&mut command)
    };
    if let Some(password) = password {
        // Through a pipe, not as an argument, which every user of the machine could read.
        user.shell_with_input(r#"umask 077 && cat >"$1""#, &[&password_file], password)?;
    }
    let made = attempt("C.UTF-8").or_else(|_| attempt("C"));
    user.shell(r#"rm -f "$1""#, &[&password_file])?;
    made?;
    user.shell(r#"mv "$1" "$2""#, &[&new, data])?;
    Ok(())
}

/// Sets the superuser's password in data of a cluster that does not run.
pub(crate) fn set_password(
    installation: &Installation,
    user: &ServerUser,
    data: &Path,
    password: &str,
) -> Result<(), Error> {
    // Through a pipe, not as an argument, which every user of the machine could read.
    let script = r#"exec "$1" --single -D "$2" postgres"#;
    let statement = format!("ALTER ROLE {} PASSWORD '{password}'\n", quote(SUPERUSER));
    user.shell_with_input(
        script,
        &[&installation.program("postgres"), data],
        &statement,
    )
}
