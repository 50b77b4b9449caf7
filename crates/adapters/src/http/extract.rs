//! What handlers are given: read, checked, and refused as problem details.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::request::Parts;
use futures_util::StreamExt;
use garde::{Unvalidated, Valid, Validate};
use serde::de::DeserializeOwned;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::problem::{FieldError, Problem};
use crate::server::App;

/// The `{id}` of a path. Text that is no UUID names nothing, so it is a 404.
pub(super) struct Id(pub(super) Uuid);

impl FromRequestParts<App> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let id = Path::<String>::from_request_parts(parts, app).await.ok();
        id.and_then(|Path(id)| id.parse::<Hyphenated>().ok())
            .map(|id| Self(id.into()))
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::NOT_FOUND,
                    "There is nothing here: the id in the path is not a UUID.",
                )
            })
    }
}

/// A query that is valid. Names that it does not know are ignored; one that it knows may be given once.
pub(super) struct Query<T>(pub(super) Valid<T>);

impl<T: DeserializeOwned + Validate<Context = ()>> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let deserializer = serde_urlencoded::Deserializer::new(pairs);
        let query = serde_path_to_error::deserialize(deserializer).map_err(unreadable)?;
        valid(query).map(Self)
    }
}

/// A JSON body that is valid.
pub(super) struct Body<T>(pub(super) Valid<T>);

impl<T: DeserializeOwned + Validate<Context = ()>> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be JSON, with the header `Content-Type: application/json`.",
            ));
        }
        let limits = app.limits();
        let arrival = collect(request.into_body(), limits.body_bytes);
        let body = tokio::time::timeout(limits.body_time, arrival).await;
        let body = body.unwrap_or_else(|_| {
            Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "The body did not arrive within {} seconds.",
                    limits.body_time.as_secs()
                ),
            ))
        })?;
        valid(read(&body)?).map(Self)
    }
}

/// How many times more than it may hold a body is read on, and thrown away. Many clients look for an answer only when
/// they have sent all, and would see a broken connection instead of the 413.
const PATIENCE: usize = 32;

async fn collect(body: axum::body::Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut size = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| malformed("The body could not be read to its end."))?;
        size += chunk.len();
        if size <= limit {
            bytes.extend_from_slice(&chunk);
        } else if size > limit * PATIENCE {
            break;
        }
    }
    if size <= limit {
        return Ok(bytes);
    }
    Err(Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("The body may have {limit} bytes at most."),
    ))
}

/// Whether the one content type is JSON in UTF-8, which is the only encoding that JSON has.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else {
        return false;
    };
    let content_type = content_type.to_str().ok();
    content_type
        .and_then(|content_type| content_type.parse::<mime::Mime>().ok())
        .is_some_and(|content_type| {
            content_type.essence_str() == mime::APPLICATION_JSON.essence_str()
                && content_type
                    .get_param(mime::CHARSET)
                    .is_none_or(|charset| charset == mime::UTF_8)
        })
}

/// Reads one JSON object. serde would take an array for a struct, too.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed("The body is not a JSON object."));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if error.inner().is_data() {
            unreadable(error)
        } else {
            let place = error.inner();
            malformed(format!(
                "The body is not JSON: see line {}, column {}.",
                place.line(),
                place.column()
            ))
        }
    })?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(_) => Err(malformed("The body goes on behind its JSON object.")),
    }
}

fn malformed(detail: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

/// The most characters of a caller's own text that an answer repeats.
const ECHO_MAX: usize = 200;

fn bounded(text: &str) -> String {
    text.chars().take(ECHO_MAX).collect()
}

/// Names the member that could not be read.
fn unreadable<E: std::error::Error>(error: serde_path_to_error::Error<E>) -> Problem {
    let path = error.path().to_string();
    let message = error.into_inner().to_string();
    // Of what is missing or there twice, serde tells the name in its message only.
    let named = |what: &str| {
        let rest = message.strip_prefix(what)?.strip_prefix(" field `")?;
        Some(rest.split('`').next().unwrap_or(rest).to_owned())
    };
    let (field, message) = match (named("missing"), named("duplicate"), path.as_str()) {
        (Some(field), ..) => (field, "is missing".to_owned()),
        (_, Some(field), _) => (field, "is there more than once".to_owned()),
        (.., "." | "?") => (String::new(), bounded(&message)),
        (.., path) => (bounded(path), bounded(&message)),
    };
    Problem::invalid(vec![FieldError {
        field: field.into(),
        message: message.into(),
        constraint: None,
    }])
}

fn valid<T: Validate<Context = ()>>(value: T) -> Result<Valid<T>, Problem> {
    Unvalidated::new(value).validate().map_err(|report| {
        let errors = report.iter().map(|(path, error)| FieldError {
            field: camel_case(&path.to_string()).into(),
            message: error.message().to_owned().into(),
            constraint: None,
        });
        Problem::invalid(errors.collect())
    })
}

/// A member's name on the wire: garde knows Rust's name of it, and all wire names are camelCase.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut characters = word.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name + characters.as_str()
    })
}
