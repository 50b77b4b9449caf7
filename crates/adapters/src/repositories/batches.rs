//! Repository functions outside of a transaction, of which those that would wait for a connection go out together.

use axis_db::{DataLoader, Database, InsertBatcher, SingleFlight};
use axis_schema::lists::{List, ListQuery};
use axis_schema::posts::{PostListResponse, PostWithAuthorListResponse, PostWithAuthorResponse};
use axis_schema::users::{CreateUser, UserListResponse, UserResponse};
use garde::Valid;
use uuid::Uuid;

use super::RepositoryError;
use super::page::Part;
use super::posts::{LivePost, PostsOfUser, PublishedPosts, found_with_author, posts_found};
use super::users::{LiveUser, LiveUsers, NewUser, created, found, new_user};

/// What needs no connection of its caller's. It takes an idle one; while all are in use, those that come go out together:
/// reads by id as one statement ([`DataLoader`]), equal lists as one read ([`SingleFlight`]), new users as one INSERT
/// ([`InsertBatcher`]). All are outside of any transaction; inside of one, and behind a write of the same connection, use the
/// functions of the same name.
///
/// A clone is the same one. Make one for each [`Database`], and share it: only what is asked of the same one goes together.
#[derive(Clone, Debug)]
pub struct Batches {
    users: DataLoader<LiveUser>,
    posts: DataLoader<LivePost>,
    users_lists: SingleFlight<LiveUsers>,
    posts_lists_published: SingleFlight<PublishedPosts>,
    posts_lists_of_users: SingleFlight<PostsOfUser>,
    new_users: InsertBatcher<NewUser>,
}

impl Batches {
    /// Reads from the primary of `database`, and writes to it.
    pub fn new(database: &Database) -> Self {
        Self {
            users: DataLoader::new(database.clone()),
            posts: DataLoader::new(database.clone()),
            users_lists: SingleFlight::new(database.clone()),
            posts_lists_published: SingleFlight::new(database.clone()),
            posts_lists_of_users: SingleFlight::new(database.clone()),
            new_users: InsertBatcher::new(database.clone()),
        }
    }

    /// Creates a user, as [`user_create`](super::user_create) does. Where its future is dropped, or the connection is lost, the
    /// user may have been created.
    ///
    /// # Errors
    /// [`RepositoryError::Conflict`] where a live user has the address, in whatever case.
    pub async fn user_create(
        &self,
        request: Valid<CreateUser>,
    ) -> Result<UserResponse, RepositoryError> {
        created(self.new_users.insert(new_user(request)?).await)
    }

    /// A live user.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`] where there is none.
    pub async fn user_by_id(&self, id: Uuid) -> Result<UserResponse, RepositoryError> {
        found(self.users.load_row(id).await?)
    }

    /// Live users, as [`users_list`](super::users_list) lists them.
    ///
    /// # Errors
    /// [`RepositoryError::Cursor`] where the cursor belongs to another list.
    pub async fn users_list(
        &self,
        query: Valid<ListQuery>,
    ) -> Result<UserListResponse, RepositoryError> {
        let part = Part::of(&query, List::Users)?;
        Ok(self.users_lists.read(part).await?)
    }

    /// A live post of a live user, with its author.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`] where there is none.
    pub async fn post_by_id(&self, id: Uuid) -> Result<PostWithAuthorResponse, RepositoryError> {
        found_with_author(self.posts.load_row(id).await?)
    }

    /// Published posts, as [`posts_list_published`](super::posts_list_published) lists them.
    ///
    /// # Errors
    /// [`RepositoryError::Cursor`] where the cursor belongs to another list.
    pub async fn posts_list_published(
        &self,
        query: Valid<ListQuery>,
    ) -> Result<PostWithAuthorListResponse, RepositoryError> {
        let part = Part::of(&query, List::PublishedPosts)?;
        Ok(self.posts_lists_published.read(part).await?)
    }

    /// A live user's posts, as [`posts_list_of_user`](super::posts_list_of_user) lists them.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`] where there is no such live user, [`RepositoryError::Cursor`] where the cursor belongs
    /// to another list.
    pub async fn posts_list_of_user(
        &self,
        user_id: Uuid,
        query: Valid<ListQuery>,
    ) -> Result<PostListResponse, RepositoryError> {
        let part = Part::of(&query, List::PostsOfUser)?;
        posts_found(self.posts_lists_of_users.read((user_id, part)).await?)
    }
}
