//! A child process with its own process group, so that a signal of the terminal reaches it through us alone.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::oneshot;

/// How long a process that was asked to end may take. With it, all is gone 10 seconds after Ctrl-C.
pub(super) const GRACE: Duration = Duration::from_secs(6);

/// Ends a process group when its standard input closes: when we are gone, however that came about.
const WATCH: &str = r#"
    cat >/dev/null
    kill -TERM "-$1" 2>/dev/null
    tries=0
    while [ "$tries" -lt 60 ] && kill -0 "-$1" 2>/dev/null; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -KILL "-$1" 2>/dev/null
"#;

/// SIGINT, SIGTERM and SIGHUP of this process.
pub(super) struct Interrupts {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hang_up: unix::Signal,
}

impl Interrupts {
    /// From now on these signals no longer end this process by themselves.
    pub(super) fn take() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hang_up: unix::signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// A running child.
pub(super) struct Process {
    group: Pid,
    ended: oneshot::Receiver<std::io::Result<ExitStatus>>,
    watcher: Child,
}

impl Process {
    /// Starts it. What `read` does with the child's pipes runs on a thread, and the child is waited for after it.
    pub(super) fn start(
        mut command: Command,
        read: impl FnOnce(&mut Child) + Send + 'static,
    ) -> std::io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let id = child.id();
        let (sender, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name("axis-child".to_owned())
            .spawn(move || {
                read(&mut child);
                // Nobody listens any more once we are ending, too.
                let _ = sender.send(child.wait());
            })?;
        let watcher = Command::new("/bin/sh")
            .args(["-c", WATCH, "sh", &id.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            group: Pid::from_raw(id.cast_signed()),
            ended,
            watcher,
        })
    }

    /// Waits until it has ended.
    pub(super) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        let status = (&mut self.ended)
            .await
            .map_err(|_| std::io::Error::other("nobody waited for the process"))?;
        // Before anybody else can get the number of the group.
        self.watcher.kill()?;
        self.watcher.wait()?;
        status
    }

    /// Asks it to end, makes it end when it takes too long or at another signal, and waits.
    pub(super) async fn stop(
        &mut self,
        interrupts: &mut Interrupts,
    ) -> std::io::Result<ExitStatus> {
        // It may have ended by itself by now, which is what we want.
        let _ = killpg(self.group, Signal::SIGTERM);
        tokio::select! {
            status = self.ended() => return status,
            () = tokio::time::sleep(GRACE) => {}
            () = interrupts.next() => {}
        }
        let _ = killpg(self.group, Signal::SIGKILL);
        self.ended().await
    }
}
