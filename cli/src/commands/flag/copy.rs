//! Copies of records as JSON, and the mark that is added to them.

use serde_json::{Map, Value};

use crate::records::Raw;

/// The record as a line of JSON: as it was read, or an object of its fields.
pub(super) fn copy(raw: Raw<'_>, field: &str) -> String {
    if let Some(line) = raw.line {
        return line.trim().to_owned();
    }
    let mut object = raw.fields;
    if let Some(id) = raw.id {
        object.entry("id").or_insert_with(|| Value::String(id.into_owned()));
    }
    if let Some(text) = raw.content.into_text() {
        object.insert(field.to_owned(), Value::String(text));
    }
    Value::Object(object).to_string()
}

/// The text in a copy.
pub(super) fn text_of(line: &str, field: &str) -> Option<String> {
    match serde_json::from_str(line).ok()? {
        Value::Object(mut object) => match object.remove(field)? {
            Value::String(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The line with the object `turmite` at its end, all else to the byte. One that was there before is replaced.
pub(super) fn with_mark(line: &str, mark: &Value) -> String {
    let had = serde_json::from_str::<Map<String, Value>>(line).is_ok_and(|object| object.contains_key("turmite"));
    if had && let Ok(mut object) = serde_json::from_str::<Map<String, Value>>(line) {
        object.insert("turmite".to_owned(), mark.clone());
        return Value::Object(object).to_string();
    }
    let body = line.strip_suffix('}').unwrap_or(line).trim_end();
    let comma = if body.ends_with('{') { "" } else { "," };
    format!("{body}{comma}\"turmite\":{mark}}}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_are_added_at_the_end() {
        let mark = json!({"flag": "none"});
        let line = r#"{"text": "a", "n": 1.50, "big": 123456789012345678901234567890}"#;
        let marked = with_mark(line, &mark);
        assert_eq!(
            marked,
            r#"{"text": "a", "n": 1.50, "big": 123456789012345678901234567890,"turmite":{"flag":"none"}}"#
        );
        assert_eq!(with_mark("{}", &mark), r#"{"turmite":{"flag":"none"}}"#);
        assert_eq!(with_mark(r#"{"turmite":1,"text":"a"}"#, &mark), r#"{"turmite":{"flag":"none"},"text":"a"}"#);
        assert_eq!(text_of(line, "text").as_deref(), Some("a"));
        assert_eq!(text_of(line, "n"), None);
    }
}
