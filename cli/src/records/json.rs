//! The record in a JSON object: one field is read, the others are passed over.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Result, anyhow, bail};
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Content, Keep, Numbers, Raw, Values};

/// The record in the field `field` of an object: a string; a list of whole numbers from 0; or lists of such lists, all
/// of one length, as an array of two or three axes. `id` is its name.
///
/// # Errors
/// No object, no such field, or something else in it.
pub(crate) fn record<'a>(text: &'a str, field: &str, keep: Keep) -> Result<Raw<'a>> {
    if keep != Keep::All
        && let Some(raw) = quick(text, field)
    {
        return Ok(Raw { line: (keep == Keep::Line).then_some(Cow::Borrowed(text)), ..raw });
    }
    // What is wrong is found by building all of it.
    let mut raw = slow(text, field)?;
    if keep != Keep::All {
        // Where all fields are kept nobody asks for the name.
        raw.id = id(text).map(|id| Cow::Owned(id.into_owned()));
    }
    Ok(Raw { line: (keep == Keep::Line).then_some(Cow::Borrowed(text)), ..raw })
}

/// Without building what is not asked for. `None` where anything is unusual.
fn quick<'a>(text: &'a str, field: &str) -> Option<Raw<'a>> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let (id, content) = parser.deserialize_map(ObjectVisitor { field: Some(field) }).ok()?;
    parser.end().ok()?;
    Some(Raw { id, content: content?, fields: Map::new(), line: None })
}

fn slow(text: &str, field: &str) -> Result<Raw<'static>> {
    let value: Value = serde_json::from_str(text).map_err(|e| {
        // The parser counts lines of its own, and sees one.
        anyhow!("not a JSON object: {}", e.to_string().replace(" at line 1 column ", " at character "))
    })?;
    let Value::Object(mut fields) = value else {
        bail!("{}, expected a JSON object such as {{\"{field}\": \"...\"}}", kind(&value));
    };
    let content = match fields.remove(field) {
        Some(Value::String(text)) => Content::Text(Cow::Owned(text)),
        Some(Value::Array(list)) => Content::Numbers(array(&list, field)?),
        Some(other) => bail!("field `{field}` is {}, expected a string; name another with --field", kind(&other)),
        None => {
            let names: Vec<&str> = fields.keys().map(String::as_str).take(10).collect();
            bail!("no field `{field}` among `{}`; name the text's with --field", names.join(", "));
        }
    };
    Ok(Raw { id: None, content, fields, line: None })
}

/// The name in the field `id` of an object.
fn id(text: &str) -> Option<Cow<'_, str>> {
    let mut parser = serde_json::Deserializer::from_str(text);
    // No field has the name of the content: it is passed over.
    parser.deserialize_map(ObjectVisitor { field: None }).ok()?.0
}

/// A name as it is written: a string's characters, the digits of a number, anything else as JSON; null is none.
fn name(raw: &RawValue) -> Option<Cow<'_, str>> {
    match raw.get() {
        "null" => None,
        // What no character stands for (half of a surrogate pair) is kept as it is written.
        string if string.starts_with('"') => {
            Some(serde_json::from_str::<Plain<'_>>(string).map_or(Cow::Borrowed(string), |Plain(name)| name))
        }
        other => Some(Cow::Borrowed(other)),
    }
}

/// A string, borrowed where it holds no escapes.
#[derive(serde::Deserialize)]
pub(crate) struct Plain<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Lists of lists as an array of up to three axes.
fn array(list: &[Value], field: &str) -> Result<Numbers> {
    let mut axes = vec![list.len()];
    let mut level: Vec<&Value> = list.iter().collect();
    while let Some(Value::Array(first)) = level.first() {
        axes.push(first.len());
        let mut below = Vec::new();
        for (at, value) in level.iter().enumerate() {
            match value {
                Value::Array(inner) if inner.len() == first.len() => below.extend(inner),
                Value::Array(inner) => bail!(
                    "field `{field}`: row {} has {} numbers, but the first has {}; pad or cut the rows to one length",
                    at + 1,
                    inner.len(),
                    first.len()
                ),
                other => bail!("field `{field}`: row {} is {}, but the first is a list", at + 1, kind(other)),
            }
        }
        level = below;
    }
    if axes.len() > 3 {
        bail!("field `{field}` holds lists {} deep, expected one to three axes", axes.len());
    }
    let values = level.iter().enumerate().map(|(at, value)| {
        value.as_u64().ok_or_else(|| match value {
            Value::Number(n) => {
                anyhow!("field `{field}`: found {n} in place {}, expected whole numbers from 0", at + 1)
            }
            other => {
                anyhow!("field `{field}`: found {} in place {}, expected whole numbers from 0", kind(other), at + 1)
            }
        })
    });
    Ok(Numbers::array(axes, values.collect::<Result<Values>>()?))
}

/// What a value is, in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Finds `id` and the field in an object. As in a map built of it, the last of two fields of one name counts.
struct ObjectVisitor<'f> {
    field: Option<&'f str>,
}

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = (Option<Cow<'de, str>>, Option<Content<'de>>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut content) = (None, None);
        let key = |name: &str| match name {
            name if Some(name) == self.field => Key::Field,
            "id" => Key::Id,
            _ => Key::Other,
        };
        while let Some(key) = map.next_key_seed(KeySeed(key))? {
            match key {
                Key::Field => content = Some(map.next_value_seed(ContentSeed)?),
                Key::Id => id = name(map.next_value::<&RawValue>()?),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((id, content))
    }
}

enum Key {
    Field,
    Id,
    Other,
}

/// Reads a field's name as what it stands for, without keeping it.
pub(crate) struct KeySeed<F>(pub(crate) F);

impl<'de, K, F: FnOnce(&str) -> K> DeserializeSeed<'de> for KeySeed<F> {
    type Value = K;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<K, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<K, F: FnOnce(&str) -> K> Visitor<'_> for KeySeed<F> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<K, E> {
        Ok((self.0)(name))
    }
}

/// A string or a list of numbers; anything else is left to the slow way.
struct ContentSeed;

impl<'de> DeserializeSeed<'de> for ContentSeed {
    type Value = Content<'de>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Content<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ContentSeed {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of whole numbers from 0")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Content<'de>, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Content<'de>, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content<'de>, A::Error> {
        let mut values = Values::new();
        while let Some(value) = list.next_element::<u64>()? {
            values.push(value);
        }
        Ok(Content::Numbers(Numbers::line(values)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_way_finds_what_the_slow_one_does() {
        for text in [
            r#"{"text":"a plain record","id":"x"}"#,
            r#"{"id":7,"other":{"text":"no","id":[1,{"a":null}]},"text":"with \"escapes\" \u00e9\n"}"#,
            r#" {"text" : [0, 1, 300], "id": -2.5e3} "#,
            r#"{"text":"first","text":"last","id":1,"id":null}"#,
            r#"{"text":"","id":{"a":1}}"#,
            r#"{"text":[],"id":[1,[2]]}"#,
            r#"{"te\u0078t":"escaped name","id":true}"#,
            r#"{"text":"x","id":18446744073709551615}"#,
            r#"{"text":"x","id":123456789012345678901234567890}"#,
        ] {
            let (quick, slow) = (quick(text, "text").unwrap(), slow(text, "text").unwrap());
            assert_eq!((&quick.id, &quick.content), (&id(text), &slow.content), "{text}");
        }
        assert_eq!(quick(r#"{"id":"x"}"#, "id").unwrap().content, Content::Text("x".into()));
    }

    #[test]
    fn names_are_as_they_are_written() {
        for (written, shown) in [
            ("12345678901234567890123", Some("12345678901234567890123")),
            ("9007199254740993.0", Some("9007199254740993.0")),
            ("1.10", Some("1.10")),
            (r#""a\tb""#, Some("a\tb")),
            ("true", Some("true")),
            (r#"{"a": 1}"#, Some(r#"{"a": 1}"#)),
            ("null", None),
        ] {
            for content in [r#""01""#, "[[0,1],[1,0]]"] {
                let text = format!(r#"{{"id":{written},"text":{content}}}"#);
                assert_eq!(record(&text, "text", Keep::Id).unwrap().id.as_deref(), shown, "{text}");
            }
        }
    }

    #[test]
    fn a_name_is_no_reason_to_refuse_a_record() {
        for written in ["1e400", r#""\ud800""#] {
            let text = format!(r#"{{"id":{written},"text":"01"}}"#);
            assert_eq!(record(&text, "text", Keep::Id).unwrap().id.as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn the_quick_way_refuses_what_the_slow_one_refuses() {
        for (text, words) in [
            ("", "not a JSON object"),
            ("[1]", "a list, expected a JSON object such as {\"text\": \"...\"}"),
            (r#"{"text":"a"} x"#, "not a JSON object: trailing characters at character 14"),
            (r#"{"text":3}"#, "field `text` is a number, expected a string; name another with --field"),
            (r#"{"text":null}"#, "field `text` is null"),
            (r#"{"a":1,"b":2}"#, "no field `text` among `a, b`; name the text's with --field"),
            (r#"{"text":[0,-1]}"#, "field `text`: found -1 in place 2, expected whole numbers from 0"),
            (r#"{"text":[0.5]}"#, "found 0.5 in place 1"),
            (r#"{"text":["a"]}"#, "found a string in place 1"),
            (r#"{"text":[[1,2],[3]]}"#, "row 2 has 1 numbers, but the first has 2"),
            (r#"{"text":[[1,2],3]}"#, "row 2 is a number, but the first is a list"),
            (r#"{"text":[[[[1]]]]}"#, "holds lists 4 deep"),
            (r#"{"text":"\ud800"}"#, "not a JSON object"),
        ] {
            assert!(quick(text, "text").is_none(), "{text}");
            let error = record(text, "text", Keep::Id).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        // Deep nesting ends in an error, not in an overflow of the stack.
        let deep = format!("{{\"text\":{}", "[".repeat(1 << 20));
        assert!(record(&deep, "text", Keep::Id).is_err());
    }

    #[test]
    fn lists_of_lists_are_arrays() {
        let raw = record(r#"{"text":[[[0,1],[2,3]],[[4,5],[6,7]]]}"#, "text", Keep::Id).unwrap();
        let expected = Numbers::array(vec![2, 2, 2], (0..8).collect());
        assert_eq!(raw.content, Content::Numbers(expected));
    }
}
