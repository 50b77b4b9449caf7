//! Handlers of users.

use axis_schema::lists::ListQuery;
use axis_schema::posts::PostListResponse;
use axis_schema::users::{CreateUser, UpdateUser, UserListResponse, UserResponse};
use axum::Json;
use axum::extract::State;

use super::extract::{Body, Id, Query};
use super::operation::Created;
use super::problem::Problem;
use crate::repositories::{user_delete, user_update};
use crate::server::App;

pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<UserListResponse>, Problem> {
    Ok(Json(app.batches().users_list(query).await?))
}

pub(super) async fn create(
    State(app): State<App>,
    Body(request): Body<CreateUser>,
) -> Result<Created<UserResponse>, Problem> {
    let user = app.batches().user_create(request).await?;
    Ok(Created {
        location: format!("/api/users/{}", user.id),
        body: user,
    })
}

pub(super) async fn by_id(
    State(app): State<App>,
    Id(id): Id,
) -> Result<Json<UserResponse>, Problem> {
    Ok(Json(app.batches().user_by_id(id).await?))
}

pub(super) async fn update(
    State(app): State<App>,
    Id(id): Id,
    Body(request): Body<UpdateUser>,
) -> Result<Json<UserResponse>, Problem> {
    let mut connection = app.connection().await?;
    Ok(Json(user_update(&mut connection, id, request).await?))
}

pub(super) async fn delete(
    State(app): State<App>,
    Id(id): Id,
) -> Result<Json<UserResponse>, Problem> {
    let mut connection = app.connection().await?;
    Ok(Json(user_delete(&mut connection, id).await?))
}

pub(super) async fn posts(
    State(app): State<App>,
    Id(id): Id,
    Query(query): Query<ListQuery>,
) -> Result<Json<PostListResponse>, Problem> {
    Ok(Json(app.batches().posts_list_of_user(id, query).await?))
}
