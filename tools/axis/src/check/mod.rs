//! `axis check`: what a reviewer would ask, answered by a machine.

mod layers;

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
    /// Who depends on whom, who names whom: axis.toml, deny.toml, the manifests and the sources.
    Layers,
}

/// Why a check did not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
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
        Some(Check::Layers) => layers::run(project)?,
        None => {
            layers::run(project)?;
            generate::run(generate::Arguments { check: true }, project).await?;
        }
    }
    Ok(())
}
