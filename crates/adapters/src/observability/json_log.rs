//! The log as JSON, an object a line.
//!
//! tracing-subscriber's own keeps the fields of a span as text, which it reads and writes again for each field that comes
//! later and for each line within the span: half of what a request costs beside its statement. Here the text is only
//! appended to; and to a `String`, since a `Writer` asks where it leads for each piece.

use std::fmt::{self, Debug, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use humantime::format_rfc3339_micros;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// How many bytes the fields of a span seldom exceed.
const USUAL_FIELDS: usize = 256;
/// The same of a line.
const USUAL_LINE: usize = 512;

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
        let mut line = String::with_capacity(USUAL_LINE);
        line.push_str("{\"timestamp\":\"");
        // A clock that was never set may stand before 1970, which the format does not have.
        let now = SystemTime::now().max(UNIX_EPOCH);
        write!(line, "{}", format_rfc3339_micros(now))?;
        line.push_str("\",\"level\":\"");
        line.push_str(metadata.level().as_str());
        line.push('"');
        let mut members = Members::after_others(&mut line);
        event.record(&mut members);
        members.text("target", metadata.target());
        members.written?;
        if let Some(innermost) = context.parent_span() {
            line.push_str(",\"span\":");
            span::<S, N>(&mut line, &innermost);
            if innermost.parent().is_some() {
                line.push_str(",\"spans\":");
                let mut separator = '[';
                for one in innermost.scope().from_root() {
                    line.push(separator);
                    span::<S, N>(&mut line, &one);
                    separator = ',';
                }
                line.push(']');
            }
        }
        line.push_str("}\n");
        writer.write_str(&line)
    }
}

fn span<S, N>(line: &mut String, span: &SpanRef<'_, S>)
where
    S: for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    line.push('{');
    if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
        && !fields.is_empty()
    {
        line.push_str(fields);
        line.push(',');
    }
    line.push_str("\"name\":");
    quoted(line, span.name());
    line.push('}');
}

/// Members of an object, without its braces.
impl<'a> FormatFields<'a> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'_>, fields: R) -> fmt::Result {
        let mut text = String::with_capacity(USUAL_FIELDS);
        let mut members = Members::first(&mut text);
        fields.record(&mut members);
        members.written?;
        writer.write_str(&text)
    }

    fn add_fields(
        &self,
        current: &'a mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        let text = &mut current.fields;
        fields.record(&mut Forget(text));
        let mut members = match text.is_empty() {
            true => Members::first(text),
            false => Members::after_others(text),
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
        // Nearly always the first says no, and is the faster. The second may take a value for a name.
        let may_be_member = self.0.contains(name) && self.0.split('"').any(|part| part == name);
        if !may_be_member {
            return;
        }
        let members = format!("{{{}}}", self.0);
        if let Ok(mut members) = serde_json::from_str::<serde_json::Map<_, _>>(&members)
            && members.remove(name).is_some()
        {
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
struct Members<'a> {
    text: &'a mut String,
    is_first: bool,
    written: fmt::Result,
}

impl<'a> Members<'a> {
    fn first(text: &'a mut String) -> Self {
        Self {
            text,
            is_first: true,
            written: Ok(()),
        }
    }

    fn after_others(text: &'a mut String) -> Self {
        Self {
            is_first: false,
            ..Self::first(text)
        }
    }

    /// Begins a member, and gives the text that its value goes into.
    fn member(&mut self, name: &str) -> &mut String {
        if !std::mem::take(&mut self.is_first) {
            self.text.push(',');
        }
        quoted(self.text, name);
        self.text.push(':');
        self.text
    }

    fn text(&mut self, name: &str, text: &str) {
        quoted(self.member(name), text);
    }

    /// A value that writes itself.
    fn value(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let written = self.member(field_name(field)).write_fmt(value);
        self.written = self.written.and(written);
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        match value.is_finite() {
            true => self.value(field, format_args!("{value:?}")),
            false => self.value(field, format_args!("null")),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field_name(field), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = self.member(field_name(field));
        text.push('"');
        let written = write!(Escaped(text), "{value:?}");
        text.push('"');
        self.written = self.written.and(written);
    }
}

fn quoted(line: &mut String, text: &str) {
    line.push('"');
    escape(line, text);
    line.push('"');
}

/// Writes what stands between the quotes of a JSON string.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text);
        Ok(())
    }
}

fn escape(line: &mut String, text: &str) {
    let needs_escape = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
    // Nearly no text does. Without a way out in between, the compiler looks at many bytes at once.
    if !text
        .as_bytes()
        .iter()
        .fold(false, |any, byte| any | needs_escape(byte))
    {
        line.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '"' | '\\' => line.extend(['\\', character]),
            '\n' => line.push_str("\\n"),
            '\0'..='\x1f' => line.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => line.push(character),
        }
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
