//! One operation of the surface: its route and its description come from the same handler, so they cannot differ.

use std::collections::BTreeMap;
use std::future::Future;

use axum::Json;
use axum::extract::State;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::extract::{Body, Id, Query};
use super::problem::{PROBLEM_JSON, Problem};
use crate::server::App;

/// A method on a path.
pub(super) struct Operation {
    pub(super) path: &'static str,
    /// In lower case, as OpenAPI writes it.
    pub(super) method: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) route: MethodRouter<App>,
    describe: fn(&mut Description, &mut Schemas),
    errors: Vec<(StatusCode, &'static str)>,
}

macro_rules! methods {
    ($($name:ident = $filter:ident),+) => {$(
        pub(super) fn $name<H, T, A>(
            path: &'static str,
            id: &'static str,
            summary: &'static str,
            handler: H,
        ) -> Self
        where
            H: Handler<T, App> + Documented<A>,
            T: 'static,
        {
            Self {
                path,
                method: stringify!($name),
                id,
                summary,
                route: on(MethodFilter::$filter, handler),
                describe: H::describe,
                errors: Vec::new(),
            }
        }
    )+};
}

impl Operation {
    methods!(get = GET, post = POST, patch = PATCH, delete = DELETE);

    /// Adds an error beyond those that the handler's arguments imply.
    pub(super) fn may_answer(mut self, status: StatusCode, when: &'static str) -> Self {
        self.errors.push((status, when));
        self
    }

    pub(super) fn description(&self, schemas: &mut Schemas) -> Description {
        let mut description = Description::default();
        (self.describe)(&mut description, schemas);
        for (status, when) in &self.errors {
            description.problem(*status, when);
        }
        description
    }
}

/// Where the schemas of requests and responses are collected. They differ: what has a default may be left out of a
/// request, never of a response.
pub(super) struct Schemas {
    pub(super) requests: SchemaGenerator,
    pub(super) responses: SchemaGenerator,
}

/// What OpenAPI says of an operation.
#[derive(Default)]
pub(super) struct Description {
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) responses: BTreeMap<u16, Value>,
}

impl Description {
    fn problem(&mut self, status: StatusCode, when: &str) {
        let mut response = json!({
            "description": when,
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response["headers"] = json!({"Retry-After": {
                "description": "Seconds to wait before another try.",
                "schema": {"type": "integer", "minimum": 1},
            }});
        }
        // What is said first is the most particular.
        self.responses.entry(status.as_u16()).or_insert(response);
    }

    pub(super) fn answer(
        &mut self,
        status: StatusCode,
        what: &str,
        media_type: &str,
        schema: Value,
    ) {
        self.responses.insert(
            status.as_u16(),
            json!({"description": what, "content": {media_type: {"schema": schema}}}),
        );
    }
}

/// An argument or an answer of a handler, as OpenAPI describes it.
pub(super) trait Describe {
    fn describe(description: &mut Description, schemas: &mut Schemas);
}

/// A handler whose arguments and answer are described. `A` lists their types.
pub(super) trait Documented<A> {
    fn describe(description: &mut Description, schemas: &mut Schemas);
}

macro_rules! documented {
    ($($argument:ident),*) => {
        impl<F, Fut, R, $($argument),*> Documented<(R, $($argument),*)> for F
        where
            F: Fn(State<App>, $($argument),*) -> Fut,
            Fut: Future<Output = R>,
            R: Describe,
            $($argument: Describe),*
        {
            fn describe(description: &mut Description, schemas: &mut Schemas) {
                $($argument::describe(description, schemas);)*
                R::describe(description, schemas);
            }
        }
    };
}

documented!();
documented!(A);
documented!(A, B);

impl Describe for Id {
    fn describe(description: &mut Description, _: &mut Schemas) {
        description.parameters.push(json!({
            "name": "id",
            "in": "path",
            "required": true,
            "description": "Primary key. Text that is no UUID is a 404.",
            "schema": {"type": "string", "format": "uuid"},
        }));
        description.problem(StatusCode::NOT_FOUND, "There is nothing with this id.");
    }
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(description: &mut Description, schemas: &mut Schemas) {
        let schema = T::json_schema(&mut schemas.requests);
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            let mut schema = schema.clone();
            let what = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            description.parameters.push(json!({
                "name": name,
                "in": "query",
                "required": false,
                "description": what,
                "schema": schema,
            }));
        }
        description.problem(StatusCode::BAD_REQUEST, "The query is not valid.");
    }
}

impl<T: JsonSchema> Describe for Body<T> {
    fn describe(description: &mut Description, schemas: &mut Schemas) {
        let schema = schemas.requests.subschema_for::<T>();
        description.body = Some(json!({
            "required": true,
            "content": {"application/json": {"schema": schema}},
        }));
        for (status, when) in [
            (
                StatusCode::BAD_REQUEST,
                "The body is malformed or not valid.",
            ),
            (
                StatusCode::REQUEST_TIMEOUT,
                "The body did not arrive in time.",
            ),
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
            (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body is not declared as JSON.",
            ),
        ] {
            description.problem(status, when);
        }
    }
}

impl<R: Describe> Describe for Result<R, Problem> {
    fn describe(description: &mut Description, schemas: &mut Schemas) {
        R::describe(description, schemas);
        description.problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server failed. What it was is in its log.",
        );
        description.problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server or its database cannot answer now.",
        );
    }
}

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(description: &mut Description, schemas: &mut Schemas) {
        let schema = schemas.responses.subschema_for::<T>().to_value();
        description.answer(StatusCode::OK, "Done.", "application/json", schema);
    }
}

/// 201, with the place of what was created.
pub(super) struct Created<T> {
    pub(super) location: String,
    pub(super) body: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let headers = [(LOCATION, self.location)];
        (StatusCode::CREATED, headers, Json(self.body)).into_response()
    }
}

impl<T: JsonSchema> Describe for Created<T> {
    fn describe(description: &mut Description, schemas: &mut Schemas) {
        let schema = schemas.responses.subschema_for::<T>().to_value();
        description.answer(StatusCode::CREATED, "Created.", "application/json", schema);
        if let Some(response) = description.responses.get_mut(&StatusCode::CREATED.as_u16()) {
            response["headers"] = json!({"Location": {
                "description": "Path of what was created.",
                "schema": {"type": "string", "format": "uri-reference"},
            }});
        }
    }
}
