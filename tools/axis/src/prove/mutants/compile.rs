//! All mutants in one crate.

use super::super::ProveError;
use super::super::scratch::{Scratch, ScratchError, Workshop};
use super::edit::{self, Mutant};
use crate::generate::contract::Contract;
use crate::generate::files::Generated;

/// How often what does not compile is left out before that is given up.
const ROUNDS: usize = 6;

/// Compiles, and leaves out what does not. Gives the mutants and how many were left out.
pub(super) fn compile(
    workshop: &Workshop,
    crate_name: &str,
    generated: &Generated,
    contract: &Contract,
) -> Result<(Scratch, Vec<Mutant>, usize), ProveError> {
    let name = format!("{crate_name}_mutants");
    let mut left_out: Vec<u32> = Vec::new();
    for round in 0.. {
        let (mutated, mutants) = mutate(generated, &left_out)?;
        match workshop.build(&name, &mutated, contract) {
            Ok(scratch) => return Ok((scratch, mutants, left_out.len())),
            Err(ScratchError::Generated {
                folder,
                messages,
                places,
            }) if round < ROUNDS => {
                let before = left_out.len();
                for (file, place) in &places {
                    let text = mutated
                        .contracts
                        .iter()
                        .find(|found| file.ends_with(&format!("/{}", found.name)));
                    if let Some(text) = text {
                        left_out.extend(numbers(&text.text, place));
                    }
                }
                left_out.sort_unstable();
                left_out.dedup();
                if left_out.len() == before {
                    return Err(ScratchError::Generated {
                        folder,
                        messages,
                        places,
                    }
                    .into());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(ProveError::Judge(std::io::Error::other(
        "the mutants do not compile",
    )))
}

fn mutate(generated: &Generated, left_out: &[u32]) -> Result<(Generated, Vec<Mutant>), ProveError> {
    let mut mutated = generated.clone();
    let mut mutants = Vec::new();
    let mut number = 0;
    for file in &mut mutated.contracts {
        if !file.name.ends_with(".rs") || file.name == "mod.rs" {
            continue;
        }
        let (text, found) =
            edit::mutate(&file.name, &file.text, &mut number, left_out).map_err(|error| {
                ProveError::Judge(std::io::Error::other(format!("{}: {error}", file.name)))
            })?;
        file.text = text;
        mutants.extend(found);
    }
    Ok((mutated, mutants))
}

/// The mutants that a message of the compiler points to; where it points to none, those of its line.
fn numbers(text: &str, place: &std::ops::Range<usize>) -> Vec<u32> {
    let of = |place: std::ops::Range<usize>| -> Vec<u32> {
        let part = text.get(place).unwrap_or_default();
        part.split('(')
            .skip(1)
            .filter_map(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            })
            .filter(|number| {
                let call = format!("({number}");
                // A number in parentheses that is no argument of the switch.
                ["is", "swap"]
                    .iter()
                    .any(|name| part.contains(&format!("{name}{call}")))
                    || part.contains(&format!("mutant_{call}"))
                    || part.match_indices(&call).any(|(at, _)| {
                        part.get(..at)
                            .unwrap_or_default()
                            .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                            .next()
                            .is_some_and(|word| word.starts_with("mutant_"))
                    })
            })
            .collect()
    };
    let exact = of(place.clone());
    if !exact.is_empty() {
        return exact;
    }
    let start = text
        .get(..place.start)
        .unwrap_or_default()
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let end = text
        .get(place.end..)
        .unwrap_or_default()
        .find('\n')
        .map_or(text.len(), |at| place.end + at);
    of(start..end)
}
