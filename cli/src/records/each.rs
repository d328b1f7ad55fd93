//! Files of authentic records, one a line or a row: references and sources.

use std::path::Path;

use anyhow::Result;

use super::{Content, Input, InputArgs, Keep, Place, Raw, json_record};

/// A record and where it stands.
pub(crate) type Each = (Place, Raw<'static>);

/// The records of a file, the first bad one being an error: JSON lines, CSV and Parquet by their names, anything else by its lines. Lines that
/// are JSON objects with the field are read as such, and that is said: as text their braces and names would be part of every record.
///
/// # Errors
/// A file that cannot be read, or a record without the field.
pub(crate) fn each(path: &Path, field: &str) -> Result<Vec<Each>> {
    if let Some(input @ (Input::Jsonl | Input::Csv | Input::Parquet)) = Input::of_name(path)? {
        return read(path, input, field);
    }
    let mut lines = read(path, Input::Lines, field)?;
    let is_object = |text: &str| text.trim_start().starts_with('{') && json_record(text, field, Keep::Id).is_ok();
    if !lines.iter().filter_map(text).find(|text| !text.trim().is_empty()).is_some_and(is_object) {
        return Ok(lines);
    }
    say!("{}: read as JSON lines, as they are objects with `{field}`", path.display());
    lines.retain(|line| text(line).is_none_or(|text| !text.trim().is_empty()));
    let object = |(place, raw): Each| {
        let Content::Text(line) = &raw.content else { return Ok((place, raw)) };
        match json_record(line, field, Keep::All) {
            Ok(record) => Ok((place, record.into_owned())),
            Err(error) => Err(error.context(place.to_string())),
        }
    };
    lines.into_iter().map(object).collect()
}

fn text(line: &Each) -> Option<&str> {
    if let Content::Text(text) = &line.1.content { Some(text) } else { None }
}

fn read(path: &Path, input: Input, field: &str) -> Result<Vec<Each>> {
    let mut out = Vec::new();
    for placed in InputArgs::plain(input, field).read(path, Keep::All)? {
        let placed = placed?;
        let record = placed.record.map_err(|e| e.context(placed.place.to_string()))?;
        out.push((placed.place, record));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, content: &str) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let each = each(&path, "text").map_err(|error| anyhow::anyhow!("{error:#}"))?;
        Ok(each.into_iter().map(|(_, raw)| raw.content.into_text().unwrap()).collect())
    }

    #[test]
    fn files_are_read_by_what_they_are() {
        let objects = "{\"text\": \"a b\"}\n\n{\"id\": 1, \"text\": \"c\"}\n";
        for name in ["a.jsonl", "a.txt", "a"] {
            assert_eq!(texts(name, objects).unwrap(), ["a b", "c"], "{name}");
        }
        assert_eq!(texts("a.csv", "id,text\n1,a b\n2,c\n").unwrap(), ["a b", "c"]);
        // Records that are JSON themselves, but hold no such field, are the lines.
        assert_eq!(texts("a.txt", "{\"a\": 1}\n{\"b\": 2}\n").unwrap(), ["{\"a\": 1}", "{\"b\": 2}"]);
        assert_eq!(texts("a.txt", "a b\n{\"text\": 1}\n").unwrap(), ["a b", "{\"text\": 1}"]);
        let error = texts("a.txt", "{\"text\": \"a\"}\nb\n").unwrap_err().to_string();
        assert!(error.contains("line 2: not a JSON object"), "{error}");
    }
}
