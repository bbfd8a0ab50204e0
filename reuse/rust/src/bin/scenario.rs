//! Runs scenario.md.

use std::env;
use std::fmt::{Debug, Display};
use std::sync::atomic::{AtomicU32, Ordering};

use datastream::apis::configuration::Configuration;
use datastream::apis::{Error, connector_api, message_api, schema_api, topic_api};
use datastream::models::{
    Connector, ConnectorRequest, ConsumerSpec, CreateTopicRequest, DateFormat, ErrorResponse,
    ExportType, MessageFormat, SchemaRequest, SchemaType, SendMessageRequest, SendMessageResult,
    Topic, TopicList, TopicSortKey, UpdateRegistryConfigRequest, UpdateTopicRequest,
};
use serde_json::{Value, json};
use signer::Signer;

const SCHEMA: &str =
    r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long","doc":"주문 번호"}]}"#;
const OTHER_SCHEMA: &str =
    r#"{"type":"record","name":"Order","fields":[{"name":"total","type":"long"}]}"#;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    // A configuration has one address, so there is one for each host.
    let here = &configuration("NCLOUD_DATASTREAM_MANAGEMENT_URL")?;
    let messages = &configuration("NCLOUD_DATASTREAM_MESSAGE_URL")?;

    let prefix = topic_api::get_topic_prefix(here).await;
    let prefix = step("getTopicPrefix", prefix, |answer| answer.prefix.clone())?;
    let prefix = prefix.ok_or("there is no prefix")?.prefix;
    let name = format!("{prefix}orders");

    let description = "주문 +50% 할인";
    let wanted = CreateTopicRequest {
        description: Some(description.to_owned()),
        partitions: Some(3),
        retention_ms: Some(86400000),
        ..CreateTopicRequest::new(name.clone())
    };
    let topic = step("createTopic", topic_api::create_topic(here, wanted).await, topic_status)?;
    let topic = topic.ok_or("there is no topic")?.topic_id;
    let again = CreateTopicRequest::new(name.clone());
    step("createTopic", topic_api::create_topic(here, again).await, topic_status)?;
    for _ in 0..2 {
        step("getTopic", topic_api::get_topic(here, &topic).await, topic_status)?;
    }

    let sort_by = Some(TopicSortKey::TOPIC_NAME);
    let found = topic_api::list_topics(here, sort_by, Some(false), Some(description)).await;
    step("listTopics", found, topic_names)?;
    let found = topic_api::list_topics(here, None, None, Some("a=b&c#d?/e ~f")).await;
    step("listTopics", found, topic_names)?;

    for partitions in [6, 2] {
        let change = UpdateTopicRequest::new("주문과 반품".to_owned(), partitions, 172800000);
        let changed = topic_api::update_topic(here, &topic, change).await;
        step("updateTopic", changed, |answer| {
            let Topic { description, partitions, retention_ms, .. } = answer;
            format!("{} {} {}", word(description), word(partitions), word(retention_ms))
        })?;
    }

    let settings = ConnectorRequest::new(
        ConsumerSpec::SMALL,
        ExportType::OBJECT_STORAGE,
        "s3a://archive/주문".to_owned(),
        true,
        DateFormat::DAY,
        "nrn:PUB:IAM::1234567:Role/archive".to_owned(),
    );
    let wanted = ConnectorRequest { description: Some("보관".to_owned()), ..settings.clone() };
    let created = connector_api::create_connector(here, &topic, wanted).await;
    let connector = step("createConnector", created, connector_status)?;
    let connector = connector.ok_or("there is no connector")?.id;
    let found = connector_api::get_connector(here, &topic).await;
    step("getConnector", found, connector_status)?;
    let change = ConnectorRequest {
        date_format: DateFormat::HOUR,
        flush_interval: Some(5),
        flush_count: Some(20000),
        schema_type: Some(MessageFormat::JSON),
        ..settings
    };
    let changed = connector_api::update_connector(here, &topic, &connector, change).await;
    step("updateConnector", changed, |answer| {
        let Connector { date_format, flush_count, schema_type, .. } = answer;
        format!("{} {} {}", word(date_format), word(flush_count), word(schema_type))
    })?;

    let config = schema_api::get_registry_config(here, &topic).await;
    step("getRegistryConfig", config, |answer| {
        let config = &answer.compatibility;
        format!("{} {}", word(&config.compatibility_level), word(&config.is_schema_exist))
    })?;
    let schema = SchemaRequest::new(SchemaType::AVRO, SCHEMA.to_owned());
    step("createSchema", schema_api::create_schema(here, &topic, schema).await, empty)?;
    let avro = Some(SchemaType::AVRO);
    let page = schema_api::list_schemas(here, &topic, avro, None, Some(0), Some(10)).await;
    let page = step("listSchemas", page, |answer| {
        let (count, first) = (&answer.total_count, &answer.schemas[0]);
        format!("{} {} {}", word(count), word(&first.schema_type), word(&first.version))
    })?;
    let resource = &page.ok_or("there are no schemas")?.schemas[0].resource_id;
    let found = schema_api::get_schema(here, &topic, resource).await;
    step("getSchema", found, |answer| answer.schema.clone())?;
    let schema = SchemaRequest::new(SchemaType::AVRO, OTHER_SCHEMA.to_owned());
    let verdict = schema_api::check_schema_compatibility(here, &topic, schema).await;
    step("checkSchemaCompatibility", verdict, |answer| answer.is_compatible.to_string())?;
    let change = UpdateRegistryConfigRequest::new(false);
    let changed = schema_api::update_registry_config(here, &topic, change).await;
    step("updateRegistryConfig", changed, empty)?;
    let info = schema_api::get_registry_info(here, &topic).await;
    step("getRegistryInfo", info, |answer| word(&answer.is_modifiable))?;

    send(messages, &name, "주문-1", "안녕하세요, 100% + \"1\"", None).await?;
    send(messages, &name, "k", "", Some(5)).await?;
    send(messages, &format!("{prefix}nowhere"), "k", "v", None).await?;

    let archiving = json!({"topicId": topic, "topicName": name, "status": "ARCHIVING"});
    order("getTopic", 200, archiving).await?;
    step("getTopic", topic_api::get_topic(here, &topic).await, topic_status)?;
    order("getConnector", 403, gateway_error("230", "Forbidden")).await?;
    let found = connector_api::get_connector(here, &topic).await;
    step("getConnector", found, connector_status)?;
    order("sendMessage", 503, gateway_error(500, "Endpoint Error")).await?;
    send(messages, &name, "k", "v", None).await?;

    let gone = connector_api::delete_connector(here, &topic, &connector).await;
    step("deleteConnector", gone, empty)?;
    step("deleteSchema", schema_api::delete_schema(here, &topic, resource).await, empty)?;
    step("getTopic", topic_api::get_topic(here, "없는-토픽").await, topic_status)?;
    step("deleteTopic", topic_api::delete_topic(here, &topic).await, bool::to_string)?;
    Ok(())
}

async fn send(
    messages: &Configuration,
    topic: &str,
    key: &str,
    value: &str,
    partition: Option<i32>,
) -> Result<(), Failure> {
    let message = SendMessageRequest {
        partition,
        ..SendMessageRequest::new(topic.to_owned(), key.to_owned(), value.to_owned())
    };
    let sent = message_api::send_message(messages, message).await;
    step("sendMessage", sent, |answer| {
        let SendMessageResult { status, detail } = answer;
        format!("{} {}", word(&status.clone().flatten()), word(detail))
    })?;
    Ok(())
}

fn configuration(variable: &str) -> Result<Configuration, Failure> {
    let signer = Signer {
        access_key: env::var("NCLOUD_ACCESS_KEY_ID")?,
        secret_key: env::var("NCLOUD_SECRET_ACCESS_KEY")?,
    };
    let base_path = env::var(variable)?;
    Ok(Configuration { base_path, client: signer.client()?, ..Configuration::default() })
}

/// Prints the outcome of a call; fails if there is no response, or if it cannot be parsed.
fn step<T, E: Debug + 'static>(
    operation: &str,
    result: Result<T, Error<E>>,
    outcome: impl FnOnce(&T) -> String,
) -> Result<Option<T>, Failure> {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (came, answer) = match result {
        Ok(answer) => (outcome(&answer), Some(answer)),
        Err(Error::ResponseError(refused)) => {
            let body: ErrorResponse = serde_json::from_str(&refused.content)?;
            let mut came = format!("error {}", refused.status.as_u16());
            if let Some(code) = body.code {
                came += &format!(" {code}");
            }
            if let Some(code) = body.error.and_then(|error| error.error_code.flatten()) {
                came += &format!(" gateway {}", code.as_str().unwrap_or(&code.to_string()));
            }
            (came, None)
        }
        Err(error) => return Err(error.into()),
    };
    println!("{number} {operation} {came}");
    Ok(answer)
}

fn topic_status(topic: &Topic) -> String {
    word(&topic.status)
}

fn topic_names(topics: &TopicList) -> String {
    let names = topics.list.iter().map(|topic| topic.topic_name.clone());
    std::iter::once(topics.list.len().to_string()).chain(names).collect::<Vec<_>>().join(" ")
}

fn connector_status(connector: &Connector) -> String {
    format!("{} {}", word(&connector.status), word(&connector.flush_count))
}

fn empty(_: &()) -> String {
    "empty".to_owned()
}

fn word(value: &Option<impl Display>) -> String {
    value.as_ref().map_or("null".to_owned(), ToString::to_string)
}

fn gateway_error(code: impl Into<Value>, message: &str) -> Value {
    json!({"error": {"errorCode": code.into(), "message": message}})
}

/// Prepares the emulator's response to the next call of an operation.
async fn order(operation: &str, status: u16, body: Value) -> Result<(), Failure> {
    let url = env::var("NCLOUD_DATASTREAM_EMULATOR_URL")? + "/_emulator/answers";
    let order = json!({"operation_id": operation, "status": status, "body": body});
    reqwest::Client::new().post(url).json(&order).send().await?.error_for_status()?;
    Ok(())
}
