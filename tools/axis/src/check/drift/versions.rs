//! Which migrations a database has, beside those of the project: what is to be done about a difference depends on it.

use crate::rules::Rules;

/// How the migrations of a database compare with those of the project.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Versions {
    /// They are the same.
    Same,
    /// It cannot be read which there are.
    Unknown,
    /// Others.
    Different {
        /// The versions that the database lacks.
        missing: Vec<String>,
        /// The versions that it has and the project does not.
        further: Vec<String>,
    },
}

impl Versions {
    pub(super) fn new(expected: &Rules, found: &Rules) -> Self {
        let (Some(expected), Some(found)) = (&expected.migrations, &found.migrations) else {
            return Self::Unknown;
        };
        let beyond = |all: &[String], known: &[String]| -> Vec<String> {
            let all = all.iter();
            all.filter(|version| !known.contains(version))
                .cloned()
                .collect()
        };
        let (missing, further) = (beyond(expected, found), beyond(found, expected));
        match missing.is_empty() && further.is_empty() {
            true => Self::Same,
            false => Self::Different { missing, further },
        }
    }

    /// What the report says of it. None where there is nothing to say.
    pub(super) fn note(&self) -> Option<String> {
        match self {
            Self::Same => None,
            Self::Unknown => Some(
                "it cannot be read which migrations were applied: __diesel_schema_migrations is not there, or not for this role"
                    .to_owned(),
            ),
            Self::Different { missing, further } => {
                let of = |what: &str, versions: &[String]| {
                    (!versions.is_empty()).then(|| format!("{what} {}", versions.join(", ")))
                };
                let parts = [
                    of("lacks the migrations", missing),
                    of("has the unknown migrations", further),
                ];
                let parts: Vec<String> = parts.into_iter().flatten().collect();
                Some(format!("the database {}", parts.join(" and ")))
            }
        }
    }

    /// What to do about a difference.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::Different { missing, further } if further.is_empty() && !missing.is_empty() => {
                "the database is behind. Apply its migrations (`diesel migration run`) and check again: what differs then \
                 was changed by hand"
            }
            Self::Different { missing, .. } if missing.is_empty() => {
                "the database is ahead. Check from the sources that hold its migrations: what differs there was changed by \
                 hand"
            }
            Self::Different { .. } => {
                "the database was migrated from other sources. Check from those: what differs there was changed by hand"
            }
            Self::Same => {
                "write a migration that says what shall be, or take back what was changed by hand"
            }
            Self::Unknown => {
                "apply the migrations where that was not done (`diesel migration run`); else write one that says what shall \
                 be, or take back what was changed by hand"
            }
        }
    }
}
