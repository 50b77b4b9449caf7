//! The limits that openapi.json states are those that the server holds: one step beyond each is a 400, the last step
//! before it is not.

use std::sync::atomic::{AtomicUsize, Ordering};

use regex::Regex;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::{Answer, Client, TestServer, new_post, new_user};
use crate::surface::Surface;

/// One value for one member, and what is told of it.
struct Probe {
    member: String,
    /// None leaves the member out.
    value: Option<Value>,
    limit: &'static str,
}

fn unique() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    // Three letters are enough for thousands, and fit into the shortest address.
    let mut count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut text = String::new();
    for _ in 0..3 {
        text.push(char::from(
            b'a' + u8::try_from(count % 26).expect("a letter"),
        ));
        count /= 26;
    }
    text
}

/// Text of `length` characters that satisfies a schema's format and pattern, as far as the length lets it.
fn text(schema: &Value, length: usize) -> String {
    if schema["format"] == "email" {
        let mut email = format!("{}@", &unique()[..length.saturating_sub(2).clamp(1, 3)]);
        while email.len() < length {
            match length - email.len() {
                // Neither a label of 64 characters nor a dot at the end.
                64 => email.push_str(&("d".repeat(62) + ".")),
                left => {
                    email.push_str(&"d".repeat(left.min(63)));
                    if left > 63 {
                        email.push('.');
                    }
                }
            }
        }
        return email;
    }
    let text = unique().repeat(length.div_ceil(3));
    text[..length].to_owned()
}

/// A value that a schema accepts.
fn example(schema: &Value, user_id: &str) -> Value {
    assert_eq!(
        schema["type"], "string",
        "no other type is in use: {schema}"
    );
    if schema["format"] == "uuid" {
        return json!(user_id);
    }
    let (least, most) = lengths(schema);
    json!(text(schema, least.max(20).min(most)))
}

fn lengths(schema: &Value) -> (usize, usize) {
    let limit = |name: &str| {
        schema[name]
            .as_u64()
            .and_then(|limit| usize::try_from(limit).ok())
    };
    (
        limit("minLength").unwrap_or(0),
        limit("maxLength").unwrap_or(usize::MAX),
    )
}

/// What a schema says: values one step beyond each limit of a member, and values at the limit.
fn probes(member: &str, schema: &Value, is_required: bool) -> (Vec<Probe>, Vec<Probe>) {
    let (mut beyond, mut within) = (Vec::new(), Vec::new());
    let probe = |value: Option<Value>, limit| Probe {
        member: member.to_owned(),
        value,
        limit,
    };
    for (keyword, limit) in schema.as_object().expect("a schema") {
        match keyword.as_str() {
            "type" => {
                for other in [
                    json!(null),
                    json!(1),
                    json!(true),
                    json!([]),
                    json!({}),
                    json!(["text"]),
                ] {
                    beyond.push(probe(Some(other), "type"));
                }
            }
            "minLength" => {
                let least = usize::try_from(limit.as_u64().expect("a number")).expect("a length");
                beyond.push(probe(Some(json!(text(schema, least - 1))), "minLength"));
                within.push(probe(Some(json!(text(schema, least))), "minLength"));
            }
            "maxLength" => {
                let most = usize::try_from(limit.as_u64().expect("a number")).expect("a length");
                beyond.push(probe(Some(json!(text(schema, most + 1))), "maxLength"));
                within.push(probe(Some(json!(text(schema, most))), "maxLength"));
            }
            "pattern" => {
                let pattern = Regex::new(limit.as_str().expect("text")).expect("a pattern");
                let valid = text(schema, 20);
                let mut refused = 0;
                for stray in ["\0", "A", "_", " ", "\n", "\u{e9}", "\u{1f600}", "-", "0"] {
                    let value = format!("{valid}{stray}");
                    if pattern.is_match(&value) {
                        within.push(probe(Some(json!(value)), "pattern"));
                    } else {
                        beyond.push(probe(Some(json!(value)), "pattern"));
                        refused += 1;
                    }
                }
                assert!(refused > 0, "{pattern} refuses nothing that was tried");
            }
            "format" if limit == "email" => {
                for value in [
                    "ada.example.org",
                    "ada@",
                    "@example.org",
                    "a@b@example.org",
                    "ada @example.org",
                ] {
                    beyond.push(probe(Some(json!(value)), "format"));
                }
            }
            "format" if limit == "uuid" => {
                for value in [
                    "",
                    "ada",
                    "018f6e6e-0000-7000-8000-00000000000",
                    "018f6e6e-0000-7000-8000-00000000000g",
                ] {
                    beyond.push(probe(Some(json!(value)), "format"));
                }
            }
            "description" => {}
            other => panic!("a limit that this test does not try: {other} of {member}"),
        }
    }
    if is_required {
        beyond.push(probe(None, "required"));
    }
    (beyond, within)
}

fn with(valid: &Map<String, Value>, probe: &Probe) -> Value {
    let mut body = valid.clone();
    match &probe.value {
        Some(value) => drop(body.insert(probe.member.clone(), value.clone())),
        None => drop(body.remove(&probe.member)),
    }
    body.into()
}

/// Sends a body to an operation; where that names a row, to a new one.
async fn send(
    client: &Client,
    method: &Method,
    template: &str,
    user_id: &str,
    body: Value,
) -> Answer {
    let id = match template {
        "/api/users/{id}" => new_user(client, &format!("{}@example.org", unique())).await,
        "/api/posts/{id}" => new_post(client, user_id, &unique()).await,
        template if template.contains('{') => panic!("this test cannot make a row for {template}"),
        _ => String::new(),
    };
    let path = template.replace("{id}", &id);
    client.send(method.clone(), &path, Some(body)).await
}

/// A body for an operation, of all members or of those that are required.
fn body(
    surface: &Surface,
    operation: &Value,
    user_id: &str,
) -> Option<(Value, Map<String, Value>)> {
    let schema = operation.pointer("/requestBody/content/application~1json/schema")?;
    let schema = surface.resolve(schema).clone();
    let properties = schema["properties"].as_object().expect("properties");
    let valid = properties
        .iter()
        .map(|(name, schema)| (name.clone(), example(schema, user_id)))
        .collect();
    Some((schema, valid))
}

#[tokio::test]
async fn a_body_one_step_beyond_a_limit_is_a_400() {
    let server = TestServer::start().await;
    let client = &server.client;
    let user_id = new_user(client, "author@example.org").await;
    let surface = client.surface().await;
    let (mut operations, mut refused, mut accepted) = (0, 0, 0);
    for (method, template, operation) in surface.operations() {
        let Some((schema, _)) = body(surface, operation, &user_id) else {
            continue;
        };
        operations += 1;
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let again = || body(surface, operation, &user_id).expect("a body").1;
        // The body that the others differ from in one member is accepted.
        let answer = send(client, &method, template, &user_id, again().into()).await;
        assert!(answer.status < 300, "{method} {template}: {}", answer.text);
        for (member, limits) in schema["properties"].as_object().expect("properties") {
            let (beyond, within) = probes(member, limits, required.contains(&json!(member)));
            for probe in beyond {
                let body = with(&again(), &probe);
                let what = format!(
                    "{method} {template}, {} of {member}: {:?}",
                    probe.limit, probe.value
                );
                let answer = send(client, &method, template, &user_id, body).await;
                assert_eq!(
                    (answer.status, answer.body["field"].as_str()),
                    (400, Some(member.as_str())),
                    "{what}"
                );
                refused += 1;
            }
            for probe in within {
                let body = with(&again(), &probe);
                let what = format!(
                    "{method} {template}, {} of {member}: {:?}",
                    probe.limit, probe.value
                );
                let answer = send(client, &method, template, &user_id, body).await;
                // The shortest text may be taken; that it was looked for is enough.
                assert!(
                    answer.status < 300 || answer.status == 409,
                    "{what}: {}",
                    answer.text
                );
                accepted += 1;
            }
        }
        assert_eq!(schema["additionalProperties"], false, "{template}");
        let mut unknown = again();
        unknown.insert("unknown".to_owned(), json!(1));
        let answer = send(client, &method, template, &user_id, unknown.into()).await;
        answer.expect_field(400, "unknown");
        refused += 1;
        // What is not required can be left out.
        let mut least = again();
        least.retain(|name, _| required.contains(&json!(name)));
        let answer = send(client, &method, template, &user_id, least.into()).await;
        assert!(answer.status < 300, "{}", answer.text);
        accepted += 1;
    }
    assert!(operations >= 4, "{operations} operations with a body");
    assert!(
        refused >= 100 && accepted >= 50,
        "{refused} refused, {accepted} accepted"
    );
}

#[tokio::test]
async fn a_parameter_one_step_beyond_a_limit_is_a_400() {
    let server = TestServer::start().await;
    let client = &server.client;
    let user_id = new_user(client, "author@example.org").await;
    let surface = client.surface().await;
    let (mut refused, mut accepted) = (0, 0);
    for (method, template, operation) in surface.operations() {
        let path = template.replace("{id}", &user_id);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, schema) = (
                parameter["name"].as_str().expect("a name"),
                &parameter["schema"],
            );
            if parameter["in"] == "path" {
                assert_eq!(schema, &json!({"type": "string", "format": "uuid"}));
                let path = template.replace("{id}", &user_id[1..]);
                client.send(method.clone(), &path, None).await.expect(404);
                continue;
            }
            let (beyond, within) = match schema["type"].as_str() {
                Some("integer") => {
                    let limit = |name: &str| schema[name].as_i64().expect("a limit");
                    let (least, most) = (limit("minimum"), limit("maximum"));
                    (
                        vec![
                            (least - 1).to_string(),
                            (most + 1).to_string(),
                            "x".to_owned(),
                            String::new(),
                        ],
                        vec![
                            least.to_string(),
                            most.to_string(),
                            schema["default"].to_string(),
                        ],
                    )
                }
                Some("string") => {
                    let most = lengths(schema).1;
                    (
                        vec!["A".repeat(most + 1), "%00".to_owned(), "+".to_owned()],
                        vec![String::new()],
                    )
                }
                other => panic!("a type that this test does not try: {other:?}"),
            };
            for value in beyond {
                let path = format!("{path}?{name}={value}");
                client.get(&path).await.expect_field(400, name);
                refused += 1;
            }
            for value in within {
                client
                    .get(&format!("{path}?{name}={value}"))
                    .await
                    .expect(200);
                accepted += 1;
            }
        }
    }
    assert!(
        refused >= 30 && accepted >= 20,
        "{refused} refused, {accepted} accepted"
    );
}

#[tokio::test]
async fn the_document_describes_the_whole_surface() {
    let server = TestServer::start().await;
    let surface = server.client.surface().await;
    let mut names = Vec::new();
    for (method, template, operation) in surface.operations() {
        names.push(
            operation["operationId"]
                .as_str()
                .expect("a name")
                .to_owned(),
        );
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|summary| !summary.is_empty())
        );
        let responses = operation["responses"].as_object().expect("responses");
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{template}"
        );
        if template.starts_with("/api/") {
            assert!(
                responses.contains_key("500") && responses.contains_key("503"),
                "{method} {template}"
            );
            assert!(
                responses.contains_key("404") || !template.contains("{id}"),
                "{template}"
            );
        }
        for (status, response) in responses {
            let content = response["content"].as_object().expect("content");
            let is_problem = content.contains_key("application/problem+json");
            assert_eq!(
                is_problem,
                status.as_str() >= "400",
                "{status} of {template}"
            );
        }
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        (names.len(), count),
        (16, 16),
        "operations by distinct names"
    );
    // Every reference points at something.
    let text = surface.document.to_string();
    let references = text.matches("\"$ref\":\"").count();
    assert!(references > 50, "{references}");
    fn walk(surface: &Surface, value: &Value) {
        surface.resolve(value);
        match value {
            Value::Object(members) => members.values().for_each(|value| walk(surface, value)),
            Value::Array(items) => items.iter().for_each(|value| walk(surface, value)),
            _ => {}
        }
    }
    walk(surface, &surface.document);
}
