//! Diesel's queries run as on any other connection, in both statement modes and each more than
//! once.

use axis_db::Connection;
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel_async::{RunQueryDsl, SaveChangesDsl, SimpleAsyncConnection};

use crate::support::{bystander, database, modes, raw};

diesel::table! {
    items (id) {
        id -> Integer,
        name -> Text,
        amount -> Nullable<Integer>,
    }
}

diesel::table! {
    notes (id) {
        id -> Integer,
        item -> Integer,
        text -> Text,
    }
}

diesel::joinable!(notes -> items (item));
diesel::allow_tables_to_appear_in_same_query!(items, notes);

const TABLES: &str = "
    CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL UNIQUE, amount int DEFAULT 7);
    CREATE TABLE notes (id int PRIMARY KEY, item int NOT NULL REFERENCES items, text text NOT NULL);
";

#[derive(Queryable, Selectable, Identifiable, Insertable, AsChangeset, Clone, Debug, PartialEq)]
#[diesel(table_name = items, check_for_backend(diesel::pg::Pg))]
struct Item {
    id: i32,
    name: String,
    amount: Option<i32>,
}

#[derive(Identifiable, AsChangeset, Clone, Copy)]
#[diesel(table_name = items)]
struct Renamed<'a> {
    id: i32,
    name: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = items)]
struct NewItem {
    id: i32,
    name: String,
    // Left out where it is none: the text of the statement depends on the value.
    amount: Option<i32>,
}

#[derive(AsChangeset)]
#[diesel(table_name = items)]
struct Change {
    name: Option<String>,
    amount: Option<Option<i32>>,
}

#[derive(QueryableByName, Debug, PartialEq)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Integer>)]
    amount: Option<i32>,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

fn item(id: i32, amount: Option<i32>) -> Item {
    Item {
        id,
        name: format!("item {id}"),
        amount,
    }
}

#[tokio::test]
async fn every_form_of_query_runs() {
    for mode in modes() {
        let test = TestDatabase::empty().await;
        bystander(&test).await.batch_execute(TABLES).await.unwrap();
        let database = database(&test, &[mode]);
        let mut connection = database.primary().await.unwrap();
        for round in 0..3 {
            inserts(&mut connection, 100 * round).await.unwrap();
            reads(&mut connection, 100 * round).await.unwrap();
            updates(&mut connection, 100 * round).await.unwrap();
            deletes(&mut connection, 100 * round).await.unwrap();
        }
        assert_eq!(
            connection.prepared_statements() == 0,
            connection.is_behind_pooler()
        );
    }
}

async fn inserts(connection: &mut Connection, base: i32) -> QueryResult<()> {
    let one = item(base, Some(1));
    let returned: Item = diesel::insert_into(items::table)
        .values(&one)
        .returning(Item::as_returning())
        .get_result(connection)
        .await?;
    assert_eq!(returned, one);
    for count in [1, 2, 3, 1] {
        let batch: Vec<_> = (0..count)
            .map(|n| item(base + 10 * count + n, None))
            .collect();
        let inserted = diesel::insert_into(items::table)
            .values(&batch)
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        assert!(inserted == batch.len() || (count == 1 && inserted == 0));
    }
    for amount in [Some(5), None, Some(6), None] {
        let id = base + 40 + amount.unwrap_or(0);
        let new = NewItem {
            id,
            name: format!("new {id}"),
            amount,
        };
        let kept: Option<i32> = diesel::insert_into(items::table)
            .values(&new)
            .on_conflict(items::id)
            .do_update()
            .set(items::name.eq(diesel::upsert::excluded(items::name)))
            .returning(items::amount)
            .get_result(connection)
            .await?;
        assert_eq!(kept, Some(amount.unwrap_or(7)), "a default is another text");
    }
    let copied = items::table
        .select((items::id, items::id, items::name))
        .filter(items::id.eq(base));
    let copied = diesel::insert_into(notes::table)
        .values(copied)
        .into_columns((notes::id, notes::item, notes::text))
        .execute(connection)
        .await?;
    assert_eq!(copied, 1);
    Ok(())
}

async fn reads(connection: &mut Connection, base: i32) -> QueryResult<()> {
    let found = items::table.find(base).select(Item::as_select());
    assert_eq!(found.get_result(connection).await?, item(base, Some(1)));
    assert_eq!(found.first(connection).await?, item(base, Some(1)));
    let missing = items::table.find(-1).first::<Item>(connection).await;
    assert_eq!(missing.optional()?, None);
    for count in 0..3 {
        let ids: Vec<i32> = (0..count).map(|n| base + n * 20).collect();
        let found: Vec<i32> = items::table
            .filter(items::id.eq_any(&ids))
            .order(items::id)
            .select(items::id)
            .load(connection)
            .await?;
        assert_eq!(found.len(), ids.len());
        let page: Vec<Item> = items::table
            .order(items::id)
            .limit(i64::from(count))
            .offset(1)
            .load(connection)
            .await?;
        assert_eq!(page.len(), ids.len());
    }
    let boxed = |name: Option<&'static str>| {
        let mut query = items::table.into_boxed().filter(items::id.ge(base));
        if let Some(name) = name {
            query = query.filter(items::name.like(name));
        }
        query.count()
    };
    let all: i64 = boxed(None).get_result(connection).await?;
    let none: i64 = boxed(Some("nothing")).get_result(connection).await?;
    assert!(all > 5 && none == 0);
    let joined: Vec<(Item, Option<String>)> = items::table
        .left_join(notes::table)
        .filter(items::id.eq(base))
        .select((Item::as_select(), notes::text.nullable()))
        .load(connection)
        .await?;
    assert_eq!(
        joined,
        [(item(base, Some(1)), Some(format!("item {base}")))]
    );
    let grouped: Vec<(Option<i32>, i64)> = items::table
        .group_by(items::amount)
        .select((items::amount, diesel::dsl::count_star()))
        .load(connection)
        .await?;
    assert!(grouped.len() > 2);
    let exists = diesel::select(diesel::dsl::exists(items::table.find(base)));
    assert!(exists.get_result::<bool>(connection).await?);
    let named = raw("SELECT name, amount, count(*) OVER () AS total FROM items WHERE id = $1");
    let named: Named = named
        .bind::<Integer, _>(base)
        .get_result(connection)
        .await?;
    assert_eq!((named.amount, named.total), (Some(1), 1));
    Ok(())
}

async fn updates(connection: &mut Connection, base: i32) -> QueryResult<()> {
    let update = diesel::update(items::table.find(base)).set(items::amount.eq(2));
    assert_eq!(update.execute(connection).await?, 1);
    let name = format!("renamed {base}");
    let renamed = Renamed {
        id: base,
        name: &name,
    };
    let saved: Item = renamed.save_changes(connection).await?;
    assert_eq!((&*saved.name, saved.amount), (&*name, Some(2)));
    let changes = [
        (Some(format!("changed {base}")), None),
        (None, Some(Some(3))),
        (Some(format!("item {base}")), Some(None)),
    ];
    for (name, amount) in changes {
        let change = Change { name, amount };
        let changed = diesel::update(items::table.find(base))
            .set(change)
            .execute(connection)
            .await?;
        assert_eq!(changed, 1);
    }
    let none = Change {
        name: None,
        amount: None,
    };
    let nothing = diesel::update(items::table.find(base))
        .set(none)
        .execute(connection)
        .await;
    assert!(matches!(
        nothing,
        Err(diesel::result::Error::QueryBuilderError(_))
    ));
    assert_eq!(
        items::table.find(base).first::<Item>(connection).await?,
        item(base, None)
    );
    Ok(())
}

async fn deletes(connection: &mut Connection, base: i32) -> QueryResult<()> {
    let deleted: Vec<i32> = diesel::delete(notes::table.filter(notes::item.eq(base)))
        .returning(notes::id)
        .get_results(connection)
        .await?;
    assert_eq!(deleted, [base]);
    let gone = diesel::delete(items::table.find(base))
        .execute(connection)
        .await?;
    assert_eq!(gone, 1);
    Ok(())
}

#[tokio::test]
async fn several_commands_run_at_once() {
    let test = TestDatabase::empty().await;
    for mode in modes() {
        let database = database(&test, &[mode]);
        let mut connection = database.primary().await.unwrap();
        let script = format!(
            "DROP TABLE IF EXISTS notes, items; {TABLES} INSERT INTO items VALUES (1, 'a')"
        );
        batch(&mut connection, &script).await.unwrap();
        assert_eq!(
            items::table
                .count()
                .get_result::<i64>(&mut connection)
                .await
                .unwrap(),
            1
        );
        // All of them or none.
        let failed = batch(&mut connection, "DELETE FROM items; SELECT 1 / 0").await;
        assert!(
            axis_db::PostgresError::of(&failed.unwrap_err()).is_some_and(|error| error.is("22012"))
        );
        assert_eq!(
            items::table
                .count()
                .get_result::<i64>(&mut connection)
                .await
                .unwrap(),
            1
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the method under test; its texts are constants"
)]
async fn batch(connection: &mut Connection, script: &str) -> QueryResult<()> {
    connection.batch_execute(script).await
}
