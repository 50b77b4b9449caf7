//! A migrated database with one user, and both ways to it: axis-db, and tokio-postgres with deadpool.
#![allow(dead_code, reason = "each program needs a part of it")]

use std::hint::black_box;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use axis_adapters::{Metrics, QueryObserver, users_create};
use axis_db::schema::users;
use axis_db::{Database, DatabaseConfig, DbError};
use axis_db_contract::users::{Select, Update};
use axis_local_postgres::{Cluster, Project, TemporaryDatabase, migrate};
use axis_schema::users::CreateUser;
use deadpool_postgres::{Manager, Pool};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use garde::{Unvalidated, Valid};
use tokio_postgres::NoTls;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use uuid::Uuid;

pub type Failure = Box<dyn std::error::Error>;

/// A server of its own, for as long as this lives.
pub struct Migrated {
    database: TemporaryDatabase,
    _cluster: Cluster,
}

impl Migrated {
    pub fn start() -> Result<Self, Failure> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let cluster = Cluster::ephemeral(&Project::at(here)?)?;
        let database = cluster.server().temporary_database()?;
        migrate(&database.url(), here.join("../migrations"))?;
        Ok(Self {
            database,
            _cluster: cluster,
        })
    }

    pub fn url(&self) -> String {
        self.database.url()
    }
}

/// Rows for COPY.
pub struct NewUsers {
    requests: Vec<Valid<CreateUser>>,
    texts: Vec<[String; 2]>,
}

/// One connection of each, in a runtime of one thread.
pub struct Both {
    pub runtime: tokio::runtime::Runtime,
    pub axis: Database,
    pub reference: Pool,
    user: Uuid,
}

impl Both {
    /// With a user to read, and the statements prepared.
    pub fn connect(url: &str) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let config = DatabaseConfig::from_variables(|variable| match variable {
            "DATABASE_URL" => Some(url.to_owned()),
            "DATABASE_POOL_MAX" | "DATABASE_POOL_MIN_IDLE" => Some("1".to_owned()),
            _ => None,
        })?;
        let observer = Arc::new(QueryObserver::new(Metrics::new()));
        let manager = Manager::new(url.parse()?, NoTls);
        let reference = Pool::builder(manager).max_size(1).build()?;
        let axis = Database::new(config, observer)?;
        let user = runtime.block_on(async {
            let insert = "INSERT INTO users (email, name) VALUES (gen_random_uuid() || '@example.com', 'Ada') RETURNING id";
            let user = reference.get().await?.query_one(insert, &[]).await?;
            Ok::<_, Failure>(user.try_get(0)?)
        })?;
        Ok(Self {
            runtime,
            axis,
            reference,
            user,
        })
    }

    pub async fn axis_checkout(&self) -> Result<(), Failure> {
        drop(black_box(self.axis.primary().await?));
        Ok(())
    }

    pub async fn reference_checkout(&self) -> Result<(), Failure> {
        drop(black_box(self.reference.get().await?));
        Ok(())
    }

    pub async fn axis_select(&self) -> Result<(), Failure> {
        let mut connection = self.axis.primary().await?;
        let user = users::table
            .find(self.user)
            .select(Select::as_select())
            .get_result(&mut *connection)
            .await?;
        black_box(user);
        Ok(())
    }

    pub async fn reference_select(&self) -> Result<(), Failure> {
        let client = self.reference.get().await?;
        let select = client
            .prepare_cached(
                "SELECT id, email, name, created_at, updated_at, deleted_at FROM users WHERE id = $1",
            )
            .await?;
        let row = client.query_one(&select, &[&self.user]).await?;
        black_box(Select {
            id: row.try_get(0)?,
            email: row.try_get(1)?,
            name: row.try_get(2)?,
            created_at: row.try_get(3)?,
            updated_at: row.try_get(4)?,
            deleted_at: row.try_get(5)?,
        });
        Ok(())
    }

    pub async fn axis_update(&self) -> Result<(), Failure> {
        let mut connection = self.axis.primary().await?;
        let changes = Update {
            name: Some("Ada Lovelace".to_owned()),
            ..Update::default()
        };
        diesel::update(users::table.find(self.user))
            .set(changes)
            .execute(&mut *connection)
            .await?;
        Ok(())
    }

    pub async fn reference_update(&self) -> Result<(), Failure> {
        let client = self.reference.get().await?;
        let update = client
            .prepare_cached("UPDATE users SET name = $1 WHERE id = $2")
            .await?;
        let name = "Ada Lovelace".to_owned();
        let client: &tokio_postgres::Client = &client;
        client.execute(&update, &[&name, &self.user]).await?;
        Ok(())
    }

    /// Users that nobody has written yet, as a request and as texts.
    pub fn new_users(&self, count: usize) -> Result<NewUsers, Failure> {
        self.runtime.block_on(async {
            let client = self.reference.get().await?;
            let deleted = "DELETE FROM users WHERE email LIKE '%@copied.example.com'";
            client.batch_execute(deleted).await?;
            Ok::<_, Failure>(())
        })?;
        let texts: Vec<[String; 2]> = (0..count)
            .map(|number| {
                let email = format!("user{number}@copied.example.com");
                [email, format!("User {number}")]
            })
            .collect();
        let requests = texts.iter().map(|[email, name]| {
            let request = CreateUser {
                email: email.clone(),
                name: name.clone(),
            };
            Ok(Unvalidated::new(request).validate()?)
        });
        Ok(NewUsers {
            requests: requests.collect::<Result<_, Failure>>()?,
            texts,
        })
    }

    pub async fn axis_copy(&self, users: NewUsers) -> Result<u64, Failure> {
        let mut connection = self.axis.primary().await?;
        Ok(users_create(&mut connection, users.requests).await?)
    }

    pub async fn reference_copy(&self, users: NewUsers) -> Result<u64, Failure> {
        let client = self.reference.get().await?;
        let copy = "COPY users (email, name) FROM STDIN (FORMAT binary)";
        let sink = client.copy_in(copy).await?;
        let mut rows = pin!(BinaryCopyInWriter::new(
            sink,
            &[Type::VARCHAR, Type::VARCHAR]
        ));
        for [email, name] in &users.texts {
            rows.as_mut().write(&[email, name]).await?;
        }
        Ok(rows.finish().await?)
    }

    /// The error of an INSERT whose e-mail another user has, as Diesel gives it.
    pub async fn refused_insert(&self) -> Result<diesel::result::Error, Failure> {
        let mut connection = self.axis.primary().await?;
        let copied = users::table
            .filter(users::id.eq(self.user))
            .select((users::email, users::name));
        let result = diesel::insert_into(users::table)
            .values(copied)
            .into_columns((users::email, users::name))
            .execute(&mut *connection)
            .await;
        match result {
            Err(error) => Ok(error),
            Ok(_) => Err("two users have one e-mail address".into()),
        }
    }
}

/// What a caller does with such an error: its class, and the constraint that it names.
pub fn classified(error: diesel::result::Error) -> Option<axis_db_contract::users::Constraint> {
    use axis_db_contract::TableConstraint;
    match DbError::from(error) {
        DbError::ConstraintViolation {
            table,
            constraint,
            column,
            ..
        } => axis_db_contract::users::Constraint::from_error(
            table.as_deref(),
            constraint.as_deref(),
            column.as_deref(),
        ),
        _ => None,
    }
}
