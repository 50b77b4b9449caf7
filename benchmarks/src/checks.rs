//! Whether each peer does what its workload says: tried once before anything is measured.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::database::Databases;
use crate::fill::{add_victims, remove_victims};
use crate::http_client::HttpClient;
use crate::operation::Draw;
use crate::peer::Failure;
use crate::process::PeerProcess;
use crate::protocol::{Answer, Task};
use crate::rows::PAGE;
use crate::workload::{Kind, Workload};

/// The times that a row has. JavaScript's have milliseconds, so no more is compared.
const TIMES: [&str; 4] = ["createdAt", "updatedAt", "deletedAt", "published"];

/// Has each peer do each workload once. Reads must give what the first peer gave; writes must give the row as the database has
/// it, with what was asked for.
pub async fn check(
    peers: &mut [PeerProcess],
    workloads: &[Workload],
    databases: &Databases,
    mut draw: Draw,
    victims: &std::path::Path,
) -> Result<(), Failure> {
    for workload in workloads {
        let mut first = None;
        let given = draw.given(match workload {
            Workload::Delete => Workload::ById,
            other => *other,
        })?;
        for peer in peers.iter_mut() {
            let mut given = given.clone();
            let mut added = Vec::new();
            match workload {
                Workload::Delete => {
                    added = add_victims(&databases.main, 1, victims).await?;
                    given.id = added[0];
                }
                Workload::Insert | Workload::HttpPost => {
                    given.email = draw.given(*workload)?.email;
                }
                _ => {}
            }
            let name = peer.name.title();
            let wrong = |what: &str, found: &Value| -> Failure {
                format!("{} at {}: {what}: {found}", name, workload.title()).into()
            };
            let shown = match workload.kind() {
                Kind::Http => over_http(peer, *workload, &draw, &given).await?,
                _ => match peer.ask(&Task::Show(*workload, given.clone())).await? {
                    Answer::Shown(value) => value,
                    other => return Err(format!("{other:?}").into()),
                },
            };
            let shown = comparable(shown);
            match workload {
                Workload::Insert
                | Workload::HttpPost
                | Workload::Update
                | Workload::Delete
                | Workload::WriteFirst
                | Workload::ReadFirst => {
                    let id: uuid::Uuid = serde_json::from_value(shown["id"].clone())?;
                    let row = "SELECT email, name, deleted_at IS NOT NULL FROM users WHERE id = $1";
                    let row = databases.main.query_one(row, &[&id]).await?;
                    let (email, name, gone): (String, String, bool) =
                        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                    let is_shown = shown["email"] == email
                        && shown["name"] == name
                        && shown["deletedAt"].is_null() != gone;
                    let is_done = match workload {
                        Workload::Delete => gone,
                        Workload::WriteFirst => name == given.names[1],
                        Workload::Insert | Workload::HttpPost => {
                            email == given.email && name == given.names[0]
                        }
                        _ => name == given.names[0],
                    };
                    if !(is_shown && is_done) {
                        return Err(wrong("not the row that is in the database", &shown));
                    }
                }
                _ => {
                    let rows = shown["users"].as_array().map_or(PAGE, Vec::len);
                    let is_a_list = shown["users"].is_array() && shown["nextCursor"] == true;
                    if rows != PAGE || !(is_a_list || shown["id"].is_string()) {
                        return Err(wrong("not all of the answer", &shown));
                    }
                    let first = first.get_or_insert_with(|| shown.clone());
                    if *first != shown {
                        return Err(wrong(&format!("not {first} but"), &shown));
                    }
                }
            }
            remove_victims(&databases.main, &added).await?;
        }
    }
    Ok(())
}

async fn over_http(
    peer: &mut PeerProcess,
    workload: Workload,
    draw: &Draw,
    given: &crate::protocol::Given,
) -> Result<Value, Failure> {
    let address = peer.address().await?;
    let mut client = HttpClient::connect(&address, workload, draw.another()).await?;
    Ok(serde_json::from_slice(&client.request(given).await?)?)
}

/// The same for all peers, whatever the form of their times and cursors.
fn comparable(mut value: Value) -> Value {
    if let Some(users) = value["users"].as_array_mut() {
        for user in users {
            *user = comparable(user.take());
        }
        let total = value.pointer("/pagination/total").or(value.get("total"));
        let total = total.cloned().unwrap_or_default();
        return json!({
            "users": value["users"], "total": total, "nextCursor": !value["nextCursor"].is_null(),
        });
    }
    for name in TIMES {
        if let Some(time) = value.get(name).and_then(Value::as_str) {
            let millis = DateTime::parse_from_rfc3339(time).map(|time| time.timestamp_millis());
            value[name] = millis.map_or(Value::Null, Value::from);
        }
    }
    value
}
