//! Types that the database has made for itself: enums, arrays and composites of them, in other
//! schemas, dropped and made anew.

use axis_db::{Connection, DbError};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{IsNull, Output, ToSql, WriteTuple};
use diesel::sql_types::{Integer, Record};
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::support::{bystander, database, modes, raw};

mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "mood"))]
    pub struct Mood;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "odd Mood", schema = "else where"))]
    pub struct OddMood;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "rated"))]
    pub struct Rated;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "missing"))]
    pub struct Missing;
}

const TYPES: &str = r#"
    CREATE SCHEMA "else where";
    CREATE TYPE mood AS ENUM ('happy', 'sad');
    CREATE TYPE "else where"."odd Mood" AS ENUM ('happy', 'sad');
    CREATE TYPE rated AS (mood mood, stars int);
    CREATE DOMAIN stars AS int CHECK (VALUE < 6);
    CREATE TABLE days (id int PRIMARY KEY, mood mood, moods mood[] NOT NULL, rated rated);
"#;

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::{Mood, Rated};
    days (id) {
        id -> Integer,
        mood -> Nullable<Mood>,
        moods -> Array<Mood>,
        rated -> Nullable<Rated>,
    }
}

#[derive(AsExpression, Clone, Copy, Debug, FromSqlRow, PartialEq)]
#[diesel(sql_type = sql_types::Mood, sql_type = sql_types::OddMood, sql_type = sql_types::Missing)]
enum Mood {
    Happy,
    Sad,
}

macro_rules! mood_as {
    ($($sql_type:ty),*) => {$(
        impl ToSql<$sql_type, Pg> for Mood {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
                let text: &[u8] = match self {
                    Mood::Happy => b"happy",
                    Mood::Sad => b"sad",
                };
                std::io::Write::write_all(out, text)?;
                Ok(IsNull::No)
            }
        }

        impl FromSql<$sql_type, Pg> for Mood {
            fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
                match value.as_bytes() {
                    b"happy" => Ok(Mood::Happy),
                    b"sad" => Ok(Mood::Sad),
                    _ => Err("no mood".into()),
                }
            }
        }
    )*};
}
mood_as!(sql_types::Mood, sql_types::OddMood, sql_types::Missing);

#[derive(AsExpression, Clone, Copy, Debug, FromSqlRow, PartialEq)]
#[diesel(sql_type = sql_types::Rated)]
struct Rated(Mood, i32);

impl ToSql<sql_types::Rated, Pg> for Rated {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        WriteTuple::<(sql_types::Mood, Integer)>::write_tuple(
            &(self.0, self.1),
            &mut out.reborrow(),
        )
    }
}

impl FromSql<sql_types::Rated, Pg> for Rated {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let (mood, stars) = FromSql::<Record<(sql_types::Mood, Integer)>, Pg>::from_sql(value)?;
        Ok(Self(mood, stars))
    }
}

async fn round_trip(connection: &mut Connection, id: i32) -> QueryResult<()> {
    let day = (
        id,
        Some(Mood::Sad),
        vec![Mood::Happy, Mood::Sad],
        Some(Rated(Mood::Happy, 5)),
    );
    diesel::insert_into(days::table)
        .values((
            days::id.eq(day.0),
            days::mood.eq(day.1),
            days::moods.eq(&day.2),
            days::rated.eq(day.3),
        ))
        .execute(connection)
        .await?;
    let found: (i32, Option<Mood>, Vec<Mood>, Option<Rated>) = days::table
        .find(id)
        .filter(days::mood.eq_any([Mood::Sad, Mood::Happy]))
        .get_result(connection)
        .await?;
    assert_eq!(found, day);
    let odd: Mood = diesel::select(Mood::Sad.into_sql::<sql_types::OddMood>())
        .get_result(connection)
        .await?;
    assert_eq!(odd, Mood::Sad);
    let pair = (Mood::Sad, 5).into_sql::<Record<(sql_types::Mood, Integer)>>();
    let pair: (Mood, i32) = diesel::select(pair).get_result(connection).await?;
    assert_eq!(pair, (Mood::Sad, 5));
    Ok(())
}

#[tokio::test]
async fn custom_types_go_there_and_back() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TYPES).await.unwrap();
    for (index, mode) in modes().into_iter().enumerate() {
        let database = database(&test, &[mode]);
        let base = 100 * i32::try_from(index).unwrap();
        // The first one asks the server, the second knows.
        let mut first = database.primary().await.unwrap();
        round_trip(&mut first, base).await.unwrap();
        round_trip(&mut first, base + 1).await.unwrap();
        // Another connection of the pool knows what the first one learned.
        let mut second = database.primary().await.unwrap();
        round_trip(&mut second, base + 2).await.unwrap();
        // Within a transaction, and as its first statement.
        let result: QueryResult<()> = second
            .transaction(async |connection| round_trip(connection, base + 3).await)
            .await;
        result.unwrap();
    }
}

#[tokio::test]
async fn the_pool_asks_once_for_a_type() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander.batch_execute(TYPES).await.unwrap();
    let database = database(&test, &[]);
    let (mut first, mut second) = (
        database.primary().await.unwrap(),
        database.primary().await.unwrap(),
    );
    let mood = || diesel::select(Mood::Sad.into_sql::<sql_types::Mood>()).into_boxed::<Pg>();
    assert_eq!(
        mood().get_result::<Mood>(&mut first).await.unwrap(),
        Mood::Sad
    );
    // What the type is called no longer matters to a pool that knows its OID.
    bystander
        .batch_execute("ALTER TYPE mood RENAME TO feeling")
        .await
        .unwrap();
    assert_eq!(
        mood().get_result::<Mood>(&mut second).await.unwrap(),
        Mood::Sad
    );
}

#[tokio::test]
async fn a_type_that_is_not_there_is_named() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let query = diesel::select(Mood::Sad.into_sql::<sql_types::Missing>());
    let error = query.get_result::<Mood>(&mut connection).await.unwrap_err();
    assert!(matches!(
        error,
        diesel::result::Error::SerializationError(_)
    ));
    let text = crate::support::chain(&DbError::from(error));
    assert!(text.contains("no type \"missing\""), "{text}");
    raw("SELECT 1").execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_type_made_anew_is_learned_anew() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander.batch_execute(TYPES).await.unwrap();
    for mode in modes() {
        let database = database(&test, &[mode]);
        let mut connection = database.primary().await.unwrap();
        let odd = || diesel::select(Mood::Sad.into_sql::<sql_types::OddMood>().is_not_null());
        assert!(odd().get_result::<bool>(&mut connection).await.unwrap());
        let again = r#"DROP TYPE "else where"."odd Mood";
            CREATE TYPE "else where"."odd Mood" AS ENUM ('happy', 'sad')"#;
        bystander.batch_execute(again).await.unwrap();
        let mut other = database.primary().await.unwrap();
        let first = odd().get_result::<bool>(&mut other).await;
        drop(other);
        let mut other = database.primary().await.unwrap();
        let second = odd().get_result::<bool>(&mut other).await;
        assert!(second.unwrap(), "after {first:?}");
    }
}

#[tokio::test]
async fn a_new_value_of_an_enum_needs_nothing() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander
        .batch_execute("CREATE TYPE mood AS ENUM ('happy')")
        .await
        .unwrap();
    let database = database(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let ask = |mood: Mood| diesel::select(mood.into_sql::<sql_types::Mood>());
    assert!(
        ask(Mood::Sad)
            .get_result::<Mood>(&mut connection)
            .await
            .is_err()
    );
    bystander
        .batch_execute("ALTER TYPE mood ADD VALUE 'sad'")
        .await
        .unwrap();
    assert_eq!(
        ask(Mood::Sad)
            .get_result::<Mood>(&mut connection)
            .await
            .unwrap(),
        Mood::Sad
    );
}

#[tokio::test]
async fn a_type_made_later_needs_another_connection_behind_a_pooler_only() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander
        .batch_execute("CREATE TYPE earlier AS ENUM ('x')")
        .await
        .unwrap();
    for mode in modes() {
        let database = database(&test, &[mode, ("DATABASE_POOL_MAX", "1")]);
        let mut connection = database.primary().await.unwrap();
        bystander
            .batch_execute("DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('happy', 'sad')")
            .await
            .unwrap();
        let ask = || diesel::select(Mood::Sad.into_sql::<sql_types::Mood>());
        let first = ask().get_result::<Mood>(&mut connection).await;
        drop(connection);
        if mode.1 == "transaction" {
            let error = axis_db::PostgresError::of(first.as_ref().unwrap_err());
            assert!(error.is_some_and(|error| error.is("26000")), "{first:?}");
        } else {
            assert_eq!(first.unwrap(), Mood::Sad);
        }
        let mut connection = database.primary().await.unwrap();
        let next = ask().get_result::<Mood>(&mut connection).await;
        assert_eq!(next.unwrap(), Mood::Sad);
    }
}
