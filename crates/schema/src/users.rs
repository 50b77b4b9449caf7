//! Users: people who write posts.

use axis_db_contract::users::{EMAIL_MAX_LENGTH, Insert, NAME_MAX_LENGTH, Select, Update};
use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lists::{Cursor, Pagination};
use crate::rules::{NO_NUL, address, no_nul, present};
use crate::timestamptz;

/// What `POST /api/users` asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CreateUser {
    /// Address, unique among live users whatever its case. 5 to 255 characters.
    #[garde(custom(address), length(chars, min = 5, max = EMAIL_MAX_LENGTH))]
    #[schemars(email)]
    pub email: String,
    /// Name as others see it. 1 to 255 characters, none of them NUL.
    #[garde(custom(no_nul), length(chars, min = 1, max = NAME_MAX_LENGTH))]
    #[schemars(regex(pattern = NO_NUL))]
    pub name: String,
}

impl From<CreateUser> for Insert {
    fn from(request: CreateUser) -> Self {
        Self {
            id: None,
            email: request.email,
            name: request.name,
            created_at: None,
            updated_at: None,
            deleted_at: None,
        }
    }
}

/// What `PATCH /api/users/{id}` changes. A member that is left out stays as it is; none may be null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Validate, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct UpdateUser {
    /// Address, unique among live users whatever its case. 5 to 255 characters.
    #[garde(inner(custom(address)), length(chars, min = 5, max = EMAIL_MAX_LENGTH))]
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", email)]
    pub email: Option<String>,
    /// Name as others see it. 1 to 255 characters, none of them NUL.
    #[garde(inner(custom(no_nul)), length(chars, min = 1, max = NAME_MAX_LENGTH))]
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = NO_NUL))]
    pub name: Option<String>,
}

impl From<UpdateUser> for Update {
    fn from(request: UpdateUser) -> Self {
        Self {
            email: request.email,
            name: request.name,
            ..Self::default()
        }
    }
}

/// A user as callers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserResponse {
    /// Primary key.
    pub id: Uuid,
    /// Address, unique among live users whatever its case.
    pub email: String,
    /// Name as others see it.
    pub name: String,
    /// When the user was created.
    #[serde(serialize_with = "timestamptz::serialize")]
    pub created_at: DateTime<Utc>,
    /// When the user last changed.
    #[serde(serialize_with = "timestamptz::serialize")]
    pub updated_at: DateTime<Utc>,
    /// When the user was deleted; null while the user is live.
    #[serde(serialize_with = "timestamptz::serialize_option")]
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Select> for UserResponse {
    fn from(row: Select) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// A part of the list of users, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserListResponse {
    /// The users.
    pub users: Vec<UserResponse>,
    /// Where this part stands. Left out of a list that was asked for by cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
    /// Asks for what comes next; null at the end.
    pub next_cursor: Option<Cursor>,
}
