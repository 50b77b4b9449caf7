//! `axis check drift`: a database against the migrations, object by object.
//!
//! Both catalogs are read alike: that of a throw-away database with the migrations, and that of the given one, in a transaction
//! that can write nothing. Expressions are compared as PostgreSQL's trees: a dump and a restore change only the text.

use std::collections::BTreeSet;
use std::fmt;

use axis_db::{CatalogObject, CatalogObjectKind, CatalogTable};
use serde::Serialize;

use crate::configuration::Project;
use crate::generate::MIGRATIONS_TABLE;
use crate::generate::database::{DatabaseError, MigratedDatabase};
use crate::progress::Progress;
use crate::rules::{self, Rules, RulesError};

/// Compare a database with the migrations. Exit code 0: no difference; 1: differences; 2: cannot tell.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The database, of which only the catalogs are read: any role that may connect will do.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Print the differences as JSON.
    #[arg(long)]
    json: bool,
}

/// Why the check did not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriftError {
    /// The database differs.
    #[error(
        "{0} difference(s) between the database and the migrations: write a migration that says what shall be, or take back \
         what was changed by hand"
    )]
    Found(usize),
    /// There is nothing to compare with.
    #[error(transparent)]
    Migrated(#[from] DatabaseError),
    /// The catalog of the throw-away database cannot be read.
    #[error("the throw-away database with the migrations cannot be read")]
    Expected(#[source] RulesError),
    /// The database cannot be read.
    #[error("cannot tell whether the database differs")]
    Given(#[source] RulesError),
    /// The answer cannot be printed.
    #[error("the differences cannot be printed as JSON")]
    Json(#[from] serde_json::Error),
}

/// Runs the check.
#[expect(clippy::print_stdout, reason = "this is what the command says")]
pub(super) async fn run(arguments: Arguments, project: &Project) -> Result<(), DriftError> {
    let configuration = &project.configuration;
    let progress = Progress::start("applying the migrations to a throw-away database");
    let migrated = MigratedDatabase::new(
        &project.root,
        &configuration.migrations.directory,
        configuration.target.postgres,
    )
    .await?;
    progress.next("reading both catalogs");
    let migrated_url = migrated.url();
    let (expected, found) = tokio::join!(
        rules::read(&migrated_url),
        rules::read(&arguments.database_url)
    );
    let (expected, found) = (
        expected.map_err(DriftError::Expected)?,
        found.map_err(DriftError::Given)?,
    );
    progress.next("removing the throw-away database");
    drop(migrated);
    progress.finish();
    let report = Report::new(&expected, &found);
    match arguments.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{report}"),
    }
    match report.differences.len() {
        0 => Ok(()),
        count => Err(DriftError::Found(count)),
    }
}

/// What differs, and what is worth a word.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Report {
    differences: Vec<Difference>,
    notes: Vec<String>,
    #[serde(skip)]
    tables: usize,
    #[serde(skip)]
    objects: usize,
}

/// An object that is not as the migrations make it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Difference {
    /// `schema.table`; of a type or a function, one that uses it.
    table: String,
    /// What it is: `constraint`.
    kind: &'static str,
    /// Its name. Empty for the table itself.
    name: String,
    /// What the migrations say. None: they have no such object.
    expected: Option<String>,
    /// What the database has. None: it is missing.
    found: Option<String>,
}

impl Report {
    fn new(expected: &Rules, found: &Rules) -> Self {
        let mut report = Self {
            differences: Vec::new(),
            notes: Vec::new(),
            tables: 0,
            objects: 0,
        };
        let compares_queries = expected.major_version() == found.major_version();
        if !compares_queries {
            report.notes.push(format!(
                "the queries of views are not compared: the database is on PostgreSQL {}, the migrations were applied on {}",
                found.major_version(),
                expected.major_version()
            ));
        }
        let tables = expected
            .tables
            .iter()
            .filter(|table| table.name != MIGRATIONS_TABLE);
        // A type or a function that several tables use is told once.
        let mut shared = BTreeSet::new();
        for table in tables {
            let mut others = found.tables.iter();
            match others.find(|other| is_same_name(table, other)) {
                Some(other) => report.compare(table, other, compares_queries, &mut shared),
                None => report.missing(table),
            }
        }
        for table in &found.tables {
            let is_known = table.name == MIGRATIONS_TABLE
                || expected
                    .tables
                    .iter()
                    .any(|known| is_same_name(known, table));
            if !is_known {
                report.notes.push(format!(
                    "{} {} is in no migration",
                    what(table),
                    name(table)
                ));
            }
        }
        report
    }

    /// A table that is not there. Partitions come and go.
    fn missing(&mut self, table: &CatalogTable) {
        if what(table).ends_with("partition") {
            self.notes
                .push(format!("{} {} is missing", what(table), name(table)));
            return;
        }
        self.tables += 1;
        self.differences.push(Difference {
            table: name(table),
            kind: CatalogObjectKind::Table.name(),
            name: String::new(),
            expected: Some(what(table).to_owned()),
            found: None,
        });
    }

    fn compare(
        &mut self,
        expected: &CatalogTable,
        found: &CatalogTable,
        compares_queries: bool,
        shared: &mut BTreeSet<(CatalogObjectKind, String)>,
    ) {
        self.tables += 1;
        let of = |table: &CatalogTable, like: &CatalogObject| {
            let mut objects = table.objects.iter();
            let object =
                objects.find(|object| (object.kind, &object.name) == (like.kind, &like.name));
            object.cloned()
        };
        let added = found
            .objects
            .iter()
            .filter(|object| of(expected, object).is_none());
        for object in expected.objects.iter().chain(added) {
            if object.kind == CatalogObjectKind::Query && !compares_queries {
                continue;
            }
            self.objects += 1;
            let (old, new) = (of(expected, object), of(found, object));
            let is_same = old
                .as_ref()
                .zip(new.as_ref())
                .is_some_and(|(old, new)| old.is_same(new));
            let is_shared = matches!(
                object.kind,
                CatalogObjectKind::Type
                    | CatalogObjectKind::DomainConstraint
                    | CatalogObjectKind::Function
            );
            if is_same || is_shared && !shared.insert((object.kind, object.name.clone())) {
                continue;
            }
            self.differences.push(Difference {
                table: name(expected),
                kind: object.kind.name(),
                name: object.name.clone(),
                expected: old.map(|object| object.definition),
                found: new.map(|object| object.definition),
            });
        }
    }
}

fn is_same_name(one: &CatalogTable, other: &CatalogTable) -> bool {
    (&one.schema, &one.name) == (&other.schema, &other.name)
}

fn name(table: &CatalogTable) -> String {
    format!("{}.{}", table.schema, table.name)
}

/// What the table is: `table`, `view`, `table, partition`.
fn what(table: &CatalogTable) -> &str {
    let mut objects = table.objects.iter();
    let of_table = objects.find(|object| object.kind == CatalogObjectKind::Table);
    of_table.map_or("table", |object| &object.definition)
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(formatter, "{difference}")?;
        }
        for note in &self.notes {
            writeln!(formatter, "note: {note}")?;
        }
        let (tables, objects, differences) = (self.tables, self.objects, self.differences.len());
        writeln!(
            formatter,
            "compared {objects} objects of {tables} tables: {differences} difference(s)"
        )
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            kind,
            name,
            expected,
            found,
        } = self;
        write!(
            formatter,
            "{table}: {kind}{}{name} ",
            if name.is_empty() { "" } else { " " }
        )?;
        match (expected, found) {
            (Some(expected), None) => write!(formatter, "is missing: {expected}"),
            (None, Some(found)) => write!(formatter, "is in no migration: {found}"),
            (Some(expected), Some(found)) if expected != found => {
                write!(
                    formatter,
                    "differs\n  expected: {expected}\n  found:    {found}"
                )
            }
            (_, found) => {
                let found = found.as_deref().unwrap_or_default();
                write!(
                    formatter,
                    "differs, in what its text does not show: {found}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axis_testkit::TestDatabase;

    use super::*;

    const SCHEMA: &str = "
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN short AS varchar(9) CONSTRAINT short_check CHECK (VALUE <> '');
        CREATE FUNCTION fine(value int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT value > 0';
        CREATE TABLE teams (id int PRIMARY KEY, label short, mood mood);
        CREATE TABLE players (id int PRIMARY KEY, team int REFERENCES teams, age int NOT NULL DEFAULT 1,
            status varchar(9) CONSTRAINT status_known CHECK (status IN ('new', 'old')), label short,
            CONSTRAINT age_fine CHECK (fine(age)));
        CREATE UNIQUE INDEX players_status ON players (status) WHERE age > 3;
        CREATE VIEW adults AS SELECT id FROM players WHERE age > 17;
        CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    ";

    async fn with(changes: &str) -> Rules {
        let database = TestDatabase::empty().await;
        let (client, connection) =
            tokio_postgres::connect(database.direct_url(), tokio_postgres::NoTls)
                .await
                .unwrap();
        tokio::spawn(connection);
        client.batch_execute(SCHEMA).await.unwrap();
        client.batch_execute(changes).await.unwrap();
        rules::read(database.url()).await.unwrap()
    }

    async fn report(changes: &str) -> Report {
        Report::new(&with("").await, &with(changes).await)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_done_by_hand_is_named() {
        for (changes, lines) in [
            (
                "ALTER TABLE players ADD CONSTRAINT by_hand CHECK (age < 99)",
                &["public.players: constraint by_hand is in no migration: CHECK ((age < 99))"][..],
            ),
            (
                "ALTER TABLE players DROP CONSTRAINT status_known",
                &[
                    "public.players: constraint status_known is missing: CHECK (((status)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying])::text[])))",
                ],
            ),
            (
                "ALTER TABLE players DROP CONSTRAINT status_known, ADD CONSTRAINT status_known CHECK (status <> 'new')",
                &[
                    "public.players: constraint status_known differs",
                    "  expected: CHECK (((status)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying])::text[])))",
                    "  found:    CHECK (((status)::text <> 'new'::text))",
                ],
            ),
            (
                "ALTER TABLE players ALTER age DROP NOT NULL, ALTER age SET DEFAULT 2",
                &[
                    "public.players: column age differs",
                    "  expected: integer NOT NULL DEFAULT 1",
                    "  found:    integer DEFAULT 2",
                ],
            ),
            (
                "ALTER TABLE players ADD nick text; DROP INDEX players_status",
                &[
                    "public.players: unique index players_status is missing: CREATE UNIQUE INDEX players_status ON public.players USING btree (status) WHERE (age > 3)",
                    "public.players: column nick is in no migration: text",
                ],
            ),
            (
                "CREATE OR REPLACE FUNCTION fine(value int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
                &[
                    "public.players: function public.fine(pg_catalog.int4) differs",
                    "  expected: LANGUAGE sql IMMUTABLE AS SELECT value > 0",
                    "  found:    LANGUAGE sql IMMUTABLE AS SELECT true",
                ],
            ),
            (
                "ALTER TYPE mood ADD VALUE 'fine'",
                &[
                    "public.teams: type public.mood differs",
                    "  expected: enum ('sad', 'ok')",
                    "  found:    enum ('sad', 'ok', 'fine')",
                ],
            ),
            // Two tables use it.
            (
                "ALTER DOMAIN short DROP CONSTRAINT short_check",
                &[
                    "public.players: domain constraint public.short.short_check is missing: CHECK (((VALUE)::text <> ''::text))",
                ],
            ),
            (
                "CREATE OR REPLACE VIEW adults AS SELECT id FROM players WHERE age > 18",
                &[
                    "public.adults: query differs",
                    "  expected:  SELECT players.id",
                    "   FROM public.players",
                    "  WHERE (players.age > 17);",
                    "  found:     SELECT players.id",
                    "   FROM public.players",
                    "  WHERE (players.age > 18);",
                ],
            ),
            (
                "DROP TABLE events",
                &["public.events: table is missing: partitioned table"],
            ),
        ] {
            let report = report(changes).await;
            let text = report.to_string();
            let found: Vec<&str> = text
                .lines()
                .filter(|line| !line.starts_with("note: "))
                .collect();
            let (last, found) = found.split_last().unwrap();
            assert_eq!(found, lines, "{changes}");
            assert!(
                last.ends_with(&format!("{} difference(s)", report.differences.len())),
                "{last}"
            );
        }
    }

    /// The twins: what is no rule, another text of the same rule, and what is beside the tables.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_no_rule_is_not() {
        for (changes, notes) in [
            ("", &[][..]),
            ("COMMENT ON TABLE players IS 'x'; CREATE INDEX ON players (age); ANALYZE players", &[]),
            (
                "ALTER TABLE players DROP CONSTRAINT status_known, ADD CONSTRAINT status_known
                 CHECK ((status)::text = ANY (ARRAY[('new'::varchar)::text, ('old'::varchar)::text]))",
                &[],
            ),
            ("CREATE TABLE badges (id int)", &["table public.badges is in no migration"]),
            ("DROP TABLE events_old", &["table, partition public.events_old is missing"]),
            ("CREATE TABLE __diesel_schema_migrations (version text)", &[]),
        ] {
            let report = report(changes).await;
            assert_eq!(report.differences, [], "{changes}");
            assert_eq!(report.notes, notes, "{changes}");
            assert!(report.tables >= 4 && report.objects >= 25, "{report:?}");
        }
    }
}
