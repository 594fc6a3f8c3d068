// The steps of the scenario.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "onebook/v1/market_data.grpc.pb.h"

struct Outcome {
    bool ok;
    std::string detail;
};

inline const char kLive[] = "BTC/USDT", kStill[] = "ETH/BTC", kService[] = "onebook.v1.MarketDataService";

// Prints a step as JSON.
void Say(const std::string &name, bool ok, const std::string &detail);

class Scenario {
public:
    Scenario(const std::string &address, std::shared_ptr<grpc::ChannelCredentials> credentials);

    Outcome Unary();
    Outcome Stream();
    Outcome UnknownMethod();
    Outcome BadRequest();
    Outcome UnknownMarket();
    Outcome Deadline();
    Outcome Cancel();
    Outcome Gzip();
    Outcome FiftyStreams();
    Outcome Health();
    Outcome Reflection();
    Outcome Compat();
    Outcome SlowReader();
    Outcome Shutdown();

private:
    using Market = onebook::v1::MarketDataService;

    std::shared_ptr<grpc::Channel> Open(grpc::ChannelArguments arguments = {}) const;
    // Reads so many states of the live book; false: the stream ended before, or a sequence did not rise.
    bool Rising(int count, unsigned levels);
    grpc::Status GetBook(const onebook::v1::GetBookRequest &request, onebook::v1::Book *book, bool compress = false);

    std::string address_;
    std::shared_ptr<grpc::ChannelCredentials> credentials_;
    std::shared_ptr<grpc::Channel> channel_;
    std::unique_ptr<Market::Stub> stub_;
};
