package ncloud.datastream;

import java.io.IOException;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** One call with the signer: the topics of an account that contain a text. */
public final class OneCall {
  public static void main(String[] arguments) throws IOException {
    OkHttpClient client =
        new OkHttpSigner(
                System.getenv("NCLOUD_ACCESS_KEY_ID"), System.getenv("NCLOUD_SECRET_ACCESS_KEY"))
            .client();
    HttpUrl url =
        HttpUrl.get(System.getenv("NCLOUD_DATASTREAM_MANAGEMENT_URL"))
            .newBuilder()
            .addPathSegments("api/v1/topics")
            .addQueryParameter("searchText", "주문 +50% 할인")
            .build();
    try (Response answer = client.newCall(new Request.Builder().url(url).build()).execute()) {
      System.out.println(answer.body().string());
    }
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }
}
