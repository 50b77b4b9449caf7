//! The log as JSON, an object a line.
//!
//! tracing-subscriber's own keeps the fields of a span as text, which it reads and writes again for each field that comes
//! later and for each line within the span: half of what a request costs beside its statement. Here the text is only
//! appended to.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// How many bytes the fields of a span seldom exceed.
const USUAL_FIELDS: usize = 256;

/// Writes each event as a line: `timestamp`, `level`, its fields, `target`, and `span`, the innermost, with its fields and its
/// `name`; where that is within others, also `spans`, all from the outermost. Goes with [`JsonFields`].
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

/// Writes the fields of spans for [`JsonLines`].
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonFields;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\"", metadata.level())?;
        let mut members = Members::after_others(&mut writer);
        event.record(&mut members);
        members.text("target", metadata.target());
        members.written?;
        if let Some(innermost) = context.parent_span() {
            writer.write_str(",\"span\":")?;
            span::<S, N>(&mut writer, &innermost)?;
            if innermost.parent().is_some() {
                writer.write_str(",\"spans\":")?;
                let mut separator = '[';
                for one in innermost.scope().from_root() {
                    writer.write_char(separator)?;
                    span::<S, N>(&mut writer, &one)?;
                    separator = ',';
                }
                writer.write_char(']')?;
            }
        }
        writer.write_str("}\n")
    }
}

fn span<S, N>(writer: &mut Writer<'_>, span: &SpanRef<'_, S>) -> fmt::Result
where
    S: for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    writer.write_char('{')?;
    if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
        && !fields.is_empty()
    {
        writer.write_str(fields)?;
        writer.write_char(',')?;
    }
    writer.write_str("\"name\":")?;
    quoted(writer, span.name())?;
    writer.write_char('}')
}

/// Members of an object, without its braces.
impl<'a> FormatFields<'a> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'_>, fields: R) -> fmt::Result {
        // What `writer` keeps has no room yet, and would grow with each word.
        let mut text = String::with_capacity(USUAL_FIELDS);
        let mut own = Writer::new(&mut text);
        let mut members = Members::first(&mut own);
        fields.record(&mut members);
        members.written?;
        writer.write_str(&text)
    }

    fn add_fields(
        &self,
        current: &'a mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        fields.record(&mut Forget(&mut current.fields));
        let is_first = current.is_empty();
        let mut writer = current.as_writer();
        let mut members = match is_first {
            true => Members::first(&mut writer),
            false => Members::after_others(&mut writer),
        };
        fields.record(&mut members);
        members.written
    }
}

/// Takes out of a span's members those that are recorded again: the last value is the one that is told.
struct Forget<'a>(&'a mut String);

impl Visit for Forget<'_> {
    fn record_debug(&mut self, field: &Field, _: &dyn Debug) {
        let name = field_name(field);
        let mut found = self.0.match_indices(name);
        let is_member = found.any(|(at, _)| {
            self.0[..at].ends_with('"') && self.0[at + name.len()..].starts_with("\":")
        });
        if !is_member {
            return;
        }
        let members = format!("{{{}}}", self.0);
        if let Ok(mut members) = serde_json::from_str::<serde_json::Map<_, _>>(&members) {
            members.remove(name);
            let members = serde_json::Value::Object(members).to_string();
            *self.0 = members[1..members.len() - 1].to_owned();
        }
    }
}

/// A raw identifier's mark is no part of its name.
fn field_name(field: &Field) -> &str {
    let name = field.name();
    name.strip_prefix("r#").unwrap_or(name)
}

/// Writes fields as members of an object.
struct Members<'a, 'writer> {
    writer: &'a mut Writer<'writer>,
    is_first: bool,
    written: fmt::Result,
}

impl<'a, 'writer> Members<'a, 'writer> {
    fn first(writer: &'a mut Writer<'writer>) -> Self {
        Self {
            writer,
            is_first: true,
            written: Ok(()),
        }
    }

    fn after_others(writer: &'a mut Writer<'writer>) -> Self {
        Self {
            is_first: false,
            ..Self::first(writer)
        }
    }

    fn member(&mut self, name: &str, value: impl FnOnce(&mut Writer<'writer>) -> fmt::Result) {
        if self.written.is_err() {
            return;
        }
        let separator = if std::mem::take(&mut self.is_first) {
            ""
        } else {
            ","
        };
        self.written = (|| {
            self.writer.write_str(separator)?;
            quoted(self.writer, name)?;
            self.writer.write_char(':')?;
            value(self.writer)
        })();
    }

    fn text(&mut self, name: &str, text: &str) {
        self.member(name, |writer| quoted(writer, text));
    }
}

impl Visit for Members<'_, '_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field_name(field), |writer| match value.is_finite() {
            true => write!(writer, "{value:?}"),
            false => writer.write_str("null"),
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field_name(field), |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field_name(field), |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field_name(field), |writer| write!(writer, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field_name(field), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field_name(field), |writer| {
            writer.write_char('"')?;
            write!(Escaped(writer), "{value:?}")?;
            writer.write_char('"')
        });
    }
}

fn quoted(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    Escaped(writer).write_str(text)?;
    writer.write_char('"')
}

/// Writes what stands between the quotes of a JSON string.
struct Escaped<'a, 'writer>(&'a mut Writer<'writer>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let needs_escape = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        let mut rest = text;
        // Such a byte is a character by itself.
        while let Some(at) = rest.as_bytes().iter().position(needs_escape) {
            let (before, behind) = rest.split_at(at);
            self.0.write_str(before)?;
            let mut characters = behind.chars();
            match characters.next() {
                Some(character @ ('"' | '\\')) => write!(self.0, "\\{character}")?,
                Some('\n') => self.0.write_str("\\n")?,
                Some(character) => write!(self.0, "\\u{:04x}", u32::from(character))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn events() {
        let outer = tracing::info_span!(
            "outer",
            text = "a \"b\" \\ \n\u{1} ü",
            again = "\"later\":1",
            later = tracing::field::Empty
        );
        let _entered = outer.enter();
        tracing::info!("before");
        outer.record("later", 6);
        outer.record("later", 7);
        outer.record("again", "once");
        let inner = tracing::info_span!("inner");
        inner.in_scope(|| {
            let list = ["x\ty"];
            tracing::warn!(
                seconds = 0.000_012,
                nothing = f64::NAN,
                is = true,
                negative = -3,
                ?list,
                other.kind = %"a\"b",
                "text of {}",
                "it"
            );
        });
        tracing::error!(parent: None, "alone");
    }

    /// What the lines say, without their times.
    fn read(lines: &Lines) -> Vec<Value> {
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).unwrap();
                let time = line.as_object_mut().unwrap().remove("timestamp");
                let time: chrono::DateTime<chrono::Utc> =
                    time.unwrap().as_str().unwrap().parse().unwrap();
                assert!(time > chrono::DateTime::UNIX_EPOCH);
                line
            })
            .collect()
    }

    #[test]
    fn lines_say_what_the_stock_format_says() {
        let (own, stock) = (Lines::default(), Lines::default());
        let log = tracing_subscriber::fmt()
            .fmt_fields(JsonFields)
            .event_format(JsonLines)
            .with_writer(own.clone());
        tracing::subscriber::with_default(log.finish(), events);
        let log = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(stock.clone());
        tracing::subscriber::with_default(log.finish(), events);
        let lines = own.clone();
        let (own, mut stock) = (read(&own), read(&stock));
        assert_eq!(own.len(), 3);
        assert_eq!(own[1], stock[1]);
        assert_eq!(own[1]["spans"][0]["later"], json!(7));
        // Said once: a reader of JSON would not see it.
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let second = text.lines().nth(1).unwrap();
        assert_eq!(second.matches("\"later\":").count(), 1, "{second}");
        assert_eq!(second.matches("\"again\":").count(), 1, "{second}");
        // A single span is told once.
        let spans = stock[0].as_object_mut().unwrap().remove("spans").unwrap();
        assert_eq!(own[0], stock[0]);
        assert_eq!(own[0]["span"], spans[0]);
        // Where an event has no parent, the stock format takes the current span all the same.
        assert_eq!(own[2]["message"], "alone");
        assert_eq!(own[2].get("span"), None);
    }
}
