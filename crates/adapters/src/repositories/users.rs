//! Users.

use axis_db::schema::users;
use axis_db::{Connection, DbError, InsertMany, Loader, SharedRead};
use axis_db_contract::users::{Constraint, Insert, Select, Update};
use axis_schema::lists::{List, ListQuery, Position, Start};
use axis_schema::users::{CreateUser, UpdateUser, UserListResponse, UserResponse};
use diesel::dsl::{array, now};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use garde::Valid;
use uuid::Uuid;

use super::error::{accepted, refused};
use super::page::{Page, Part, SortKey, limited, offset, pagination, without_count};
use super::{Entity, ManyError, RepositoryError, later, many, unnest, unnest_text};

diesel::alias!(users as counted_users: CountedUsers);

/// Creates a user.
///
/// # Errors
/// [`RepositoryError::Conflict`] where a live user has the address, in whatever case.
pub async fn user_create(
    connection: &mut Connection,
    request: Valid<CreateUser>,
) -> Result<UserResponse, RepositoryError> {
    let user = NewUser::insert_one(connection, new_user(request)?).await;
    created(user)
}

/// The row of a new user.
pub(super) fn new_user(request: Valid<CreateUser>) -> Result<Insert, RepositoryError> {
    let row = Insert::from(request.into_inner());
    accepted(row.violations())?;
    Ok(row)
}

pub(super) fn created(user: Result<Select, DbError>) -> Result<UserResponse, RepositoryError> {
    user.map(UserResponse::from).map_err(refused::<Constraint>)
}

/// New users.
pub(super) struct NewUser;

impl InsertMany for NewUser {
    type New = Insert;
    type Row = Select;

    async fn insert_one(connection: &mut Connection, row: Insert) -> Result<Select, DbError> {
        let user = diesel::insert_into(users::table)
            .values(row)
            .returning(Select::as_returning())
            .get_result(connection)
            .await;
        Ok(user?)
    }

    async fn insert_many(
        connection: &mut Connection,
        rows: &[Insert],
    ) -> Result<Vec<Select>, DbError> {
        let mut rows: Vec<(usize, &Insert)> = rows.iter().enumerate().collect();
        // Of users_email_live_key: of two statements with the same addresses, one waits for the other.
        rows.sort_by_cached_key(|(_, row)| row.email.to_lowercase());
        let columns = rows.iter().map(|(_, row)| {
            // Those that `CreateUser` sets. A new column of the table is to be missed here.
            let Insert {
                id: _,
                email,
                name,
                created_at: _,
                updated_at: _,
                deleted_at: _,
            } = row;
            (email, name)
        });
        let (emails, names): (Vec<_>, Vec<_>) = columns.unzip();
        // One text for any number of rows.
        let users = diesel::select((unnest_text(emails), unnest_text(names)))
            .insert_into(users::table)
            .into_columns((users::email, users::name))
            .returning(Select::as_returning())
            .load(connection)
            .await?;
        let places = rows.iter().map(|(place, _)| *place);
        let mut users: Vec<(usize, Select)> = places.zip(users).collect();
        users.sort_unstable_by_key(|(place, _)| *place);
        Ok(users.into_iter().map(|(_, user)| user).collect())
    }
}

/// Creates many users at once, by COPY, and gives their number: all or none.
///
/// Within a transaction that is open on the connection, it is a part of it.
///
/// # Errors
/// [`ManyError`] names the row at fault; a user whose address another one has, in the database or before it in the list,
/// is a [`RepositoryError::Conflict`].
pub async fn users_create(
    connection: &mut Connection,
    requests: impl IntoIterator<Item = Valid<CreateUser>, IntoIter: Send>,
) -> Result<u64, ManyError> {
    let rows = requests
        .into_iter()
        .map(|request| Insert::from(request.into_inner()));
    many::copy(connection, users::table, rows, Insert::violations).await
}

/// A live user.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is none.
pub async fn user_by_id(
    connection: &mut Connection,
    id: Uuid,
) -> Result<UserResponse, RepositoryError> {
    found(LiveUser::load_one(connection, id).await?)
}

/// A live user by its id.
pub(super) struct LiveUser;

impl Loader for LiveUser {
    type Key = Uuid;
    type Row = Select;

    async fn load_one(connection: &mut Connection, id: Uuid) -> Result<Option<Select>, DbError> {
        let user = users::table
            .filter(users::id.eq(id))
            .filter(users::deleted_at.is_null())
            .select(Select::as_select())
            .get_result(connection)
            .await;
        Ok(user.optional()?)
    }

    async fn load_many(
        connection: &mut Connection,
        ids: Vec<Uuid>,
    ) -> Result<Vec<(Uuid, Select)>, DbError> {
        let users: Vec<Select> = users::table
            .filter(users::id.eq_any(array(diesel::select(unnest(ids)))))
            .filter(users::deleted_at.is_null())
            .select(Select::as_select())
            .load(connection)
            .await?;
        Ok(users.into_iter().map(|user| (user.id, user)).collect())
    }
}

/// Live users, newest first: by page with the count of all, or from a cursor without.
///
/// # Errors
/// [`RepositoryError::Cursor`] where the cursor belongs to another list.
pub async fn users_list(
    connection: &mut Connection,
    query: Valid<ListQuery>,
) -> Result<UserListResponse, RepositoryError> {
    let part = Part::of(&query, List::Users)?;
    Ok(LiveUsers::read(connection, part).await?)
}

/// A part of the list of live users.
pub(super) struct LiveUsers;

impl SharedRead for LiveUsers {
    type Key = Part;
    type Answer = UserListResponse;

    async fn read(
        connection: &mut Connection,
        Part { start, limit }: Part,
    ) -> Result<UserListResponse, DbError> {
        let live = users::table
            .filter(users::deleted_at.is_null())
            .order((users::created_at.desc(), users::id.desc()));
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
                                (users::created_at, users::id)
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
                    counted_users
                        .filter(counted_users.field(users::deleted_at).is_null())
                        .count()
                };
                // In one statement, so that page and total are of one moment.
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
        let page = Page::new(rows, limit, |user: &Select| Position {
            list: List::Users,
            at: user.created_at,
            id: user.id,
        });
        Ok(UserListResponse {
            users: page.items.into_iter().map(UserResponse::from).collect(),
            pagination,
            next_cursor: page.next_cursor,
        })
    }
}

/// Changes a live user. A request that names nothing changes nothing.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is no such live user, [`RepositoryError::Conflict`] where another one has
/// the address.
pub async fn user_update(
    connection: &mut Connection,
    id: Uuid,
    request: Valid<UpdateUser>,
) -> Result<UserResponse, RepositoryError> {
    let changes = Update::from(request.into_inner());
    if changes.is_empty() {
        return user_by_id(connection, id).await;
    }
    accepted(changes.violations())?;
    let user = diesel::update(users::table)
        .filter(users::id.eq(id))
        .filter(users::deleted_at.is_null())
        .set(changes)
        .returning(Select::as_returning())
        .get_result(connection)
        .await
        .optional()
        .map_err(refused::<Constraint>)?;
    found(user)
}

/// Deletes a live user softly: the row stays, and is seen nowhere but in this answer. Of two deletions at once, one
/// finds nothing. The user's posts are seen nowhere either, but their rows stay live and keep their slugs.
///
/// # Errors
/// [`RepositoryError::NotFound`] where there is no such live user.
pub async fn user_delete(
    connection: &mut Connection,
    id: Uuid,
) -> Result<UserResponse, RepositoryError> {
    let user = diesel::update(users::table)
        .filter(users::id.eq(id))
        .filter(users::deleted_at.is_null())
        .set(users::deleted_at.eq(later(now, users::created_at).nullable()))
        .returning(Select::as_returning())
        .get_result(connection)
        .await
        .optional()
        .map_err(refused::<Constraint>)?;
    found(user)
}

pub(super) fn found(user: Option<Select>) -> Result<UserResponse, RepositoryError> {
    user.map(UserResponse::from)
        .ok_or(RepositoryError::NotFound(Entity::User))
}
