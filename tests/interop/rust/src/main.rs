//! The scenario with tonic: interop ADDRESS [CA]; see ../scenario.md.

mod books;
mod endings;
mod services;

use serde_json::json;
use std::{env, error::Error, fs};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

/// Code of the contract, made by build.rs.
pub mod onebook {
    pub mod v1 {
        tonic::include_proto!("onebook.v1");
    }
}
pub mod orderbook {
    tonic::include_proto!("orderbook");
}
pub mod google {
    pub mod rpc {
        tonic::include_proto!("google.rpc");
    }
}
pub mod grpc {
    pub mod health {
        pub mod v1 {
            tonic::include_proto!("grpc.health.v1");
        }
    }
    pub mod reflection {
        pub mod v1alpha {
            tonic::include_proto!("grpc.reflection.v1alpha");
        }
    }
}

pub const LIVE: &str = "BTC/USDT";
pub const STILL: &str = "ETH/BTC";
pub const SERVICE: &str = "onebook.v1.MarketDataService";

pub type Market = onebook::v1::market_data_service_client::MarketDataServiceClient<Channel>;
/// Whether a step did what it should, and what it saw.
pub type Outcome = Result<(bool, String), Box<dyn Error + Send + Sync>>;

#[derive(Clone)]
pub struct Client {
    pub channel: Channel,
    pub market: Market,
    /// With the window that docs/client.md recommends for slow readers.
    pub slow: Market,
}

impl Client {
    async fn connect(address: &str, authority: Option<&String>) -> Result<Self, Box<dyn Error>> {
        let mut endpoint = match authority {
            None => Endpoint::from_shared(format!("http://{address}"))?,
            Some(_) => Endpoint::from_shared(format!("https://{address}"))?,
        };
        if let Some(file) = authority {
            let ca = Certificate::from_pem(fs::read(file)?);
            endpoint = endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca))?;
        }
        let channel = endpoint.connect().await?;
        let slow = endpoint
            .http2_adaptive_window(false)
            .initial_stream_window_size(16384)
            .connect()
            .await?;
        Ok(Client {
            market: Market::new(channel.clone()),
            channel,
            slow: Market::new(slow),
        })
    }
}

pub fn say(name: &str, ok: bool, detail: &str) {
    println!("{}", json!({"name": name, "ok": ok, "detail": detail}));
}

fn report(name: &str, outcome: Outcome) {
    match outcome {
        Ok((ok, detail)) => say(name, ok, &detail),
        Err(error) => say(name, false, &format!("{error:?}")),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().collect();
    let client = Client::connect(&words[1], words.get(2)).await?;
    report("unary", books::unary(&client).await);
    report("stream", books::stream(&client).await);
    report("unknown_method", endings::unknown_method(&client).await);
    report("bad_request", endings::bad_request(&client).await);
    report("unknown_market", endings::unknown_market(&client).await);
    report("deadline", endings::deadline(&client).await);
    report("cancel", endings::cancel(&client).await);
    report("gzip", books::gzip(&client).await);
    report("fifty_streams", books::fifty_streams(&client).await);
    report("health", services::health(&client).await);
    report("reflection", services::reflection(&client).await);
    report("compat", services::compat(&client).await);
    report("slow_reader", books::slow_reader(&client).await);
    report("shutdown", endings::shutdown(&client).await);
    Ok(())
}
