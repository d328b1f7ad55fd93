//! What a JSON line tells of a record of a run, without building what is not asked for.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::read::Names;
use crate::records::{KeySeed, Plain};

/// The fields of a record, as far as they are there. As in a map built of the line, the last of two of one name counts.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) run: Option<Cow<'a, str>>,
    pub(super) source: Option<Cow<'a, str>>,
    pub(super) generation: u64,
    pub(super) alpha: Option<f64>,
    pub(super) exogenous: Option<bool>,
}

impl<'a> Line<'a> {
    /// Reads a line. `None` where anything is unusual: what is wrong with it is found by building all of it.
    pub(super) fn quick(text: &'a str, names: &Names<'_>) -> Option<Self> {
        if names.clash() {
            return None;
        }
        let mut parser = serde_json::Deserializer::from_str(text);
        let line = parser.deserialize_map(LineVisitor(names)).ok()??;
        parser.end().ok()?;
        line.alpha.is_none_or(|alpha| (0.0..=1.0).contains(&alpha)).then_some(line)
    }
}

struct LineVisitor<'n>(&'n Names<'n>);

impl<'de> Visitor<'de> for LineVisitor<'_> {
    /// `None` without a text or a generation.
    type Value = Option<Line<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut line, mut text, mut generation) = (Line::default(), None, None);
        let Names { text: of_text, run, generation: of_generation } = self.0;
        let key = |name: &str| match name {
            name if name == *of_text => Key::Text,
            name if name == *run => Key::Run,
            name if name == *of_generation => Key::Generation,
            "source" => Key::Source,
            "alpha" => Key::Alpha,
            "exogenous" => Key::Exogenous,
            _ => Key::Other,
        };
        while let Some(key) = map.next_key_seed(KeySeed(key))? {
            match key {
                Key::Text => text = Some(map.next_value::<Plain<'_>>()?.0),
                Key::Run => line.run = map.next_value::<Option<Plain<'_>>>()?.map(|plain| plain.0),
                Key::Source => line.source = map.next_value::<Option<Plain<'_>>>()?.map(|plain| plain.0),
                Key::Generation => generation = Some(map.next_value()?),
                Key::Alpha => line.alpha = map.next_value()?,
                Key::Exogenous => line.exogenous = map.next_value()?,
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(text.zip(generation).map(|(text, generation)| Line { text, generation, ..line }))
    }
}

enum Key {
    Text,
    Run,
    Source,
    Generation,
    Alpha,
    Exogenous,
    Other,
}

#[cfg(test)]
mod tests {
    use super::super::read::slow;
    use super::*;

    const NAMES: Names<'static> = Names { text: "text", run: "run", generation: "generation" };

    #[test]
    fn the_quick_way_finds_what_the_slow_one_does() {
        for text in [
            r#"{"run":"a","source":"s","generation":3,"index":7,"alpha":0.25,"exogenous":true,"text":"0101"}"#,
            r#" {"text" : "two \"words\" \u00e9", "generation" : 0 , "more": {"run": [1, null]}} "#,
            r#"{"text":"a","text":"b","run":"x","run":null,"generation":1,"generation":2,"alpha":null}"#,
            r#"{"t\u0065xt":"escaped","generation":18446744073709551615,"alpha":1,"exogenous":null,"source":null}"#,
        ] {
            let line = Line::quick(text, &NAMES).unwrap();
            assert_eq!(line, slow(text, &NAMES).unwrap(), "{text}");
        }
        // A field of two uses counts for both, which the quick way does not see.
        let twice = Names { text: "text", run: "source", generation: "generation" };
        let text = r#"{"text":"a","source":"s","generation":1}"#;
        let line = slow(text, &twice).unwrap();
        assert_eq!((line.run.as_deref(), line.source.as_deref()), (Some("s"), Some("s")));
        assert!(Line::quick(text, &twice).is_none());
    }

    #[test]
    fn the_quick_way_leaves_what_is_unusual_to_the_slow_one() {
        for (text, words) in [
            (r#"{"text":"a","generation":-1}"#, "field `generation` is -1"),
            (r#"{"text":"a"}"#, "no field `generation`"),
            (r#"{"generation":1}"#, "no field `text`"),
            (r#"{"text":"a","generation":1,"alpha":1.5}"#, "field `alpha` is 1.5"),
            (r#"{"text":"a","generation":1,"exogenous":"no"}"#, "field `exogenous` is a string"),
            (r#"{"text":"a","generation":1} x"#, "not a JSON object"),
            (r#"["text"]"#, "a list, expected a JSON object"),
        ] {
            assert!(Line::quick(text, &NAMES).is_none(), "{text}");
            let error = slow(text, &NAMES).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        // Read, but by the other way: numbers as the names of runs and as texts.
        for text in [r#"{"text":"a","run":7,"generation":1}"#, r#"{"text":[0,1],"generation":1}"#] {
            assert!(Line::quick(text, &NAMES).is_none() && slow(text, &NAMES).is_ok(), "{text}");
        }
    }
}
