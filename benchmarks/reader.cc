// Reads many gRPC response streams as cheaply as possible, so that the server under test is the bottleneck.
//
//   reader PORT PATH REQUEST_HEX[,REQUEST_HEX...] STREAMS STALLED FROZEN
//
// One connection a stream, one thread, epoll; the streams take the requests in turn. Of the STREAMS the first STALLED are
// applications that read nothing: their HTTP/2 side lives and answers pings, but never opens the window again. The next
// FROZEN stop reading their sockets when the measurement begins. "b\n" on stdin begins the measurement, "e\n" ends it and
// prints one line of JSON: p50 to p999 from the time the change came in, exchange_p50 and exchange_p99 from the exchange's.
// A message is that of onebook.v1: its header (1.1) holds the sequence (3), whether it is a heartbeat (4), when the change
// came in (5) and the exchange's own time of it (6).
//
// Built with -DREADER_TLS, each connection is TLS, and no certificate is checked.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef READER_TLS
#include <openssl/ssl.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

constexpr uint32_t kLiveWindow = 1 << 20;
constexpr uint32_t kStalledWindow = 65535;
constexpr uint32_t kConnectionWindow = 1 << 30;
enum FrameType : uint8_t { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7, kWindowUpdate = 8 };
constexpr uint8_t kAck = 1, kEndStream = 1, kEndHeaders = 4, kPadded = 8;

[[noreturn]] void Fail(const char* what) {
  perror(what);
  exit(1);
}

uint64_t Nanos(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return uint64_t(now.tv_sec) * 1000000000u + now.tv_nsec;
}

// -- HTTP/2 frames out

void Put32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(char(value >> shift));
}

void PutFrame(std::string& out, FrameType type, uint8_t flags, uint32_t stream, const std::string& payload) {
  uint32_t size = payload.size();
  out.push_back(char(size >> 16));
  out.push_back(char(size >> 8));
  out.push_back(char(size));
  out.push_back(char(type));
  out.push_back(char(flags));
  Put32(out, stream);
  out += payload;
}

void PutWindow(std::string& out, uint32_t stream, uint32_t increment) {
  std::string payload;
  Put32(payload, increment);
  PutFrame(out, kWindowUpdate, 0, stream, payload);
}

// HPACK literals without indexing; every text here is shorter than 127 bytes.
void PutText(std::string& out, const std::string& text) {
  out.push_back(char(text.size()));
  out += text;
}

std::string RequestHeaders(const std::string& path) {
  std::string block = "\x83\x86";  // :method POST, :scheme http
  block += '\x04';                 // :path
  PutText(block, path);
  block += '\x01';  // :authority
  PutText(block, "localhost");
  block += '\x00';
  PutText(block, "te");
  PutText(block, "trailers");
  block += "\x0f\x10";  // content-type
  PutText(block, "application/grpc");
  return block;
}

std::string Opening(const std::string& path, const std::string& request, uint32_t window) {
  std::string out = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", settings, body;
  settings += std::string("\x00\x02", 2);  // ENABLE_PUSH
  Put32(settings, 0);
  settings += std::string("\x00\x04", 2);  // INITIAL_WINDOW_SIZE
  Put32(settings, window);
  PutFrame(out, kSettings, 0, 0, settings);
  PutWindow(out, 0, kConnectionWindow);
  PutFrame(out, kHeaders, kEndHeaders, 1, RequestHeaders(path));
  body.push_back(0);
  Put32(body, request.size());
  PutFrame(out, kData, kEndStream, 1, body + request);
  return out;
}

// -- protobuf in

uint64_t Varint(const uint8_t*& at, const uint8_t* end) {
  uint64_t value = 0;
  for (int shift = 0; at < end && shift < 64; shift += 7) {
    uint8_t byte = *at++;
    value |= uint64_t(byte & 127) << shift;
    if (byte < 128) break;
  }
  return value;
}

struct Header {
  uint64_t sequence = 0, heartbeat = 0, time = 0, exchange_time = 0;
};

// The header is the first field of the first field, as every encoder of these messages writes it.
Header ReadHeader(const uint8_t* at, const uint8_t* end) {
  Header header;
  for (int depth = 0; depth < 2; depth++) {
    if (at >= end || *at++ != 0x0a) return header;
    uint64_t size = Varint(at, end);
    if (depth == 1 && size < uint64_t(end - at)) end = at + size;
  }
  while (at < end) {
    uint64_t key = Varint(at, end);
    if ((key & 7) == 0) {
      uint64_t value = Varint(at, end);
      if (key >> 3 == 3) header.sequence = value;
      if (key >> 3 == 4) header.heartbeat = value;
    } else if ((key & 7) == 1 && end - at >= 8) {
      if (key >> 3 == 5) memcpy(&header.time, at, 8);
      if (key >> 3 == 6) memcpy(&header.exchange_time, at, 8);
      at += 8;
    } else {
      break;
    }
  }
  return header;
}

// -- results

struct Results {
  bool measuring = false;
  uint64_t began = 0, messages = 0, bytes = 0, disordered = 0, ended = 0, closed = 0;
  std::vector<uint32_t> micros, exchange_micros;

  void Begin() {
    measuring = true;
    began = Nanos(CLOCK_MONOTONIC);
  }
  static void Note(std::vector<uint32_t>& micros, uint64_t now, uint64_t then) {
    micros.push_back(now > then ? uint32_t(std::min<uint64_t>((now - then) / 1000, UINT32_MAX)) : 0);
  }
  static double Percentile(std::vector<uint32_t>& micros, double share) {
    if (micros.empty()) return 0;
    size_t rank = std::min(micros.size() - 1, size_t(share * micros.size()));
    std::nth_element(micros.begin(), micros.begin() + rank, micros.end());
    return micros[rank] / 1e3;
  }
};

// -- the bytes of a connection: those of recv() and send(), or of TLS around them

#ifdef READER_TLS

class Link {
 public:
  explicit Link(int fd) : ssl_(SSL_new(Context())) {
    SSL_set_fd(ssl_, fd);
    if (SSL_connect(ssl_) != 1) Fail("TLS handshake");
  }
  ssize_t Receive(char* into, size_t size) { return Result(SSL_read(ssl_, into, int(size))); }
  ssize_t Send(const std::string& bytes) { return Result(SSL_write(ssl_, bytes.data(), int(bytes.size()))); }

 private:
  static SSL_CTX* Context() {
    static SSL_CTX* context = [] {
      SSL_CTX* made = SSL_CTX_new(TLS_client_method());
      SSL_CTX_set_alpn_protos(made, reinterpret_cast<const unsigned char*>("\x02h2"), 3);
      SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
      return made;
    }();
    return context;
  }
  ssize_t Result(int got) {
    if (got > 0) return got;
    int error = SSL_get_error(ssl_, got);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
  }

  SSL* ssl_;
};

#else

class Link {
 public:
  explicit Link(int fd) : fd_(fd) {}
  ssize_t Receive(char* into, size_t size) { return recv(fd_, into, size, 0); }
  ssize_t Send(const std::string& bytes) { return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

 private:
  int fd_;
};

#endif

// -- one stream

int Connected(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address)) Fail("connect");
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

class Stream {
 public:
  Stream(int port, const std::string& opening, bool stalled, Results& results)
      : fd(Connected(port)), stalled(stalled), link_(fd), results_(results), out_(opening) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    Flush();
  }

  // False when the connection is over.
  bool Read() {
    static char buffer[1 << 17];
    ssize_t size = link_.Receive(buffer, sizeof buffer);
#ifdef READER_TLS
    // What is decrypted already is not in the socket any more: epoll does not tell of it.
    while (size > 0) {
      Take(buffer, size);
      size = link_.Receive(buffer, sizeof buffer);
    }
    return size < 0 && errno == EAGAIN && Flush();
#else
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (size <= 0) return false;
    Take(buffer, size);
    return Flush();
#endif
  }

  int fd;
  bool stalled;
  bool frozen = false;
  uint64_t measured = 0;

  // States that its topic had while it was measured, the conflated ones too.
  uint64_t States() const { return measured ? sequence_ - first_sequence_ + 1 : 0; }

 private:
  void Take(const char* bytes, size_t size) {
    in_.append(bytes, size);
    size_t at = 0;
    while (size_t used = Frame(at)) at += used;
    in_.erase(0, at);
  }

  bool Flush() {
    while (!out_.empty()) {
      ssize_t size = link_.Send(out_);
      if (size < 0) return errno == EAGAIN || errno == EINTR;
      out_.erase(0, size);
    }
    return true;
  }

  // Takes in one whole frame; returns its size, 0 when it is not all there.
  size_t Frame(size_t at) {
    if (in_.size() - at < 9) return 0;
    const uint8_t* head = reinterpret_cast<const uint8_t*>(in_.data()) + at;
    size_t size = head[0] << 16 | head[1] << 8 | head[2];
    if (in_.size() - at < 9 + size) return 0;
    uint8_t type = head[3], flags = head[4];
    if (type == kData) {
      if (flags & kPadded) Fail("a padded frame, which gRPC servers do not send");
      Data(head + 9, size);
    } else if (type == kSettings && !(flags & kAck)) {
      PutFrame(out_, kSettings, kAck, 0, "");
    } else if (type == kPing && !(flags & kAck)) {
      PutFrame(out_, kPing, kAck, 0, std::string(in_, at + 9, size));
    }
    if (type == kReset || ((type == kHeaders || type == kData) && (flags & kEndStream))) results_.ended++;
    return 9 + size;
  }

  void Data(const uint8_t* data, size_t size) {
    body_.append(reinterpret_cast<const char*>(data), size);
    size_t at = 0;
    while (body_.size() - at >= 5) {
      const uint8_t* prefix = reinterpret_cast<const uint8_t*>(body_.data()) + at;
      size_t length = uint32_t(prefix[1]) << 24 | prefix[2] << 16 | prefix[3] << 8 | prefix[4];
      if (body_.size() - at < 5 + length) break;
      Message(prefix + 5, length);
      at += 5 + length;
    }
    body_.erase(0, at);
    unacknowledged_ += size;
    if (!stalled && unacknowledged_ >= kLiveWindow / 2) {
      PutWindow(out_, 1, unacknowledged_);
      PutWindow(out_, 0, unacknowledged_);
      unacknowledged_ = 0;
    }
  }

  void Message(const uint8_t* data, size_t size) {
    Header header = ReadHeader(data, data + size);
    if (header.sequence <= sequence_) results_.disordered++;
    if (results_.measuring && !measured) first_sequence_ = header.sequence;
    sequence_ = header.sequence;
    if (!results_.measuring || stalled) return;
    measured++;
    results_.messages++;
    results_.bytes += size;
    uint64_t now = Nanos(CLOCK_REALTIME);
    if (header.heartbeat) return;
    Results::Note(results_.micros, now, header.time);
    Results::Note(results_.exchange_micros, now, header.exchange_time);
  }

  Link link_;
  Results& results_;
  std::string in_, out_, body_;
  uint32_t unacknowledged_ = 0;
  uint64_t sequence_ = 0, first_sequence_ = 0;
};

void Print(Results& results, const std::vector<Stream*>& streams, size_t topics) {
  double seconds = (Nanos(CLOCK_MONOTONIC) - results.began) / 1e9;
  uint64_t least = UINT64_MAX, most = 0, states = 0;
  for (size_t index = 0; index < std::min(topics, streams.size()); index++) states += streams[index]->States();
  for (const Stream* stream : streams) {
    if (stream->stalled || stream->frozen) continue;
    least = std::min(least, stream->measured);
    most = std::max(most, stream->measured);
  }
  printf("{\"seconds\": %.6f, \"messages\": %lu, \"bytes\": %lu, \"least\": %lu, \"most\": %lu, ", seconds,
         results.messages, results.bytes, least, most);
  printf("\"states\": %lu, \"p50\": %.3f, \"p99\": %.3f, \"p999\": %.3f, ", states,
         Results::Percentile(results.micros, .5), Results::Percentile(results.micros, .99),
         Results::Percentile(results.micros, .999));
  printf("\"exchange_p50\": %.3f, \"exchange_p99\": %.3f, ", Results::Percentile(results.exchange_micros, .5),
         Results::Percentile(results.exchange_micros, .99));
  printf("\"disordered\": %lu, \"ended\": %lu, \"closed\": %lu}\n", results.disordered, results.ended, results.closed);
  fflush(stdout);
}

std::string Unhex(const std::string& text) {
  std::string bytes;
  for (size_t at = 0; at + 1 < text.size(); at += 2) bytes.push_back(char(strtol(text.substr(at, 2).c_str(), nullptr, 16)));
  return bytes;
}

std::vector<std::string> Requests(const std::string& list) {
  std::vector<std::string> requests;
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    requests.push_back(Unhex(list.substr(at, end - at)));
    at = end + 1;
  }
  return requests;
}

void Freeze(int poll, const std::vector<Stream*>& streams, int stalled, int frozen) {
  for (int index = stalled; index < stalled + frozen; index++) {
    streams[index]->frozen = true;
    epoll_ctl(poll, EPOLL_CTL_DEL, streams[index]->fd, nullptr);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 7) return fprintf(stderr, "reader PORT PATH REQUEST_HEX[,...] STREAMS STALLED FROZEN\n"), 2;
  int port = atoi(arguments[1]), wanted = atoi(arguments[4]), stalled = atoi(arguments[5]), frozen = atoi(arguments[6]);
  std::string path = arguments[2];
  std::vector<std::string> requests = Requests(arguments[3]);
  Results results;
  std::vector<Stream*> streams;
  int poll = epoll_create1(0);
  epoll_event control{EPOLLIN, {.ptr = nullptr}};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, 0, &control)) Fail("epoll on stdin");
  for (int index = 0; index < wanted; index++) {
    bool idle = index < stalled;
    const std::string& request = requests[index % requests.size()];
    streams.push_back(new Stream(port, Opening(path, request, idle ? kStalledWindow : kLiveWindow), idle, results));
    epoll_event event{EPOLLIN, {.ptr = streams.back()}};
    epoll_ctl(poll, EPOLL_CTL_ADD, streams.back()->fd, &event);
  }
  std::vector<epoll_event> events(1024);
  while (true) {
    int ready = epoll_wait(poll, events.data(), events.size(), -1);
    for (int index = 0; index < ready; index++) {
      if (auto* stream = static_cast<Stream*>(events[index].data.ptr)) {
        if (stream->Read()) continue;
        results.closed++;
        epoll_ctl(poll, EPOLL_CTL_DEL, stream->fd, nullptr);
        continue;
      }
      char order[2];
      if (read(0, order, 2) < 2) return 0;
      if (order[0] == 'b') {
        Freeze(poll, streams, stalled, frozen);
        results.Begin();
      } else {
        Print(results, streams, requests.size());
        return 0;
      }
    }
  }
}
