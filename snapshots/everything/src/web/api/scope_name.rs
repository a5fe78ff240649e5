//! The names of scopes, as the document lists them.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema, Type},
};

use crate::accounts::api::scope;

/// One of [`scope::ALL`], in the schema of a field that holds names.
pub struct ScopeName;

impl PartialSchema for ScopeName {
    fn schema() -> RefOr<Schema> {
        let names = scope::ALL.iter().map(|(name, _)| *name);
        let builder = Object::builder().schema_type(Type::String);
        builder.enum_values(Some(names)).into()
    }
}

impl ToSchema for ScopeName {}
