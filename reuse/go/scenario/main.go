// Command scenario tells the story of scenario.md with the client that oapi-codegen makes.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"ncloud-datastream/generated/datastream"
	"ncloud-datastream/signer"
)

const (
	schema = `{"type":"record","name":"Order","fields":` +
		`[{"name":"id","type":"long","doc":"주문 번호"}]}`
	otherSchema = `{"type":"record","name":"Order","fields":[{"name":"total","type":"long"}]}`
)

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	// A client has one address, so there is one for each host.
	client := newClient("NCLOUD_DATASTREAM_MANAGEMENT_URL")
	messages := newClient("NCLOUD_DATASTREAM_MESSAGE_URL")

	prefix := step("getTopicPrefix", func(a *datastream.GetTopicPrefixResponse) string {
		return a.JSON200.Prefix
	})(client.GetTopicPrefixWithResponse(ctx)).JSON200.Prefix
	name := prefix + "orders"

	description := "주문 +50% 할인"
	create := func(body datastream.CreateTopicRequest) *datastream.CreateTopicResponse {
		return step("createTopic", func(a *datastream.CreateTopicResponse) string {
			return string(*a.JSON200.Status)
		})(client.CreateTopicWithResponse(ctx, body))
	}
	topic := create(datastream.CreateTopicRequest{
		Name:        name,
		Description: &description,
		Partitions:  to(int32(3)),
		RetentionMs: to(int64(86400000)),
	}).JSON200.TopicId
	create(datastream.CreateTopicRequest{Name: name})

	getTopic := func(id string) {
		step("getTopic", func(a *datastream.GetTopicResponse) string {
			return string(*a.JSON200.Status)
		})(client.GetTopicWithResponse(ctx, id))
	}
	getTopic(topic)
	getTopic(topic)

	list := func(params datastream.ListTopicsParams) {
		step("listTopics", func(a *datastream.ListTopicsResponse) string {
			words := []string{fmt.Sprint(len(a.JSON200.List))}
			for _, each := range a.JSON200.List {
				words = append(words, each.TopicName)
			}
			return strings.Join(words, " ")
		})(client.ListTopicsWithResponse(ctx, &params))
	}
	list(datastream.ListTopicsParams{
		SortBy:     to(datastream.TopicSortKeyTOPICNAME),
		Descending: to(false),
		SearchText: &description,
	})
	list(datastream.ListTopicsParams{SearchText: to("a=b&c#d?/e ~f")})

	for _, partitions := range []int32{6, 2} {
		step("updateTopic", func(a *datastream.UpdateTopicResponse) string {
			return fmt.Sprint(*a.JSON200.Description, " ", *a.JSON200.Partitions, " ", *a.JSON200.RetentionMs)
		})(client.UpdateTopicWithResponse(ctx, topic, datastream.UpdateTopicRequest{
			Description: "주문과 반품",
			Partitions:  partitions,
			RetentionMs: 172800000,
		}))
	}

	settings := datastream.ConnectorRequest{
		Description:        to("보관"),
		ConsumerSpec:       datastream.ConsumerSpecSMALL,
		ExportType:         datastream.ExportTypeOBJECTSTORAGE,
		Location:           "s3a://archive/주문",
		IncludeTopicInPath: true,
		DateFormat:         datastream.DateFormatDAY,
		RoleNrn:            "nrn:PUB:IAM::1234567:Role/archive",
	}
	connector := step("createConnector", func(a *datastream.CreateConnectorResponse) string {
		return fmt.Sprint(*a.JSON200.Status, " ", *a.JSON200.FlushCount)
	})(client.CreateConnectorWithResponse(ctx, topic, settings)).JSON200.Id
	getConnector := func() {
		step("getConnector", func(a *datastream.GetConnectorResponse) string {
			return fmt.Sprint(*a.JSON200.Status, " ", *a.JSON200.FlushCount)
		})(client.GetConnectorWithResponse(ctx, topic))
	}
	getConnector()
	settings.Description = nil
	settings.DateFormat = datastream.DateFormatHOUR
	settings.FlushInterval = to(int32(5))
	settings.FlushCount = to(int32(20000))
	settings.SchemaType = to(datastream.MessageFormatJSON)
	step("updateConnector", func(a *datastream.UpdateConnectorResponse) string {
		return fmt.Sprint(*a.JSON200.DateFormat, " ", *a.JSON200.FlushCount, " ", *a.JSON200.SchemaType)
	})(client.UpdateConnectorWithResponse(ctx, topic, connector, settings))

	step("getRegistryConfig", func(a *datastream.GetRegistryConfigResponse) string {
		config := a.JSON200.Compatibility
		return fmt.Sprint(*config.CompatibilityLevel, " ", *config.IsSchemaExist)
	})(client.GetRegistryConfigWithResponse(ctx, topic))
	step("createSchema", empty[*datastream.CreateSchemaResponse])(
		client.CreateSchemaWithResponse(ctx, topic, datastream.SchemaRequest{
			SchemaType: datastream.SchemaTypeAVRO, Schema: schema,
		}))
	resource := step("listSchemas", func(a *datastream.ListSchemasResponse) string {
		first := a.JSON200.Schemas[0]
		return fmt.Sprint(*a.JSON200.TotalCount, " ", *first.SchemaType, " ", *first.Version)
	})(client.ListSchemasWithResponse(ctx, topic, &datastream.ListSchemasParams{
		SchemaType: to(datastream.SchemaTypeAVRO),
		Page:       to(int32(0)),
		Size:       to(int32(10)),
	})).JSON200.Schemas[0].ResourceId
	step("getSchema", func(a *datastream.GetSchemaResponse) string {
		return a.JSON200.Schema
	})(client.GetSchemaWithResponse(ctx, topic, resource))
	step("checkSchemaCompatibility", func(a *datastream.CheckSchemaCompatibilityResponse) string {
		return fmt.Sprint(a.JSON200.IsCompatible)
	})(client.CheckSchemaCompatibilityWithResponse(ctx, topic, datastream.SchemaRequest{
		SchemaType: datastream.SchemaTypeAVRO, Schema: otherSchema,
	}))
	step("updateRegistryConfig", empty[*datastream.UpdateRegistryConfigResponse])(
		client.UpdateRegistryConfigWithResponse(ctx, topic,
			datastream.UpdateRegistryConfigRequest{Compatibility: false}))
	step("getRegistryInfo", func(a *datastream.GetRegistryInfoResponse) string {
		return fmt.Sprint(*a.JSON200.IsModifiable)
	})(client.GetRegistryInfoWithResponse(ctx, topic))

	send := func(message datastream.SendMessageRequest) {
		step("sendMessage", func(a *datastream.SendMessageResponse) string {
			return fmt.Sprint(a.JSON200.Status, " ", *a.JSON200.Detail)
		})(messages.SendMessageWithResponse(ctx, message))
	}
	send(datastream.SendMessageRequest{Topic: name, Key: "주문-1", Value: `안녕하세요, 100% + "1"`})
	send(datastream.SendMessageRequest{Topic: name, Key: "k", Partition: to(int32(5))})
	send(datastream.SendMessageRequest{Topic: prefix + "nowhere", Key: "k", Value: "v"})

	order("getTopic", 200, map[string]any{
		"topicId": topic, "topicName": name, "status": "ARCHIVING",
	})
	getTopic(topic)
	order("getConnector", 403, gatewayError("230", "Forbidden"))
	getConnector()
	order("sendMessage", 503, gatewayError(500, "Endpoint Error"))
	send(datastream.SendMessageRequest{Topic: name, Key: "k", Value: "v"})

	step("deleteConnector", empty[*datastream.DeleteConnectorResponse])(
		client.DeleteConnectorWithResponse(ctx, topic, connector))
	step("deleteSchema", empty[*datastream.DeleteSchemaResponse])(
		client.DeleteSchemaWithResponse(ctx, topic, resource))
	getTopic("없는-토픽")
	step("deleteTopic", func(a *datastream.DeleteTopicResponse) string {
		return fmt.Sprint(*a.JSON200)
	})(client.DeleteTopicWithResponse(ctx, topic))
}

func newClient(variable string) *datastream.ClientWithResponses {
	signing := signer.NewClient(os.Getenv("NCLOUD_ACCESS_KEY_ID"), os.Getenv("NCLOUD_SECRET_ACCESS_KEY"))
	client, err := datastream.NewClientWithResponses(
		os.Getenv(variable), datastream.WithHTTPClient(signing))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// answer is what all generated answers have in common.
type answer interface {
	StatusCode() int
	GetBody() []byte
}

var number int

// step returns a function that prints what came of a call, and returns its answer.
func step[A answer](operation string, outcome func(A) string) func(A, error) A {
	return func(found A, err error) A {
		if err != nil {
			log.Fatal(operation, ": ", err)
		}
		number++
		came := ""
		if found.StatusCode() < 300 {
			came = outcome(found)
		} else {
			came = refusal(found)
		}
		fmt.Println(number, operation, came)
		return found
	}
}

func refusal(found answer) string {
	var said datastream.ErrorResponse
	if err := json.Unmarshal(found.GetBody(), &said); err != nil {
		log.Fatal(err)
	}
	came := fmt.Sprint("error ", found.StatusCode())
	if said.Code != nil {
		came += " " + string(*said.Code)
	}
	if said.Error != nil && said.Error.ErrorCode != nil {
		came += fmt.Sprint(" gateway ", said.Error.ErrorCode)
	}
	return came
}

func empty[A answer](found A) string {
	if len(found.GetBody()) > 0 {
		return string(found.GetBody())
	}
	return "empty"
}

func gatewayError(code any, message string) any {
	return map[string]any{"error": map[string]any{"errorCode": code, "message": message}}
}

// order asks the emulator for an answer to the next call of an operation.
func order(operation string, status int, body any) {
	text, err := json.Marshal(map[string]any{
		"operation_id": operation, "status": status, "body": body,
	})
	if err != nil {
		log.Fatal(err)
	}
	url := os.Getenv("NCLOUD_DATASTREAM_EMULATOR_URL") + "/_emulator/answers"
	found, err := http.Post(url, "application/json", bytes.NewReader(text))
	if err != nil {
		log.Fatal(err)
	}
	found.Body.Close()
	if found.StatusCode != http.StatusNoContent {
		log.Fatal("the emulator answered ", found.Status)
	}
}

func to[T any](value T) *T {
	return &value
}
