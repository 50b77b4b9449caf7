//! Finds the Rust type of a column.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::configuration::TypeOverride;
use heck::{ToLowerCamelCase as _, ToUpperCamelCase as _};

use super::super::catalog::{self, Catalog, Column, Name, TypeKind};
use super::super::diesel_schema::{self, DieselSchema, PROVIDED_TYPES, SqlType};
use super::base_type::{base, has_known_order};
use super::own;
use super::type_names::{Given, identifier};
use super::value::{Composite, Domain, Member, Range, Scalar, SqlPath, Value};
use super::{ContractError, names};

/// The most members of a composite type: Diesel writes them as a tuple, and has tuples of so many in its smallest build.
const MAX_MEMBERS: usize = 16;

/// What the types of a database are in Rust.
pub(super) struct Resolver<'a> {
    catalog: &'a Catalog,
    /// The types that schema.rs or the file beside it defines: what they are called there.
    defined: BTreeMap<&'a Name, SqlPath>,
    /// The Rust types that axis.toml names, by `schema.type`.
    overrides: &'a BTreeMap<String, TypeOverride>,
    /// Those that no column has.
    unused: RefCell<BTreeSet<&'a str>>,
    /// The names in Rust that types were given.
    rust_names: RefCell<Given>,
    /// The names in Rust of SQL types that the contracts define.
    sql_names: RefCell<Given>,
}

impl<'a> Resolver<'a> {
    /// Of a database whose columns Diesel knows.
    pub(super) fn new(
        catalog: &'a Catalog,
        diesel: &'a DieselSchema,
        overrides: &'a BTreeMap<String, TypeOverride>,
    ) -> Self {
        let mut defined = BTreeMap::new();
        let mut given = Given::default();
        for (sql_type, is_further) in diesel.defined_types() {
            let rust_name = sql_type.rust_name.clone();
            given.name(&sql_type.name, &names::type_name(rust_name.clone()));
            let path = match is_further {
                true => SqlPath::Further(rust_name),
                false => SqlPath::Schema(rust_name),
            };
            defined.insert(&sql_type.name, path);
        }
        Self {
            catalog,
            defined,
            overrides,
            unused: RefCell::new(overrides.keys().map(String::as_str).collect()),
            rust_names: RefCell::new(given),
            sql_names: RefCell::default(),
        }
    }

    /// What a column holds. `sql_type` is its type in schema.rs. An error says why no Rust type stands for it.
    pub(super) fn column(&self, column: &Column, sql_type: &SqlType) -> Result<Value, String> {
        // schema.rs looks through one domain and no more.
        let (mut name, mut modifier) = (&column.type_name, column.type_modifier);
        if let Some(TypeKind::Domain(domain)) = self.kind(name) {
            (name, modifier) = (&domain.base, domain.type_modifier);
        }
        let element = self.element(name);
        let scalar = element.unwrap_or(name);
        let value = self.value(name, modifier).map_err(|unknown| {
            unknown.unwrap_or_else(|| no_rust_type(&column.data_type, scalar))
        })?;
        let is_imported = self
            .overridden(scalar)
            .is_some_and(|found| found.sql_type.is_some());
        if is_imported {
            return Ok(value);
        }
        self.is_in_schema(scalar, sql_type, element.is_some())?;
        Ok(value)
    }

    /// What a value of the type is. An error without a reason stands for a type that nothing is known of.
    fn value(&self, name: &Name, modifier: i32) -> Result<Value, Option<String>> {
        let element = self.element(name);
        Ok(Value {
            scalar: self.scalar(element.unwrap_or(name), modifier)?,
            is_array: element.is_some(),
        })
    }

    /// Fails where a key of `[types]` is the type of no column.
    pub(super) fn finish(&self) -> Result<(), ContractError> {
        match self.unused.borrow().first() {
            Some(key) => Err(ContractError::UnknownType {
                key: (*key).to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn overridden(&self, name: &Name) -> Option<&'a TypeOverride> {
        let (key, found) = self.overrides.get_key_value(&name.to_string())?;
        self.unused.borrow_mut().remove(key.as_str());
        Some(found)
    }

    fn scalar(&self, name: &Name, modifier: i32) -> Result<Scalar, Option<String>> {
        if let Some(found) = self.overridden(name) {
            return match syn::parse_str::<syn::Type>(&found.rust) {
                Ok(_) => Ok(Scalar::Given {
                    rust: found.rust.clone(),
                }),
                Err(_) => Err(Some(format!(
                    "axis.toml says that `{name}` is {:?} in Rust, which is no Rust type",
                    found.rust
                ))),
            };
        }
        let found = self.catalog.types.get(name).ok_or(None)?;
        match &found.kind {
            TypeKind::Array(_) => Err(None),
            TypeKind::Base => base(name, modifier)
                .or_else(|| self.printed(name, modifier))
                .ok_or(None),
            TypeKind::Enum(labels) if labels.is_empty() => {
                Err(Some(format!("the enum `{name}` has no label")))
            }
            TypeKind::Enum(_) => Ok(Scalar::Enum {
                name: name.clone(),
                rust_name: self.rust_name(name),
                sql_type: self.sql_type(name),
            }),
            TypeKind::Range(subtype) => Ok(Scalar::Range(Box::new(self.range(name, subtype)?))),
            TypeKind::Multirange(subtype) => {
                Ok(Scalar::Multirange(Box::new(self.range(name, subtype)?)))
            }
            TypeKind::Composite(members) => {
                let composite = self.composite(name, members, found.comment.as_ref())?;
                Ok(Scalar::Composite(Box::new(composite)))
            }
            TypeKind::Domain(domain) => {
                let value = self.value(&domain.base, domain.type_modifier)?;
                refuse_single_byte(name, &value)?;
                Ok(Scalar::Domain(Box::new(Domain {
                    name: name.clone(),
                    rust_name: self.rust_name(name),
                    sql_type: self.sql_type(name),
                    comment: found.comment.clone(),
                    data_type: domain.base.to_string(),
                    not_null: self.refuses_null(name),
                    value_sql_type: self
                        .sql_type(self.element(&domain.base).unwrap_or(&domain.base)),
                    value,
                })))
            }
        }
    }

    /// A type whose Rust type is printed into `postgres.rs`.
    fn printed(&self, name: &Name, modifier: i32) -> Option<Scalar> {
        let sql_type = self.sql_type(name);
        if name.schema == "pg_catalog" && matches!(name.name.as_str(), "bit" | "varbit") {
            return Some(Scalar::Bits {
                length: u32::try_from(modifier).ok(),
                is_exact: name.name == "bit",
                sql_type,
            });
        }
        let own = own::own_type(name)?;
        Some(Scalar::Own {
            own,
            modifier,
            sql_type,
        })
    }

    fn range(&self, name: &Name, subtype: &Name) -> Result<Range, Option<String>> {
        let scalar = self.scalar(subtype, -1)?;
        if !has_known_order(&scalar) && !matches!(scalar, Scalar::Text) {
            return Err(Some(format!(
                "`{name}` is a range of `{subtype}`, which the contracts do not read: {}",
                named_by(name)
            )));
        }
        Ok(Range {
            name: name.clone(),
            sql_type: self.sql_type(name),
            subtype: scalar,
            subtype_sql_type: self.sql_type(subtype),
        })
    }

    fn composite(
        &self,
        name: &Name,
        members: &[catalog::Member],
        comment: Option<&String>,
    ) -> Result<Composite, Option<String>> {
        if members.is_empty() || members.len() > MAX_MEMBERS {
            return Err(Some(format!(
                "the composite type `{name}` has {} members; a tuple of Diesel has 1 to {MAX_MEMBERS}",
                members.len()
            )));
        }
        let mut fields = names::Distinct::new(&[]);
        let mut wire_names = names::Distinct::new(&[]);
        let members = members
            .iter()
            .map(|member| {
                let element = self.element(&member.type_name);
                let scalar = element.unwrap_or(&member.type_name);
                let value = self
                    .value(&member.type_name, member.type_modifier)
                    .map_err(|unknown| {
                        let why =
                            unknown.unwrap_or_else(|| no_rust_type(&member.data_type, scalar));
                        Some(format!("in `{name}`, {why}"))
                    })?;
                refuse_single_byte(name, &value)?;
                Ok(Member {
                    name: member.name.clone(),
                    field: fields.name(&names::field(&diesel_schema::rust_name(&member.name))),
                    wire_name: wire_names.name(&match member.name.to_lower_camel_case() {
                        name if name.is_empty() => member.name.clone(),
                        name => name,
                    }),
                    type_name: member.type_name.clone(),
                    data_type: member.data_type.clone(),
                    comment: member.comment.clone(),
                    nullable: !self.refuses_null(&member.type_name),
                    sql_type: self.sql_type(scalar),
                    value,
                })
            })
            .collect::<Result<_, Option<String>>>()?;
        Ok(Composite {
            name: name.clone(),
            rust_name: self.rust_name(name),
            sql_type: self.sql_type(name),
            comment: comment.cloned(),
            members,
        })
    }

    fn kind(&self, name: &Name) -> Option<&'a TypeKind> {
        self.catalog.types.get(name).map(|found| &found.kind)
    }

    /// The type of the elements, where it is an array.
    fn element(&self, name: &Name) -> Option<&'a Name> {
        match self.kind(name) {
            Some(TypeKind::Array(element)) => Some(element),
            _ => None,
        }
    }

    /// Whether a domain, or one below it, refuses NULL.
    fn refuses_null(&self, name: &Name) -> bool {
        match self.kind(name) {
            Some(TypeKind::Domain(domain)) => domain.not_null || self.refuses_null(&domain.base),
            _ => false,
        }
    }

    /// What Diesel calls a type that is no array.
    fn sql_type(&self, name: &Name) -> SqlPath {
        if let Some(path) = self
            .overridden(name)
            .and_then(|found| found.sql_type.clone())
        {
            return SqlPath::Given(path);
        }
        let rust_name = name.name.to_upper_camel_case();
        if let Some(defined) = self.defined.get(name) {
            return defined.clone();
        }
        // Diesel takes these for `text` and `bytea`: they are written in the same way, under another type.
        let is_alias = matches!(name.name.as_str(), "varchar" | "bpchar" | "bit" | "char");
        let is_known = name.schema == "pg_catalog" || name.name == "citext";
        if is_known && !is_alias && PROVIDED_TYPES.contains(&rust_name.as_str()) {
            return SqlPath::Diesel(rust_name);
        }
        // Apart from the types of users, which are printed under their plain names.
        let rust_name = match name.schema.as_str() {
            "pg_catalog" => format!("PgCatalog{rust_name}"),
            _ => identifier(&name.name),
        };
        SqlPath::Contract {
            rust_name: self.sql_names.borrow_mut().name(name, &rust_name),
            name: name.clone(),
        }
    }

    /// The name of the Rust type of an enum, a domain or a composite type.
    fn rust_name(&self, name: &Name) -> String {
        let plain = names::type_name(identifier(&name.name));
        self.rust_names.borrow_mut().name(name, &plain)
    }

    /// Fails where schema.rs has another type for the column than the one that it is of.
    fn is_in_schema(&self, name: &Name, sql_type: &SqlType, is_array: bool) -> Result<(), String> {
        if sql_type.name != *name || sql_type.is_array != is_array {
            return Err(format!(
                "the diesel CLI takes the type `{name}` for an array of another type"
            ));
        }
        let is_user_type = name.schema != "pg_catalog" && name.name != "citext";
        let is_provided = PROVIDED_TYPES.contains(&sql_type.rust_name.as_str());
        if !sql_type.is_custom && (is_user_type || !is_provided) {
            return Err(format!(
                "schema.rs does not define the type `{name}`: Diesel has a type of that name, or diesel.toml says so"
            ));
        }
        Ok(())
    }
}

/// As a column `"char"` is sent as text, and PostgreSQL cuts it. As a part of a type it is sent as what it is: one byte.
fn refuse_single_byte(name: &Name, value: &Value) -> Result<(), Option<String>> {
    match value.scalar {
        Scalar::CChar => Err(Some(format!(
            "in `{name}`, a `\"char\"` is sent in another way than as a column: {}",
            named_by(name)
        ))),
        _ => Ok(()),
    }
}

fn no_rust_type(data_type: &str, name: &Name) -> String {
    format!(
        "there is no Rust type for `{data_type}` yet: {}",
        named_by(name)
    )
}

/// What to write to have one.
fn named_by(name: &Name) -> String {
    format!("`[types.\"{name}\"]` in axis.toml names one, by `rust = \"crate::..\"`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Configuration;

    /// What is printed for an unknown type is what axis.toml takes, also where the name needs quotes.
    #[test]
    fn the_line_for_an_unknown_type_can_be_pasted() {
        let name = Name {
            schema: "public".to_owned(),
            name: "vector".to_owned(),
        };
        let message = no_rust_type("vector(3)", &name);
        let pasted: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        assert_eq!(pasted.len(), 2, "{message}");
        let least = "[target]\npostgres = 15\n[migrations]\ndirectory = \"migrations\"\n[generate]\n\
            diesel = \"diesel.toml\"\nschema_module = \"crate::schema\"\ncontracts = \"src/generated\"\n";
        let text = format!("{least}{}\n", pasted.join("\n"));
        let configuration: Configuration = toml::from_str(&text).unwrap();
        assert_eq!(configuration.types.len(), 1);
        assert!(configuration.types.contains_key("public.vector"), "{text}");
    }
}
