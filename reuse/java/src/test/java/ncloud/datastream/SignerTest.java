package ncloud.datastream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The signer with the shared vectors, and with the requests that a server receives. */
class SignerTest {
  static List<JsonNode> vectors() throws IOException {
    JsonNode all = new ObjectMapper().readTree(new File("../../tests/vectors/signature-v2.json"));
    return StreamSupport.stream(all.spliterator(), false).toList();
  }

  @Test
  void thereAreVectors() throws IOException {
    assertTrue(vectors().size() > 50);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void signsTheVector(JsonNode vector) {
    Signer signer =
        new Signer(vector.get("access_key").textValue(), vector.get("secret_key").textValue());
    String signature =
        signer.sign(
            vector.get("method").textValue(),
            vector.get("target").textValue(),
            vector.get("timestamp").longValue());
    assertEquals(vector.get("signature").textValue(), signature);
  }

  /** A response, with the request line of its request and the expected signature. */
  record Seen(String target, String found, String expected) {}

  @Test
  void whatIsSignedIsWhatIsSent() throws IOException, InterruptedException {
    Signer signer = new Signer("AK", "SK");
    List<Seen> seen = new CopyOnWriteArrayList<>();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(address, 0);
    server.createContext(
        "/",
        exchange -> {
          String target = exchange.getRequestURI().toString();
          var headers = exchange.getRequestHeaders();
          long timestamp = Long.parseLong(headers.getFirst("x-ncp-apigw-timestamp"));
          String expected = signer.sign(exchange.getRequestMethod(), target, timestamp);
          seen.add(new Seen(target, headers.getFirst("x-ncp-apigw-signature-v2"), expected));
          exchange.getResponseHeaders().set("Location", "/elsewhere");
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.start();
    try {
      HttpClient client = ApiClient.createDefaultHttpClientBuilder().build();
      String base = "http://127.0.0.1:" + server.getAddress().getPort();
      for (JsonNode vector : vectors()) {
        HttpRequest.Builder request =
            HttpRequest.newBuilder(URI.create(base + vector.get("target").textValue()))
                .method(vector.get("method").textValue(), HttpRequest.BodyPublishers.noBody());
        signer.accept(request);
        assertEquals(302, client.send(request.build(), BodyHandlers.discarding()).statusCode());
      }
      HttpRequest.Builder korean = HttpRequest.newBuilder(URI.create(base + "/주문?q=할인"));
      signer.accept(korean);
      client.send(korean.build(), BodyHandlers.discarding());
    } finally {
      server.stop(0);
    }
    assertEquals(vectors().size() + 1, seen.size(), "a redirect was followed");
    for (Seen each : seen) {
      assertEquals(each.expected(), each.found(), each.target());
    }
  }
}
