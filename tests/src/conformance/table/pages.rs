//! Promises about limits, and about going on after a position.

use std::sync::Arc;

use khaya_ports::table::{Query, SortRange, Stored, Table, Version, Write};

use super::make::{create_sorts, key, sorts, sorts_of, write};
use crate::conformance::{Broken, Promise, holds, same};

const NINE: [&str; 9] = ["a", "b1", "b2", "b3", "b4", "b5", "c", "d", "é"];

/// Walks a query page by page to its end.
async fn all_pages(table: &dyn Table, query: &Query) -> Result<Vec<Stored>, Broken> {
    let (mut all, mut after) = (Vec::<Stored>::new(), None);
    for _ in 0..50 {
        let page = table.query(&query.clone().after(after.take())).await?;
        holds("a page keeps its limit", page.len() <= usize::from(query.limit))?;
        let ends = page.len() < usize::from(query.limit);
        after = page.last().map(Stored::position);
        all.extend(page);
        if ends {
            return Ok(all);
        }
    }
    Err(Broken::new("the pages never end"))
}

/// Neither one less nor one more.
pub async fn a_query_stops_at_its_limit(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &NINE).await?;
    for limit in 1..=9_u16 {
        let wanted = NINE[..usize::from(limit)].iter().map(|sort| (*sort).to_owned()).collect();
        same("a page", &sorts(&*table, &Query::partition("p", limit)).await?, &wanted)?;
    }
    Ok(())
}

/// Of the partition, of a range and after a position; and only then.
pub async fn fewer_than_the_limit_means_the_end(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &NINE).await?;
    create_sorts(&*table, "q", &NINE).await?;
    let all = table.query(&Query::partition("p", 10)).await?;
    same("all", &sorts_of(&all), &NINE.to_vec())?;
    same("exactly all", &sorts(&*table, &Query::partition("p", 9)).await?.len(), &9)?;
    let range = Query::partition("p", 6).range(SortRange::Prefix("b".to_owned()));
    same("a range", &sorts(&*table, &range).await?.len(), &5)?;
    let rest = Query::partition("p", 3).after(all.get(6).map(Stored::position));
    same("the rest", &sorts(&*table, &rest).await?, &vec!["d".to_owned(), "é".to_owned()])?;
    let nothing = Query::partition("p", 3).after(all.last().map(Stored::position));
    same("after the last", &sorts(&*table, &nothing).await?, &Vec::new())
}

/// Whatever the limit, also one that divides the number of documents.
pub async fn pages_in_both_directions_join_without_gap_or_repeat(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &NINE).await?;
    for limit in [1, 2, 3, 4, 9, 10] {
        let query = Query::partition("p", limit);
        let mut wanted = NINE.to_vec();
        same("forwards", &sorts_of(&all_pages(&*table, &query).await?), &wanted)?;
        wanted.reverse();
        same("backwards", &sorts_of(&all_pages(&*table, &query.descending()).await?), &wanted)?;
    }
    Ok(())
}

/// Of every form, in both directions.
pub async fn pages_of_a_range_stay_inside_it(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &NINE).await?;
    let ranges = [
        SortRange::Prefix("b".to_owned()),
        SortRange::Between("b2".to_owned(), "c".to_owned()),
        SortRange::AtLeast("b3".to_owned()),
        SortRange::AtMost("b3".to_owned()),
    ];
    for range in ranges {
        let mut wanted = NINE.into_iter().filter(|sort| range.contains(sort)).collect::<Vec<_>>();
        let query = Query::partition("p", 2).range(range);
        same("forwards", &sorts_of(&all_pages(&*table, &query).await?), &wanted)?;
        wanted.reverse();
        same("backwards", &sorts_of(&all_pages(&*table, &query.descending()).await?), &wanted)?;
    }
    Ok(())
}

/// A cursor may be older than a removal.
pub async fn a_page_goes_on_after_a_document_that_is_gone(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &NINE).await?;
    let first = table.query(&Query::partition("p", 3)).await?;
    let after = first.last().map(Stored::position);
    write(&*table, vec![Write::Delete(key("p", "b2"), Version::FIRST)]).await?;
    let next = Query::partition("p", 2).after(after);
    same("forwards", &sorts(&*table, &next).await?, &vec!["b3".to_owned(), "b4".to_owned()])?;
    let back = next.descending();
    same("backwards", &sorts(&*table, &back).await?, &vec!["b1".to_owned(), "a".to_owned()])
}

/// While one walks, others write.
pub async fn what_is_written_behind_the_position_is_not_shown(table: Arc<dyn Table>) -> Promise {
    create_sorts(&*table, "p", &["b", "d", "f", "h"]).await?;
    let first = table.query(&Query::partition("p", 2)).await?;
    create_sorts(&*table, "p", &["a", "c", "e", "i"]).await?;
    let next = Query::partition("p", 10).after(first.last().map(Stored::position));
    let wanted = ["e", "f", "h", "i"].map(str::to_owned).to_vec();
    same("the rest", &sorts(&*table, &next).await?, &wanted)
}
