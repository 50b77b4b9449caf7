//! Servers that do not speak English.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

/// Languages that PostgreSQL's packages come with: the name of a locale, and of its source.
const LOCALES: &[(&str, &str)] = &[
    ("fr_FR.UTF-8", "fr_FR"),
    ("de_DE.UTF-8", "de_DE"),
    ("es_ES.UTF-8", "es_ES"),
    ("ja_JP.UTF-8", "ja_JP"),
];

/// A locale for `lc_messages` other than English, for [`ServerSettings::messages`](crate::ServerSettings::messages).
///
/// Whether the server's messages are translated depends on its package as well: ask it.
#[derive(Clone, Debug)]
pub struct MessageLocale {
    name: &'static str,
    /// Where it was compiled to, where the system has none.
    folder: Option<Arc<TempDir>>,
}

impl MessageLocale {
    /// One that the system has, else one that `localedef` compiles into a temporary folder. None where neither is
    /// possible; on Debian the package `locales` has what is needed.
    #[must_use]
    pub fn find() -> Option<Self> {
        Self::installed().or_else(Self::compiled)
    }

    fn installed() -> Option<Self> {
        let output = Command::new("locale").arg("-a").output().ok()?;
        let listed = String::from_utf8_lossy(&output.stdout).to_lowercase();
        let listed: Vec<String> = listed
            .lines()
            .map(|line| line.trim().replace("utf8", "utf-8"))
            .collect();
        LOCALES
            .iter()
            .find(|(name, _)| listed.contains(&name.to_lowercase()))
            .map(|&(name, _)| Self { name, folder: None })
    }

    fn compiled() -> Option<Self> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::Builder::new()
            .prefix("axis-locale-")
            // The server may be of another user.
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir_in("/tmp")
            .ok()?;
        LOCALES
            .iter()
            .find_map(|&(name, source)| {
                let compiled = Command::new("localedef")
                    .args(["--no-archive", "-i", source, "-f", "UTF-8"])
                    .arg(folder.path().join(name))
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .ok()?;
                compiled.success().then_some(name)
            })
            .map(|name| Self {
                name,
                folder: Some(Arc::new(folder)),
            })
    }

    pub(crate) fn name(&self) -> &str {
        self.name
    }

    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref().map(TempDir::path)
    }
}
