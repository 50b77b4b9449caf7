//! The limits that callers read are those that requests hold.

use axis_schema::lists::ListQuery;
use axis_schema::posts::{CreatePost, UpdatePost};
use axis_schema::users::{CreateUser, UpdateUser};
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

/// Asserts the limits of a type's properties: all that a schema holds beside prose. Returns how many there are.
fn limits<T: JsonSchema>(expected: Value) -> usize {
    let schema = schema_for!(T).to_value();
    let mut properties = schema["properties"].clone();
    let mut count = 0;
    for property in properties.as_object_mut().expect("properties").values_mut() {
        let property = property.as_object_mut().expect("a schema");
        assert!(property.remove("description").is_some(), "no description");
        count += property.len();
    }
    let actual = json!({
        "required": schema.get("required"),
        "additionalProperties": schema.get("additionalProperties"),
        "properties": properties,
    });
    assert_eq!(actual, expected);
    count
}

#[test]
fn every_limit_is_in_the_schema() {
    let email = json!({"type": "string", "format": "email", "minLength": 5, "maxLength": 255});
    let text =
        json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^\\u0000]*$"});
    let content = json!({"type": "string", "minLength": 10, "pattern": "^[^\\u0000]*$"});
    let slug =
        json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-z0-9-]+$"});
    let number = |maximum: u32, default: u32| json!({"type": "integer", "format": "uint32", "minimum": 1, "maximum": maximum, "default": default});
    let count = limits::<CreateUser>(json!({
        "required": ["email", "name"],
        "additionalProperties": false,
        "properties": {"email": email, "name": text},
    })) + limits::<UpdateUser>(json!({
        "required": null,
        "additionalProperties": false,
        "properties": {"email": email, "name": text},
    })) + limits::<CreatePost>(json!({
        "required": ["userId", "title", "content", "slug"],
        "additionalProperties": false,
        "properties": {
            "userId": {"type": "string", "format": "uuid"},
            "title": text,
            "content": content,
            "slug": slug,
        },
    })) + limits::<UpdatePost>(json!({
        "required": null,
        "additionalProperties": false,
        "properties": {"title": text, "content": content, "slug": slug},
    })) + limits::<ListQuery>(json!({
        "required": null,
        "additionalProperties": null,
        "properties": {
            "page": number(2_147_483_647, 1),
            "pageSize": number(100, 10),
            "cursor": {"type": "string", "maxLength": 34, "pattern": "^[A-Za-z0-9_-]*$"},
        },
    }));
    assert!(count > 50, "looked at {count}");
}
