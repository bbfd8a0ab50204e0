// Package apierror reads what an answer of Data Stream says of a failure, whichever of its forms it
// has. tests/vectors/errors.json holds it to what the Python client reads.
package apierror

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Error is what an answer says of a failure.
type Error struct {
	Code        string // the service's code, one of ErrorCode or a new one, or ""
	GatewayCode string // the gateway's code, one of GatewayErrorCode or a new one, or ""
	Retryable   bool   // could the same call succeed later, unchanged?
}

// The statuses that belong to the gateway's codes that are worth another try.
var gatewayStatus = map[string]int{"400": 429, "410": 429, "420": 429, "500": 503, "510": 504}

// Read reads an answer, and returns nil for a success. Only the message host tells the outcome in
// the field status of its body, so messageHost says whose answer it is.
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

// object returns the fields of a JSON object, and none of anything else.
func object(body []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	return fields
}

// text returns a JSON string, or a number as text if that will do too, or "".
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
