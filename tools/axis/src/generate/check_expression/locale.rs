//! What the target's locale says of characters: asked of the throw-away server, in a collation made for it.

use std::collections::BTreeMap;

use serde::Deserialize;
use tokio_postgres::Client;

use super::regex::{CASES, Class, Locale};

/// `target.locale`: what `pg_database` says of the databases that the contracts are for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetLocale {
    /// `libc`, `icu` or `builtin`: `pg_database.datlocprovider` in words.
    #[serde(default)]
    pub(crate) provider: Provider,
    /// `pg_database.datctype`, or the locale of the provider.
    pub(crate) name: String,
}

/// Who knows the locale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    /// The system's C library.
    #[default]
    Libc,
    /// The library ICU.
    Icu,
    /// PostgreSQL itself, from 17.
    Builtin,
}

impl TargetLocale {
    /// The locale of a database.
    pub(crate) async fn of(client: &Client) -> Result<Option<Self>, tokio_postgres::Error> {
        // The columns' names changed with PostgreSQL 15 and 17.
        let query = "SELECT coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), d.datctype,
                coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
           FROM pg_database d WHERE d.datname = current_database()";
        let row = client.query_one(query, &[]).await?;
        let (ctype, locale): (String, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
        let provider = match row.try_get::<_, &str>(0)? {
            "c" => {
                return Ok(Some(Self {
                    provider: Provider::Libc,
                    name: ctype,
                }));
            }
            "i" => Provider::Icu,
            _ => Provider::Builtin,
        };
        Ok(locale.map(|name| Self { provider, name }))
    }

    /// Whether only ASCII has case and classes.
    pub(crate) fn is_c(&self) -> bool {
        self.provider == Provider::Libc && matches!(self.name.as_str(), "C" | "POSIX")
    }

    /// Whether texts are ordered by their bytes, which is the order of code points.
    pub(crate) fn is_bytewise(&self) -> bool {
        match self.provider {
            Provider::Libc => matches!(
                self.name.as_str(),
                "C" | "POSIX" | "C.UTF-8" | "C.UTF8" | "C.utf8"
            ),
            Provider::Icu => false,
            Provider::Builtin => true,
        }
    }

    fn provider(&self) -> &'static str {
        match self.provider {
            Provider::Libc => "libc",
            Provider::Icu => "icu",
            Provider::Builtin => "builtin",
        }
    }
}

/// Characters whose other case is not the one that Rust knows, each with the one that the locale has.
pub(crate) type Exceptions = Vec<(char, char)>;

/// Asks the server for all that a first look at the rules missed. An error says why it cannot tell.
pub(super) async fn ask(
    client: &Client,
    target: &TargetLocale,
    missing: impl IntoIterator<Item = Class>,
) -> Result<Result<Locale, String>, tokio_postgres::Error> {
    client.batch_execute("BEGIN").await?;
    let made = format!(
        "CREATE COLLATION pg_temp.axis_locale (provider = {}, locale = '{}')",
        target.provider(),
        target.name.replace('\'', "''")
    );
    let answer = match client.batch_execute(&made).await {
        Ok(()) => Ok(asked(client, target, missing).await?),
        Err(error) if error.as_db_error().is_some() => Err(format!(
            "this machine's PostgreSQL lacks the locale `{}` of axis.toml",
            target.name
        )),
        Err(error) => return Err(error),
    };
    client.batch_execute("ROLLBACK").await?;
    Ok(answer)
}

async fn asked(
    client: &Client,
    target: &TargetLocale,
    missing: impl IntoIterator<Item = Class>,
) -> Result<Locale, tokio_postgres::Error> {
    let mut locale = Locale {
        is_simple: target.provider != Provider::Icu,
        ..Locale::default()
    };
    for class in missing {
        if class == CASES {
            locale.cases = Some(cases(client, &mut locale).await?);
            continue;
        }
        let pattern = match class.0 {
            "word" => r"\w".to_owned(),
            name => format!("[[:{name}:]]"),
        };
        let query = format!(
            "SELECT min(i), max(i) FROM (
                 SELECT i, i - row_number() OVER (ORDER BY i) AS island
                   FROM generate_series(1, 1114111) AS i
                  WHERE i NOT BETWEEN 55296 AND 57343 AND chr(i) COLLATE pg_temp.axis_locale ~ '{pattern}') AS found
              GROUP BY island ORDER BY 1"
        );
        let rows = client.query(&query, &[]).await?;
        let ranges = rows
            .iter()
            .map(|row| {
                let (from, to): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
                Ok((from.unsigned_abs(), to.unsigned_abs()))
            })
            .collect::<Result<_, tokio_postgres::Error>>()?;
        locale.classes.insert(class, ranges);
    }
    Ok(locale)
}

/// The other cases of each character, and where they are not Rust's.
async fn cases(
    client: &Client,
    locale: &mut Locale,
) -> Result<BTreeMap<u32, Vec<u32>>, tokio_postgres::Error> {
    // What has no case stays with the server: of a million characters it is all but a few thousand.
    let query = r#"SELECT c, lower(c), upper(c)
           FROM (SELECT chr(i) COLLATE pg_temp.axis_locale AS c
                   FROM generate_series(1, 1114111) AS i WHERE i NOT BETWEEN 55296 AND 57343) AS characters
          WHERE lower(c) <> c COLLATE "C" OR upper(c) <> c COLLATE "C""#;
    let mut cases = BTreeMap::new();
    for row in client.query(query, &[]).await? {
        let [character, lower, upper] = [0, 1, 2].map(|column| row.try_get::<_, &str>(column));
        let Some(character) = character?.chars().next() else {
            continue;
        };
        let lower = single(lower?.chars(), character);
        let upper = single(upper?.chars(), character);
        if (lower, upper) != (character, character) {
            cases.insert(character, (lower, upper));
        }
    }
    for character in '\u{1}'..=char::MAX {
        let (lower, upper) = *cases.get(&character).unwrap_or(&(character, character));
        if lower != single(character.to_lowercase(), character) {
            locale.lower.push((character, lower));
        }
        if upper != single(character.to_uppercase(), character) {
            locale.upper.push((character, upper));
        }
    }
    let numbers = |(character, (lower, upper)): (char, (char, char))| {
        (character.into(), vec![lower.into(), upper.into()])
    };
    Ok(cases.into_iter().map(numbers).collect())
}

/// The character that is the only one, or else the one that was asked for.
fn single(mut characters: impl Iterator<Item = char>, otherwise: char) -> char {
    match (characters.next(), characters.next()) {
        (Some(only), None) => only,
        _ => otherwise,
    }
}
