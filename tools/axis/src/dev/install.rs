//! PostgreSQL on this machine: found, or brought by the system's package manager after a yes.

use std::io::IsTerminal;
use std::process::ExitStatus;

use axis_local_postgres::{InstallCommand, Installation, NotFound};

use super::progress::say;

/// Why there is no PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    /// No package manager that we know.
    #[error(
        "there is none, and neither apt-get, dnf nor brew to bring it (or no sudo to run them by): install PostgreSQL 14 \
         or newer, then start again"
    )]
    NoManager(#[source] NotFound),
    /// Nobody said yes.
    #[error("there is no PostgreSQL: run `{command}`, or start again with --yes, which runs it")]
    Declined {
        /// The command.
        command: String,
        /// What was looked at.
        #[source]
        source: NotFound,
    },
    /// The command could not be started.
    #[error("cannot run `{command}`")]
    Run {
        /// The command.
        command: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The command failed.
    #[error("`{command}` failed ({status}); what it said stands above")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// The command brought nothing that can be used.
    #[error("`{command}` ended well, and there is still no PostgreSQL that can be used")]
    StillMissing {
        /// The command.
        command: String,
        /// What was looked at.
        #[source]
        source: NotFound,
    },
    /// The terminal gave no answer.
    #[error("cannot ask on this terminal: start again with --yes")]
    Ask(#[source] dialoguer::Error),
}

/// What may be done about a missing PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Consent {
    Given,
    ToBeAsked,
    Missing,
}

fn consent(yes: bool, terminal: bool) -> Consent {
    match (yes, terminal) {
        (true, _) => Consent::Given,
        (false, true) => Consent::ToBeAsked,
        (false, false) => Consent::Missing,
    }
}

/// Looks for PostgreSQL. Where there is none: says the command that brings it, and runs it after a yes.
pub(super) fn find_or_install(yes: bool) -> Result<(), InstallError> {
    let Err(source) = Installation::find() else {
        return Ok(());
    };
    let Some(install) = InstallCommand::for_this_system() else {
        return Err(InstallError::NoManager(source));
    };
    let command = install.to_string();
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let consented = match consent(yes, terminal) {
        Consent::Given => true,
        Consent::ToBeAsked => ask(&install)?,
        Consent::Missing => false,
    };
    if !consented {
        return Err(InstallError::Declined { command, source });
    }
    say(&format!("runs {command}"));
    let status = (install.command().status()).map_err(|source| InstallError::Run {
        command: command.clone(),
        source,
    })?;
    if !status.success() {
        return Err(InstallError::Failed { command, status });
    }
    match Installation::find() {
        Ok(_) => Ok(()),
        Err(source) => Err(InstallError::StillMissing { command, source }),
    }
}

fn ask(install: &InstallCommand) -> Result<bool, InstallError> {
    say("There is no PostgreSQL 14 or newer on this machine. This brings it:\n");
    say(&format!("    {install}\n"));
    if !install.was_tried() {
        say(
            "(We have not tried this command on such a system; it is what its documentation says.)",
        );
    }
    dialoguer::Confirm::new()
        .with_prompt("Run it?")
        .default(true)
        .interact()
        .map_err(InstallError::Ask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_installed_without_a_yes() {
        assert_eq!(consent(true, true), Consent::Given);
        assert_eq!(consent(true, false), Consent::Given);
        assert_eq!(consent(false, true), Consent::ToBeAsked);
        assert_eq!(consent(false, false), Consent::Missing);
    }
}
