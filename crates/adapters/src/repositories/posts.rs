//! Posts. One whose author is deleted is as good as deleted itself.

use axis_db::schema::{posts, users};
use axis_db::{Connection, DbError, Loader, SharedRead};
use axis_db_contract::posts::{Constraint, Insert, Select, Update};
use axis_schema::lists::{List, ListQuery, Position, Start};
use axis_schema::posts::{
    AuthorResponse, CreatePost, PostListResponse, PostResponse, PostWithAuthorListResponse,
    PostWithAuthorResponse, UpdatePost,
};
use diesel::dsl::{array, exists, now};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use garde::Valid;
use uuid::Uuid;

use super::error::{accepted, refused};
use super::page::{Page, Part, SortKey, limited, offset, pagination, without_count};
use super::users::LiveUser;
use super::{Entity, RepositoryError, later, unnest};

diesel::alias!(posts as counted_posts: CountedPosts, users as counted_authors: CountedAuthors);

diesel::define_sql_function! {
    /// The first of two times that is not NULL.
    #[sql_name = "coalesce"]
    fn first_set(time: Nullable<Timestamptz>, otherwise: Timestamptz) -> Timestamptz;
}

/// Creates a post, as a draft.
///
/// # Errors
/// [`RepositoryError::NotFound`] where the author is not a live user, [`RepositoryError::Conflict`] where a live post
/// has the slug.
pub async fn post_create(
    connection: &mut Connection,
    request: Valid<CreatePost>,
) -> Result<PostResponse, RepositoryError> {
    let row = Insert::from(request.into_inner());
    accepted(row.violations())?;
    // From the author's row, locked against a deletion at the same time: either the deletion sees the post, or the
    // post finds no author. FOR KEY SHARE, which the foreign key takes, would let a soft deletion pass.
    let author = users::table
        .filter(users::id.eq(row.user_id))
        .filter(users::deleted_at.is_null())
        .select((
            users::id,
            row.title.into_sql::<Text>(),
            row.content.into_sql::<Text>(),
            row.slug.into_sql::<Text>(),
        ))
        .for_share();
    let post = author
        .insert_into(posts::table)
        .into_columns((posts::user_id, posts::title, posts::content, posts::slug))
        .returning(Select::as_returning())
        .get_result(connection)
        .await
        .optional()
        .map_err(refused::<Constraint>)?;
    post.map(PostResponse::from)
        .ok_or(RepositoryError::NotFound(Entity::User))
}

/// A live post of a live user, with its author.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is none.
pub async fn post_by_id(
    connection: &mut Connection,
    id: Uuid,
) -> Result<PostWithAuthorResponse, RepositoryError> {
    found_with_author(LivePost::load_one(connection, id).await?)
}

/// A live post of a live user, by its id, with its author.
pub(super) struct LivePost;

impl Loader for LivePost {
    type Key = Uuid;
    type Row = PostWithAuthor;

    async fn load_one(
        connection: &mut Connection,
        id: Uuid,
    ) -> Result<Option<PostWithAuthor>, DbError> {
        let post = posts::table
            .inner_join(users::table)
            .filter(posts::id.eq(id))
            .filter(posts::deleted_at.is_null())
            .filter(users::deleted_at.is_null())
            .select(PostWithAuthor::as_select())
            .get_result(connection)
            .await;
        Ok(post.optional()?)
    }

    async fn load_many(
        connection: &mut Connection,
        ids: Vec<Uuid>,
    ) -> Result<Vec<(Uuid, PostWithAuthor)>, DbError> {
        let posts: Vec<PostWithAuthor> = posts::table
            .inner_join(users::table)
            .filter(posts::id.eq_any(array(diesel::select(unnest(ids)))))
            .filter(posts::deleted_at.is_null())
            .filter(users::deleted_at.is_null())
            .select(PostWithAuthor::as_select())
            .load(connection)
            .await?;
        Ok(posts.into_iter().map(|post| (post.0.id, post)).collect())
    }
}

/// Published posts of live users, newest publication first, each with its author: by page with the count of all, or
/// from a cursor without.
///
/// # Errors
/// [`RepositoryError::Cursor`] where the cursor belongs to another list.
pub async fn posts_list_published(
    connection: &mut Connection,
    query: Valid<ListQuery>,
) -> Result<PostWithAuthorListResponse, RepositoryError> {
    let part = Part::of(&query, List::PublishedPosts)?;
    Ok(PublishedPosts::read(connection, part).await?)
}

/// A part of the list of published posts.
pub(super) struct PublishedPosts;

impl SharedRead for PublishedPosts {
    type Key = Part;
    type Answer = PostWithAuthorListResponse;

    async fn read(
        connection: &mut Connection,
        Part { start, limit }: Part,
    ) -> Result<PostWithAuthorListResponse, DbError> {
        let published = posts::table
            .inner_join(users::table)
            .filter(posts::deleted_at.is_null())
            .filter(posts::published_at.is_not_null())
            .filter(users::deleted_at.is_null())
            .order((posts::published_at.desc(), posts::id.desc()));
        let (rows, pagination) = match start {
            Start::After(position) => {
                let rows = match position {
                    None => {
                        let newest = published.select(PostWithAuthor::as_select());
                        limited(newest, limit).load(connection).await
                    }
                    Some(position) => {
                        let older = published
                            .filter(
                                (posts::published_at.assume_not_null(), posts::id)
                                    .into_sql::<SortKey>()
                                    .lt((position.at, position.id)),
                            )
                            .select(PostWithAuthor::as_select());
                        limited(older, limit).load(connection).await
                    }
                };
                (rows?, None)
            }
            Start::Page(page) => {
                let total = || {
                    counted_posts
                        .inner_join(
                            counted_authors.on(counted_authors
                                .field(users::id)
                                .eq(counted_posts.field(posts::user_id))),
                        )
                        .filter(counted_posts.field(posts::deleted_at).is_null())
                        .filter(counted_posts.field(posts::published_at).is_not_null())
                        .filter(counted_authors.field(users::deleted_at).is_null())
                        .count()
                };
                let counted = published
                    .offset(offset(page, limit))
                    .select((PostWithAuthor::as_select(), total().single_value()));
                let rows: Vec<(PostWithAuthor, Option<i64>)> =
                    limited(counted, limit).load(connection).await?;
                let (rows, counted) = without_count(rows);
                let total = match counted {
                    Some(counted) => counted,
                    None if page == 1 => 0,
                    None => total().get_result(connection).await?,
                };
                (rows, Some(pagination(page, limit, total)))
            }
        };
        let page = Page::new(rows, limit, |(post, _)| Position {
            list: List::PublishedPosts,
            // Never the fallback: the list holds published posts only.
            at: post.published_at.unwrap_or(post.created_at),
            id: post.id,
        });
        Ok(PostWithAuthorListResponse {
            posts: page.items.into_iter().map(with_author).collect(),
            pagination,
            next_cursor: page.next_cursor,
        })
    }
}

/// A live user's live posts, drafts too, newest first: by page with the count of all, or from a cursor without.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is no such live user, [`RepositoryError::Cursor`] where the cursor belongs
/// to another list.
pub async fn posts_list_of_user(
    connection: &mut Connection,
    user_id: Uuid,
    query: Valid<ListQuery>,
) -> Result<PostListResponse, RepositoryError> {
    let part = Part::of(&query, List::PostsOfUser)?;
    posts_found(PostsOfUser::read(connection, (user_id, part)).await?)
}

/// A part of the list of a live user's posts; none where there is no such user.
pub(super) struct PostsOfUser;

impl SharedRead for PostsOfUser {
    type Key = (Uuid, Part);
    type Answer = Option<PostListResponse>;

    async fn read(
        connection: &mut Connection,
        (user_id, Part { start, limit }): (Uuid, Part),
    ) -> Result<Option<PostListResponse>, DbError> {
        let live = posts::table
            .filter(posts::user_id.eq(user_id))
            .filter(posts::deleted_at.is_null())
            .filter(exists(live_author()))
            .order((posts::created_at.desc(), posts::id.desc()));
        let (rows, pagination) = match start {
            Start::After(position) => {
                let rows = match position {
                    None => {
                        limited(live.select(Select::as_select()), limit)
                            .load(connection)
                            .await
                    }
                    Some(position) => {
                        let older = live
                            .filter(
                                (posts::created_at, posts::id)
                                    .into_sql::<SortKey>()
                                    .lt((position.at, position.id)),
                            )
                            .select(Select::as_select());
                        limited(older, limit).load(connection).await
                    }
                };
                (rows?, None)
            }
            Start::Page(page) => {
                let total = || {
                    counted_posts
                        .filter(counted_posts.field(posts::user_id).eq(user_id))
                        .filter(counted_posts.field(posts::deleted_at).is_null())
                        .count()
                };
                let counted = live
                    .offset(offset(page, limit))
                    .select((Select::as_select(), total().single_value()));
                let rows: Vec<(Select, Option<i64>)> =
                    limited(counted, limit).load(connection).await?;
                let (rows, counted) = without_count(rows);
                let total = match counted {
                    Some(counted) => counted,
                    None if page == 1 => 0,
                    None => total().get_result(connection).await?,
                };
                (rows, Some(pagination(page, limit, total)))
            }
        };
        if rows.is_empty() {
            // Nothing there, or nobody: a user who is there, with no post in this part of the list, is no error.
            let user = LiveUser::load_one(connection, user_id).await?;
            if user.is_none() {
                return Ok(None);
            }
        }
        let page = Page::new(rows, limit, |post: &Select| Position {
            list: List::PostsOfUser,
            at: post.created_at,
            id: post.id,
        });
        Ok(Some(PostListResponse {
            posts: page.items.into_iter().map(PostResponse::from).collect(),
            pagination,
            next_cursor: page.next_cursor,
        }))
    }
}

/// Changes a live post of a live user. A request that names nothing changes nothing.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is no such post, [`RepositoryError::Conflict`] where another live one has
/// the slug.
pub async fn post_update(
    connection: &mut Connection,
    id: Uuid,
    request: Valid<UpdatePost>,
) -> Result<PostResponse, RepositoryError> {
    let changes = Update::from(request.into_inner());
    if changes.is_empty() {
        return Ok(post_by_id(connection, id).await?.post);
    }
    accepted(changes.violations())?;
    let post = diesel::update(posts::table)
        .filter(posts::id.eq(id))
        .filter(posts::deleted_at.is_null())
        .filter(exists(live_author()))
        .set(changes)
        .returning(Select::as_returning())
        .get_result(connection)
        .await
        .optional()
        .map_err(refused::<Constraint>)?;
    found(post)
}

/// Publishes a live post of a live user. One that is published already stays as it is.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is no such post.
pub async fn post_publish(
    connection: &mut Connection,
    id: Uuid,
) -> Result<PostResponse, RepositoryError> {
    let published_at = first_set(posts::published_at, later(now, posts::created_at));
    let post = diesel::update(posts::table)
        .filter(posts::id.eq(id))
        .filter(posts::deleted_at.is_null())
        .filter(exists(live_author()))
        .set(posts::published_at.eq(published_at.nullable()))
        .returning(Select::as_returning())
        .get_result(connection)
        .await
        .optional()
        .map_err(refused::<Constraint>)?;
    found(post)
}

/// Deletes a live post of a live user softly: the row stays, and is seen nowhere but in this answer. Of two deletions
/// at once, one finds nothing.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is no such post.
pub async fn post_delete(
    connection: &mut Connection,
    id: Uuid,
) -> Result<PostResponse, RepositoryError> {
    let post = diesel::update(posts::table)
        .filter(posts::id.eq(id))
        .filter(posts::deleted_at.is_null())
        .filter(exists(live_author()))
        .set(posts::deleted_at.eq(later(now, posts::created_at).nullable()))
        .returning(Select::as_returning())
        .get_result(connection)
        .await
        .optional()
        .map_err(refused::<Constraint>)?;
    found(post)
}

/// What a post shows of its author.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(super) struct Author {
    id: Uuid,
    name: String,
    email: String,
}

pub(super) type PostWithAuthor = (Select, Author);

#[diesel::dsl::auto_type]
fn live_author() -> _ {
    users::table
        .filter(users::id.eq(posts::user_id))
        .filter(users::deleted_at.is_null())
}

pub(super) fn posts_found(
    posts: Option<PostListResponse>,
) -> Result<PostListResponse, RepositoryError> {
    posts.ok_or(RepositoryError::NotFound(Entity::User))
}

fn found(post: Option<Select>) -> Result<PostResponse, RepositoryError> {
    post.map(PostResponse::from)
        .ok_or(RepositoryError::NotFound(Entity::Post))
}

pub(super) fn found_with_author(
    post: Option<PostWithAuthor>,
) -> Result<PostWithAuthorResponse, RepositoryError> {
    post.map(with_author)
        .ok_or(RepositoryError::NotFound(Entity::Post))
}

fn with_author((post, author): PostWithAuthor) -> PostWithAuthorResponse {
    PostWithAuthorResponse {
        post: post.into(),
        author: AuthorResponse {
            id: author.id,
            name: author.name,
            email: author.email,
        },
    }
}
