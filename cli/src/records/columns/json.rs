//! Fields of a JSON object.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Result, anyhow};
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Datum, Wanted};

/// Hands the wanted fields of an object to `take`. As in a map built of it, the last of two fields of one name counts.
///
/// # Errors
/// No JSON object, or what `take` says.
pub(super) fn row(
    text: &str,
    wanted: &[Wanted],
    spare: &mut Vec<Datum<'static>>,
    take: impl FnOnce(&[Datum<'_>]) -> Result<()>,
) -> Result<()> {
    // The vector's memory is used again, row after row; it is empty in between.
    let mut cells: Vec<Datum<'_>> = std::mem::take(spare);
    cells.resize(wanted.len(), Datum::Absent);
    let mut parser = serde_json::Deserializer::from_str(text);
    let read = parser.deserialize_map(ObjectVisitor { wanted, cells: &mut cells }).and_then(|()| parser.end());
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[', '"']) {
        return Err(anyhow!(
            "no JSON object, expected one a line (CSV and Parquet are known by their names, .csv and .parquet, or by --input)"
        ));
    }
    read.map_err(|e| {
        // The parser counts lines of its own, and sees one.
        anyhow!("no JSON object: {}", e.to_string().replace(" at line 1 column ", " at character "))
    })?;
    let taken = take(&cells);
    cells.clear();
    *spare = cells.into_iter().map(|_| Datum::Absent).collect();
    taken
}

struct ObjectVisitor<'c, 'de> {
    wanted: &'c [Wanted],
    cells: &'c mut [Datum<'de>],
}

impl<'de> Visitor<'de> for ObjectVisitor<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(at) = map.next_key_seed(KeySeed { wanted: self.wanted })? {
            match at {
                Some(at) => self.cells[at] = map.next_value_seed(DatumSeed)?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The place of a key among the wanted.
struct KeySeed<'c> {
    wanted: &'c [Wanted],
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.wanted.iter().position(|wanted| wanted.name == name))
    }
}

struct DatumSeed;

impl<'de> DeserializeSeed<'de> for DatumSeed {
    type Value = Datum<'de>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DatumSeed {
    type Value = Datum<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Datum::Absent)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Datum::Truth(truth))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Datum::Whole(n))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> {
        Ok(u64::try_from(n).map_or(Datum::Number(n as f64), Datum::Whole))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Self::Value, E> {
        Ok(Datum::Number(n))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Datum::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Datum::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Datum::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Datum::Nested)
    }
}
