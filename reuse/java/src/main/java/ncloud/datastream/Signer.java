package ncloud.datastream;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs requests to Data Stream: sets three headers that sign the request target as sent.
 *
 * <p>It is the request interceptor of an {@link ApiClient}.
 */
public final class Signer implements Consumer<HttpRequest.Builder> {
  private static final String HMAC = "HmacSHA256";

  private final String accessKey;
  private final SecretKeySpec secretKey;

  public Signer(String accessKey, String secretKey) {
    this.accessKey = accessKey;
    this.secretKey = new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), HMAC);
  }

  @Override
  public void accept(HttpRequest.Builder builder) {
    HttpRequest request = builder.build();
    // HttpClient sends a URI in ASCII, and an empty query in HTTP/2 but not in HTTP/1.1.
    URI uri = URI.create(request.uri().toASCIIString().replaceFirst("\\?$", ""));
    String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    long timestamp = System.currentTimeMillis();
    builder
        .uri(uri)
        .setHeader("x-ncp-apigw-timestamp", Long.toString(timestamp))
        .setHeader("x-ncp-iam-access-key", accessKey)
        .setHeader("x-ncp-apigw-signature-v2", sign(request.method(), target, timestamp));
  }

  /**
   * Returns the signature of a request.
   *
   * @param target its path and query exactly as sent
   * @param timestamp the milliseconds since 1970 in its header
   */
  public String sign(String method, String target, long timestamp) {
    String text = method + " " + target + "\n" + timestamp + "\n" + accessKey;
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(secretKey);
      return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every Java has this algorithm
    }
  }
}
