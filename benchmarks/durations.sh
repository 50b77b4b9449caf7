#!/bin/sh
# How long the compiler and `axis generate` take.
#
#   benchmarks/durations.sh builds      cold and warm builds of the workspace, in a target folder that goes away in the end
#   benchmarks/durations.sh generate    `axis generate` for a schema of 500 tables, which this writes
#
# PROFILE=release builds as a release does. TABLES is another number of tables, ROUNDS another number of runs (5): the median is
# told.
set -eu
root=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
trap 'cd /; rm -rf "$work"' EXIT

timed() {
    from=$(date +%s%N)
    "$@" > "$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
    echo $(( ($(date +%s%N) - from) / 1000000 ))
}
median() {
    sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

builds() {
    profile=${PROFILE:-dev}
    build() {
        # A source counts as changed by its time alone.
        [ "$1" = nothing ] || touch "$root/$1"
        cargo build --workspace --offline --profile "$profile" --manifest-path "$root/Cargo.toml" --target-dir "$work/target"
    }
    cargo fetch --quiet --locked --manifest-path "$root/Cargo.toml"
    took=$(timed build nothing)
    echo "cold: $took ms, profile $profile"
    for changed in nothing crates/adapters/src/repositories/users.rs crates/schema/src/lib.rs crates/db/src/schema.rs; do
        took=$(timed build "$changed")
        echo "warm, changed: $changed: $took ms"
    done
}

# Each table has a key, a foreign key with its index, unique names, numbers, times, JSON, and CHECKs.
schema() {
    awk -v tables="$1" -v q="'" 'BEGIN {
        for (t = 1; t <= tables; t++) {
            printf "CREATE TABLE things_%d (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), ", t
            printf "parent_id uuid NOT NULL REFERENCES things_%d (id), ", (t > 1 ? t - 1 : 1)
            printf "name varchar(100) NOT NULL CHECK (char_length(name) >= 1), slug text NOT NULL CHECK (slug ~ %s^[a-z0-9-]+$%s), ", q, q
            printf "amount numeric(12, 2) NOT NULL DEFAULT 0 CHECK (amount >= 0), count integer NOT NULL CHECK (count BETWEEN 0 AND 1000), "
            printf "state text NOT NULL CHECK (state IN (%sopen%s, %sclosed%s)), data jsonb, ", q, q, q, q
            printf "created_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz, CHECK (ended_at >= created_at));\n"
            printf "CREATE UNIQUE INDEX ON things_%d (slug);\nCREATE INDEX ON things_%d (parent_id);\n", t, t
            printf "COMMENT ON TABLE things_%d IS %sThing number %d.%s;\n", t, q, t, q
        }
    }'
}

generate() {
    tables=${TABLES:-500}
    axis=${AXIS:-$root/target/release/axis}
    [ -x "$axis" ] || cargo build --release -p axis --manifest-path "$root/Cargo.toml"
    mkdir -p "$work/migrations/2026-01-01-000000_schema" "$work/src"
    schema "$tables" > "$work/migrations/2026-01-01-000000_schema/up.sql"
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
    cd "$work"
    took=$(timed "$axis" generate)
    echo "axis generate, the first time, with a server to start: $took ms"
    printed=$(find src/generated -name 'things_*.rs' | wc -l)
    [ "$printed" -ge "$tables" ] || { echo "$printed contracts instead of $tables" >&2; exit 1; }
    round=0
    while [ "$round" -lt "${ROUNDS:-5}" ]; do
        timed "$axis" generate --check >> times
        round=$((round + 1))
    done
    echo "axis generate --check: $(median times) ms, $printed contracts of $(cat src/generated/*.rs | wc -l) lines"
}

case ${1:-} in
    builds) builds ;;
    generate) generate ;;
    *) echo "builds, or generate: see the head of this file" >&2; exit 2 ;;
esac
