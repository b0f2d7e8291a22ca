//! A search that many processes share: open jobs in the vector index of the table (Developer Guide, "Vector search").
//!
//! A job has an item of its own, apart from its document: a vector; the scope, the trade and the cells of the map to search by;
//! and what everybody may see of it, which the index shows. A search takes the hundred nearest to the query as it is spelt, and to
//! what it may have been meant to be; a hundred is the most that there can be (API Reference, `SearchVectors`, `TopK`): of the trade if one is named, and of each cell that the circle meets if
//! there is one, and ranks them as the search in memory ranks all jobs. The budget and the exact distance, and pages, are those
//! of these candidates. The index lags: what it shows is read from the table before it is shown to anybody.

mod item;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::SearchResultItem;
use futures::future::try_join_all;
use khaya_domain::geo::cells_within;
use khaya_domain::ids::JobId;
use khaya_domain::text::SearchText;
use khaya_ports::search::{Around, Hit, JobSearch, SearchEntry, SearchError, SearchFilter};
use khaya_search::{Index, embedding};

use crate::call::ServiceError;
use crate::table::vectors::SEARCH as INDEX;
use crate::table::{DynamoSettings, configuration};

const SERVICE: &str = "DynamoDB";
/// How many candidates a search ranks: the most that the service gives.
const CANDIDATES: i32 = 100;

/// The search over a table's vector index.
pub struct VectorSearch {
    client: Client,
    table: String,
}

impl VectorSearch {
    /// Opens a client. Nothing is called yet.
    pub async fn connect(settings: DynamoSettings) -> Self {
        // Every call may be repeated: a write puts the same item in the same place.
        let client = Client::from_conf(configuration(&settings).await.build());
        Self { client, table: settings.table }
    }

    /// The nearest that have these attributes.
    async fn nearest(
        &self,
        vector: &[f32],
        attributes: &[(&str, &str)],
    ) -> Result<Vec<SearchResultItem>, SearchError> {
        let mut call = self
            .client
            .search_vectors()
            .table_name(&self.table)
            .index_name(INDEX)
            // The setter takes the vector; the builder's other way would add one element.
            .set_search_vector(Some(item::numbers(vector)))
            .top_k(CANDIDATES)
            .expression_attribute_names("#shown", item::SHOWN)
            .projection_expression("#shown");
        let mut conditions = Vec::new();
        for (name, value) in attributes {
            conditions.push(format!("#{name} = :{name}"));
            call = call
                .expression_attribute_names(format!("#{name}"), *name)
                .expression_attribute_values(format!(":{name}"), item::text(value));
        }
        let found = call.search_condition_expression(conditions.join(" AND ")).send().await;
        let found = found.map_err(|error| unavailable(ServiceError::of(SERVICE, "SearchVectors", &error)))?;
        Ok(found.search_results.unwrap_or_default())
    }

    /// All that may be among the best of those that pass the filter: near one of these places.
    async fn candidates(
        &self,
        places: &[embedding::Embedding],
        filter: &SearchFilter,
    ) -> Result<Index, SearchError> {
        let cells;
        let mut always = vec![(item::SCOPE, item::OPEN_JOBS)];
        always.extend(filter.category.map(|category| (item::TRADE, category.as_str())));
        let scopes = match filter.around {
            None => vec![always],
            Some(Around { point, within_metres }) => {
                let (name, length) = item::cells_for(within_metres);
                cells = cells_within(point, within_metres, length);
                cells.iter().map(|cell| [always.as_slice(), &[(name, cell.as_str())]].concat()).collect()
            }
        };
        let searches = places.iter().flat_map(|place| scopes.iter().map(|scope| self.nearest(place, scope)));
        let found = try_join_all(searches).await?;
        let mut candidates = Index::default();
        for result in found.iter().flatten() {
            match result.item().and_then(item::entry) {
                Some(entry) => candidates.put(&entry),
                None => tracing::warn!("an entry of the vector index cannot be read"),
            }
        }
        Ok(candidates)
    }
}

fn unavailable(error: ServiceError) -> SearchError {
    SearchError::Unavailable(error.log().into())
}

#[async_trait]
impl JobSearch for VectorSearch {
    async fn put(&self, entry: SearchEntry) -> Result<(), SearchError> {
        // A job without a word to go by is not found by words.
        let Some(vector) = embedding::of_entry(&entry) else { return self.remove(entry.id).await };
        let item = item::of(&entry, &vector).map_err(|error| SearchError::Unavailable(error.into()))?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        put.map(drop).map_err(|error| unavailable(ServiceError::of(SERVICE, "PutItem", &error)))
    }

    async fn remove(&self, job: JobId) -> Result<(), SearchError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(item::key(job)));
        let deleted = delete.send().await;
        deleted.map(drop).map_err(|error| unavailable(ServiceError::of(SERVICE, "DeleteItem", &error)))
    }

    /// It is open from the start.
    async fn open(&self) -> Result<(), SearchError> {
        Ok(())
    }

    fn is_kept(&self) -> bool {
        true
    }

    async fn search(
        &self,
        text: &SearchText,
        filter: &SearchFilter,
        after: Option<Hit>,
        limit: u16,
    ) -> Result<Vec<Hit>, SearchError> {
        let candidates = self.candidates(&embedding::of_text(text.as_str()), filter).await?;
        Ok(candidates.search(text.as_str(), filter, after, usize::from(limit)))
    }
}
