// The scenario with gRPC C++: interop ADDRESS [CA]; see ../scenario.md.
#include "scenario.h"

#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>

int main(int count, char **words) {
    std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
    if (count > 2) {
        std::stringstream authority;
        authority << std::ifstream(words[2]).rdbuf();
        credentials = grpc::SslCredentials({authority.str(), "", ""});
    }
    Scenario scenario(words[1], credentials);
    const std::vector<std::pair<const char *, std::function<Outcome()>>> steps = {
        {"unary", [&] { return scenario.Unary(); }},
        {"stream", [&] { return scenario.Stream(); }},
        {"unknown_method", [&] { return scenario.UnknownMethod(); }},
        {"bad_request", [&] { return scenario.BadRequest(); }},
        {"unknown_market", [&] { return scenario.UnknownMarket(); }},
        {"deadline", [&] { return scenario.Deadline(); }},
        {"cancel", [&] { return scenario.Cancel(); }},
        {"gzip", [&] { return scenario.Gzip(); }},
        {"fifty_streams", [&] { return scenario.FiftyStreams(); }},
        {"health", [&] { return scenario.Health(); }},
        {"reflection", [&] { return scenario.Reflection(); }},
        {"compat", [&] { return scenario.Compat(); }},
        {"slow_reader", [&] { return scenario.SlowReader(); }},
        {"shutdown", [&] { return scenario.Shutdown(); }},
    };
    for (const auto &[name, step] : steps) {
        Outcome outcome = step();
        Say(name, outcome.ok, outcome.detail);
    }
}
