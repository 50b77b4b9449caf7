//! Handlers of posts.

use axis_schema::lists::ListQuery;
use axis_schema::posts::{
    CreatePost, PostResponse, PostWithAuthorListResponse, PostWithAuthorResponse, UpdatePost,
};
use axum::Json;
use axum::extract::State;

use super::extract::{Body, Id, Query};
use super::operation::Created;
use super::problem::Problem;
use crate::repositories::{
    Entity, RepositoryError, post_create, post_delete, post_publish, post_update,
};
use crate::server::App;

pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<PostWithAuthorListResponse>, Problem> {
    Ok(Json(app.batches().posts_list_published(query).await?))
}

pub(super) async fn create(
    State(app): State<App>,
    Body(request): Body<CreatePost>,
) -> Result<Created<PostResponse>, Problem> {
    let mut connection = app.connection().await?;
    let post = match post_create(&mut connection, request).await {
        Err(error @ RepositoryError::NotFound(Entity::User)) => {
            return Err(Problem::from(error).at("userId"));
        }
        result => result?,
    };
    Ok(Created {
        location: format!("/api/posts/{}", post.id),
        body: post,
    })
}

pub(super) async fn by_id(
    State(app): State<App>,
    Id(id): Id,
) -> Result<Json<PostWithAuthorResponse>, Problem> {
    Ok(Json(app.batches().post_by_id(id).await?))
}

pub(super) async fn update(
    State(app): State<App>,
    Id(id): Id,
    Body(request): Body<UpdatePost>,
) -> Result<Json<PostResponse>, Problem> {
    let mut connection = app.connection().await?;
    Ok(Json(post_update(&mut connection, id, request).await?))
}

pub(super) async fn publish(
    State(app): State<App>,
    Id(id): Id,
) -> Result<Json<PostResponse>, Problem> {
    let mut connection = app.connection().await?;
    Ok(Json(post_publish(&mut connection, id).await?))
}

pub(super) async fn delete(
    State(app): State<App>,
    Id(id): Id,
) -> Result<Json<PostResponse>, Problem> {
    let mut connection = app.connection().await?;
    Ok(Json(post_delete(&mut connection, id).await?))
}
