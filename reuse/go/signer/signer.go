// Package signer signs requests to Data Stream: it sets three headers that sign the request target
// as sent.
package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Transport signs each request and passes it to Base, or to http.DefaultTransport.
type Transport struct {
	AccessKey, SecretKey string
	Base                 http.RoundTripper
}

// NewClient returns a signing client. It does not follow redirects, since those would be signed
// too, for any host.
func NewClient(accessKey, secretKey string) *http.Client {
	return &http.Client{
		Transport: &Transport{AccessKey: accessKey, SecretKey: secretKey},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context()) // a RoundTripper must not modify its argument
	timestamp := time.Now().UnixMilli()
	req.Header.Set("x-ncp-apigw-timestamp", strconv.FormatInt(timestamp, 10))
	req.Header.Set("x-ncp-iam-access-key", t.AccessKey)
	req.Header.Set("x-ncp-apigw-signature-v2", t.Sign(req.Method, req.URL.RequestURI(), timestamp))
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	return base.RoundTrip(req)
}

// Sign returns the signature of a request; target is its path and query exactly as sent, and
// timestamp the milliseconds since 1970 in its header.
func (t *Transport) Sign(method, target string, timestamp int64) string {
	mac := hmac.New(sha256.New, []byte(t.SecretKey))
	fmt.Fprintf(mac, "%s %s\n%d\n%s", method, target, timestamp, t.AccessKey)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
