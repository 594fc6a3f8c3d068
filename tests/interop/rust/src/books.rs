//! Books: their numbers, their streams, and how a stream is read too slowly.

use crate::onebook::v1::{Book, GetBookRequest, Level, StreamBookRequest};
use crate::{Client, Outcome, LIVE, STILL};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;
use tonic::codec::CompressionEncoding;
use tonic::Status;

/// Writes mantissa * 10^exponent without rounding.
fn decimal(mantissa: i64, exponent: i32) -> String {
    if exponent >= 0 {
        return format!("{mantissa}{}", "0".repeat(exponent as usize));
    }
    let places = -exponent as usize;
    let digits = format!("{mantissa:0width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    format!("{whole}.{rest}")
}

fn levels(book: &Book, side: &[Level]) -> String {
    let words = side.iter().map(|level| {
        let (price, size) = (
            decimal(level.price, book.price_exponent),
            decimal(level.size, book.size_exponent),
        );
        format!("{price}x{size}@{}", book.venues[level.venue as usize].venue)
    });
    words.collect::<Vec<_>>().join(" ")
}

pub async fn unary(client: &Client) -> Outcome {
    let request = GetBookRequest {
        market: STILL.into(),
        ..Default::default()
    };
    let book = client
        .market
        .clone()
        .get_book(request)
        .await?
        .into_inner()
        .book
        .ok_or("no book")?;
    Ok((
        book.market == STILL,
        format!(
            "{} | {}",
            levels(&book, &book.bids),
            levels(&book, &book.asks)
        ),
    ))
}

/// Reads so many states of the live book; whether their sequences rise.
async fn rising(client: &Client, count: usize, levels: u32) -> Result<bool, Status> {
    let request = StreamBookRequest {
        market: LIVE.into(),
        levels,
        ..Default::default()
    };
    let mut stream = client
        .market
        .clone()
        .stream_book(request)
        .await?
        .into_inner();
    let (mut all, mut last) = (true, 0);
    for _ in 0..count {
        let message = stream
            .message()
            .await?
            .ok_or_else(|| Status::unknown("the stream has ended"))?;
        let sequence = message
            .book
            .and_then(|book| book.header)
            .map_or(0, |header| header.sequence);
        all &= sequence > last;
        last = sequence;
    }
    Ok(all)
}

pub async fn stream(client: &Client) -> Outcome {
    Ok((rising(client, 10, 0).await?, String::new()))
}

pub async fn gzip(client: &Client) -> Outcome {
    let request = GetBookRequest {
        market: STILL.into(),
        ..Default::default()
    };
    let mut market = client
        .market
        .clone()
        .send_compressed(CompressionEncoding::Gzip);
    let book = market
        .get_book(request)
        .await?
        .into_inner()
        .book
        .ok_or("no book")?;
    Ok((book.market == STILL, String::new()))
}

pub async fn fifty_streams(client: &Client) -> Outcome {
    let mut streams = JoinSet::new();
    for at in 0..50 {
        let client = client.clone();
        streams.spawn(async move { rising(&client, 5, 1 + at % 5).await });
    }
    let mut count = 0;
    while let Some(each) = streams.join_next().await {
        count += u32::from(each??);
    }
    Ok((count == 50, count.to_string()))
}

/// How old the messages are when they are read, twice per second, and how far behind those of a fast reader.
pub async fn slow_reader(client: &Client) -> Outcome {
    let request = StreamBookRequest {
        market: LIVE.into(),
        levels: 1000,
        ..Default::default()
    };
    let mut fast = client
        .market
        .clone()
        .stream_book(request.clone())
        .await?
        .into_inner();
    let newest = Arc::new(AtomicU64::new(0));
    let seen = newest.clone();
    let follow = tokio::spawn(async move {
        while let Ok(Some(message)) = fast.message().await {
            let header = message
                .book
                .and_then(|book| book.header)
                .unwrap_or_default();
            seen.store(header.sequence, Ordering::Relaxed);
        }
    });
    let mut slow = client.slow.clone().stream_book(request).await?.into_inner();
    let (mut oldest, mut behind) = (0.0_f64, 0);
    for _ in 0..12 {
        let message = slow.message().await?.ok_or("the stream has ended")?;
        let header = message
            .book
            .and_then(|book| book.header)
            .ok_or("no header")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        oldest = oldest.max(now - header.publish_time_nanos as f64 / 1e9);
        behind = behind.max(
            newest
                .load(Ordering::Relaxed)
                .saturating_sub(header.sequence),
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    follow.abort();
    Ok((
        oldest < 3.5,
        format!("oldest {oldest:.3} s, {behind} states behind"),
    ))
}
