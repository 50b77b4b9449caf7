//! What of another layer a listing offers again, however it came there: by an import, an alias, a star or a macro.

use std::path::Path;

use serde_json::Value;

use super::{LAYERS, tool};

/// Names under which rustdoc's JSON of a layer offers an item of another one.
pub(crate) fn again(json: &Path) -> Vec<String> {
    let json: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    let is_other_layer = |id: &Value| {
        let of = &json["paths"][id.to_string()]["crate_id"];
        let name = json["external_crates"][of.to_string()]["name"].as_str();
        // The crate itself is not among the external ones.
        name.is_some_and(|name| {
            let name = name.replace('_', "-");
            LAYERS.iter().any(|(layer, _)| *layer == name)
        })
    };
    let items = json["index"].as_object().unwrap();
    assert!(items.len() >= 5, "rustdoc saw next to nothing");
    (items.values())
        .filter(|item| item["visibility"] == "public")
        .filter_map(|item| {
            let inner = &item["inner"];
            let import = inner.get("use");
            let alias = inner.get("type_alias");
            let of = import
                .map(|import| &import["id"])
                .or_else(|| Some(&alias?["type"]["resolved_path"]["id"]))?;
            let name = import.map_or(&item["name"], |import| &import["name"]);
            is_other_layer(of).then(|| name.as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

/// The twin: a crate in the place of layer 2 that offers one in the place of layer 1 in each way that there is.
#[test]
fn a_layer_offered_again_is_seen_however_it_came() {
    if !super::is_the_compiler() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "axis_db.rs",
        "pub struct Pool; pub struct Lease; pub struct Row; pub struct Plain;\n\
         #[macro_export] macro_rules! offer { () => { pub use $crate::Lease; pub type Alias = $crate::Row; }; }\n",
    );
    write(
        "axis_db_contract.rs",
        "use axis_db::*;\n\
         pub type Behind = Pool;\n\
         axis_db::offer!();\n\
         pub struct Mine; pub type Own = Mine; pub fn takes(_: axis_db::Plain) {}\n\
         impl std::ops::Deref for Mine { type Target = axis_db::Plain; fn deref(&self) -> &axis_db::Plain { &axis_db::Plain } }\n",
    );
    let run = |command: &mut std::process::Command| {
        let output = command
            .current_dir(folder.path())
            .env("RUSTC_BOOTSTRAP", "1")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let plain = ["--edition", "2024", "--crate-type", "lib"];
    run(tool("rustc")
        .args(plain)
        .args(["axis_db.rs", "--emit", "metadata"]));
    run(tool("rustdoc")
        .args(plain)
        .args([
            "axis_db_contract.rs",
            "--extern",
            "axis_db=libaxis_db.rmeta",
        ])
        .args([
            "-Z",
            "unstable-options",
            "--output-format",
            "json",
            "-o",
            "doc",
        ]));
    let mut offered = again(&folder.path().join("doc/axis_db_contract.json"));
    offered.sort();
    assert_eq!(offered, ["Alias", "Behind", "Lease"]);
}
