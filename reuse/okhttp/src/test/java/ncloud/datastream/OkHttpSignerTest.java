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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.StreamSupport;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The interceptor with the shared vectors, and with the requests that a server receives. */
class OkHttpSignerTest {
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
    OkHttpSigner signer =
        new OkHttpSigner(
            vector.get("access_key").textValue(), vector.get("secret_key").textValue());
    String signature =
        signer.sign(
            vector.get("method").textValue(),
            vector.get("target").textValue(),
            vector.get("timestamp").longValue());
    assertEquals(vector.get("signature").textValue(), signature);
  }

  /** A request target with the received signature and the expected one. */
  record Seen(String target, String found, String expected) {}

  @Test
  void whatIsSignedIsWhatIsSent() throws IOException {
    OkHttpSigner signer = new OkHttpSigner("AK", "SK");
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
    OkHttpClient client = signer.client();
    try {
      String base = "http://127.0.0.1:" + server.getAddress().getPort();
      for (JsonNode vector : vectors()) {
        String method = vector.get("method").textValue();
        boolean body = method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
        Request request =
            new Request.Builder()
                .url(base + vector.get("target").textValue())
                .method(method, body ? RequestBody.create(new byte[0]) : null)
                .build();
        try (Response answer = client.newCall(request).execute()) {
          assertEquals(302, answer.code());
        }
      }
      try (Response answer =
          client.newCall(new Request.Builder().url(base + "/주문?q=할인").build()).execute()) {
        assertEquals(302, answer.code());
      }
    } finally {
      server.stop(0);
    }
    assertEquals(vectors().size() + 1, seen.size(), "a redirect was followed");
    for (Seen each : seen) {
      assertEquals(each.expected(), each.found(), each.target());
    }
  }
}
