//! What differs between databases that were changed by hand, and what does not.

use axis_testkit::TestDatabase;

use super::report::Report;
use crate::rules::{self, Rules};

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
        (
            "COMMENT ON TABLE players IS 'x'; CREATE INDEX ON players (age); ANALYZE players",
            &[],
        ),
        (
            "ALTER TABLE players DROP CONSTRAINT status_known, ADD CONSTRAINT status_known
             CHECK ((status)::text = ANY (ARRAY[('new'::varchar)::text, ('old'::varchar)::text]))",
            &[],
        ),
        (
            "CREATE TABLE badges (id int)",
            &["table public.badges is in no migration"],
        ),
        (
            "DROP TABLE events_old",
            &["partition public.events_old is missing"],
        ),
        (
            "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
             CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-01-02') TO ('2026-01-03')",
            &["2 partitions are in no migration, public.events_1 among them"],
        ),
        (
            "CREATE TABLE __diesel_schema_migrations (version text)",
            &[],
        ),
    ] {
        let report = report(changes).await;
        assert_eq!(report.differences, [], "{changes}");
        assert_eq!(report.notes, notes, "{changes}");
        assert!(report.tables >= 4 && report.objects >= 25, "{report:?}");
    }
}
