package signer

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
)

type vector struct {
	Name, Method, Target, Signature string
	Timestamp                       int64
	AccessKey                       string `json:"access_key"`
	SecretKey                       string `json:"secret_key"`
}

func vectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("../../../tests/vectors/signature-v2.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d vectors", len(all))
	}
	return all
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			transport := &Transport{AccessKey: v.AccessKey, SecretKey: v.SecretKey}
			if found := transport.Sign(v.Method, v.Target, v.Timestamp); found != v.Signature {
				t.Errorf("%s instead of %s", found, v.Signature)
			}
		})
	}
}

// The signature covers the target that a server receives, after any normalization in Go.
func TestRequestLine(t *testing.T) {
	count := 0
	const elsewhere = "/elsewhere"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == elsewhere {
			t.Error("a redirect was followed")
			return
		}
		count++
		signer := &Transport{AccessKey: r.Header.Get("x-ncp-iam-access-key"), SecretKey: "SK"}
		timestamp, err := strconv.ParseInt(r.Header.Get("x-ncp-apigw-timestamp"), 10, 64)
		if err != nil {
			t.Error(err)
		}
		expected := signer.Sign(r.Method, r.RequestURI, timestamp)
		if found := r.Header.Get("x-ncp-apigw-signature-v2"); found != expected {
			t.Errorf("%s %s: %s instead of %s", r.Method, r.RequestURI, found, expected)
		}
		http.Redirect(w, r, elsewhere, http.StatusFound)
	}))
	defer server.Close()
	client := NewClient("AK", "SK")
	all := vectors(t)
	for _, v := range all {
		request, err := http.NewRequest(v.Method, server.URL+v.Target, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if len(request.Header) > 0 {
			t.Errorf("the caller's request was changed: %v", request.Header)
		}
	}
	if count != len(all) {
		t.Errorf("%d requests for %d targets", count, len(all))
	}
}
