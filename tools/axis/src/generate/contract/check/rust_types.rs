//! What rules find in Rust for the enums and the composites of a table.

use super::super::super::catalog::{Name, TypeKind};
use super::super::super::check_expression::{RustEnum, RustMember, RustTypes, Type};
use super::super::{Column, Composite, InsertForm, Scalar, UpdateForm};
use super::{Argument, Checks, Stored};

impl RustTypes for Checks<'_> {
    fn rust_enum(&self, name: &Name) -> Option<RustEnum> {
        let mut scalars = self.columns.iter().map(|column| &column.value.scalar);
        let path = scalars.find_map(|scalar| {
            below(scalar, &|scalar| match scalar {
                Scalar::Enum { name: found, .. } if found == name => Some(scalar.rust_type()),
                _ => None,
            })
        })?;
        let TypeKind::Enum(labels) = &self.catalog.types.get(name)?.kind else {
            return None;
        };
        Some(RustEnum {
            path,
            variants: super::super::enum_variants(labels),
        })
    }

    fn rust_member(
        &self,
        composite: &Name,
        member: &str,
        read_as: &Type,
    ) -> Result<RustMember, String> {
        let found: Option<(&Column, &Composite)> = self.columns.iter().find_map(|column| {
            let composite = below(&column.value.scalar, &|scalar| match scalar {
                Scalar::Composite(found) if found.name == *composite => Some(found.as_ref()),
                _ => None,
            });
            Some((column, composite?))
        });
        let (column, found) =
            found.ok_or_else(|| format!("the composite `{composite}` has no Rust type"))?;
        let member = found.members.iter().find(|known| known.name == member);
        let member = member.ok_or_else(|| format!("`{composite}` has no such member in Rust"))?;
        if matches!(&member.value.scalar, Scalar::Own { modifier, .. } if *modifier >= 0) {
            return Err(format!("the member `{}` is rounded", member.name));
        }
        // The member as a column of its own.
        let alone = Column {
            value: member.value.clone(),
            max_length: None,
            nullable: member.nullable,
            ..column.clone()
        };
        let is_padded = self.is_padded_type(&member.type_name);
        let (rust_type, stored, path) = self.passed(&alone, is_padded, read_as)?;
        let helper = stored.helper();
        let is_owned = matches!(stored, Stored::Rounded(_));
        let argument = Argument {
            field: member.field.clone(),
            parameter: member.field.clone(),
            rust_type,
            optional: member.nullable,
            nullable: member.nullable,
            stored,
            path,
            insert: InsertForm::Value,
            update: UpdateForm::Value,
            default: None,
        };
        let place = format!("{{}}.{}", member.field);
        let option = match member.nullable {
            true => argument.optional_of(&place, false),
            false => format!("Some({})", argument.plain_of(&place, false)),
        };
        let option = match is_owned {
            true => format!("{option}.map(std::borrow::Cow::into_owned)"),
            false => option,
        };
        Ok(RustMember {
            field: member.nullable.then(|| member.field.clone()),
            option,
            is_owned,
            helper,
        })
    }
}

/// What is found in a type, or in a part of it.
fn below<'a, T>(scalar: &'a Scalar, find: &dyn Fn(&'a Scalar) -> Option<T>) -> Option<T> {
    find(scalar).or_else(|| {
        let mut parts = scalar.parts().into_iter();
        parts.find_map(|part| below(part, find))
    })
}
