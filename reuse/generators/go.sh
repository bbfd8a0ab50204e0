#!/usr/bin/env bash
# Compiles the Go package of the current folder, with the newest of what it imports.
set -euo pipefail
export GOFLAGS=-mod=mod
rm -rf test # openapi-generator's tests want a library of tests
[[ -f go.mod ]] || { go mod init datastream && go mod tidy; } 2>/dev/null
go build ./...
