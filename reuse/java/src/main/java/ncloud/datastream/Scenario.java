package ncloud.datastream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ncloud.datastream.api.ConnectorApi;
import ncloud.datastream.api.MessageApi;
import ncloud.datastream.api.SchemaApi;
import ncloud.datastream.api.TopicApi;
import ncloud.datastream.model.ConnectorRequest;
import ncloud.datastream.model.ConsumerSpec;
import ncloud.datastream.model.CreateTopicRequest;
import ncloud.datastream.model.DateFormat;
import ncloud.datastream.model.ErrorResponse;
import ncloud.datastream.model.ExportType;
import ncloud.datastream.model.MessageFormat;
import ncloud.datastream.model.SchemaRequest;
import ncloud.datastream.model.SchemaType;
import ncloud.datastream.model.SendMessageRequest;
import ncloud.datastream.model.TopicSortKey;
import ncloud.datastream.model.UpdateRegistryConfigRequest;
import ncloud.datastream.model.UpdateTopicRequest;

/** Runs scenario.md. */
public final class Scenario {
  private static final String SCHEMA =
      "{\"type\":\"record\",\"name\":\"Order\",\"fields\":"
          + "[{\"name\":\"id\",\"type\":\"long\",\"doc\":\"주문 번호\"}]}";
  private static final String OTHER_SCHEMA =
      "{\"type\":\"record\",\"name\":\"Order\",\"fields\":"
          + "[{\"name\":\"total\",\"type\":\"long\"}]}";

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final ObjectMapper mapper = ApiClient.createDefaultObjectMapper();
  private final ApiClient management = client("NCLOUD_DATASTREAM_MANAGEMENT_URL");
  private final TopicApi topics = new TopicApi(management);
  private final ConnectorApi connectors = new ConnectorApi(management);
  private final SchemaApi schemas = new SchemaApi(management);
  // A class has one base URL: MessageApi, which has only sendMessage, gets the message host.
  private final MessageApi messages = new MessageApi(client("NCLOUD_DATASTREAM_MESSAGE_URL"));
  private int number;

  /** A call of the generated client. */
  private interface Call<T> {
    T make() throws ApiException;
  }

  public static void main(String[] args) throws Exception {
    new Scenario().run();
  }

  private void run() throws Exception {
    String prefix =
        step("getTopicPrefix", topics::getTopicPrefix, answer -> answer.getPrefix()).getPrefix();
    String name = prefix + "orders";

    String description = "주문 +50% 할인";
    CreateTopicRequest wanted =
        new CreateTopicRequest()
            .name(name)
            .description(description)
            .partitions(3)
            .retentionMs(86400000L);
    String topic =
        step("createTopic", () -> topics.createTopic(wanted), answer -> answer.getStatus())
            .getTopicId();
    CreateTopicRequest again = new CreateTopicRequest().name(name);
    step("createTopic", () -> topics.createTopic(again), answer -> answer.getStatus());
    getTopic(topic);
    getTopic(topic);

    listTopics(TopicSortKey.TOPIC_NAME, false, description);
    listTopics(null, null, "a=b&c#d?/e ~f");

    for (int partitions : new int[] {6, 2}) {
      UpdateTopicRequest change =
          new UpdateTopicRequest()
              .description("주문과 반품")
              .partitions(partitions)
              .retentionMs(172800000L);
      step(
          "updateTopic",
          () -> topics.updateTopic(topic, change),
          answer ->
              words(answer.getDescription(), answer.getPartitions(), answer.getRetentionMs()));
    }

    String connector =
        step(
                "createConnector",
                () ->
                    connectors.createConnector(
                        topic, settings(DateFormat.DAY).description("보관")),
                answer -> words(answer.getStatus(), answer.getFlushCount()))
            .getId();
    getConnector(topic);
    ConnectorRequest change =
        settings(DateFormat.HOUR)
            .flushInterval(5)
            .flushCount(20000)
            .schemaType(MessageFormat.JSON);
    step(
        "updateConnector",
        () -> connectors.updateConnector(topic, connector, change),
        answer -> words(answer.getDateFormat(), answer.getFlushCount(), answer.getSchemaType()));

    step(
        "getRegistryConfig",
        () -> schemas.getRegistryConfig(topic).getCompatibility(),
        answer -> words(answer.getCompatibilityLevel(), answer.getIsSchemaExist()));
    step(
        "createSchema",
        () ->
            schemas.createSchemaWithHttpInfo(
                topic, new SchemaRequest().schemaType(SchemaType.AVRO).schema(SCHEMA)),
        Scenario::empty);
    String resource =
        step(
                "listSchemas",
                () -> schemas.listSchemas(topic, SchemaType.AVRO, null, 0, 10),
                answer -> {
                  var first = answer.getSchemas().get(0);
                  return words(answer.getTotalCount(), first.getSchemaType(), first.getVersion());
                })
            .getSchemas()
            .get(0)
            .getResourceId();
    step("getSchema", () -> schemas.getSchema(topic, resource), answer -> answer.getSchema());
    step(
        "checkSchemaCompatibility",
        () ->
            schemas.checkSchemaCompatibility(
                topic, new SchemaRequest().schemaType(SchemaType.AVRO).schema(OTHER_SCHEMA)),
        answer -> answer.getIsCompatible());
    step(
        "updateRegistryConfig",
        () ->
            schemas.updateRegistryConfigWithHttpInfo(
                topic, new UpdateRegistryConfigRequest().compatibility(false)),
        Scenario::empty);
    step(
        "getRegistryInfo",
        () -> schemas.getRegistryInfo(topic),
        answer -> answer.getIsModifiable());

    sendMessage(name, "주문-1", "안녕하세요, 100% + \"1\"", null);
    sendMessage(name, "k", "", 5);
    sendMessage(prefix + "nowhere", "k", "v", null);

    order("getTopic", 200, Map.of("topicId", topic, "topicName", name, "status", "ARCHIVING"));
    getTopic(topic);
    order("getConnector", 403, gatewayError("230", "Forbidden"));
    getConnector(topic);
    order("sendMessage", 503, gatewayError(500, "Endpoint Error"));
    sendMessage(name, "k", "v", null);

    step(
        "deleteConnector",
        () -> connectors.deleteConnectorWithHttpInfo(topic, connector),
        Scenario::empty);
    step("deleteSchema", () -> schemas.deleteSchemaWithHttpInfo(topic, resource), Scenario::empty);
    getTopic("없는-토픽");
    step("deleteTopic", () -> topics.deleteTopic(topic), answer -> answer);
  }

  private void getTopic(String topic) throws Exception {
    step("getTopic", () -> topics.getTopic(topic), answer -> answer.getStatus());
  }

  private void listTopics(TopicSortKey sortBy, Boolean descending, String text) throws Exception {
    step(
        "listTopics",
        () -> topics.listTopics(sortBy, descending, text).getList(),
        list ->
            Stream.concat(
                    Stream.of(Integer.toString(list.size())),
                    list.stream().map(each -> each.getTopicName()))
                .collect(Collectors.joining(" ")));
  }

  private void getConnector(String topic) throws Exception {
    step(
        "getConnector",
        () -> connectors.getConnector(topic),
        answer -> words(answer.getStatus(), answer.getFlushCount()));
  }

  private void sendMessage(String topic, String key, String value, Integer partition)
      throws Exception {
    SendMessageRequest message =
        new SendMessageRequest().topic(topic).key(key).value(value).partition(partition);
    step(
        "sendMessage",
        () -> messages.sendMessage(message),
        answer -> words(answer.getStatus(), answer.getDetail()));
  }

  private static ConnectorRequest settings(DateFormat dateFormat) {
    return new ConnectorRequest()
        .consumerSpec(ConsumerSpec.SMALL)
        .exportType(ExportType.OBJECT_STORAGE)
        .location("s3a://archive/주문")
        .includeTopicInPath(true)
        .dateFormat(dateFormat)
        .roleNrn("nrn:PUB:IAM::1234567:Role/archive");
  }

  private static ApiClient client(String variable) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv(variable));
    return client.setRequestInterceptor(
        new Signer(
            System.getenv("NCLOUD_ACCESS_KEY_ID"), System.getenv("NCLOUD_SECRET_ACCESS_KEY")));
  }

  /** Makes a call and prints its outcome. */
  private <T> T step(String operation, Call<T> call, Function<T, Object> outcome)
      throws ApiException, JsonProcessingException {
    T answer = null;
    Object came;
    try {
      answer = call.make();
      came = outcome.apply(answer);
    } catch (ApiException error) {
      if (error.getCode() == 0) {
        throw error; // there is no response, or it cannot be parsed
      }
      came = refusal(error);
    }
    out.println(++number + " " + operation + " " + came);
    return answer;
  }

  private String refusal(ApiException refused) throws JsonProcessingException {
    ErrorResponse body = mapper.readValue(refused.getResponseBody(), ErrorResponse.class);
    String came = "error " + refused.getCode();
    if (body.getCode() != null) {
      came += " " + body.getCode();
    }
    if (body.getError() != null && body.getError().getErrorCode() != null) {
      came += " gateway " + body.getError().getErrorCode();
    }
    return came;
  }

  private static Object empty(ApiResponse<Void> answer) {
    return answer.getData() == null ? "empty" : answer.getData();
  }

  private static String words(Object... values) {
    return Stream.of(values).map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static Map<String, Object> gatewayError(Object code, String message) {
    return Map.of("error", Map.of("errorCode", code, "message", message));
  }

  /** Prepares the emulator's response to the next call of an operation. */
  private void order(String operation, int status, Object body)
      throws IOException, InterruptedException {
    byte[] text =
        mapper.writeValueAsBytes(
            Map.of("operation_id", operation, "status", status, "body", body));
    URI address = URI.create(System.getenv("NCLOUD_DATASTREAM_EMULATOR_URL"));
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve("/_emulator/answers"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(text))
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 204) {
      throw new IOException(answer.body());
    }
  }
}
