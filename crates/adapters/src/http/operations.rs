//! The surface: every operation, once. The router and openapi.json are made from this list.

use std::sync::LazyLock;

use axum::http::StatusCode;

use super::operation::Operation;
use super::{posts, system, users};

const EMAIL_IN_USE: &str = "Another live user has this email.";
const SLUG_IN_USE: &str = "Another live post has this slug.";

/// All operations, in the order in which they are documented.
pub(super) fn operations() -> Vec<Operation> {
    let conflict = StatusCode::CONFLICT;
    vec![
        Operation::get(
            "/api/users",
            "userList",
            "Lists users, newest first",
            users::list,
        ),
        Operation::post("/api/users", "userCreate", "Creates a user", users::create)
            .may_answer(conflict, EMAIL_IN_USE),
        Operation::get("/api/users/{id}", "userById", "Shows a user", users::by_id),
        Operation::patch(
            "/api/users/{id}",
            "userUpdate",
            "Changes what is given of a user",
            users::update,
        )
        .may_answer(conflict, EMAIL_IN_USE),
        Operation::delete(
            "/api/users/{id}",
            "userDelete",
            "Deletes a user softly and shows it a last time",
            users::delete,
        ),
        Operation::get(
            "/api/users/{id}/posts",
            "userPostList",
            "Lists a user's posts, drafts too, newest first",
            users::posts,
        ),
        Operation::get(
            "/api/posts",
            "postList",
            "Lists published posts of live users with their authors, newest publication first",
            posts::list,
        ),
        Operation::post(
            "/api/posts",
            "postCreate",
            "Creates a post, as a draft",
            posts::create,
        )
        .may_answer(StatusCode::NOT_FOUND, "There is no such user.")
        .may_answer(conflict, SLUG_IN_USE),
        Operation::get(
            "/api/posts/{id}",
            "postById",
            "Shows a post with its author",
            posts::by_id,
        ),
        Operation::patch(
            "/api/posts/{id}",
            "postUpdate",
            "Changes what is given of a post",
            posts::update,
        )
        .may_answer(conflict, SLUG_IN_USE),
        Operation::post(
            "/api/posts/{id}/publish",
            "postPublish",
            "Publishes a post, unless it is published already",
            posts::publish,
        ),
        Operation::delete(
            "/api/posts/{id}",
            "postDelete",
            "Deletes a post softly and shows it a last time",
            posts::delete,
        ),
        Operation::get(
            "/healthz",
            "health",
            "Says that the process lives",
            system::health,
        ),
        Operation::get(
            "/readyz",
            "ready",
            "Says whether the database answers and its schema serves this build",
            system::ready,
        ),
        Operation::get(
            "/metrics",
            "metrics",
            "Metrics for Prometheus",
            system::metrics,
        ),
        Operation::get(
            "/openapi.json",
            "openapi",
            "This description",
            system::openapi,
        ),
    ]
}

/// The path of an operation that equals `template`, as a constant: a label for metrics and spans.
pub(super) fn route(template: &str) -> Option<&'static str> {
    static ROUTES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        operations()
            .iter()
            .map(|operation| operation.path)
            .collect()
    });
    ROUTES.iter().copied().find(|route| *route == template)
}
