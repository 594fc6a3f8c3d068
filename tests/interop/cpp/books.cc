// Books: their numbers, their streams, and how a stream is read too slowly.
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

#include "onebook/compat/orderbook.grpc.pb.h"
#include "scenario.h"

using namespace onebook::v1;
using std::chrono::system_clock;

void Say(const std::string &name, bool ok, const std::string &detail) {
    std::string text;
    for (char letter : detail)
        text += letter == '"' || letter == '\\' || letter < ' ' ? '\'' : letter;
    std::cout << R"({"name": ")" << name << R"(", "ok": )" << (ok ? "true" : "false") << R"(, "detail": ")" << text
              << "\"}" << std::endl;
}

Scenario::Scenario(const std::string &address, std::shared_ptr<grpc::ChannelCredentials> credentials)
    : address_(address), credentials_(std::move(credentials)), channel_(Open()), stub_(Market::NewStub(channel_)) {}

std::shared_ptr<grpc::Channel> Scenario::Open(grpc::ChannelArguments arguments) const {
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address_, credentials_, arguments);
}

grpc::Status Scenario::GetBook(const GetBookRequest &request, Book *book, bool compress) {
    grpc::ClientContext context;
    if (compress)
        context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    GetBookResponse response;
    grpc::Status status = stub_->GetBook(&context, request, &response);
    *book = response.book();
    return status;
}

// Writes mantissa * 10^exponent without rounding.
static std::string Decimal(int64_t mantissa, int exponent) {
    std::string digits = std::to_string(mantissa);
    if (exponent >= 0)
        return digits + std::string(exponent, '0');
    size_t places = -exponent;
    if (digits.size() <= places)
        digits.insert(0, places - digits.size() + 1, '0');
    return digits.insert(digits.size() - places, ".");
}

static std::string Levels(const Book &book, const google::protobuf::RepeatedPtrField<Level> &side) {
    std::string found;
    for (const Level &level : side)
        found += (found.empty() ? "" : " ") + Decimal(level.price(), book.price_exponent()) + "x" +
                 Decimal(level.size(), book.size_exponent()) + "@" + book.venues(level.venue()).venue();
    return found;
}

Outcome Scenario::Unary() {
    GetBookRequest request;
    request.set_market(kStill);
    Book book;
    grpc::Status status = GetBook(request, &book);
    return {status.ok() && book.market() == kStill, Levels(book, book.bids()) + " | " + Levels(book, book.asks())};
}

bool Scenario::Rising(int count, unsigned levels) {
    grpc::ClientContext context;
    StreamBookRequest request;
    request.set_market(kLive);
    request.set_levels(levels);
    auto reader = stub_->StreamBook(&context, request);
    StreamBookResponse message;
    bool rising = true;
    for (uint64_t sequence = 0; count > 0 && reader->Read(&message); count--) {
        rising = rising && message.book().header().sequence() > sequence;
        sequence = message.book().header().sequence();
    }
    context.TryCancel();
    reader->Finish();
    return rising && count == 0;
}

Outcome Scenario::Stream() { return {Rising(10, 0), ""}; }

Outcome Scenario::Gzip() {
    GetBookRequest request;
    request.set_market(kStill);
    for (int count = 0; count < 50; count++)
        request.add_venues("alpha"); // So long that it pays to compress it.
    Book book;
    grpc::Status status = GetBook(request, &book, true);
    return {status.ok() && book.market() == kStill, status.error_message()};
}

Outcome Scenario::FiftyStreams() {
    std::atomic<int> rising = 0;
    std::vector<std::thread> threads;
    for (int at = 0; at < 50; at++)
        threads.emplace_back([&, at] { rising += Rising(5, 1 + at % 5); });
    for (std::thread &thread : threads)
        thread.join();
    return {rising == 50, std::to_string(rising)};
}

Outcome Scenario::Compat() {
    grpc::ClientContext context;
    auto reader = orderbook::OrderbookAggregator::NewStub(channel_)->BookSummary(&context, {});
    orderbook::Summary summary;
    bool ok = true;
    for (int count = 0; count < 3; count++)
        ok = reader->Read(&summary) && summary.bids(0).price() < summary.asks(summary.asks_size() - 1).price() && ok;
    context.TryCancel();
    reader->Finish();
    return {ok, std::to_string(summary.spread())};
}

// How old the messages are when they are read, twice per second, and how far behind those of a fast reader.
Outcome Scenario::SlowReader() {
    StreamBookRequest request;
    request.set_market(kLive);
    request.set_levels(1000);
    grpc::ChannelArguments arguments; // docs/client.md, "Slow readers"
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 16384);
    auto stub = Market::NewStub(Open(arguments));
    grpc::ClientContext slow_context, fast_context;
    std::atomic<uint64_t> newest = 0;
    auto fast = stub_->StreamBook(&fast_context, request);
    std::thread follow([&] {
        StreamBookResponse message;
        while (fast->Read(&message))
            newest = message.book().header().sequence();
        fast->Finish();
    });
    auto slow = stub->StreamBook(&slow_context, request);
    StreamBookResponse message;
    double oldest = 0;
    int64_t behind = 0;
    int count = 0;
    for (; count < 12 && slow->Read(&message); count++) {
        const Header &header = message.book().header();
        int64_t now = std::chrono::nanoseconds(system_clock::now().time_since_epoch()).count();
        oldest = std::max(oldest, (now - static_cast<int64_t>(header.publish_time_nanos())) / 1e9);
        behind = std::max(behind, static_cast<int64_t>(newest - header.sequence()));
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    slow_context.TryCancel();
    slow->Finish();
    fast_context.TryCancel();
    follow.join();
    return {count == 12 && oldest < 3.5,
            "oldest " + std::to_string(oldest) + " s, " + std::to_string(behind) + " states behind"};
}
