//! AXIS as users get it: its repositories, which validate, on its pool; the observer that counts statements and makes spans;
//! the log that its server writes, which goes nowhere here.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axis_adapters::{
    Batches, JsonFields, JsonLines, Limits, Metrics, QueryObserver, Server, user_by_id,
    user_delete, user_update, users_create,
};
use axis_db::schema::users;
use axis_db::{
    Connection, DataLoader, Database, DatabaseConfig, DbError, Loader, PooledConnection,
};
use axis_db_contract::users::Select;
use axis_schema::lists::{self, Cursor, List, ListQuery};
use axis_schema::posts::PostWithAuthorResponse;
use axis_schema::users::{CreateUser, UpdateUser, UserListResponse, UserResponse};
use diesel::dsl::array;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;
use garde::{Unvalidated, Valid, Validate};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::peer::{Failure, Peer};
use crate::rows::{NewUser, PAGE, Position};

diesel::define_sql_function! {
    fn lower(text: Text) -> Text;
}

diesel::define_sql_function! {
    fn unnest(texts: Array<Text>) -> Text;
}

/// axis-adapters on axis-db.
pub struct Axis {
    database: Database,
    batches: Batches,
    by_email: DataLoader<UserByEmail>,
    metrics: Metrics,
}

/// A live user by its address. No repository has it: a loader as users write their own. The addresses here have no capitals.
struct UserByEmail;

impl Loader for UserByEmail {
    type Key = String;
    type Row = Select;

    async fn load_one(
        connection: &mut Connection,
        email: String,
    ) -> Result<Option<Select>, DbError> {
        let user = users::table
            .filter(lower(users::email).eq(lower(email)))
            .filter(users::deleted_at.is_null())
            .select(Select::as_select())
            .get_result(connection)
            .await;
        Ok(user.optional()?)
    }

    async fn load_many(
        connection: &mut Connection,
        emails: Vec<String>,
    ) -> Result<Vec<(String, Select)>, DbError> {
        let emails = array(diesel::select(lower(unnest(emails))));
        let users: Vec<Select> = users::table
            .filter(lower(users::email).eq_any(emails))
            .filter(users::deleted_at.is_null())
            .select(Select::as_select())
            .load(connection)
            .await?;
        let with_email = |user: Select| (user.email.clone(), user);
        Ok(users.into_iter().map(with_email).collect())
    }
}

impl Axis {
    pub fn new(url: &str, connections: usize) -> Result<Self, Failure> {
        let log = OpenOptions::new().write(true).open("/dev/null")?;
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("info"))
            .fmt_fields(JsonFields)
            .event_format(JsonLines)
            .with_writer(Arc::new(log))
            .init();
        let config = DatabaseConfig::from_variables(|variable| match variable {
            "DATABASE_URL" => Some(url.to_owned()),
            "DATABASE_POOL_MAX" | "DATABASE_POOL_MIN_IDLE" => Some(connections.to_string()),
            // Nobody is turned away: no other peer does so.
            "DATABASE_POOL_QUEUE_MAX" => Some("100000".to_owned()),
            _ => None,
        })?;
        let metrics = Metrics::new();
        let observer = QueryObserver::new(metrics.clone());
        let database = Database::new(config, Arc::new(observer))?;
        Ok(Self {
            batches: Batches::new(&database),
            by_email: DataLoader::new(database.clone()),
            database,
            metrics,
        })
    }

    async fn connection(&self) -> Result<PooledConnection<'_>, Failure> {
        Ok(self.database.primary().await?)
    }
}

fn valid<T: Validate<Context = ()>>(request: T) -> Result<Valid<T>, Failure> {
    Ok(Unvalidated::new(request).validate()?)
}

fn named(name: &str) -> Result<Valid<UpdateUser>, Failure> {
    valid(UpdateUser {
        name: Some(name.to_owned()),
        ..UpdateUser::default()
    })
}

impl Peer for Axis {
    type User = UserResponse;
    type Users = UserListResponse;
    type Post = PostWithAuthorResponse;

    async fn by_id(&self, id: Uuid) -> Result<UserResponse, Failure> {
        Ok(self.batches.user_by_id(id).await?)
    }

    async fn by_email(&self, email: String) -> Result<UserResponse, Failure> {
        let user = self.by_email.load_row(email).await?;
        Ok(user.ok_or("there is no such user")?.into())
    }

    async fn page(&self) -> Result<UserListResponse, Failure> {
        let query = valid(ListQuery {
            page: Some(1),
            page_size: Some(u32::try_from(PAGE)?),
            cursor: None,
        })?;
        Ok(self.batches.users_list(query).await?)
    }

    async fn after(&self, position: Option<Position>) -> Result<UserListResponse, Failure> {
        let behind = |Position { at, id }| {
            let list = List::Users;
            Cursor::After(lists::Position { list, at, id })
        };
        let query = valid(ListQuery {
            page: None,
            page_size: Some(u32::try_from(PAGE)?),
            cursor: Some(position.map_or(Cursor::Start, behind)),
        })?;
        Ok(self.batches.users_list(query).await?)
    }

    async fn insert(&self, NewUser { email, name }: NewUser) -> Result<UserResponse, Failure> {
        let request = valid(CreateUser { email, name })?;
        Ok(self.batches.user_create(request).await?)
    }

    async fn update(&self, id: Uuid, name: String) -> Result<UserResponse, Failure> {
        let request = named(&name)?;
        Ok(user_update(&mut *self.connection().await?, id, request).await?)
    }

    async fn delete(&self, id: Uuid) -> Result<UserResponse, Failure> {
        Ok(user_delete(&mut *self.connection().await?, id).await?)
    }

    async fn write_first(&self, id: Uuid, names: [String; 2]) -> Result<UserResponse, Failure> {
        let [first, second] = [named(&names[0])?, named(&names[1])?];
        let work = async |connection: &mut Connection| {
            user_update(connection, id, first.clone()).await?;
            user_by_id(connection, id).await?;
            connection
                .commit_with(async |connection| user_update(connection, id, second.clone()).await)
                .await
        };
        Ok(self.database.transaction().run(work).await??)
    }

    async fn read_first(&self, id: Uuid, name: String) -> Result<UserResponse, Failure> {
        let request = named(&name)?;
        let work = async |connection: &mut Connection| {
            user_by_id(connection, id).await?;
            user_update(connection, id, request.clone()).await?;
            connection
                .commit_with(async |connection| user_by_id(connection, id).await)
                .await
        };
        Ok(self.database.transaction().run(work).await??)
    }

    async fn bulk(&self, users: Vec<NewUser>) -> Result<(), Failure> {
        let request = |NewUser { email, name }| valid(CreateUser { email, name });
        let requests: Vec<_> = users.into_iter().map(request).collect::<Result<_, _>>()?;
        users_create(&mut *self.connection().await?, requests).await?;
        Ok(())
    }

    async fn post(&self, id: Uuid) -> Result<PostWithAuthorResponse, Failure> {
        Ok(self.batches.post_by_id(id).await?)
    }

    async fn serve(self: Arc<Self>) -> Result<SocketAddr, Failure> {
        let (database, metrics) = (self.database.clone(), self.metrics.clone());
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let server = Server::start(address, database, metrics, Limits::default()).await?;
        let address = server.address();
        tokio::spawn(server.run(std::future::pending()));
        Ok(address)
    }
}
