//! `axis check`: what a reviewer would ask, answered by a machine.

mod doors;
mod layers;

pub(crate) use doors::Doors;
pub(crate) use layers::Rules as LayerRules;

use crate::configuration::Project;
use crate::generate;

/// Runs every check, or the one that is named.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    check: Option<Check>,
}

#[derive(Debug, clap::Subcommand)]
enum Check {
    /// Every use of what clippy.toml bans, with its reason.
    Doors,
    /// Who depends on whom, who names whom: axis.toml, deny.toml, the manifests and the sources.
    Layers,
}

/// Why a check did not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// The raw doors.
    #[error(transparent)]
    Doors(#[from] doors::DoorsError),
    /// The layers.
    #[error(transparent)]
    Layers(#[from] layers::LayersError),
    /// What is generated.
    #[error(transparent)]
    Generate(#[from] generate::GenerateError),
}

/// Runs the subcommand.
pub(crate) async fn run(arguments: Arguments, project: &Project) -> Result<(), CheckError> {
    match arguments.check {
        Some(Check::Doors) => doors::run(project)?,
        Some(Check::Layers) => layers::run(project)?,
        None => {
            layers::run(project)?;
            doors::run(project)?;
            generate::run(generate::Arguments { check: true }, project).await?;
        }
    }
    Ok(())
}
