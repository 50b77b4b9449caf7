//! The statements of those who write them by hand.

pub const BY_ID: &str = "SELECT id, email, name, created_at, updated_at, deleted_at FROM users \
     WHERE id = $1 AND deleted_at IS NULL";
pub const BY_EMAIL: &str = "SELECT id, email, name, created_at, updated_at, deleted_at FROM users \
     WHERE lower(email) = lower($1) AND deleted_at IS NULL";
pub const PAGE: &str = "SELECT id, email, name, created_at, updated_at, deleted_at, \
     (SELECT count(*) FROM users WHERE deleted_at IS NULL) AS total FROM users \
     WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 51 OFFSET $1";
pub const FIRST: &str = "SELECT id, email, name, created_at, updated_at, deleted_at FROM users \
     WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 51";
pub const AFTER: &str = "SELECT id, email, name, created_at, updated_at, deleted_at FROM users \
     WHERE deleted_at IS NULL AND (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT 51";
pub const INSERT: &str = "INSERT INTO users (email, name) VALUES ($1, $2) \
     RETURNING id, email, name, created_at, updated_at, deleted_at";
pub const UPDATE: &str = "UPDATE users SET name = $1 WHERE id = $2 AND deleted_at IS NULL \
     RETURNING id, email, name, created_at, updated_at, deleted_at";
pub const DELETE: &str = "UPDATE users SET deleted_at = greatest(now(), created_at) WHERE id = $1 AND deleted_at IS NULL \
     RETURNING id, email, name, created_at, updated_at, deleted_at";
pub const POST: &str = "SELECT p.id, p.user_id, p.title, p.content, p.slug, p.published_at, p.created_at, p.updated_at, \
     p.deleted_at, u.id AS author_id, u.name AS author_name, u.email AS author_email \
     FROM posts p JOIN users u ON u.id = p.user_id \
     WHERE p.id = $1 AND p.deleted_at IS NULL AND u.deleted_at IS NULL";
