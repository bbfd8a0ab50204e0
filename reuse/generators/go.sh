#!/usr/bin/env bash
# Compiles the Go package in the current folder, with the latest versions of its imports.
set -euo pipefail
export GOFLAGS=-mod=mod
rm -rf test # openapi-generator's tests want a library of tests
[[ -f go.mod ]] || { go mod init datastream && go mod tidy; } 2>/dev/null
go build ./...
