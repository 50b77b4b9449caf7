//! openapi.json, from the table of operations.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Operation, Schemas};
use super::operations::operations;
use super::problem::ProblemBody;

/// The document as text. It is made once: a build has one surface.
pub(super) fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| describe(&operations()).to_string());
    &DOCUMENT
}

fn describe(operations: &[Operation]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = Schemas {
        requests: settings.clone().for_deserialize().into_generator(),
        responses: settings.for_serialize().into_generator(),
    };
    schemas.responses.subschema_for::<ProblemBody<'_>>();
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = describe_operation(operation, &mut schemas);
    }
    let mut definitions = schemas.requests.take_definitions(true);
    definitions.append(&mut schemas.responses.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "AXIS",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Errors are problem details (RFC 9457). Every answer has the header `x-request-id`, but for those to what is not HTTP.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": definitions},
    })
}

fn describe_operation(operation: &Operation, schemas: &mut Schemas) -> Value {
    let description = operation.description(schemas);
    let mut document = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "responses": {},
    });
    for (status, response) in description.responses {
        document["responses"][status.to_string()] = response;
    }
    if !description.parameters.is_empty() {
        document["parameters"] = description.parameters.into();
    }
    if let Some(body) = description.body {
        document["requestBody"] = body;
    }
    document
}
