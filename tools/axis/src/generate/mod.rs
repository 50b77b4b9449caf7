//! `axis generate`: migrations -> throw-away database -> schema.rs and contracts.

use crate::configuration::Project;

/// Derives schema.rs and the contracts from the migrations.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail where a file differs from what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {}

/// Runs the subcommand.
pub(crate) async fn run(_arguments: Arguments, _project: &Project) -> Result<(), GenerateError> {
    Ok(())
}
