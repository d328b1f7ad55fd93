//! Text of others, made safe to read: a report shows records that may hold anything.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::exit::is_unseen;

/// One character as it is shown: what cannot be seen, or would turn the text around it, by its name.
pub(super) fn visible_char(c: char) -> Cow<'static, str> {
    match c {
        // The pictures of the control characters stand in their order.
        '\0'..='\u{1f}' => Cow::Owned(char::from_u32(0x2400 + u32::from(c)).map_or_else(String::new, String::from)),
        '\u{7f}' => Cow::Borrowed("\u{2421}"),
        c if is_unseen(c) => Cow::Owned(format!("<U+{:04X}>", u32::from(c))),
        c => Cow::Owned(c.to_string()),
    }
}

/// A text as it is shown.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(visible_char).collect()
}

/// Arguments as a shell would take them, the program by its name.
pub(crate) fn command_line(arguments: impl IntoIterator<Item = String>) -> String {
    let mut line = String::from("turmite");
    for argument in arguments.into_iter().skip(1) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=+@%^".contains(c);
        // Writing into a string does not fail.
        let _ = if !argument.is_empty() && argument.chars().all(plain) {
            write!(line, " {argument}")
        } else {
            write!(line, " '{}'", argument.replace('\'', r"'\''"))
        };
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert_eq!(visible("a\tb\nc\0\u{7f}"), "a␉b␊c␀␡");
        assert_eq!(visible("\u{202e}evil\u{2069}\u{feff}\u{85}"), "<U+202E>evil<U+2069><U+FEFF><U+0085>");
        assert_eq!(visible("é שלום <b>"), "é שלום <b>");
    }

    #[test]
    fn a_command_can_be_pasted() {
        let words = ["/usr/bin/turmite", "label", "my runs.jsonl", "--floor", "0.1", "it's", ""].map(str::to_owned);
        assert_eq!(command_line(words), r"turmite label 'my runs.jsonl' --floor 0.1 'it'\''s' ''");
    }
}
