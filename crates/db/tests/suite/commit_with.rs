//! What travels together: BEGIN with a first SELECT, COMMIT with a statement that is asked to take
//! it along. Never more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axis_db::{
    Connection, CopyFormat, CopyIn, Database, DbError, ErrorClass, PostgresError,
    TransactionOutcome,
};
use axis_testkit::{Damage, FaultProxy, Passing, Route, TestDatabase, leave_out_on};
use bytes::Bytes;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::{Integer, Text};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::{FutureExt, TryStreamExt, stream};

use crate::support::{Recorder, bystander, modes, observed, observed_at, raw};

diesel::table! {
    accounts (id) {
        id -> Integer,
        amount -> Integer,
    }
}

/// Of the same table, as a build takes it to be that is older than the database.
mod older {
    diesel::table! {
        accounts (id) {
            id -> Integer,
            amount -> BigInt,
        }
    }
}

/// With a column whose type is the database's own; Diesel reads an enum's binary form as a text.
mod later {
    diesel::table! {
        accounts (id) {
            id -> Integer,
            amount -> Integer,
            mood -> Text,
        }
    }
}

const TABLE: &str = "
    CREATE TABLE accounts (id int PRIMARY KEY, amount int NOT NULL);
    ALTER TABLE accounts ADD UNIQUE (amount) DEFERRABLE INITIALLY DEFERRED;
    INSERT INTO accounts VALUES (1, 10), (2, 20);
";

const ONE: (&str, &str) = ("DATABASE_POOL_MAX", "1");

async fn accounts_with(variables: &[(&str, &str)]) -> (TestDatabase, Database, Arc<Recorder>) {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let (database, recorder) = observed(&test, variables);
    (test, database, recorder)
}

/// As one who has nothing to do with the code under test sees them.
async fn amounts(test: &TestDatabase) -> Vec<i32> {
    let rows = bystander(test)
        .await
        .query("SELECT amount FROM accounts ORDER BY id", &[])
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Gives how many rows it concerned.
async fn set(connection: &mut Connection, id: i32, amount: i32) -> Result<usize, DbError> {
    let update = diesel::update(accounts::table.find(id)).set(accounts::amount.eq(amount));
    Ok(update.execute(connection).await?)
}

/// Gives the row that it changed.
async fn put(connection: &mut Connection, id: i32, amount: i32) -> Result<(i32, i32), DbError> {
    let update = diesel::update(accounts::table.find(id)).set(accounts::amount.eq(amount));
    Ok(update.get_result(connection).await?)
}

async fn divide(connection: &mut Connection) -> Result<usize, DbError> {
    let fail = raw("UPDATE accounts SET amount = 1 / (id - 2)");
    Ok(fail.execute(connection).await?)
}

/// It fails before it goes out: one value too few.
async fn bind_too_few(connection: &mut Connection) -> Result<usize, DbError> {
    let fail = raw("UPDATE accounts SET amount = $1 WHERE id = $2").bind::<Integer, _>(13);
    Ok(fail.execute(connection).await?)
}

fn is_over<T: std::fmt::Debug>(result: &Result<T, DbError>) -> bool {
    match result {
        Err(DbError::Query { source, .. }) => matches!(source, DieselError::NotInTransaction),
        _ => false,
    }
}

/// How the attempts ended.
fn outcomes(recorder: &Recorder) -> Vec<TransactionOutcome> {
    let attempts = recorder.transactions();
    attempts.iter().map(|attempt| attempt.outcome).collect()
}

fn commits(recorder: &Recorder) -> usize {
    let queries = recorder.queries();
    queries.iter().filter(|query| query.0 == "COMMIT").count()
}

#[tokio::test]
async fn a_statement_takes_commit_along() {
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        // First it must be prepared, later it is known; once nothing comes before it.
        for round in 0..4 {
            let amount = 100 * (round + 1);
            let work = async |connection: &mut Connection| {
                if round != 3 {
                    set(connection, 1, amount).await?;
                }
                let row = connection
                    .commit_with(async |connection| put(connection, 2, amount + 1).await)
                    .await??;
                assert_eq!(row, (2, amount + 1));
                assert_eq!(amounts(&test).await[1], amount + 1, "committed by now");
                Ok::<_, DbError>(())
            };
            database.transaction().run(work).await.unwrap();
            let count = database
                .transaction()
                .run(async |connection| {
                    let count = connection.commit_with(async |c| set(c, 2, amount + 2).await);
                    count.await
                })
                .await;
            assert_eq!(count.unwrap().unwrap(), 1);
        }
        assert_eq!(commits(&recorder), 8);
        assert_eq!(amounts(&test).await, [300, 402]);
        assert_eq!(outcomes(&recorder), [TransactionOutcome::Committed; 8]);
        assert_eq!(recorder.connected().len(), 1);
    }
}

#[tokio::test]
async fn a_statement_that_fails_commits_nothing() {
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        for _ in 0..3 {
            let failed: Result<Result<usize, DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 11).await?;
                    connection.commit_with(divide).await
                })
                .await;
            let Err(DbError::Query { source, .. }) = &failed else {
                panic!("{failed:?}");
            };
            assert!(PostgresError::of(source).is_some_and(|error| error.is("22012")));
            let unsent: Result<Result<usize, DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 12).await?;
                    connection.commit_with(bind_too_few).await
                })
                .await;
            // Without a name, it is the server that counts.
            assert!(
                matches!(
                    unsent,
                    Err(DbError::Query { .. } | DbError::Protocol { .. })
                ),
                "{unsent:?}"
            );
            // The COMMIT itself is refused.
            let refused: Result<Result<(i32, i32), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 2, 21).await?;
                    connection.commit_with(async |c| put(c, 1, 21).await).await
                })
                .await;
            let refused = refused.unwrap_err();
            assert_eq!(refused.class(), ErrorClass::ConstraintViolation);
            assert_eq!(amounts(&test).await, [10, 20]);
        }
        assert!(
            !outcomes(&recorder).contains(&TransactionOutcome::Committed),
            "{:?}",
            outcomes(&recorder)
        );
        assert_eq!(recorder.connected().len(), 1, "the connection goes on");
    }
}

/// The twin of what is refused where the error is handed on.
#[tokio::test]
async fn an_error_that_is_swallowed_commits_nothing() {
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        for _ in 0..3 {
            // By `work`, of the statement that takes COMMIT along and of its COMMIT.
            let failed: Result<Result<(), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 11).await?;
                    connection
                        .commit_with(async |connection| {
                            let _ = divide(connection).await;
                            Ok(())
                        })
                        .await
                })
                .await;
            assert!(
                matches!(failed, Err(DbError::TransactionAborted)),
                "{failed:?}"
            );
            let refused: Result<Result<(), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    connection
                        .commit_with(async |connection| {
                            let _ = put(connection, 1, 20).await;
                            Ok(())
                        })
                        .await
                })
                .await;
            assert!(
                matches!(refused, Err(DbError::TransactionAborted)),
                "{refused:?}"
            );
            // By who called it.
            let around: Result<(), DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 11).await?;
                    let _ = connection.commit_with(divide).await;
                    Ok(())
                })
                .await;
            assert!(
                matches!(around, Err(DbError::TransactionAborted)),
                "{around:?}"
            );
            // Of a statement before.
            let before: Result<Result<(i32, i32), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 14).await?;
                    let _ = divide(connection).await;
                    connection.commit_with(async |c| put(c, 2, 15).await).await
                })
                .await;
            assert!(
                matches!(before, Err(DbError::TransactionAborted)),
                "{before:?}"
            );
            let without: Result<Result<(), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 14).await?;
                    let _ = divide(connection).await;
                    connection.commit_with(async |_| Ok(())).await
                })
                .await;
            assert!(
                matches!(without, Err(DbError::TransactionAborted)),
                "{without:?}"
            );
            assert_eq!(amounts(&test).await, [10, 20]);
        }
        assert_eq!(recorder.connected().len(), 1, "the connection goes on");
    }
}

#[tokio::test]
async fn nothing_follows_in_the_transaction() {
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        for _ in 0..3 {
            let second: Result<Result<usize, DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 11).await?;
                    connection
                        .commit_with(async |connection| {
                            put(connection, 2, 21).await?;
                            set(connection, 2, 22).await
                        })
                        .await
                })
                .await;
            assert!(is_over(second.as_ref().unwrap()), "{second:?}");
            let after: Result<(), DbError> = database
                .transaction()
                .run(async |connection| {
                    connection
                        .commit_with(async |c| put(c, 1, 12).await)
                        .await??;
                    let after = set(connection, 1, 13).await;
                    assert!(is_over(&after), "{after:?}");
                    let again = connection.commit_with(async |c| put(c, 1, 13).await).await;
                    assert!(is_over(&again), "{again:?}");
                    let part = connection.savepoint(async |c| put(c, 1, 13).await).await;
                    assert!(is_over(&part), "{part:?}");
                    // The transaction has taken place, whatever comes after.
                    Err(DbError::NotFound)
                })
                .await;
            assert!(matches!(after, Err(DbError::NotFound)), "{after:?}");
            assert_eq!(amounts(&test).await, [12, 21]);
        }
        assert_eq!(outcomes(&recorder), [TransactionOutcome::Committed; 6]);
        assert_eq!(recorder.connected().len(), 1, "the connection goes on");
    }
}

#[tokio::test]
async fn only_an_outermost_transaction_ends_so() {
    let (test, database, _) = accounts_with(&[ONE]).await;
    {
        let mut connection = database.primary().await.unwrap();
        let outside = connection.commit_with(async |c| put(c, 1, 11).await).await;
        assert!(is_over(&outside), "{outside:?}");
    }
    let result: Result<(), DbError> = database
        .transaction()
        .run(async |connection| {
            let inner: Result<(), DbError> = connection
                .savepoint(async |connection| {
                    let inner = connection.commit_with(async |c| put(c, 1, 11).await).await;
                    assert!(is_over(&inner), "{inner:?}");
                    put(connection, 1, 12).await?;
                    Ok(())
                })
                .await;
            inner?;
            assert_eq!(amounts(&test).await, [10, 20], "nothing is committed yet");
            Ok(())
        })
        .await;
    result.unwrap();
    assert_eq!(amounts(&test).await, [12, 20]);
}

#[tokio::test]
async fn commit_goes_by_itself_where_nothing_takes_it_along() {
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        let into = CopyIn {
            schema: None,
            table: "accounts",
            columns: &["id", "amount"],
            format: CopyFormat::Text,
        };
        for id in 3..6 {
            // No statement, neither in `work` nor at all.
            let none: Result<Result<i32, DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, id).await?;
                    let result = connection.commit_with(async |_| Ok(id)).await?;
                    assert_eq!(amounts(&test).await[0], id, "committed by now");
                    let after = set(connection, 1, 13).await;
                    assert!(is_over(&after), "{after:?}");
                    Ok(result)
                })
                .await;
            assert_eq!(none.unwrap().unwrap(), id);
            let before = commits(&recorder);
            let nothing: Result<Result<(), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    let result = connection.commit_with(async |_| Ok(())).await;
                    let after = set(connection, 1, 13).await;
                    assert!(is_over(&after), "{after:?}");
                    result
                })
                .await;
            nothing.unwrap().unwrap();
            assert_eq!(commits(&recorder), before, "nothing was begun");
            // What cannot take it along.
            let others: Result<Result<u64, DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    connection
                        .commit_with(async |connection| {
                            connection
                                .batch_execute("SET LOCAL work_mem = '1MB'")
                                .await?;
                            connection
                                .savepoint(async |connection| set(connection, 2, 20 + id).await)
                                .await?;
                            let data = [Ok::<_, DbError>(Bytes::from(format!("{id}\t{id}0\n")))];
                            Ok(connection.copy_in(into, stream::iter(data)).await?)
                        })
                        .await
                })
                .await;
            assert_eq!(others.unwrap().unwrap(), 1);
            assert_eq!(commits(&recorder), before + 1);
            let found = amounts(&test).await;
            assert_eq!((found[1], found.last()), (20 + id, Some(&(id * 10))));
        }
        assert_eq!(outcomes(&recorder), [TransactionOutcome::Committed; 9]);
    }
}

/// The transaction stays open, and its caller decides.
#[tokio::test]
async fn work_that_fails_before_its_statement_commits_nothing() {
    let (test, database, _) = accounts_with(&[ONE]).await;
    for _ in 0..2 {
        let result: Result<(), DbError> = database
            .transaction()
            .run(async |connection| {
                set(connection, 1, 11).await?;
                let early: Result<Result<(), DbError>, DbError> = connection
                    .commit_with(async |_| Err(DbError::NotFound))
                    .await;
                assert!(matches!(early, Err(DbError::NotFound)), "{early:?}");
                set(connection, 2, 21).await?;
                assert_eq!(amounts(&test).await, [10, 20], "nothing is committed yet");
                Err(DbError::NotFound)
            })
            .await;
        assert!(matches!(result, Err(DbError::NotFound)), "{result:?}");
        assert_eq!(amounts(&test).await, [10, 20]);
    }
}

/// What is asked of a statement ends with the future that asks.
#[tokio::test]
async fn work_that_is_dropped_before_its_statement_asks_nothing_of_the_next() {
    let (test, database, _) = accounts_with(&[ONE]).await;
    for _ in 0..2 {
        let result: Result<(), DbError> = database
            .transaction()
            .run(async |connection| {
                set(connection, 1, 11).await?;
                let stuck = connection.commit_with(async |_| {
                    std::future::pending::<()>().await;
                    Ok::<_, DbError>(())
                });
                assert!(stuck.now_or_never().is_none());
                put(connection, 2, 21).await?;
                assert_eq!(amounts(&test).await, [10, 20], "nothing is committed yet");
                Err(DbError::NotFound)
            })
            .await;
        assert!(matches!(result, Err(DbError::NotFound)), "{result:?}");
        assert_eq!(amounts(&test).await, [10, 20]);
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_comes_too_late() {
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        for _ in 0..3 {
            let missing: Result<Result<(i32, i32), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 11).await?;
                    connection.commit_with(async |c| put(c, 3, 30).await).await
                })
                .await;
            assert!(matches!(missing, Ok(Err(DbError::NotFound))), "{missing:?}");
            let unreadable: Result<Result<Vec<i64>, DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 2, 22).await?;
                    connection
                        .commit_with(async |connection| {
                            let read = older::accounts::table.select(older::accounts::amount);
                            Ok(read.load(connection).await?)
                        })
                        .await
                })
                .await;
            assert!(
                matches!(unreadable, Ok(Err(DbError::Query { .. }))),
                "{unreadable:?}"
            );
            assert_eq!(amounts(&test).await, [11, 22]);
        }
        assert_eq!(outcomes(&recorder), [TransactionOutcome::Committed; 6]);
        assert_eq!(recorder.connected().len(), 1, "the connection goes on");
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Text)]
    #[expect(dead_code, reason = "there to be large")]
    padding: String,
}

#[tokio::test]
async fn a_large_answer_is_read_to_its_end() {
    const LARGE: &str = "WITH changed AS (UPDATE accounts SET amount = amount + 1 WHERE id = 1) \
         SELECT g AS number, repeat('x', 200) AS padding FROM generate_series(1, 20000) g";
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        for round in 1..4 {
            let sum = database
                .transaction()
                .run(async |connection| {
                    set(connection, 2, 50 + round).await?;
                    connection
                        .commit_with(async |connection| {
                            let rows = raw(LARGE).load_stream::<Number>(connection).await?;
                            let sum = rows.try_fold(0, async |sum, row| Ok(sum + row.number));
                            Ok::<_, DbError>(sum.await?)
                        })
                        .await
                })
                .await;
            assert_eq!(sum.unwrap().unwrap(), 200_010_000);
            assert_eq!(amounts(&test).await, [10 + round, 50 + round]);
        }
        let left: Result<Result<i32, DbError>, DbError> = database
            .transaction()
            .run(async |connection| {
                set(connection, 2, 60).await?;
                connection
                    .commit_with(async |connection| {
                        let rows = raw(LARGE).load_stream::<Number>(connection).await?;
                        let first = std::pin::pin!(rows).try_next().await?;
                        Ok(first.unwrap().number)
                    })
                    .await
            })
            .await;
        assert_eq!(left.unwrap().unwrap(), 1);
        assert_eq!(amounts(&test).await, [14, 60], "dropped, and committed");
        assert_eq!(outcomes(&recorder), [TransactionOutcome::Committed; 4]);
        assert_eq!(recorder.connected().len(), 1, "the connection goes on");
    }
}

/// Raises a serialization failure as often as is said, at the change or at COMMIT.
async fn clashes(test: &TestDatabase, times: i32, is_deferred: bool) {
    let deferrable = match is_deferred {
        true => "DEFERRABLE INITIALLY DEFERRED",
        false => "NOT DEFERRABLE",
    };
    // A sequence counts what is rolled back, too.
    let text = format!(
        "CREATE SEQUENCE clashes;
         CREATE FUNCTION clash() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN IF nextval('clashes') <= {times} THEN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END IF;
                RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER clash AFTER UPDATE ON accounts {deferrable}
             FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION clash()"
    );
    bystander(test).await.batch_execute(&text).await.unwrap();
}

#[tokio::test]
async fn a_serialization_failure_is_run_again() {
    const TIMES: usize = 3;
    for mode in modes() {
        for is_deferred in [false, true] {
            let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
            clashes(&test, 3, is_deferred).await;
            let row = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 11).await?;
                    connection.commit_with(async |c| put(c, 2, 21).await).await
                })
                .await;
            assert_eq!(row.unwrap().unwrap(), (2, 21));
            assert_eq!(amounts(&test).await, [11, 21]);
            let clash = TransactionOutcome::Failed(ErrorClass::SerializationFailure);
            let mut expected = vec![clash; TIMES];
            expected.push(TransactionOutcome::Committed);
            assert_eq!(outcomes(&recorder), expected, "deferred: {is_deferred}");
        }
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_unknown_and_not_run_again() {
    if leave_out_on(&[Route::Tls], "the proxy waits for the text of COMMIT") {
        return;
    }
    for mode in modes() {
        let test = TestDatabase::empty().await;
        bystander(&test).await.batch_execute(TABLE).await.unwrap();
        let proxy = FaultProxy::before(test.direct_url()).await;
        let url = proxy.url(test.direct_url());
        let (database, recorder) = observed_at(&url, &[mode, ONE]);
        let attempts = AtomicU32::new(0);
        let attempts = &attempts;
        let work = async |connection: &mut Connection| {
            attempts.fetch_add(1, Ordering::Relaxed);
            let amount: i32 = accounts::table
                .find(1)
                .select(accounts::amount)
                .first(connection)
                .await?;
            connection
                .commit_with(async |c| put(c, 1, amount + 1).await)
                .await
        };
        let run = || database.transaction().run(work);
        for (damage, amount) in [(Damage::LoseAnswer, 12), (Damage::CutBefore, 13)] {
            // So that the statement is known.
            let known: Result<_, DbError> = run().await.unwrap();
            known.unwrap();
            proxy.strike(Passing::Statement("COMMIT".to_owned()), damage);
            let result: Result<Result<_, DbError>, DbError> = run().await;
            assert!(
                matches!(result, Err(DbError::CommitUnknown { .. })),
                "{result:?}"
            );
            assert_eq!(amounts(&test).await[0], amount, "{damage:?}");
        }
        // Where `work` keeps it for itself.
        proxy.strike(Passing::Statement("COMMIT".to_owned()), Damage::LoseAnswer);
        let result: Result<Result<(), DbError>, DbError> = database
            .transaction()
            .run(async |connection| {
                attempts.fetch_add(1, Ordering::Relaxed);
                set(connection, 2, 50).await?;
                connection
                    .commit_with(async |connection| {
                        let _ = put(connection, 1, 14).await;
                        Ok(())
                    })
                    .await
            })
            .await;
        assert!(
            matches!(result, Err(DbError::CommitUnknown { .. })),
            "{result:?}"
        );
        assert_eq!(proxy.counts().struck, 3);
        assert_eq!(attempts.load(Ordering::Relaxed), 5);
        let unknown = TransactionOutcome::Failed(ErrorClass::CommitUnknown);
        let committed = TransactionOutcome::Committed;
        assert_eq!(
            outcomes(&recorder),
            [committed, unknown, committed, unknown, unknown]
        );
    }
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_unknown() {
    for mode in modes() {
        let (_test, database, recorder) = accounts_with(&[mode, ONE]).await;
        for is_inside in [true, false] {
            // So that the statement is known.
            let known = database.transaction().run(async |connection| {
                set(connection, 1, 11).await?;
                connection.commit_with(async |c| put(c, 2, 21).await).await
            });
            known.await.unwrap().unwrap();
            let result: Result<Result<(), DbError>, DbError> = database
                .transaction()
                .run(async |connection| {
                    set(connection, 1, 12).await?;
                    if is_inside {
                        let gave_up = connection.commit_with(async |connection| {
                            assert!(put(connection, 2, 22).now_or_never().is_none());
                            Err(DbError::NotFound)
                        });
                        return gave_up.await;
                    }
                    let commit = connection.commit_with(async |c| put(c, 2, 22).await);
                    assert!(commit.now_or_never().is_none());
                    Err(DbError::NotFound)
                })
                .await;
            assert!(
                matches!(result, Err(DbError::CommitUnknown { .. })),
                "{result:?}"
            );
        }
        let unknown = TransactionOutcome::Failed(ErrorClass::CommitUnknown);
        let committed = TransactionOutcome::Committed;
        assert_eq!(
            outcomes(&recorder),
            [committed, unknown, committed, unknown]
        );
    }
}

/// Without names, the driver asks for the type of a column when the answer comes, and fails.
#[tokio::test]
async fn a_commit_behind_an_answer_of_a_new_type_is_unknown() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    let earlier = "CREATE TYPE earlier AS ENUM ('x')";
    bystander.batch_execute(earlier).await.unwrap();
    bystander.batch_execute(TABLE).await.unwrap();
    let variables = [("DATABASE_POOLER", "transaction"), ONE];
    let (database, recorder) = observed(&test, &variables);
    drop(database.primary().await.unwrap());
    let add = "CREATE TYPE mood AS ENUM ('happy'); ALTER TABLE accounts ADD mood mood NOT NULL DEFAULT 'happy'";
    bystander.batch_execute(add).await.unwrap();
    let work = async |connection: &mut Connection| {
        set(connection, 1, 11).await?;
        let update = diesel::update(later::accounts::table.find(2))
            .set(later::accounts::amount.eq(later::accounts::amount + 1))
            .returning(later::accounts::mood);
        connection
            .commit_with(async |connection| Ok(update.get_result(connection).await?))
            .await
    };
    let result: Result<Result<String, DbError>, DbError> = database.transaction().run(work).await;
    assert!(
        matches!(&result, Err(error @ DbError::CommitUnknown { .. }) if error.postgres().unwrap().is("26000")),
        "{result:?}"
    );
    assert_eq!(amounts(&test).await, [11, 21], "it is committed");
    // The connection is replaced by one that knows the type.
    let next: Result<Result<String, DbError>, DbError> = database.transaction().run(work).await;
    assert_eq!(next.unwrap().unwrap(), "happy");
    let unknown = TransactionOutcome::Failed(ErrorClass::CommitUnknown);
    assert_eq!(
        outcomes(&recorder),
        [unknown, TransactionOutcome::Committed]
    );
}

#[tokio::test]
async fn a_connection_lost_before_the_statement_is_replaced() {
    for mode in modes() {
        let (test, database, recorder) = accounts_with(&[mode, ONE]).await;
        let bystander = bystander(&test).await;
        let (attempts, killer) = (&AtomicU32::new(0), &bystander);
        let run = async |kills: bool| {
            let work = async |connection: &mut Connection| {
                set(connection, 1, 11).await?;
                if kills && attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                    let pid: i32 = diesel::select(crate::support::pg_backend_pid())
                        .get_result(connection)
                        .await?;
                    let end = "SELECT pg_terminate_backend($1, 5000)";
                    killer.query_one(end, &[&pid]).await.unwrap();
                }
                connection.commit_with(async |c| put(c, 2, 21).await).await
            };
            let result: Result<Result<_, DbError>, DbError> =
                database.transaction().run(work).await;
            result
        };
        run(false).await.unwrap().unwrap();
        run(true).await.unwrap().unwrap();
        assert_eq!(amounts(&test).await, [11, 21]);
        let outcomes = outcomes(&recorder);
        assert_eq!(outcomes.len(), 3, "{outcomes:?}");
        assert!(matches!(outcomes[1], TransactionOutcome::Failed(_)));
    }
}

#[tokio::test]
async fn both_are_one_round_trip() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    for mode in modes() {
        let proxy = FaultProxy::before(test.direct_url()).await;
        let url = proxy.url(test.direct_url());
        let database = observed_at(&url, &[mode, ONE]).0;
        let mut found = Vec::new();
        for is_together in [false, false, true, true] {
            let before = proxy.counts().round_trips;
            let work = async |connection: &mut Connection| {
                put(connection, 1, 11).await?;
                match is_together {
                    false => Ok(put(connection, 2, 21).await),
                    true => connection.commit_with(async |c| put(c, 2, 21).await).await,
                }
            };
            let result: Result<Result<_, DbError>, DbError> =
                database.transaction().run(work).await;
            result.unwrap().unwrap();
            found.push(proxy.counts().round_trips - before);
        }
        // BEGIN, two statements, COMMIT.
        assert_eq!(found[1..], [4, 3, 3], "{mode:?}");
    }
}

#[tokio::test]
async fn begin_goes_out_with_the_first_statement() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let (database, recorder) = observed(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let none: Result<(), DieselError> = connection.transaction(async |_| Ok(())).await;
    none.unwrap();
    let none: Result<(), DieselError> = connection
        .transaction(async |_| Err(DieselError::RollbackTransaction))
        .await;
    assert!(matches!(none, Err(DieselError::RollbackTransaction)));
    assert!(recorder.queries().is_empty(), "{:?}", recorder.queries());
    // A snapshot that is taken at the first statement, all in one transaction.
    let result: Result<Vec<i32>, DbError> = connection
        .transaction(async |connection| {
            let before = accounts::table
                .select(accounts::amount)
                .order(accounts::id)
                .load(connection)
                .await?;
            set(connection, 1, 12).await?;
            Ok(before)
        })
        .await;
    assert_eq!(result.unwrap(), [10, 20]);
    assert_eq!(amounts(&test).await, [12, 20]);
}
