//! Errors as callers see them: problem details (RFC 9457).

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::repositories::{Entity, RepositoryError, RuleViolation};

/// The media type of every error.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong with a request, in the caller's terms. Nothing of the database's own words is in it.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
}

/// What is wrong with one member of a request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldError {
    /// The member's name; empty where the whole request is at fault.
    pub(super) field: Cow<'static, str>,
    /// What is wrong with it.
    pub(super) message: Cow<'static, str>,
    /// The rule of the database that it breaks, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(super) constraint: Option<Cow<'static, str>>,
}

/// A problem on the wire.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemBody<'a> {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What is wrong with this request.
    detail: &'a str,
    /// The path of this request.
    instance: &'a str,
    /// The same as `detail`, where callers of old look for it.
    error: &'a str,
    /// The member at fault, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    field: Option<&'a str>,
    /// What is wrong with each member, where members are at fault.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            detail: detail.into(),
            field: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// The server's own failure. What it was is in the log.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server failed to answer this request.",
        )
    }

    /// The server cannot answer now, and may be able to after `retry_after`.
    pub(crate) fn unavailable(detail: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }

    /// The request's members break rules.
    pub(super) fn invalid(errors: Vec<FieldError>) -> Self {
        let mut fields: Vec<_> = errors.iter().map(|error| error.field.clone()).collect();
        fields.dedup();
        let detail = match (errors.as_slice(), fields.as_slice()) {
            ([error], [field]) if field.is_empty() => error.message.to_string(),
            ([error, ..], [field]) => {
                format!("The field `{field}` is not valid: {}.", error.message)
            }
            _ => format!("The fields `{}` are not valid.", fields.join("`, `")),
        };
        let field = match fields.as_slice() {
            [field] if !field.is_empty() => Some(field.clone()),
            _ => None,
        };
        Self {
            field,
            errors,
            ..Self::new(StatusCode::BAD_REQUEST, detail)
        }
    }

    /// Names the member of the request that is at fault.
    pub(super) fn at(mut self, field: &'static str) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl From<RepositoryError> for Problem {
    fn from(error: RepositoryError) -> Self {
        if let Some(retry_after) = error.retry_after() {
            tracing::warn!(
                error = error.for_log(),
                "the database cannot serve a request"
            );
            return Self::unavailable(
                "The database cannot serve this request at the moment. Try again later.",
                retry_after,
            );
        }
        match error {
            RepositoryError::NotFound(entity) => Self::new(
                StatusCode::NOT_FOUND,
                match entity {
                    Entity::User => "There is no such user.",
                    Entity::Post => "There is no such post.",
                },
            ),
            RepositoryError::Conflict(rule) => Self {
                status: StatusCode::CONFLICT,
                detail: match rule.field {
                    Some(field) => format!("This {field} is already in use.").into(),
                    None => "Another row has this value already.".into(),
                },
                field: rule.field.map(Cow::Borrowed),
                errors: vec![FieldError::new(rule, "is already in use")],
                retry_after: None,
            },
            RepositoryError::Rejected(rules) => Self::invalid(
                rules
                    .into_iter()
                    .map(|rule| FieldError::new(rule, "breaks a rule of the database"))
                    .collect(),
            ),
            RepositoryError::Cursor(error) => Self::invalid(vec![FieldError {
                field: "cursor".into(),
                message: error.to_string().into(),
                constraint: None,
            }]),
            error => {
                tracing::error!(error = error.for_log(), "the database failed a request");
                Self::internal()
            }
        }
    }
}

impl FieldError {
    fn new(rule: RuleViolation, message: &'static str) -> Self {
        Self {
            field: rule.field.unwrap_or_default().into(),
            message: message.into(),
            constraint: rule.constraint,
        }
    }
}

impl IntoResponse for Problem {
    /// The answer without its body: [`render`] writes that, where the request is known.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(retry_after) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a [`Problem`] that answers a request of `path`.
pub(super) fn render(mut response: Response, path: &str) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let body = ProblemBody {
        kind: "about:blank",
        title: problem.status.canonical_reason().unwrap_or_default(),
        status: problem.status.as_u16(),
        detail: &problem.detail,
        instance: path,
        error: &problem.detail,
        field: problem.field.as_deref(),
        errors: &problem.errors,
    };
    match serde_json::to_vec(&body) {
        Ok(body) => {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
            *response.body_mut() = body.into();
            // Set for the empty body that was there before; the server counts anew.
            response
                .headers_mut()
                .remove(axum::http::header::CONTENT_LENGTH);
            response
        }
        Err(error) => {
            tracing::error!(%error, "could not write a problem");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
