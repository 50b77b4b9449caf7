use std::fmt;
use std::process::Command;

use nix::unistd::Uid;

/// The command of this system's package manager that installs PostgreSQL.
///
/// On Debian and Ubuntu the package also makes a cluster of its own, which listens on port 5432.
/// AXIS does not use it.
///
/// Running it is left to the caller, who asks first:
///
/// ```no_run
/// use axis_local_postgres::{InstallCommand, Installation};
///
/// # fn asked(question: &str) -> bool { false }
/// if let Err(not_found) = Installation::find() {
///     eprintln!("{not_found}");
///     if let Some(install) = InstallCommand::for_this_system()
///         && asked(&format!("Run {install}?"))
///     {
///         install.command().status()?;
///     }
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallCommand {
    words: Vec<String>,
    tried: bool,
}

/// A package manager: the program it is known by, the command that installs PostgreSQL, whether
/// that command must be run as root, and whether we have tried it on a machine without PostgreSQL.
struct Manager {
    program: &'static str,
    install: &'static str,
    as_root: bool,
    tried: bool,
}

/// In the order in which they are looked for. apt's lists may be missing or old, hence the update.
const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        install: "apt-get update && DEBIAN_FRONTEND=noninteractive \
                  apt-get install --yes --no-install-recommends postgresql",
        as_root: true,
        tried: true,
    },
    Manager {
        program: "dnf",
        install: "dnf install --assumeyes postgresql-server",
        as_root: true,
        tried: false,
    },
    Manager {
        program: "brew",
        install: "brew install postgresql@17",
        as_root: false,
        tried: false,
    },
];

impl InstallCommand {
    /// The command for this system. None where it has neither apt-get, dnf nor brew, or where root
    /// would have to run it and this process is not root and finds no sudo.
    #[must_use]
    pub fn for_this_system() -> Option<Self> {
        Self::choose(Uid::effective().is_root(), |program| {
            which::which(program).is_ok()
        })
    }

    fn choose(is_root: bool, has: impl Fn(&str) -> bool) -> Option<Self> {
        let manager = MANAGERS.iter().find(|manager| has(manager.program))?;
        let mut words = Vec::new();
        if manager.as_root && !is_root {
            if !has("sudo") {
                return None;
            }
            words.push("sudo".to_owned());
        }
        if manager.install.contains("&&") {
            words.extend(["sh".to_owned(), "-c".to_owned(), manager.install.to_owned()]);
        } else {
            words.extend(manager.install.split(' ').map(str::to_owned));
        }
        Some(Self {
            words,
            tried: manager.tried,
        })
    }

    /// Whether we have run this very command on a machine without PostgreSQL and `axis dev` worked
    /// after it. Where not, the user should be told.
    #[must_use]
    pub fn was_tried(&self) -> bool {
        self.tried
    }

    /// The command, to be run with the terminal's input and output: sudo may ask for a password.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }
}

/// As a user would type it.
impl fmt::Display for InstallCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self
            .words
            .iter()
            .map(|word| {
                if word.contains(' ') {
                    format!("'{word}'")
                } else {
                    word.clone()
                }
            })
            .collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::InstallCommand;

    fn printed(is_root: bool, programs: &[&str]) -> Option<(String, bool)> {
        InstallCommand::choose(is_root, |program| programs.contains(&program))
            .map(|command| (command.to_string(), command.was_tried()))
    }

    #[test]
    fn the_first_manager_that_is_there_is_named_with_sudo_for_ordinary_users() {
        let apt = "sh -c 'apt-get update && DEBIAN_FRONTEND=noninteractive \
                   apt-get install --yes --no-install-recommends postgresql'";
        let dnf = "dnf install --assumeyes postgresql-server";
        let brew = "brew install postgresql@17";
        let cases = [
            (
                true,
                &["apt-get", "dnf", "brew"][..],
                Some((apt.to_owned(), true)),
            ),
            (
                false,
                &["apt-get", "sudo"],
                Some((format!("sudo {apt}"), true)),
            ),
            (true, &["dnf"], Some((dnf.to_owned(), false))),
            (
                false,
                &["dnf", "sudo"],
                Some((format!("sudo {dnf}"), false)),
            ),
            (false, &["brew", "sudo"], Some((brew.to_owned(), false))),
            (false, &["apt-get"], None),
            (true, &["pacman"], None),
        ];
        for (is_root, programs, expected) in cases {
            assert_eq!(
                printed(is_root, programs),
                expected,
                "root: {is_root}, has {programs:?}"
            );
        }
    }
}
