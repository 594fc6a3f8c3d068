package onebook.interop;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1alpha.ServerReflectionGrpc;
import io.grpc.reflection.v1alpha.ServerReflectionRequest;
import io.grpc.reflection.v1alpha.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import onebook.interop.Main.Outcome;
import onebook.v1.MarketDataServiceGrpc;
import orderbook.Orderbook;
import orderbook.OrderbookAggregatorGrpc;

/** What the other services say: health, reflection, and the public aggregators' contract. */
final class Services {
  private final ManagedChannel channel;

  Services(ManagedChannel channel) {
    this.channel = channel;
  }

  Outcome health() throws Exception {
    var stub = HealthGrpc.newBlockingStub(channel);
    var request =
        HealthCheckRequest.newBuilder().setService(MarketDataServiceGrpc.SERVICE_NAME).build();
    HealthCheckResponse answer = stub.check(request);
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      HealthCheckResponse first = call.call(() -> stub.watch(request).next());
      var serving = ServingStatus.SERVING;
      boolean right = answer.getStatus() == serving && first.getStatus() == serving;
      return new Outcome(right, first.toString());
    }
  }

  /** The answer, when the call has ended well. */
  private static final class Answer implements StreamObserver<ServerReflectionResponse> {
    final CompletableFuture<ServerReflectionResponse> whole = new CompletableFuture<>();
    private ServerReflectionResponse last;

    @Override
    public void onNext(ServerReflectionResponse message) {
      last = message;
    }

    @Override
    public void onError(Throwable error) {
      whole.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      whole.complete(last);
    }
  }

  Outcome reflection() throws Exception {
    Answer answer = new Answer();
    var requests = ServerReflectionGrpc.newStub(channel).serverReflectionInfo(answer);
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    requests.onCompleted();
    var listed = answer.whole.get(20, TimeUnit.SECONDS).getListServicesResponse();
    boolean there =
        listed.getServiceList().stream()
            .anyMatch(each -> each.getName().equals(MarketDataServiceGrpc.SERVICE_NAME));
    return new Outcome(there, "");
  }

  Outcome compat() throws Exception {
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      return call.call(
          () -> {
            var stub = OrderbookAggregatorGrpc.newBlockingStub(channel);
            var stream = stub.bookSummary(Orderbook.Empty.getDefaultInstance());
            boolean right = true;
            for (int count = 0; count < 3; count++) {
              var summary = stream.next();
              double ask = summary.getAsks(summary.getAsksCount() - 1).getPrice();
              right &= summary.getBids(0).getPrice() < ask;
            }
            return new Outcome(right, "");
          });
    }
  }
}
