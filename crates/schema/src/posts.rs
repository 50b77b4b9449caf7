//! Posts: what users write.

use axis_db_contract::posts::{Insert, SLUG_MAX_LENGTH, Select, TITLE_MAX_LENGTH, Update};
use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lists::{Cursor, Pagination};
use crate::rules::{NO_NUL, hyphenated, no_nul, present};
use crate::timestamptz;

/// What `POST /api/posts` asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CreatePost {
    /// The author.
    #[garde(skip)]
    #[serde(deserialize_with = "hyphenated")]
    pub user_id: Uuid,
    /// Headline. 1 to 255 characters, none of them NUL.
    #[garde(custom(no_nul), length(chars, min = 1, max = TITLE_MAX_LENGTH))]
    #[schemars(regex(pattern = NO_NUL))]
    pub title: String,
    /// Text of the post. At least 10 characters, none of them NUL.
    #[garde(custom(no_nul), length(chars, min = 10))]
    #[schemars(regex(pattern = NO_NUL))]
    pub content: String,
    /// Name in a URL, unique among live posts. 1 to 255 characters of a-z, 0-9 and -.
    #[garde(length(chars, min = 1, max = SLUG_MAX_LENGTH), pattern(r"^[a-z0-9-]+$"))]
    pub slug: String,
}

impl From<CreatePost> for Insert {
    fn from(request: CreatePost) -> Self {
        Self {
            id: None,
            user_id: request.user_id,
            title: request.title,
            content: request.content,
            slug: request.slug,
            published_at: None,
            created_at: None,
            updated_at: None,
            deleted_at: None,
        }
    }
}

/// What `PATCH /api/posts/{id}` changes. A member that is left out stays as it is; none may be null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Validate, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct UpdatePost {
    /// Headline. 1 to 255 characters, none of them NUL.
    #[garde(inner(custom(no_nul)), length(chars, min = 1, max = TITLE_MAX_LENGTH))]
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = NO_NUL))]
    pub title: Option<String>,
    /// Text of the post. At least 10 characters, none of them NUL.
    #[garde(inner(custom(no_nul)), length(chars, min = 10))]
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = NO_NUL))]
    pub content: Option<String>,
    /// Name in a URL, unique among live posts. 1 to 255 characters of a-z, 0-9 and -.
    #[garde(length(chars, min = 1, max = SLUG_MAX_LENGTH), pattern(r"^[a-z0-9-]+$"))]
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub slug: Option<String>,
}

impl From<UpdatePost> for Update {
    fn from(request: UpdatePost) -> Self {
        Self {
            title: request.title,
            content: request.content,
            slug: request.slug,
            ..Self::default()
        }
    }
}

/// A post as callers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostResponse {
    /// Primary key.
    pub id: Uuid,
    /// The author.
    pub user_id: Uuid,
    /// Headline.
    pub title: String,
    /// Text of the post.
    pub content: String,
    /// Name in a URL, unique among live posts.
    pub slug: String,
    /// When the post was published; null while it is a draft.
    #[serde(serialize_with = "timestamptz::serialize_option")]
    pub published: Option<DateTime<Utc>>,
    /// When the post was created.
    #[serde(serialize_with = "timestamptz::serialize")]
    pub created_at: DateTime<Utc>,
    /// When the post last changed.
    #[serde(serialize_with = "timestamptz::serialize")]
    pub updated_at: DateTime<Utc>,
    /// When the post was deleted; null while the post is live.
    #[serde(serialize_with = "timestamptz::serialize_option")]
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Select> for PostResponse {
    fn from(row: Select) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            title: row.title,
            content: row.content,
            slug: row.slug,
            published: row.published_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// What a post shows of the user who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorResponse {
    /// The user's primary key.
    pub id: Uuid,
    /// Name as others see it.
    pub name: String,
    /// Address.
    pub email: String,
}

/// A post with its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostWithAuthorResponse {
    /// The post.
    #[serde(flatten)]
    pub post: PostResponse,
    /// Who wrote it.
    pub author: AuthorResponse,
}

/// A part of the list of a user's posts, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostListResponse {
    /// The posts.
    pub posts: Vec<PostResponse>,
    /// Where this part stands. Left out of a list that was asked for by cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
    /// Asks for what comes next; null at the end.
    pub next_cursor: Option<Cursor>,
}

/// A part of the list of published posts, newest publication first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostWithAuthorListResponse {
    /// The posts.
    pub posts: Vec<PostWithAuthorResponse>,
    /// Where this part stands. Left out of a list that was asked for by cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
    /// Asks for what comes next; null at the end.
    pub next_cursor: Option<Cursor>,
}
