//! Copies of records as JSON, and the mark that is added to them.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::records::{Content, Keep, Raw, json_record};

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
    match json_record(line, field, Keep::Id).ok()?.content {
        Content::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}

/// A copy of a record that could not be read: its line where that is an object, else an empty one.
pub(super) fn copy_bad(line: Option<&str>) -> String {
    let line = line.unwrap_or_default().trim().trim_start_matches('\u{feff}');
    let is_object = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(line).is_ok();
    if is_object { line.to_owned() } else { "{}".to_owned() }
}

/// The line, a JSON object, with the object `turmite` at its end, or in the place of the one that was there; all else to the
/// byte.
pub(super) fn with_mark(line: &str, mark: &Value) -> String {
    let had: Vec<Range<usize>> = members(line)
        .into_iter()
        .filter(|(key, _)| serde_json::from_str::<String>(&line[key.clone()]).is_ok_and(|key| key == "turmite"))
        .map(|(_, value)| value)
        .collect();
    if !had.is_empty() {
        let (mut out, mut from) = (String::with_capacity(line.len()), 0);
        for value in had {
            out.push_str(&line[from..value.start]);
            out.push_str(&mark.to_string());
            from = value.end;
        }
        out.push_str(&line[from..]);
        return out;
    }
    let body = line.strip_suffix('}').unwrap_or(line).trim_end();
    let comma = if body.ends_with('{') { "" } else { "," };
    format!("{body}{comma}\"turmite\":{mark}}}")
}

/// Where the keys and the values of an object stand in a line that is one, however deep its values are nested. A value's range
/// takes in the blanks around it.
fn members(line: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0usize, 0);
    let mut key: Option<Range<usize>> = None;
    let mut quoted: Option<usize> = None;
    let mut escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        if let Some(from) = quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    quoted = None;
                    if depth == 1 && key.is_none() {
                        key = Some(from..at + 1);
                    }
                }
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = Some(at),
            b':' if depth == 1 => start = at + 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = (byte == b',' && depth == 1) || (byte == b'}' && depth == 0);
        if let (true, Some(key)) = (ends, if ends { key.take() } else { None }) {
            members.push((key, start..at));
        }
    }
    members
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

    #[test]
    fn a_mark_that_was_there_is_replaced_and_all_else_stays() {
        let mark = json!({"flag": "low"});
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        for (line, expected) in [
            (
                r#"{"a": 1.50,"turmite":{"x":[1,"}"]}, "b" : 1e400}"#.to_owned(),
                r#"{"a": 1.50,"turmite":{"flag":"low"}, "b" : 1e400}"#.to_owned(),
            ),
            (r#"{"turm\u0069te": "a\"},:" }"#.to_owned(), r#"{"turm\u0069te":{"flag":"low"}}"#.to_owned()),
            (
                format!(r#"{{"deep":{deep},"turmite":null,"text":"turmite"}}"#),
                format!(r#"{{"deep":{deep},"turmite":{{"flag":"low"}},"text":"turmite"}}"#),
            ),
            (r#"{"in":{"turmite":1}}"#.to_owned(), r#"{"in":{"turmite":1},"turmite":{"flag":"low"}}"#.to_owned()),
        ] {
            assert_eq!(with_mark(&line, &mark), expected);
        }
        assert_eq!(text_of(&format!(r#"{{"deep":{deep},"text":"a"}}"#), "text").as_deref(), Some("a"));
    }

    #[test]
    fn what_is_no_object_becomes_an_empty_one() {
        for (line, expected) in [
            (Some(" {\"n\": 1.0}\r\n"), "{\"n\": 1.0}"),
            (Some("\u{feff}{\"n\":1}"), "{\"n\":1}"),
            (Some("[1]"), "{}"),
            (Some("{\"n\":"), "{}"),
            (None, "{}"),
        ] {
            assert_eq!(copy_bad(line), expected);
        }
    }
}
