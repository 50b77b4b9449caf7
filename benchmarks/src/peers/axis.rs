//! AXIS: its pool and connection, Diesel's queries with the rows of the contract, and the observer that counts and makes spans,
//! as the server has it.

use std::hint::black_box;
use std::sync::Arc;

use axis_adapters::{Metrics, QueryObserver};
use axis_db::schema::users;
use axis_db::{Connection, Database, DatabaseConfig, DbError};
use axis_db_contract::users::{Insert, Select, Update};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::peer::{Failure, Peer};

/// axis-db.
pub struct Axis {
    database: Database,
}

impl Axis {
    pub fn new(url: &str, connections: u32) -> Result<Self, Failure> {
        let config = DatabaseConfig::from_variables(|variable| match variable {
            "DATABASE_URL" => Some(url.to_owned()),
            "DATABASE_POOL_MAX" | "DATABASE_POOL_MIN_IDLE" => Some(connections.to_string()),
            _ => None,
        })?;
        let observer = QueryObserver::new(Metrics::new());
        Ok(Self {
            database: Database::new(config, Arc::new(observer))?,
        })
    }
}

async fn select(connection: &mut Connection, id: Uuid) -> Result<(), DbError> {
    let user = users::table
        .find(id)
        .select(Select::as_select())
        .get_result(connection)
        .await?;
    black_box(user);
    Ok(())
}

async fn rename(connection: &mut Connection, id: Uuid, name: String) -> Result<(), DbError> {
    let changes = Update {
        name: Some(name),
        ..Update::default()
    };
    diesel::update(users::table.find(id))
        .set(changes)
        .execute(connection)
        .await?;
    Ok(())
}

impl Peer for Axis {
    async fn point_select(&self, id: Uuid) -> Result<(), Failure> {
        let mut connection = self.database.primary().await?;
        select(&mut connection, id).await?;
        Ok(())
    }

    async fn insert(&self, email: String, name: String) -> Result<(), Failure> {
        let mut connection = self.database.primary().await?;
        let row = Insert {
            id: None,
            email,
            name,
            created_at: None,
            updated_at: None,
            deleted_at: None,
        };
        let user = diesel::insert_into(users::table)
            .values(row)
            .returning(Select::as_returning())
            .get_result(&mut *connection)
            .await?;
        black_box(user);
        Ok(())
    }

    async fn update(&self, id: Uuid, name: String) -> Result<(), Failure> {
        let mut connection = self.database.primary().await?;
        rename(&mut connection, id, name).await?;
        Ok(())
    }

    async fn transaction_write_first(&self, id: Uuid, names: [String; 2]) -> Result<(), Failure> {
        let [first, second] = names;
        let work = async |connection: &mut Connection| {
            rename(connection, id, first.clone()).await?;
            select(connection, id).await?;
            rename(connection, id, second.clone()).await
        };
        self.database.transaction().run(work).await?;
        Ok(())
    }

    async fn transaction_read_first(&self, id: Uuid, name: String) -> Result<(), Failure> {
        let work = async |connection: &mut Connection| {
            select(connection, id).await?;
            rename(connection, id, name.clone()).await?;
            select(connection, id).await
        };
        self.database.transaction().run(work).await?;
        Ok(())
    }
}
