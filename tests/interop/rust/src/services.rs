//! What the other services say: health, reflection, and the public aggregators' contract.

use crate::grpc::health::v1::health_check_response::ServingStatus;
use crate::grpc::health::v1::{health_client::HealthClient, HealthCheckRequest};
use crate::grpc::reflection::v1alpha::server_reflection_client::ServerReflectionClient;
use crate::grpc::reflection::v1alpha::server_reflection_request::MessageRequest;
use crate::grpc::reflection::v1alpha::server_reflection_response::MessageResponse;
use crate::grpc::reflection::v1alpha::ServerReflectionRequest;
use crate::orderbook::{orderbook_aggregator_client::OrderbookAggregatorClient, Empty};
use crate::{Client, Outcome, SERVICE};

pub async fn health(client: &Client) -> Outcome {
    let mut health = HealthClient::new(client.channel.clone());
    let request = HealthCheckRequest {
        service: SERVICE.into(),
    };
    let answer = health.check(request.clone()).await?.into_inner();
    let first = health
        .watch(request)
        .await?
        .into_inner()
        .message()
        .await?
        .ok_or("no status")?;
    let serving = ServingStatus::Serving;
    Ok((
        answer.status() == serving && first.status() == serving,
        String::new(),
    ))
}

pub async fn reflection(client: &Client) -> Outcome {
    let mut stub = ServerReflectionClient::new(client.channel.clone());
    let list = MessageRequest::ListServices(String::new());
    let asked = ServerReflectionRequest {
        message_request: Some(list),
        ..Default::default()
    };
    let mut answers = stub
        .server_reflection_info(tokio_stream::once(asked))
        .await?
        .into_inner();
    let answer = answers.message().await?.ok_or("no answer")?;
    let Some(MessageResponse::ListServicesResponse(listed)) = answer.message_response else {
        return Ok((false, "another answer".into()));
    };
    let there = listed.service.iter().any(|each| each.name == SERVICE);
    Ok((there && answers.message().await?.is_none(), String::new()))
}

pub async fn compat(client: &Client) -> Outcome {
    let mut stub = OrderbookAggregatorClient::new(client.channel.clone());
    let mut stream = stub.book_summary(Empty {}).await?.into_inner();
    for _ in 0..3 {
        let summary = stream.message().await?.ok_or("the stream has ended")?;
        let (bid, ask) = (
            summary.bids.first().ok_or("no bid")?,
            summary.asks.last().ok_or("no ask")?,
        );
        if bid.price >= ask.price {
            return Ok((false, format!("{summary:?}")));
        }
    }
    Ok((true, String::new()))
}
