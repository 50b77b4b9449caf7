//! Documents.

use super::super::tree::Function;
use super::Printer;
use super::code::{Binds, Code, Form};

impl Printer<'_> {
    /// A function of a document that is never NULL.
    pub(super) fn json_function(&mut self, function: &Function, argument: &Code) -> Option<Code> {
        Some(match function {
            Function::JsonbTypeof => {
                Code::tight(format!("{}({})", self.helper("json_type"), argument.text))
            }
            Function::JsonbHasKeys(keys, all) => {
                let name = self.helper("jsonb_has");
                let tests: Vec<String> = keys
                    .iter()
                    .map(|key| format!("{name}({}, {key:?})", argument.text))
                    .collect();
                match (tests.len(), all) {
                    (0, all) => Code::truth(*all),
                    (1, _) => Code::tight(tests.concat()),
                    (_, true) => Code::new(tests.join(" && "), Binds::And),
                    (_, false) => Code::new(tests.join(" || "), Binds::Or),
                }
            }
            Function::JsonbWritten => Code::tight(format!(
                "{}({})",
                self.helper("jsonb_written"),
                argument.text
            ))
            .of_form(Form::Owned),
            Function::JsonParsed => {
                let helper = self.helper("json_parsed");
                self.checked(&format!("{helper}({})", argument.text))
            }
            Function::JsonbWithout(keys) => {
                let helper = self.helper("jsonb_without");
                let borrowed = argument.borrowed_value();
                let keys: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
                self.checked(&format!("{helper}({borrowed}, &[{}])", keys.join(", ")))
                    .of_form(Form::Owned)
            }
            Function::JsonbContains(document) => {
                let name = self.document(document);
                Code::tight(format!(
                    "{}({}, &{name})",
                    self.helper("jsonb_contains"),
                    argument.text
                ))
            }
            _ => return None,
        })
    }

    /// A document as a constant of the function.
    pub(super) fn document(&mut self, document: &str) -> String {
        let name = self.numbered("DOCUMENT");
        self.statics.push(format!(
            "static {name}: std::sync::LazyLock<serde_json::Value> = std::sync::LazyLock::new(|| serde_json::json!({document}));\n"
        ));
        name
    }

    /// A name for a constant of the function.
    pub(super) fn numbered(&self, name: &str) -> String {
        match self.statics.len() {
            0 => name.to_owned(),
            count => format!("{name}_{}", count + 1),
        }
    }
}
