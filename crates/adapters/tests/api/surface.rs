//! What openapi.json says, to hold answers against.

use reqwest::Method;
use serde_json::Value;

pub(crate) struct Surface {
    pub(crate) document: Value,
}

impl Surface {
    pub(crate) fn new(document: Value) -> Self {
        assert_eq!(document["openapi"], "3.1.0");
        Self { document }
    }

    /// Every operation: method, path template, description.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (Method, &str, &Value)> {
        let paths = self.document["paths"].as_object().expect("paths");
        paths.iter().flat_map(|(path, operations)| {
            let operations = operations.as_object().expect("operations");
            operations.iter().map(move |(method, operation)| {
                let method = method.to_uppercase().parse().expect("a method");
                (method, path.as_str(), operation)
            })
        })
    }

    /// The operation that serves a path, if one does.
    pub(crate) fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let method = match *method {
            Method::HEAD => &Method::GET,
            _ => method,
        };
        self.operations()
            .find(|(candidate, template, _)| candidate == method && matches(template, path))
            .map(|(.., operation)| operation)
    }

    /// Asserts that the document names this status for this operation.
    pub(crate) fn assert_documented(&self, method: &Method, path: &str, status: u16) {
        // What is no request of this surface, or of HTTP at all, is answered whatever the operation.
        if let Some(operation) = self.operation(method, path) {
            let statuses = &operation["responses"];
            assert!(
                statuses.get(status.to_string()).is_some(),
                "{method} {path} answered {status}, which {} does not name",
                operation["operationId"]
            );
        }
    }

    /// What a reference points at.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self
                .document
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{reference} points at nothing")),
            None => schema,
        }
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(template, segment)| {
            template.starts_with('{') && !segment.is_empty() || *template == segment
        })
}
