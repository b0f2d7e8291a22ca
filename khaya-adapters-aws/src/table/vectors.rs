//! The index of vectors, as it must be: one number for each dimension, near by cosine, one scope for each search. Only items
//! that hold a vector stand in it; documents do not.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    IndexStatus, Projection, ProjectionType, SearchSchemaElement, SearchSchemaElementType, TableDescription,
    VectorAttributeDefinition, VectorDistanceFunction, VectorIndex,
};
use khaya_search::embedding;

use super::inspect::Difference;
use super::schema::SHOWN;

/// The index's name.
pub(crate) const SEARCH: &str = "SEARCH";

/// The attribute that holds the vector.
pub(crate) const VECTOR: &str = "vec";

/// The attribute that every search names: which kind of thing is looked for.
pub(crate) const SCOPE: &str = "vscope";

/// The attribute that a search may name: the trade.
pub(crate) const CATEGORY: &str = "category";

/// The attribute that a search near a place names: a cell of the map of 39 by 20 km.
pub(crate) const CELL: &str = "cell";

/// The same for a wider circle: a cell of 156 by 156 km.
pub(crate) const DISTRICT: &str = "district";

/// All that a search may name beside its vector.
pub(super) const NAMED: [&str; 4] = [SCOPE, CATEGORY, CELL, DISTRICT];

/// How many numbers a vector has.
const DIMENSIONS: i64 = 256;

#[expect(clippy::cast_possible_wrap, reason = "a few hundred")]
const _: () = assert!(DIMENSIONS == embedding::DIMENSIONS as i64, "what is stored is what is made of texts");

/// What a search names beside its vector: always the scope, the others if it likes.
fn search_schema() -> Result<Vec<SearchSchemaElement>, BuildError> {
    let role = |name| match name {
        SCOPE => SearchSchemaElementType::Hash,
        _ => SearchSchemaElementType::InlineFilter,
    };
    let element = |name| {
        SearchSchemaElement::builder().attribute_name(name).search_schema_element_type(role(name)).build()
    };
    NAMED.into_iter().map(element).collect()
}

/// The index as a new table gets it.
pub(super) fn declaration() -> Result<VectorIndex, BuildError> {
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(SHOWN.map(str::to_owned).to_vec()))
        .build();
    VectorIndex::builder()
        .index_name(SEARCH)
        .vector_attribute(VectorAttributeDefinition::builder().attribute_name(VECTOR).build()?)
        .dimensions(DIMENSIONS)
        .distance_function(VectorDistanceFunction::Cosine)
        .set_search_schema(Some(search_schema()?))
        .projection(projection)
        .build()
}

/// How a table's index differs from the declaration.
pub(super) fn shape(table: &TableDescription) -> Result<Vec<Difference>, BuildError> {
    let found = table.vector_indexes().iter().find(|found| found.index_name() == Some(SEARCH));
    let Some(found) = found else { return Ok(vec![Difference::IndexMissing(SEARCH)]) };
    let mut differences = Vec::new();
    if found.index_status() != Some(&IndexStatus::Active) || found.backfilling() == Some(true) {
        differences.push(Difference::IndexNotActive(SEARCH));
    }
    let is_of_these_vectors = found.vector_attribute().map(VectorAttributeDefinition::attribute_name)
        == Some(VECTOR)
        && found.dimensions() == Some(DIMENSIONS)
        && found.distance_function() == Some(&VectorDistanceFunction::Cosine);
    if !is_of_these_vectors {
        differences.push(Difference::IndexVectors(SEARCH));
    }
    let expected = search_schema()?;
    let schema = found.search_schema();
    if schema.len() != expected.len() || !expected.iter().all(|element| schema.contains(element)) {
        differences.push(Difference::IndexKey(SEARCH));
    }
    let shows_what_it_must = found.projection().is_some_and(|projection| {
        let shown = projection.non_key_attributes();
        projection.projection_type() == Some(&ProjectionType::Include)
            && shown.len() == SHOWN.len()
            && SHOWN.iter().all(|attribute| shown.iter().any(|found| found == attribute))
    });
    if !shows_what_it_must {
        differences.push(Difference::IndexProjection(SEARCH));
    }
    Ok(differences)
}
