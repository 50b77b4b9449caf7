//! Contracts of catalogs that are written down here.

use super::super::catalog::{self, DefaultValue, Name, RelationKind, Type, TypeKind};
use super::super::diesel_schema::Settings;
use super::*;

fn column(name: &str, type_name: &str, not_null: bool, default: DefaultValue) -> catalog::Column {
    catalog::Column {
        name: name.to_owned(),
        type_name: Name::new("pg_catalog", type_name),
        type_modifier: -1,
        data_type: type_name.to_owned(),
        not_null,
        reads_null: !not_null,
        default,
        comment: None,
    }
}

fn key(columns: &[&str]) -> catalog::Constraint {
    constraint("things_pkey", catalog::ConstraintKind::PrimaryKey, columns)
}

fn constraint(name: &str, kind: catalog::ConstraintKind, columns: &[&str]) -> catalog::Constraint {
    catalog::Constraint {
        name: name.to_owned(),
        kind,
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        references: None,
        is_derived: false,
        is_inherited: false,
        enforced: true,
        definition: String::new(),
    }
}

fn relation(columns: Vec<catalog::Column>, constraints: Vec<catalog::Constraint>) -> Relation {
    Relation {
        name: Name::new("public", "things"),
        kind: RelationKind::Table,
        partition_of: None,
        row_security: false,
        has_rules: false,
        extension: None,
        comment: None,
        columns,
        constraints,
        unique_indexes: Vec::new(),
        triggers: Vec::new(),
    }
}

fn contract_with(
    relations: Vec<Relation>,
    wire_names: &[(&str, &str)],
) -> Result<Contract, ContractError> {
    let base = ["int4", "text", "timestamptz", "pg_node_tree"].map(|name| {
        let base = Type {
            kind: TypeKind::Base,
            delimiter: ',',
            comment: None,
        };
        (Name::new("pg_catalog", name), base)
    });
    let catalog = Catalog {
        fingerprints: BTreeMap::new(),
        rules: Default::default(),
        relations,
        types: base.into(),
    };
    let settings = Settings::plain();
    let diesel = DieselSchema::new(&catalog, &settings);
    let wire_names = wire_names
        .iter()
        .map(|(key, name)| ((*key).to_owned(), (*name).to_owned()))
        .collect();
    let types = BTreeMap::new();
    Contract::new(&catalog, &diesel, &wire_names, &types, &["postgres"])
}

fn contract(relation: Relation) -> Contract {
    contract_with(vec![relation], &[]).unwrap()
}

#[test]
fn what_may_be_written_follows_from_default_and_null() {
    use DefaultValue::{Generated, IdentityAlways, IdentityByDefault};
    let expression = || DefaultValue::Expression("1".to_owned());
    let columns = vec![
        column("id", "int4", true, expression()),
        column("value", "int4", true, DefaultValue::None),
        column("nullable", "int4", false, DefaultValue::None),
        column("defaulted", "int4", true, expression()),
        column("both", "int4", false, expression()),
        column("by_default", "int4", true, IdentityByDefault),
        column("always", "int4", true, IdentityAlways),
        column("computed", "int4", false, Generated("1".to_owned())),
    ];
    let contract = contract(relation(columns, vec![key(&["id"])]));
    let forms: Vec<_> = contract.tables[0]
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.insert, column.update))
        .collect();
    assert_eq!(
        forms,
        [
            ("id", InsertForm::Defaulted, UpdateForm::Absent),
            ("value", InsertForm::Value, UpdateForm::Value),
            ("nullable", InsertForm::Nullable, UpdateForm::Nullable),
            ("defaulted", InsertForm::Defaulted, UpdateForm::Value),
            ("both", InsertForm::DefaultedNullable, UpdateForm::Nullable),
            ("by_default", InsertForm::Defaulted, UpdateForm::Value),
            ("always", InsertForm::Absent, UpdateForm::Absent),
            ("computed", InsertForm::Absent, UpdateForm::Absent),
        ]
    );
    let left = &contract.coverage.tables[0].database_only;
    assert!(
        left.iter()
            .any(|entry| entry.what == "GENERATED ALWAYS AS (1)")
    );
}

#[test]
fn constraints_come_in_postgresqls_order_under_names_of_their_own() {
    use catalog::ConstraintKind::{Check, ForeignKey, Unique};
    let columns = vec![
        column("id", "int4", true, DefaultValue::None),
        column("name", "text", true, DefaultValue::None),
    ];
    let mut ignored = constraint("things_ignored", Check, &["name"]);
    ignored.enforced = false;
    let constraints = vec![
        constraint("things_a_fkey", ForeignKey, &["name"]),
        constraint("things_name_type", Check, &["name"]),
        ignored,
        key(&["id"]),
        constraint("things_b", Check, &["name"]),
        constraint("unique", Unique, &["name"]),
    ];
    let contract = contract(relation(columns, constraints));
    let named: Vec<_> = contract.tables[0]
        .constraints
        .iter()
        .map(|found| {
            let is_ours = found.enforcement == Enforcement::Contract;
            (found.variant.as_str(), found.name.as_str(), is_ours)
        })
        .collect();
    assert_eq!(
        named,
        [
            // The catalog's own name comes first; the type's rule gets a number.
            ("NameType2", "things_name_type", true),
            ("IdNotNull", "things_id_not_null", true),
            ("NameNotNull", "things_name_not_null", true),
            ("B", "things_b", false),
            ("NameType", "things_name_type", false),
            ("Pkey", "things_pkey", false),
            ("Unique", "unique", false),
            ("AFkey", "things_a_fkey", false),
        ]
    );
}

#[test]
fn wire_names_are_camel_case_and_overridden_by_name() {
    let things = || {
        let columns = ["id", "created_at", "a_b", "aB"]
            .map(|name| column(name, "int4", true, DefaultValue::None));
        relation(columns.into(), vec![key(&["id"])])
    };
    let wire_names = |overrides: &[(&str, &str)]| {
        let contract = contract_with(vec![things()], overrides)?;
        let columns = &contract.tables[0].columns;
        Ok(columns
            .iter()
            .map(|column| column.wire_name.clone())
            .collect::<Vec<_>>())
    };
    assert_eq!(wire_names(&[]).unwrap(), ["id", "createdAt", "a_b", "aB"]);
    let overrides = [("things.a_b", "first"), ("public.things.aB", "second")];
    assert_eq!(
        wire_names(&overrides).unwrap(),
        ["id", "createdAt", "first", "second"]
    );
    assert_eq!(
        wire_names(&[("things.created", "at")]),
        Err(ContractError::UnknownWireName {
            key: "things.created".to_owned()
        })
    );
    assert_eq!(
        wire_names(&[("things.a_b", "id")]),
        Err(ContractError::EqualWireNames {
            table: Name::new("public", "things"),
            wire_name: "id".to_owned()
        })
    );
}

#[test]
fn what_has_no_rust_type_is_left_out_or_leaves_nothing_to_write() {
    let of = |not_null, in_key: bool| {
        let columns = vec![
            column("id", "int4", true, DefaultValue::None),
            column("words", "pg_node_tree", not_null, DefaultValue::None),
        ];
        let key = key(if in_key { &["id", "words"] } else { &["id"] });
        contract(relation(columns, vec![key]))
    };
    let partly = of(false, false);
    assert!(!partly.tables[0].is_read_only);
    assert_eq!(partly.tables[0].columns.len(), 1);
    assert_eq!(partly.coverage.tables[0].columns[0].name, "words");
    for without in [of(true, false), of(true, true)] {
        assert!(without.tables[0].is_read_only);
        assert!(!without.tables[0].columns[0].is_written());
        let entry = &without.coverage.read_only[0];
        assert!(entry.reason.contains("pg_node_tree"), "{entry:?}");
    }
    let words = column("words", "pg_node_tree", false, DefaultValue::None);
    let nothing = contract(relation(vec![words], Vec::new()));
    assert!(nothing.tables.is_empty());
    assert_eq!(nothing.coverage.without_contract.len(), 1);
}

fn things() -> Relation {
    let columns = vec![column("id", "int4", true, DefaultValue::None)];
    relation(columns, vec![key(&["id"])])
}

#[test]
fn relations_of_every_kind_have_what_can_be_done_with_them() {
    type Change = fn(&mut Relation);
    let variants: [(Change, bool, Option<&str>); 4] = [
        (|found| found.kind = RelationKind::View, true, None),
        (|found| found.kind = RelationKind::ForeignTable, true, None),
        (|found| found.constraints.clear(), false, None),
        (
            |found| found.name.schema = "elsewhere".to_owned(),
            false,
            Some("elsewhere"),
        ),
    ];
    for (change, is_read_only, folder) in variants {
        let mut changed = things();
        change(&mut changed);
        let contract = contract(changed);
        let table = &contract.tables[0];
        assert_eq!(table.is_read_only, is_read_only);
        assert_eq!(table.folder.as_deref(), folder);
        assert!(table.diesel.further_module.is_some());
        assert_eq!(contract.coverage.read_only.len(), usize::from(is_read_only));
    }
    let plain = contract(things());
    assert_eq!(plain.tables[0].diesel.further_module, None);
    assert!(plain.coverage.read_only.is_empty() && plain.coverage.keys.is_empty());
}

#[test]
fn what_diesel_can_have_no_table_for_is_listed() {
    type Change = fn(&mut Relation);
    let variants: [(Change, &str); 5] = [
        (
            |found| found.partition_of = Some(things().name),
            "rows of its partitions",
        ),
        (
            |found| {
                found.columns.clear();
                found.constraints.clear();
            },
            "no columns",
        ),
        (
            |found| {
                found.columns = (0..129)
                    .map(|number| column(&format!("c{number}"), "int4", true, DefaultValue::None))
                    .collect();
            },
            "128 at most",
        ),
        (
            |found| found.name.schema = "my-schema".to_owned(),
            "Rust identifier",
        ),
        (
            |found| {
                found.kind = RelationKind::View;
                found.extension = Some("postgis".to_owned());
            },
            "extension `postgis`",
        ),
    ];
    for (change, reason) in variants {
        let mut changed = things();
        change(&mut changed);
        let contract = contract(changed);
        assert!(contract.tables.is_empty(), "{reason}");
        let entry = &contract.coverage.without_contract[0];
        assert!(entry.reason.contains(reason), "{entry:?}");
    }
    // Its twin, and Diesel's own list, which is no part of the data.
    let mut migrations = things();
    migrations.name.name = "__diesel_schema_migrations".to_owned();
    let contract = contract_with(vec![migrations, things()], &[]).unwrap();
    assert_eq!(contract.tables.len(), 1);
    assert!(contract.coverage.without_contract.is_empty());
}

#[test]
fn partitions_are_told_by_their_table() {
    let table = things();
    let part = |name: &str| {
        let mut part = things();
        part.name.name = name.to_owned();
        part.partition_of = Some(table.name.clone());
        part
    };
    let days = vec![table.clone(), part("things_monday"), part("things_tuesday")];
    let contract = contract_with(days, &[]).unwrap();
    assert_eq!(contract.tables.len(), 1);
    let [entry] = &*contract.coverage.without_contract else {
        panic!("{:?}", contract.coverage.without_contract);
    };
    assert_eq!(
        (entry.name.as_str(), entry.what.as_str()),
        ("public.things", "partitions")
    );
}

#[test]
fn tables_of_one_name_have_folders() {
    let of = |schema: &str, name: &str| {
        let mut found = things();
        found.name = Name::new(schema, name);
        found
    };
    let relations = vec![
        of("audit", "things"),
        of("postgres", "Things"),
        of("public", "audit"),
        of("public", "things"),
    ];
    let contract = contract_with(relations, &[]).unwrap();
    let paths: Vec<String> = contract.tables.iter().map(Table::path).collect();
    assert_eq!(
        paths,
        ["audit", "things", "audit2::things", "postgres2::things"]
    );
}
