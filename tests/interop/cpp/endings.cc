// How calls end: errors with details, deadlines, cancels and the end of the server; and what other services say.
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <future>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc_health/v1/health.grpc.pb.h"
#include "grpc_reflection/v1alpha/reflection.grpc.pb.h"
#include "scenario.h"

using namespace onebook::v1;
using std::chrono::steady_clock;

static google::rpc::Status Details(const grpc::Status &status) {
    google::rpc::Status found;
    found.ParseFromString(status.error_details());
    return found;
}

Outcome Scenario::UnknownMethod() {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call = grpc::GenericStub(channel_).PrepareUnaryCall(
        &context, std::string("/") + kService + "/Nothing", grpc::ByteBuffer(nullptr, 0), &queue);
    grpc::ByteBuffer answer;
    grpc::Status status;
    void *tag;
    bool ok;
    call->StartCall();
    call->Finish(&answer, &status, nullptr);
    queue.Next(&tag, &ok);
    return {status.error_code() == grpc::StatusCode::UNIMPLEMENTED, status.error_message()};
}

Outcome Scenario::BadRequest() {
    GetBookRequest request;
    request.set_market(kLive);
    request.set_dust("much");
    Book book;
    grpc::Status status = GetBook(request, &book);
    google::rpc::Status found = Details(status);
    google::rpc::BadRequest wrong;
    bool ok = found.details_size() && found.details(0).UnpackTo(&wrong) && wrong.field_violations_size() &&
              wrong.field_violations(0).field() == "dust" && found.message() == status.error_message();
    return {ok && status.error_code() == grpc::StatusCode::INVALID_ARGUMENT, status.error_message()};
}

Outcome Scenario::UnknownMarket() {
    GetBookRequest request;
    request.set_market("BTC/USDX");
    Book book;
    grpc::Status status = GetBook(request, &book);
    return {status.error_code() == grpc::StatusCode::NOT_FOUND && Details(status).details_size(),
            status.error_message()};
}

Outcome Scenario::Deadline() {
    grpc::ClientContext context;
    StreamBookRequest request;
    request.set_market(kLive);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    auto began = steady_clock::now();
    auto reader = stub_->StreamBook(&context, request);
    StreamBookResponse message;
    while (reader->Read(&message)) {
    }
    grpc::Status status = reader->Finish();
    double late = std::chrono::duration<double>(steady_clock::now() - began).count() - 1;
    return {status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && late > -0.1 && late < 1,
            std::to_string(late) + " s late"};
}

Outcome Scenario::Cancel() {
    grpc::ClientContext context;
    StreamBookRequest request;
    request.set_market(kLive);
    auto reader = stub_->StreamBook(&context, request);
    StreamBookResponse message;
    bool began = reader->Read(&message);
    context.TryCancel();
    while (reader->Read(&message)) {
    }
    return {began && reader->Finish().error_code() == grpc::StatusCode::CANCELLED && Unary().ok, ""};
}

Outcome Scenario::Health() {
    auto stub = grpc::health::v1::Health::NewStub(channel_);
    grpc::health::v1::HealthCheckRequest request;
    grpc::health::v1::HealthCheckResponse answer, first;
    request.set_service(kService);
    grpc::ClientContext check, watch;
    grpc::Status status = stub->Check(&check, request, &answer);
    auto reader = stub->Watch(&watch, request);
    bool ok = reader->Read(&first) && status.ok();
    watch.TryCancel();
    reader->Finish();
    const auto serving = grpc::health::v1::HealthCheckResponse::SERVING;
    return {ok && answer.status() == serving && first.status() == serving, ""};
}

Outcome Scenario::Reflection() {
    auto stub = grpc::reflection::v1alpha::ServerReflection::NewStub(channel_);
    grpc::ClientContext context;
    grpc::reflection::v1alpha::ServerReflectionRequest request;
    grpc::reflection::v1alpha::ServerReflectionResponse answer;
    request.set_list_services("");
    auto call = stub->ServerReflectionInfo(&context);
    bool ok = call->Write(request) && call->WritesDone() && call->Read(&answer), listed = false;
    for (const auto &each : answer.list_services_response().service())
        listed = listed || each.name() == kService;
    return {ok && listed && call->Finish().ok(), ""};
}

// Streams and calls while the server stops.
Outcome Scenario::Shutdown() {
    std::vector<std::future<int>> ends;
    std::vector<std::future<std::pair<int, int>>> calls;
    for (int at = 0; at < 5; at++) {
        auto context = std::make_shared<grpc::ClientContext>();
        StreamBookRequest request;
        request.set_market(kLive);
        std::shared_ptr<grpc::ClientReader<StreamBookResponse>> reader = stub_->StreamBook(context.get(), request);
        StreamBookResponse first;
        reader->Read(&first);
        ends.push_back(std::async(std::launch::async, [context, reader] {
            StreamBookResponse message;
            while (reader->Read(&message)) {
            }
            return static_cast<int>(reader->Finish().error_code());
        }));
    }
    for (int at = 0; at < 4; at++)
        calls.push_back(std::async(std::launch::async, [this] {
            for (int answered = 0;; answered++) {
                grpc::ClientContext context;
                GetSummaryRequest request;
                GetSummaryResponse response;
                request.set_market(kStill);
                grpc::Status status = stub_->GetSummary(&context, request, &response);
                if (!status.ok())
                    return std::pair<int, int>(answered, status.error_code());
            }
        }));
    Say("ready", true, "");
    bool ok = true;
    int answered = 0;
    std::string refused;
    for (auto &end : ends)
        ok = end.get() == grpc::StatusCode::UNAVAILABLE && ok;
    for (auto &call : calls) {
        auto [count, code] = call.get();
        answered += count;
        refused += " " + std::to_string(code);
    }
    return {ok, "answered " + std::to_string(answered) + " refused" + refused};
}
