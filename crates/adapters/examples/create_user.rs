//! Creates a user, without HTTP: validate a request, take a connection, call the repository.
//!
//! `cargo axis dev` prints the URL of its database. With that:
//! `DATABASE_URL=postgres://.. cargo run -p axis-adapters --example create_user`

use std::error::Error;
use std::sync::Arc;

use axis_adapters::{Metrics, QueryObserver, user_create};
use axis_db::{Database, DatabaseConfig};
use axis_schema::users::{CreateUser, UserResponse};
use garde::Unvalidated;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = DatabaseConfig::from_env()?;
    let observer = QueryObserver::new(Metrics::new());
    let database = Database::new(config, Arc::new(observer))?;
    let user = create_user(&database, "ada@example.org", "Ada").await?;
    println!("created {} <{}> as {}", user.name, user.email, user.id);
    Ok(())
}

/// Creates a user. Fails where the address is none, or is in use.
pub(crate) async fn create_user(
    database: &Database,
    email: &str,
    name: &str,
) -> Result<UserResponse, Box<dyn Error>> {
    let request = CreateUser {
        email: email.to_owned(),
        name: name.to_owned(),
    };
    // The repository takes nothing that was not validated.
    let request = Unvalidated::new(request).validate()?;
    let mut connection = database.primary().await?;
    Ok(user_create(&mut connection, request).await?)
}
