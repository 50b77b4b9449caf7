//! A peer's process: does what it is told, line by line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stdin, stdout};

use crate::drive::drive;
use crate::operation::{Draw, Queries, operation};
use crate::peer::{Failure, Peer};
use crate::protocol::{Answer, Load, Sample, Task};
use crate::rows::NewUser;

/// Whom a process is, and where it works.
#[derive(Clone, Debug, Args)]
pub struct ChildArguments {
    #[arg(long)]
    pub url: String,
    #[arg(long)]
    pub connections: u32,
    #[arg(long)]
    pub sample: PathBuf,
}

/// Answers until standard input ends.
pub async fn answer_all<P: Peer>(peer: P, sample: &Path) -> Result<(), Failure> {
    let peer = Arc::new(peer);
    let mut prepared = Vec::new();
    let mut lines = BufReader::new(stdin()).lines();
    let mut out = stdout();
    while let Some(line) = lines.next_line().await? {
        let answer = match do_task(&peer, serde_json::from_str(&line)?, sample, &mut prepared).await
        {
            Ok(answer) => answer,
            Err(failure) => Answer::Failed(told(&*failure)),
        };
        let mut line = serde_json::to_vec(&answer)?;
        line.push(b'\n');
        out.write_all(&line).await?;
        out.flush().await?;
    }
    Ok(())
}

async fn do_task<P: Peer>(
    peer: &Arc<P>,
    task: Task,
    sample: &Path,
    prepared: &mut Vec<NewUser>,
) -> Result<Answer, Failure> {
    Ok(match task {
        Task::Run(load) => {
            let workers = clients(peer, &load, sample)?;
            Answer::Ran(drive(workers, &load).await?)
        }
        Task::Prepare { rows, prefix } => {
            let row = |number| NewUser {
                email: format!("{prefix}{number}@example.com"),
                name: format!("User {number}"),
            };
            *prepared = (0..rows).map(row).collect();
            Answer::Done
        }
        Task::Bulk => {
            peer.bulk(std::mem::take(prepared)).await?;
            Answer::Done
        }
        Task::Show(workload, given) => {
            Answer::Shown(operation::<P, true>(peer, workload, given).await?)
        }
        Task::Serve => Answer::Serving(Arc::clone(peer).serve().await?.to_string()),
    })
}

fn clients<P: Peer>(peer: &Arc<P>, load: &Load, sample: &Path) -> Result<Vec<Queries<P>>, Failure> {
    let sample: Sample = serde_json::from_slice(&std::fs::read(sample)?)?;
    let victims = match &load.victims {
        Some(file) => serde_json::from_slice(&std::fs::read(file)?)?,
        None => Vec::new(),
    };
    let draw = Draw::new(Arc::new(sample), victims.into());
    let client = |_| Queries {
        peer: Arc::clone(peer),
        workload: load.workload,
        draw: draw.another(),
    };
    Ok((0..load.clients).map(client).collect())
}

/// A failure and what led to it.
fn told(failure: &(dyn std::error::Error + 'static)) -> String {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}
