package ncloud.datastream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** Signs requests to Data Stream: sets three headers that sign the request target as sent. */
public final class OkHttpSigner implements Interceptor {
  private static final String HMAC = "HmacSHA256";

  private final String accessKey;
  private final SecretKeySpec secretKey;

  public OkHttpSigner(String accessKey, String secretKey) {
    this.accessKey = accessKey;
    this.secretKey = new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), HMAC);
  }

  /** Returns a signing client; it does not follow redirects, since those would be signed too. */
  public OkHttpClient client() {
    return new OkHttpClient.Builder()
        .followRedirects(false).followSslRedirects(false)
        .addNetworkInterceptor(this) // below OkHttp's own retries: each is signed again
        .build();
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    String query = request.url().encodedQuery();
    String target = request.url().encodedPath() + (query == null ? "" : "?" + query);
    long timestamp = System.currentTimeMillis();
    return chain.proceed(
        request
            .newBuilder()
            .header("x-ncp-apigw-timestamp", Long.toString(timestamp))
            .header("x-ncp-iam-access-key", accessKey)
            .header("x-ncp-apigw-signature-v2", sign(request.method(), target, timestamp))
            .build());
  }

  /** Returns the signature of a request; the target is path and query exactly as sent. */
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
