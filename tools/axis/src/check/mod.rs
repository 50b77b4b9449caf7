//! `axis check`: what a reviewer would ask, answered by a machine.

mod doors;
mod drift;
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
    Drift(drift::Arguments),
    /// Every use of what clippy.toml bans, with its reason.
    Doors,
    /// Who depends on whom, who names whom: axis.toml, deny.toml, the manifests and the sources.
    Layers,
}

impl Arguments {
    /// The exit code of an error: 2 where `axis check drift` cannot tell, so that a script can tell it from a difference.
    pub(crate) fn exit_code(&self) -> fn(&(dyn std::error::Error + 'static)) -> u8 {
        match self.check {
            Some(Check::Drift(_)) => |error| match error.downcast_ref() {
                Some(CheckError::Drift(drift::DriftError::Found { .. })) => 1,
                _ => 2,
            },
            _ => |_| 1,
        }
    }
}

/// Why a check did not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// A database.
    #[error(transparent)]
    Drift(#[from] drift::DriftError),
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
        Some(Check::Drift(arguments)) => drift::run(arguments, project).await?,
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
