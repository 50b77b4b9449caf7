//! Reads by id outside of a transaction, those that come together in one statement.

use axis_db::{DataLoader, Database};
use axis_schema::posts::PostWithAuthorResponse;
use axis_schema::users::UserResponse;
use uuid::Uuid;

use super::RepositoryError;
use super::posts::{LivePost, found_with_author};
use super::users::{LiveUser, found};

/// The reads by id that need no connection of their caller's, each with a [`DataLoader`]: while all connections are in use,
/// those that come go out together. They are outside of any transaction; inside of one, and behind a write of the same
/// connection, use the functions of the same name.
///
/// A clone is the same one. Make one for each [`Database`], and share it: only reads of the same one go together.
#[derive(Clone, Debug)]
pub struct Loaders {
    users: DataLoader<LiveUser>,
    posts: DataLoader<LivePost>,
}

impl Loaders {
    /// Reads from the primary of `database`.
    pub fn new(database: &Database) -> Self {
        Self {
            users: DataLoader::new(database.clone()),
            posts: DataLoader::new(database.clone()),
        }
    }

    /// A live user.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`] where there is none.
    pub async fn user_by_id(&self, id: Uuid) -> Result<UserResponse, RepositoryError> {
        found(self.users.load_row(id).await?)
    }

    /// A live post of a live user, with its author.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`] where there is none.
    pub async fn post_by_id(&self, id: Uuid) -> Result<PostWithAuthorResponse, RepositoryError> {
        found_with_author(self.posts.load_row(id).await?)
    }
}
