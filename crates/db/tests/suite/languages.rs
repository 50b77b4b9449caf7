//! A server whose messages are not English: nothing changes but the messages.

use axis_db::{DbError, ErrorClass};
use axis_testkit::{MessageLocale, PrivateServer, ServerSettings, skip};
use diesel_async::RunQueryDsl;

use crate::sqlstates::{TABLES, each_statement_keeps_its_sqlstate};
use crate::support::{ATTEMPTS, modes, observed_at, raw};

#[tokio::test]
async fn errors_are_classified_in_another_language() {
    let Some(locale) = MessageLocale::find() else {
        return skip(
            "errors in another language",
            "no locale is there or can be made",
        );
    };
    let server = PrivateServer::start(ServerSettings::new().messages(&locale)).await;
    server.create_database("app").await;
    let control = server.control("app").await;
    control.batch_execute(TABLES).await.unwrap();
    for mode in modes() {
        // The superuser, to whom the tables belong.
        let (database, recorder) = observed_at(&server.superuser_url("app"), &[mode]);
        let codes = each_statement_keeps_its_sqlstate(&database).await;
        assert!(codes >= 20, "only {codes} SQLSTATEs");
        let mut connection = database.primary().await.unwrap();
        let error = raw("SELECT 1 / 0")
            .execute(&mut connection)
            .await
            .unwrap_err();
        let error = DbError::from(error).postgres().unwrap();
        assert!(error.is("22012"));
        if error.message == "division by zero" {
            return skip(
                "errors in another language",
                "this PostgreSQL has no translations",
            );
        }
        // What decides about another attempt.
        drop(connection);
        let result: Result<(), DbError> = database
            .transaction()
            .run(async |connection| {
                raw("SELECT refuse('40P01')").execute(connection).await?;
                Ok(())
            })
            .await;
        assert_eq!(result.unwrap_err().class(), ErrorClass::Deadlock);
        assert_eq!(recorder.transactions().len(), ATTEMPTS);
        let mut connection = database.primary().await.unwrap();
        let error = raw("SELECT pg_terminate_backend(pg_backend_pid())")
            .execute(&mut connection)
            .await
            .unwrap_err();
        assert_eq!(DbError::from(error).class(), ErrorClass::ServerUnavailable);
    }
}
