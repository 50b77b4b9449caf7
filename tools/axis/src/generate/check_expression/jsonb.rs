//! Documents, from the bytes that `jsonb` is stored in: a header with the number of entries, for each of them its type and
//! its length or end, then the data.

use serde_json::Value;

use super::constant::{numeric, variable};
use super::tree::Literal;

const COUNT: u32 = 0x0FFF_FFFF;
const IS_SCALAR: u32 = 0x1000_0000;
const IS_OBJECT: u32 = 0x2000_0000;
const HAS_END: u32 = 0x8000_0000;
const KIND: u32 = 0x7000_0000;

/// Reads a document. None where it has a form that axis does not know.
pub(super) fn document(bytes: &[u8]) -> Option<Value> {
    let header = word(bytes, 0)?;
    match container(bytes)? {
        Value::Array(mut elements) if header & IS_SCALAR != 0 => elements.pop(),
        other => Some(other),
    }
}

fn container(bytes: &[u8]) -> Option<Value> {
    let header = word(bytes, 0)?;
    let count = usize::try_from(header & COUNT).ok()?;
    let is_object = header & IS_OBJECT != 0;
    let entries = if is_object { count * 2 } else { count };
    let data = bytes.get(4 + entries * 4..)?;
    let mut values = Vec::with_capacity(entries);
    let mut start = 0;
    for index in 0..entries {
        let entry = word(bytes, 4 + index * 4)?;
        let length = usize::try_from(entry & COUNT).ok()?;
        let end = if entry & HAS_END != 0 {
            length
        } else {
            start + length
        };
        values.push(value(entry & KIND, data, start, end)?);
        start = end;
    }
    if !is_object {
        return Some(Value::Array(values));
    }
    let members = values.split_off(count);
    let keys = values.into_iter().map(|key| match key {
        Value::String(key) => Some(key),
        _ => None,
    });
    let keys: Option<Vec<String>> = keys.collect();
    Some(Value::Object(keys?.into_iter().zip(members).collect()))
}

fn value(kind: u32, data: &[u8], start: usize, end: usize) -> Option<Value> {
    // Numbers and containers begin at a multiple of four.
    let aligned = || data.get(start.next_multiple_of(4)..end);
    Some(match kind {
        0 => Value::String(std::str::from_utf8(data.get(start..end)?).ok()?.to_owned()),
        0x1000_0000 => {
            let (bytes, _) = variable(aligned()?)?;
            let Literal::Numeric(digits, scale) = numeric(bytes)? else {
                return None;
            };
            serde_json::from_str(&format!("{digits}e{}", -scale))
                .ok()
                .filter(|_| scale != 0)
                .or_else(|| serde_json::from_str(&digits.to_string()).ok())?
        }
        0x2000_0000 => Value::Bool(false),
        0x3000_0000 => Value::Bool(true),
        0x4000_0000 => Value::Null,
        0x5000_0000 => container(aligned()?)?,
        _ => return None,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes are those that PostgreSQL 15 prints in `pg_node_tree`.
    #[test]
    fn documents_are_read() {
        // {"a": 1}, less the length.
        let object = [
            1, 0, 0, 32, 1, 0, 0, 128, 11, 0, 0, 16, 97, 0, 0, 0, 32, 0, 0, 0, 0, 128, 1, 0,
        ];
        assert_eq!(document(&object), Some(serde_json::json!({"a": 1})));
        assert_eq!(document(&[0, 0, 0, 32]), Some(serde_json::json!({})));
        assert_eq!(document(&[0, 0, 0, 64]), Some(serde_json::json!([])));
        assert_eq!(document(&[1, 0, 0, 64]), None);
    }
}
