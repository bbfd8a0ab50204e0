#!/usr/bin/env bash
# A first session at a shell, with `ncloud-datastream` on the PATH: the emulator, a topic, 2,000
# lines, a refusal. Writes into the current folder, which is meant to be a temporary one.
set -euo pipefail

coproc emulator { exec ncloud-datastream emulator --port 0; }
trap 'kill "$emulator_PID" && wait "$emulator_PID"' EXIT
for _ in 1 2 3 4; do
    read -r line <&"${emulator[0]}"
    eval "$line"
done

says() { # says TEXT COMMAND...: what it prints has to have TEXT in it
    local text=$1 printed
    shift
    printed=$("$@" 2>&1) && [[ $printed == *"$text"* ]] ||
        { echo "$*: expected '$text' but it printed: $printed" >&2; exit 1; }
}
at_terminal() { # runs a command where it finds a terminal
    python -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@" </dev/null
}

says "ok  " ncloud-datastream doctor
prefix=$(ncloud-datastream prefix --output json | python -c 'import json, sys; print(json.load(sys.stdin)["prefix"])')
topic=${prefix}orders
says "$topic" ncloud-datastream topics create "$topic" --partitions 3
says CREATED ncloud-datastream topics wait "$topic"

seq 2000 >lines.txt
says "2000/2000" at_terminal ncloud-datastream send --topic "$topic" lines.txt
says "2,000 delivered, 0 " ncloud-datastream send --topic "$topic" lines.txt
says "$topic" ncloud-datastream topics list

if refused=$(ncloud-datastream topics create "Wrong Name" 2>&1); then
    echo "a wrong name was taken: $refused" >&2
    exit 1
fi
[[ $refused == *InvalidName* && $(wc -l <<<"$refused") -le 3 ]] ||
    { echo "the refusal of a wrong name: $refused" >&2; exit 1; }

says "" ncloud-datastream topics delete "$topic" --yes
[[ $(ncloud-datastream topics list --output json) != *"$topic"* ]]
