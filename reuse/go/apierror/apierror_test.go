package apierror

import (
	"encoding/json"
	"os"
	"testing"
)

func TestVectors(t *testing.T) {
	text, err := os.ReadFile("../../../tests/vectors/errors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name, Server, Body string
		Status             int
		Error              *struct {
			Code        string
			GatewayCode string `json:"gateway_code"`
			Retryable   bool
		}
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 50 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			found := Read(v.Server == "message", v.Status, []byte(v.Body))
			if (found == nil) != (v.Error == nil) {
				t.Fatalf("%v instead of %v", found, v.Error)
			}
			if found != nil && *found != Error(*v.Error) {
				t.Errorf("%+v instead of %+v", *found, *v.Error)
			}
		})
	}
}
