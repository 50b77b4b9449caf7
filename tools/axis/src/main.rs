//! AXIS's tool: a private PostgreSQL, the generator, and the checks.
//!
//! One module for each subcommand, named after it, with `Arguments` (what clap reads) and `run`. A new one is a module
//! here, a variant of [`Command`] and an arm of [`run`].

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;
mod configuration;
mod dev;
mod generate;
mod output;
mod progress;
mod prove;
mod rules;

use configuration::Project;

/// The data layer's tool: every type above the database is derived from the migrations.
#[derive(Debug, Parser)]
#[command(name = "axis", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Arguments),
    Dev(dev::Arguments),
    Generate(generate::Arguments),
    Prove(prove::Arguments),
}

async fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    // The one command that may do without a project.
    if let Command::Prove(arguments) = command {
        return Ok(prove::run(arguments, Project::find()).await?);
    }
    let project = Project::find()?;
    match command {
        Command::Check(arguments) => check::run(arguments, &project).await?,
        Command::Dev(arguments) => dev::run(arguments, &project).await?,
        Command::Generate(arguments) => generate::run(arguments, &project).await?,
        Command::Prove(_) => {}
    }
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let exit_code: fn(&(dyn std::error::Error + 'static)) -> u8 = match &command {
        Command::Check(arguments) => arguments.exit_code(),
        Command::Prove(_) => prove::exit_code,
        _ => |_| 1,
    };
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            exit_code(error.as_ref()).into()
        }
    }
}

/// Prints an error with all its causes, one line each.
#[expect(clippy::print_stderr, reason = "this is how a tool reports")]
pub(crate) fn report(error: &dyn std::error::Error) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  caused by: {}", error.to_string().trim_end());
        cause = error.source();
    }
}
