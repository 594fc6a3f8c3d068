package onebook.interop;

import io.grpc.ChannelCredentials;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import onebook.interop.Main.Outcome;
import onebook.v1.MarketData.GetBookRequest;
import onebook.v1.MarketData.StreamBookRequest;
import onebook.v1.MarketDataServiceGrpc;
import onebook.v1.MarketDataServiceGrpc.MarketDataServiceBlockingStub;
import onebook.v1.Types.Book;
import onebook.v1.Types.Header;
import onebook.v1.Types.Level;

/** Books: their numbers, their streams, and how a stream is read too slowly. */
final class Books {
  static final String LIVE = "BTC/USDT";
  static final String STILL = "ETH/BTC";

  private final String address;
  private final ChannelCredentials credentials;
  private final MarketDataServiceBlockingStub stub;

  Books(ManagedChannel channel, String address, ChannelCredentials credentials) {
    this.address = address;
    this.credentials = credentials;
    stub = MarketDataServiceGrpc.newBlockingStub(channel);
  }

  private static String levels(Book book, List<Level> side) {
    return side.stream()
        .map(
            level ->
                BigDecimal.valueOf(level.getPrice(), -book.getPriceExponent()).toPlainString()
                    + "x"
                    + BigDecimal.valueOf(level.getSize(), -book.getSizeExponent()).toPlainString()
                    + "@"
                    + book.getVenues(level.getVenue()).getVenue())
        .collect(Collectors.joining(" "));
  }

  Outcome unary() {
    Book book = stub.getBook(GetBookRequest.newBuilder().setMarket(STILL).build()).getBook();
    String sides = levels(book, book.getBidsList()) + " | " + levels(book, book.getAsksList());
    return new Outcome(book.getMarket().equals(STILL), sides);
  }

  /** Reads so many states of the live book; whether their sequences rise. */
  private boolean rising(int count, int levels) throws Exception {
    var request = StreamBookRequest.newBuilder().setMarket(LIVE).setLevels(levels).build();
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      return call.call(
          () -> {
            var stream = stub.streamBook(request);
            boolean all = true;
            for (long at = 0, last = 0; at < count; at++) {
              long sequence = stream.next().getBook().getHeader().getSequence();
              all &= sequence > last;
              last = sequence;
            }
            return all;
          });
    }
  }

  Outcome stream() throws Exception {
    return new Outcome(rising(10, 0), "");
  }

  Outcome gzip() {
    var request = GetBookRequest.newBuilder().setMarket(STILL).build();
    Book book = stub.withCompression("gzip").getBook(request).getBook();
    return new Outcome(book.getMarket().equals(STILL), "");
  }

  Outcome fiftyStreams() throws Exception {
    var pool = Executors.newFixedThreadPool(50);
    Callable<Boolean> reader = () -> rising(5, 3);
    int count = 0;
    for (var each : pool.invokeAll(Collections.nCopies(50, reader))) {
      count += each.get() ? 1 : 0;
    }
    pool.shutdown();
    return new Outcome(count == 50, String.valueOf(count));
  }

  /** How old messages are when they are read, twice per second, and how far behind a fast reader's. */
  Outcome slowReader() throws Exception {
    // docs/client.md, "Slow readers".
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(address, credentials).flowControlWindow(16384).build();
    var request = StreamBookRequest.newBuilder().setMarket(LIVE).setLevels(1000).build();
    AtomicLong newest = new AtomicLong();
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      Thread fast =
          new Thread(
              call.wrap(
                  () -> {
                    try {
                      stub.streamBook(request)
                          .forEachRemaining(
                              message -> newest.set(message.getBook().getHeader().getSequence()));
                    } catch (io.grpc.StatusRuntimeException cancelled) {
                      // It is read until the slow reader is done.
                    }
                  }));
      fast.start();
      return call.call(
          () -> {
            var slow = MarketDataServiceGrpc.newBlockingStub(channel).streamBook(request);
            double oldest = 0;
            long behind = 0;
            for (int count = 0; count < 12; count++) {
              Header header = slow.next().getBook().getHeader();
              double now = System.currentTimeMillis() / 1e3;
              oldest = Math.max(oldest, now - header.getPublishTimeNanos() / 1e9);
              behind = Math.max(behind, newest.get() - header.getSequence());
              Thread.sleep(500);
            }
            String detail = String.format("oldest %.3f s, %d states behind", oldest, behind);
            return new Outcome(oldest < 3.5, detail);
          });
    } finally {
      channel.shutdownNow();
    }
  }
}
