package onebook.interop;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The scenario with grpc-java: Main ADDRESS [CA]; see scenario.md. */
public final class Main {
  /** Whether a step did what it should, and what it saw. */
  record Outcome(boolean ok, String detail) {}

  /** One step. */
  interface Step {
    Outcome run() throws Exception;
  }

  private Main() {}

  static void say(String name, boolean ok, String detail) {
    String text = detail.replace('\\', '/').replace('"', '\'').replaceAll("\\p{Cntrl}", " ");
    System.out.printf("{\"name\": \"%s\", \"ok\": %s, \"detail\": \"%s\"}%n", name, ok, text);
    System.out.flush();
  }

  public static void main(String[] words) throws Exception {
    var credentials =
        words.length > 1
            ? TlsChannelCredentials.newBuilder().trustManager(new File(words[1])).build()
            : InsecureChannelCredentials.create();
    ManagedChannel channel = Grpc.newChannelBuilder(words[0], credentials).build();
    Books books = new Books(channel, words[0], credentials);
    Endings endings = new Endings(channel, books);
    Services services = new Services(channel);
    Map<String, Step> steps = new LinkedHashMap<>();
    steps.put("unary", books::unary);
    steps.put("stream", books::stream);
    steps.put("unknown_method", endings::unknownMethod);
    steps.put("bad_request", endings::badRequest);
    steps.put("unknown_market", endings::unknownMarket);
    steps.put("deadline", endings::deadline);
    steps.put("cancel", endings::cancel);
    steps.put("gzip", books::gzip);
    steps.put("fifty_streams", books::fiftyStreams);
    steps.put("health", services::health);
    steps.put("reflection", services::reflection);
    steps.put("compat", services::compat);
    steps.put("slow_reader", books::slowReader);
    steps.put("shutdown", endings::shutdown);
    for (var step : steps.entrySet()) {
      Outcome outcome;
      try {
        outcome = step.getValue().run();
      } catch (Exception error) {
        outcome = new Outcome(false, error.toString());
      }
      say(step.getKey(), outcome.ok(), outcome.detail());
    }
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    System.exit(0);
  }
}
