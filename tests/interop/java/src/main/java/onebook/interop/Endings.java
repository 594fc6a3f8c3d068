package onebook.interop;

import com.google.rpc.BadRequest;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import onebook.interop.Main.Outcome;
import onebook.v1.MarketData.GetBookRequest;
import onebook.v1.MarketData.GetSummaryRequest;
import onebook.v1.MarketData.StreamBookRequest;
import onebook.v1.MarketData.StreamBookResponse;
import onebook.v1.MarketDataServiceGrpc;
import onebook.v1.MarketDataServiceGrpc.MarketDataServiceBlockingStub;

/** How calls end: errors with details, deadlines, cancels, and the end of the server. */
final class Endings {
  private static final StreamBookRequest LIVE =
      StreamBookRequest.newBuilder().setMarket(Books.LIVE).build();

  private final ManagedChannel channel;
  private final Books books;
  private final MarketDataServiceBlockingStub stub;

  Endings(ManagedChannel channel, Books books) {
    this.channel = channel;
    this.books = books;
    stub = MarketDataServiceGrpc.newBlockingStub(channel);
  }

  private static StatusRuntimeException failure(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException error) {
      return error;
    }
    throw new AssertionError("the call did not fail");
  }

  private static StatusRuntimeException end(Iterator<StreamBookResponse> stream) {
    return failure(() -> stream.forEachRemaining(message -> {}));
  }

  Outcome unknownMethod() {
    var method =
        MarketDataServiceGrpc.getGetBookMethod().toBuilder()
            .setFullMethodName(MarketDataServiceGrpc.SERVICE_NAME + "/Nothing")
            .build();
    var request = GetBookRequest.getDefaultInstance();
    Status status =
        failure(() -> ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request))
            .getStatus();
    return new Outcome(status.getCode() == Status.Code.UNIMPLEMENTED, status.toString());
  }

  Outcome badRequest() throws Exception {
    var request = GetBookRequest.newBuilder().setMarket(Books.LIVE).setDust("much").build();
    StatusRuntimeException error = failure(() -> stub.getBook(request));
    var details = StatusProto.fromThrowable(error);
    BadRequest wrong = details.getDetails(0).unpack(BadRequest.class);
    Status status = error.getStatus();
    boolean right =
        wrong.getFieldViolations(0).getField().equals("dust")
            && details.getMessage().equals(status.getDescription());
    return new Outcome(
        right && status.getCode() == Status.Code.INVALID_ARGUMENT, status.toString());
  }

  Outcome unknownMarket() {
    var request = GetBookRequest.newBuilder().setMarket("BTC/USDX").build();
    StatusRuntimeException error = failure(() -> stub.getBook(request));
    boolean right = StatusProto.fromThrowable(error).getDetailsCount() > 0;
    return new Outcome(
        right && error.getStatus().getCode() == Status.Code.NOT_FOUND, error.toString());
  }

  Outcome deadline() {
    long began = System.nanoTime();
    Status status = end(stub.withDeadlineAfter(1, TimeUnit.SECONDS).streamBook(LIVE)).getStatus();
    double late = (System.nanoTime() - began) / 1e9 - 1;
    boolean right = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    return new Outcome(right && late > -0.1 && late < 1, String.format("%.3f s late", late));
  }

  Outcome cancel() throws Exception {
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      Status status =
          call.call(
              () -> {
                var stream = stub.streamBook(LIVE);
                stream.next();
                call.cancel(null);
                return end(stream).getStatus();
              });
      boolean right = status.getCode() == Status.Code.CANCELLED && books.unary().ok();
      return new Outcome(right, status.toString());
    }
  }

  private record Asked(int answered, int refused) {}

  private Asked ask() {
    var request = GetSummaryRequest.newBuilder().setMarket(Books.STILL).build();
    for (int answered = 0; ; answered++) {
      try {
        stub.getSummary(request);
      } catch (StatusRuntimeException error) {
        return new Asked(answered, error.getStatus().getCode().value());
      }
    }
  }

  /** Streams and calls while the server stops. */
  Outcome shutdown() throws Exception {
    ExecutorService pool = Executors.newCachedThreadPool();
    List<Future<StatusRuntimeException>> ends = new ArrayList<>();
    List<Future<Asked>> calls = new ArrayList<>();
    for (int at = 0; at < 5; at++) {
      var stream = stub.streamBook(LIVE);
      stream.next();
      ends.add(pool.submit(() -> end(stream)));
    }
    for (int at = 0; at < 4; at++) {
      calls.add(pool.submit(this::ask));
    }
    Main.say("ready", true, "");
    boolean ok = true;
    int answered = 0;
    StringBuilder refused = new StringBuilder();
    for (var each : ends) {
      ok &= each.get().getStatus().getCode() == Status.Code.UNAVAILABLE;
    }
    for (var each : calls) {
      answered += each.get().answered();
      refused.append(' ').append(each.get().refused());
    }
    pool.shutdown();
    return new Outcome(ok, "answered " + answered + " refused" + refused);
  }
}
