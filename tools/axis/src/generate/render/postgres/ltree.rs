/// `ltree`: labels with points between them, for example `Top.Science`. No label is the root of all.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Ltree(pub String);

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Ltree {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        const VERSION: u8 = 1;
        std::io::Write::write_all(out, &[VERSION])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Ltree {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _version = split_off(&mut rest, 1)?;
        Ok(Self(str::from_utf8(rest)?.to_owned()))
    }
}

/// `ltree`: at most 65,535 labels, each of 1 to 1,000 letters, digits, `_` and `-` (SQLSTATE 42601, 42622, 54000, 22021).
/// What else is a letter depends on the database's locale; before PostgreSQL 16 `-` was none, and 255 the limit.
pub(super) fn ltree(value: &Ltree) -> bool {
    let is_letter = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-') || !letter.is_ascii()
    };
    let is_label = |label: &str| (1..=1_000).contains(&label.chars().count()) && label.chars().all(is_letter);
    let labels = value.0.split('.');
    value.0.is_empty() || (labels.clone().all(is_label) && labels.count() <= 65_535)
}
