// The opponent in bench_fanout that is not Python: a gRPC callback server that sends ready bytes, shared by all streams.
//
//   fanout_peer RATE REST_HEX
//
// RATE times a second it stamps a header onto REST, the rest of an encoded onebook.v1.Book, and hands the message to every
// idle stream; a stream whose message is still going out takes the newest one afterwards. It neither merges nor encodes.
// Prints its port; answers each line on stdin with {"updates": n}; ends with stdin.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

// -- the message

void PutVarint(std::string& out, uint64_t value) {
  for (; value >= 128; value >>= 7) out.push_back(char(value | 128));
  out.push_back(char(value));
}

void PutFixed(std::string& out, int field, uint64_t value) {
  out.push_back(char(field << 3 | 1));
  out.append(reinterpret_cast<const char*>(&value), 8);
}

std::string Wrapped(const std::string& inner) {
  std::string out = "\x0a";
  PutVarint(out, inner.size());
  return out + inner;
}

grpc::ByteBuffer Message(uint64_t sequence, const std::string& rest) {
  uint64_t now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  std::string header;
  PutFixed(header, 1, now);
  PutFixed(header, 2, 1);
  header.push_back(3 << 3);
  PutVarint(header, sequence);
  PutFixed(header, 5, now);
  PutFixed(header, 6, now);
  grpc::Slice slice(Wrapped(Wrapped(header) + rest));
  return grpc::ByteBuffer(&slice, 1);
}

// -- the streams

class Hub;

// Never deleted: the process lives for one measurement, and a late publish may still look at it.
class Stream : public grpc::ServerGenericBidiReactor {
 public:
  explicit Stream(Hub& hub) : hub_(hub) { StartRead(&request_); }

  void Send(const grpc::ByteBuffer& message, uint64_t version) {
    std::lock_guard<std::mutex> guard(lock_);
    if (over_) return;
    seen = version;
    message_ = message;
    StartWrite(&message_);
  }

  uint64_t seen = 0;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { End(); }
  void OnDone() override {}

  void End() {
    std::lock_guard<std::mutex> guard(lock_);
    if (!over_) Finish(grpc::Status::CANCELLED);
    over_ = true;
  }

  Hub& hub_;
  std::mutex lock_;
  bool over_ = false;
  grpc::ByteBuffer request_, message_;
};

class Hub {
 public:
  void Publish(const grpc::ByteBuffer& message) {
    std::vector<Stream*> idle;
    uint64_t version;
    {
      std::lock_guard<std::mutex> guard(lock_);
      message_ = message;
      version = ++version_;
      idle.swap(idle_);
    }
    for (Stream* stream : idle) stream->Send(message, version);
  }

  // The stream has nothing in flight: sends what it misses or notes that it is idle.
  void Next(Stream* stream) {
    grpc::ByteBuffer message;
    uint64_t version;
    {
      std::lock_guard<std::mutex> guard(lock_);
      if (stream->seen >= version_) {
        idle_.push_back(stream);
        return;
      }
      message = message_;
      version = version_;
    }
    stream->Send(message, version);
  }

 private:
  std::mutex lock_;
  grpc::ByteBuffer message_;
  uint64_t version_ = 0;
  std::vector<Stream*> idle_;
};

void Stream::OnReadDone(bool ok) { ok ? hub_.Next(this) : End(); }
void Stream::OnWriteDone(bool ok) { ok ? hub_.Next(this) : End(); }

class Service : public grpc::CallbackGenericService {
 public:
  explicit Service(Hub& hub) : hub_(hub) {}

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Stream(hub_);
  }
  Hub& hub_;
};

// -- the feed

void Feed(Hub& hub, double rate, const std::string& rest, std::atomic<uint64_t>& updates) {
  auto interval = std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(1 / rate));
  auto due = std::chrono::steady_clock::now();
  while (true) {
    hub.Publish(Message(++updates, rest));
    due = std::max(due + interval, std::chrono::steady_clock::now());
    std::this_thread::sleep_until(due);
  }
}

std::string Unhex(const std::string& text) {
  std::string bytes;
  for (size_t at = 0; at + 1 < text.size(); at += 2) bytes.push_back(char(strtol(text.substr(at, 2).c_str(), nullptr, 16)));
  return bytes;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return fprintf(stderr, "fanout_peer RATE REST_HEX\n"), 2;
  Hub hub;
  Service service(hub);
  std::atomic<uint64_t> updates{0};
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&service);
  auto server = builder.BuildAndStart();
  std::thread(Feed, std::ref(hub), atof(arguments[1]), Unhex(arguments[2]), std::ref(updates)).detach();
  printf("%d\n", port);
  fflush(stdout);
  std::string line;
  while (std::getline(std::cin, line)) {
    printf("{\"updates\": %lu}\n", updates.load());
    fflush(stdout);
  }
  _Exit(0);
}
