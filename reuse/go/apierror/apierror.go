// Package apierror reads the error in a response of Data Stream, in every format. It is tested with
// tests/vectors/errors.json, as the Python client is.
package apierror

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Error is the error in a response.
type Error struct {
	Code        string // the service's code, one of ErrorCode or a new one, or ""
	GatewayCode string // the gateway's code, one of GatewayErrorCode or a new one, or ""
	Retryable   bool   // whether a retry of the same request can succeed
}

// The statuses of the gateway's retryable codes.
var gatewayStatus = map[string]int{"400": 429, "410": 429, "420": 429, "500": 503, "510": 504}

// Read reads a response, and returns nil for a success. messageHost reports whether the message host
// responded: only there is the field status of the body the outcome.
func Read(messageHost bool, status int, body []byte) *Error {
	said := object(body)
	envelope := object(said["error"])
	found := &Error{}
	if len(envelope) > 0 {
		found.GatewayCode = text(envelope["errorCode"], true)
	}
	effective := status
	if status < 300 {
		effective = 0
		if messageHost {
			effective, _ = strconv.Atoi(text(said["status"], true))
		}
		foreign := text(said["errorCode"], true)
		if len(envelope) == 0 && text(said["error"], false) == "" && effective < 400 &&
			len(object(said["responseError"])) == 0 && (foreign == "" || foreign == "0") {
			return nil
		}
		if found.GatewayCode != "" {
			effective = gatewayStatus[found.GatewayCode]
		}
	}
	if len(envelope)+len(said["responseError"])+len(said["errorCode"])+len(said["msg"]) == 0 {
		found.Code = text(said["code"], false)
	}
	switch effective {
	case 429, 502, 503, 504:
		found.Retryable = found.Code != "LimitExceeded"
	}
	return found
}

// object returns the fields of a JSON object, or none for any other JSON.
func object(body []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	return fields
}

// text returns a JSON string, or a number as text if allowed, or "".
func text(value json.RawMessage, orNumber bool) string {
	var said string
	if json.Unmarshal(value, &said) == nil {
		return said
	}
	var number json.Number
	if orNumber && !bytes.HasPrefix(value, []byte(`"`)) && json.Unmarshal(value, &number) == nil {
		return number.String()
	}
	return ""
}
