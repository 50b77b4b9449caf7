#!/bin/sh
# How long `axis generate` takes beside `diesel print-schema`, for a schema as pg_dump --schema-only writes it.
#
#   DATABASE_URL=postgres://..  benchmarks/generation.sh SCHEMA.sql [ROUNDS]
#
# DATABASE_URL is a database of a server on which databases may be made: one is, and goes away in the end. Both run in turn,
# and the median of each is told. `axis generate` also makes a database of its own and loads the schema into it: what that
# takes is measured by psql and a new database, and taken off. Bound: twice as long.
set -eu
schema=$(realpath "$1")
rounds=${2:-5}
root=$(realpath "$(dirname "$0")/..")
axis=${AXIS:-$root/target/release/axis}
[ -x "$axis" ] || cargo build --release -p axis --manifest-path "$root/Cargo.toml"
work=$(mktemp -d)
name=axis_generation_$$
server=${DATABASE_URL%/*}
trap 'cd /; rm -rf "$work"; psql -qX "$DATABASE_URL" -c "DROP DATABASE IF EXISTS $name"' EXIT

mkdir -p "$work/migrations/2026-01-01-000000_schema" "$work/src"
# What psql alone understands, and whom the objects belong to, is no part of it.
grep -Ev '^\\|^(GRANT|REVOKE|ALTER .* OWNER TO) |^SELECT pg_catalog.set_config|^SET transaction_timeout' "$schema" \
    > "$work/migrations/2026-01-01-000000_schema/up.sql"
echo 'SELECT 1' > "$work/migrations/2026-01-01-000000_schema/down.sql"
cat > "$work/axis.toml" <<'TOML'
[target]
postgres = 15
[migrations]
directory = "migrations"
[generate]
diesel = "diesel.toml"
schema_module = "crate::schema"
contracts = "src/generated"
TOML
cat > "$work/diesel.toml" <<'TOML'
[print_schema]
file = "src/schema.rs"
allow_tables_to_appear_in_same_query_config = "fk_related_tables"
[migrations_directory]
dir = "migrations"
TOML

timed() {
    from=$(date +%s%N)
    "$@" > "$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
    echo $(( ($(date +%s%N) - from) / 1000 ))
}
median() {
    sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

cd "$work"
"$axis" generate > /dev/null # The server is there, and so are the files.
round=0
while [ "$round" -lt "$rounds" ]; do
    psql -qX "$DATABASE_URL" -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $name" -c "CREATE DATABASE $name TEMPLATE template0"
    timed psql -qX -v ON_ERROR_STOP=1 "$server/$name" -f migrations/2026-01-01-000000_schema/up.sql >> loaded
    # It gives up at a table without a primary key.
    except=$(psql -qXAt "$server/$name" -c "SELECT quote_literal('^' || relname || '$') FROM pg_class c
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indisprimary)" | paste -sd, -)
    sed "s/^\[print_schema\]/&\nfilter = { except_tables = [$except] }/" diesel.toml > stock.toml
    timed diesel print-schema --database-url "$server/$name" --config-file stock.toml >> printed
    timed "$axis" generate --check >> generated
    round=$((round + 1))
done
awk -v generated="$(median generated)" -v loaded="$(median loaded)" -v printed="$(median printed)" 'BEGIN {
    printf "axis generate %.0f ms, of which loading %.0f ms; diesel print-schema %.0f ms; ratio %.2f\n",
        generated / 1000, loaded / 1000, printed / 1000, (generated - loaded) / printed
}'
