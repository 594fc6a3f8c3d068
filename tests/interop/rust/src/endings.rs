//! How calls end: errors with details, deadlines, cancels, and the end of the server.

use crate::google::rpc::{BadRequest, Status as Details};
use crate::onebook::v1::{GetBookRequest, GetBookResponse, GetSummaryRequest, StreamBookRequest};
use crate::{books, say, Client, Outcome, LIVE, SERVICE, STILL};
use prost::Message;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::{Code, Request, Status};

fn live() -> StreamBookRequest {
    StreamBookRequest {
        market: LIVE.into(),
        ..Default::default()
    }
}

async fn failure(client: &Client, request: GetBookRequest) -> Result<Status, &'static str> {
    client
        .market
        .clone()
        .get_book(request)
        .await
        .err()
        .ok_or("the call did not fail")
}

pub async fn unknown_method(client: &Client) -> Outcome {
    let mut grpc = Grpc::new(client.channel.clone());
    grpc.ready().await?;
    let codec = tonic_prost::ProstCodec::<GetBookRequest, GetBookResponse>::default();
    let request = Request::new(GetBookRequest::default());
    let path = format!("/{SERVICE}/Nothing").parse()?;
    let status = grpc
        .unary(request, path, codec)
        .await
        .err()
        .ok_or("the call did not fail")?;
    Ok((
        status.code() == Code::Unimplemented,
        status.message().into(),
    ))
}

pub async fn bad_request(client: &Client) -> Outcome {
    let request = GetBookRequest {
        market: LIVE.into(),
        dust: Some("much".into()),
        ..Default::default()
    };
    let status = failure(client, request).await?;
    let details = Details::decode(status.details())?;
    let wrong = BadRequest::decode(&*details.details.first().ok_or("no details")?.value)?;
    let right = wrong.field_violations[0].field == "dust" && details.message == status.message();
    Ok((
        status.code() == Code::InvalidArgument && right,
        status.message().into(),
    ))
}

pub async fn unknown_market(client: &Client) -> Outcome {
    let request = GetBookRequest {
        market: "BTC/USDX".into(),
        ..Default::default()
    };
    let status = failure(client, request).await?;
    let details = Details::decode(status.details())?.details.len();
    Ok((
        status.code() == Code::NotFound && details > 0,
        status.message().into(),
    ))
}

/// tonic leaves the deadline of a stream that has begun to the server.
pub async fn deadline(client: &Client) -> Outcome {
    let mut request = Request::new(live());
    request.set_timeout(Duration::from_secs(1));
    let began = Instant::now();
    let mut stream = client
        .market
        .clone()
        .stream_book(request)
        .await?
        .into_inner();
    let status = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => return Ok((false, "the stream ended with OK".into())),
            Err(status) => break status,
        }
    };
    let late = began.elapsed().as_secs_f64() - 1.0;
    let right = status.code() == Code::DeadlineExceeded && late > -0.1 && late < 1.0;
    Ok((right, format!("{late:.3} s late: {status:?}")))
}

pub async fn cancel(client: &Client) -> Outcome {
    let mut stream = client
        .market
        .clone()
        .stream_book(live())
        .await?
        .into_inner();
    let began = stream.message().await?.is_some();
    drop(stream);
    Ok((began && books::unary(client).await?.0, String::new()))
}

/// Streams and calls while the server stops.
pub async fn shutdown(client: &Client) -> Outcome {
    let (mut streams, mut calls) = (JoinSet::new(), JoinSet::new());
    for _ in 0..5 {
        let mut stream = client
            .market
            .clone()
            .stream_book(live())
            .await?
            .into_inner();
        stream.message().await?;
        streams.spawn(async move {
            loop {
                match stream.message().await {
                    Ok(Some(_)) => {}
                    Ok(None) => return Code::Ok,
                    Err(status) => return status.code(),
                }
            }
        });
    }
    for _ in 0..4 {
        let mut market = client.market.clone();
        calls.spawn(async move {
            let request = GetSummaryRequest {
                market: STILL.into(),
                ..Default::default()
            };
            let mut answered = 0;
            loop {
                match market.get_summary(request.clone()).await {
                    Ok(_) => answered += 1,
                    Err(status) => return (answered, status),
                }
            }
        });
    }
    say("ready", true, "");
    let (mut ok, mut sum, mut refused) = (true, 0, String::new());
    while let Some(code) = streams.join_next().await {
        ok &= code? == Code::Unavailable;
    }
    while let Some(each) = calls.join_next().await {
        let (answered, status) = each?;
        sum += answered;
        refused += &format!(" {}", status.code() as i32);
    }
    Ok((ok, format!("answered {sum} refused{refused}")))
}
