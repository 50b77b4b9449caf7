//! Whom the server runs as: PostgreSQL refuses to run as root.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Uid, User};

use crate::error::Error;

/// Users to run the server as where this process is root, in this order.
const CANDIDATES: &[&str] = &["postgres", "nobody"];

/// Variables that a server's program gets from this process. All others are left out: PGDATA,
/// PGPORT, PGOPTIONS and their like would change what it does.
const VARIABLES: &[&str] = &["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// Whom the server and its supervisor run as.
#[derive(Clone, Debug)]
pub struct ServerUser {
    /// None: as this process does.
    other: Option<User>,
}

impl ServerUser {
    /// This process's own user, or another one where this process is root.
    ///
    /// # Errors
    /// [`Error::NoServerUser`].
    pub fn choose() -> Result<Self, Error> {
        if !Uid::effective().is_root() {
            return Ok(Self { other: None });
        }
        CANDIDATES
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self { other: Some(user) })
            .ok_or(Error::NoServerUser)
    }

    /// The user and group that the server's files belong to, where they are not this process's own.
    #[must_use]
    pub fn owner(&self) -> Option<(u32, u32)> {
        let user = self.other.as_ref()?;
        Some((user.uid.as_raw(), user.gid.as_raw()))
    }

    /// ` as the user postgres`, or nothing: for messages.
    pub(crate) fn as_user(&self) -> String {
        match &self.other {
            Some(user) => format!(" as the user {}", user.name),
            None => String::new(),
        }
    }

    /// A command of this user in the root folder, with a small and fixed environment.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().current_dir("/");
        for name in VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Messages are read by people and by us. macOS's server refuses to start without a valid
        // locale.
        command.env("LC_ALL", "C");
        if let Some(user) = &self.other {
            // Without groups of its own, std drops this process's supplementary groups when it
            // changes the user.
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// Runs a command of this user to its end.
    ///
    /// # Errors
    /// [`Error::Spawn`], or [`Error::Program`] where it fails.
    pub fn run(&self, command: &mut Command) -> Result<(), Error> {
        run(command, &self.as_user(), "")
    }

    /// Runs a shell script with arguments (`$1` and so on) to its end.
    ///
    /// # Errors
    /// As [`ServerUser::run`].
    pub fn shell(&self, script: &str, arguments: &[&Path]) -> Result<(), Error> {
        self.shell_with_input(script, arguments, "")
    }

    /// The same, with a text as its standard input.
    ///
    /// # Errors
    /// As [`ServerUser::run`].
    pub fn shell_with_input(
        &self,
        script: &str,
        arguments: &[&Path],
        input: &str,
    ) -> Result<(), Error> {
        let mut command = self.command("/bin/sh");
        command.arg("-c").arg(script).arg("sh").args(arguments);
        run(&mut command, &self.as_user(), input)
    }
}

/// Runs a command to its end, with a text as its standard input.
pub(crate) fn run(command: &mut Command, as_user: &str, input: &str) -> Result<(), Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let as_user = as_user.to_owned();
    let mut communicate = || {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        child.wait_with_output()
    };
    let output = match communicate() {
        Ok(output) => output,
        Err(source) => {
            return Err(Error::Spawn {
                program,
                as_user,
                source,
            });
        }
    };
    if output.status.success() {
        return Ok(());
    }
    let status = output.status;
    let said = if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let output = String::from_utf8_lossy(said).trim_end().to_owned();
    Err(Error::Program {
        program,
        as_user,
        status,
        output,
    })
}
