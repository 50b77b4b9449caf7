//! Records spans and events of a test.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// All spans and events of a thread, with all their fields.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    spans: BTreeMap<u64, Span>,
    text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) parent: Option<u64>,
    pub(crate) fields: BTreeMap<&'static str, String>,
}

thread_local! {
    static OF_THIS_THREAD: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

/// Makes recording possible. Every test does so before it runs what can be recorded.
///
/// One subscriber for the process, not one for each test: tracing decides once for each place in the code whether
/// anybody listens, and a place that is first met while a subscriber comes would never be heard.
pub(crate) fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(ThisThread);
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
    });
}

impl Recorder {
    /// Records everything of this thread, on which a test's runtime runs all of its tasks.
    pub(crate) fn start() -> Self {
        let recorder = Self::default();
        OF_THIS_THREAD.set(Some(recorder.clone()));
        recorder
    }

    pub(crate) fn spans(&self) -> BTreeMap<u64, Span> {
        self.0.lock().expect("a lock").spans.clone()
    }

    /// Everything that was recorded, as text.
    pub(crate) fn text(&self) -> String {
        let recorded = self.0.lock().expect("a lock");
        format!("{}\n{:?}", recorded.text, recorded.spans)
    }
}

/// Gives spans and events to the recorder of the thread that they happen on.
struct ThisThread;

impl ThisThread {
    fn record(&self, record: impl FnOnce(&mut Recorded)) {
        OF_THIS_THREAD.with_borrow(|recorder| {
            if let Some(recorder) = recorder {
                record(&mut recorder.0.lock().expect("a lock"));
            }
        });
    }
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ThisThread {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
        OF_THIS_THREAD.with_borrow(Option::is_some)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        let parent = context.span(id).and_then(|span| span.parent());
        let span = Span {
            name: attributes.metadata().name(),
            parent: parent.map(|parent| parent.id().into_u64()),
            fields,
        };
        self.record(|recorded| drop(recorded.spans.insert(id.into_u64(), span)));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.record(|recorded| {
            if let Some(span) = recorded.spans.get_mut(&id.into_u64()) {
                values.record(&mut Fields(&mut span.fields));
            }
        });
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let target = event.metadata().target();
        self.record(|recorded| writeln!(recorded.text, "{target} {fields:?}").expect("text"));
    }
}
