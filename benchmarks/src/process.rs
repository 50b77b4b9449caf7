//! A peer's process, seen from outside.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::peer::Failure;
use crate::peers::PeerName;
use crate::protocol::{Answer, Task};

/// A peer that runs. It ends when this goes.
pub struct PeerProcess {
    pub name: PeerName,
    pub id: u32,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    address: Option<String>,
    _child: Child,
}

impl PeerProcess {
    pub fn start(
        name: PeerName,
        url: &str,
        connections: u32,
        sample: &Path,
    ) -> Result<Self, Failure> {
        let mut command = name.command()?;
        command.args(["--url", url, "--connections", &connections.to_string()]);
        command.arg("--sample").arg(sample);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn()?;
        let (Some(id), Some(input), Some(output)) =
            (child.id(), child.stdin.take(), child.stdout.take())
        else {
            return Err("a process without an end to talk to".into());
        };
        Ok(Self {
            name,
            id,
            input,
            output: BufReader::new(output).lines(),
            address: None,
            _child: child,
        })
    }

    /// Where it answers HTTP, from now on if not before.
    pub async fn address(&mut self) -> Result<String, Failure> {
        if self.address.is_none() {
            match self.ask(&Task::Serve).await? {
                Answer::Serving(address) => self.address = Some(address),
                other => return Err(format!("{other:?}").into()),
            }
        }
        Ok(self.address.clone().unwrap_or_default())
    }

    /// Has it do something.
    pub async fn ask(&mut self, task: &Task) -> Result<Answer, Failure> {
        let mut line = serde_json::to_vec(task)?;
        line.push(b'\n');
        self.input.write_all(&line).await?;
        let line = self.output.next_line().await?;
        let line = line.ok_or_else(|| format!("{} has ended", self.name.title()))?;
        match serde_json::from_str(&line)? {
            Answer::Failed(why) => Err(format!("{}: {why}", self.name.title()).into()),
            answer => Ok(answer),
        }
    }
}
