#!/usr/bin/env bash
# A session at a shell with `ncloud-datastream` on the PATH: the emulator, a topic, 2,000 lines, an
# error. Writes to the current folder, which should be a temporary one.
set -euo pipefail

coproc emulator { exec ncloud-datastream emulator --port 0; }
trap 'kill "$emulator_PID" && wait "$emulator_PID"' EXIT
for _ in 1 2 3 4; do
    read -r line <&"${emulator[0]}"
    eval "$line"
done

prints() { # prints TEXT COMMAND...: fails unless the output contains TEXT
    local text=$1 printed
    shift
    printed=$("$@" 2>&1) && [[ $printed == *"$text"* ]] ||
        { echo "$*: expected '$text' but it printed: $printed" >&2; exit 1; }
}
at_terminal() { # runs a command at a terminal
    python -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@" </dev/null
}

prints "ok  " ncloud-datastream doctor
prefix=$(ncloud-datastream prefix --output json | python -c 'import json, sys; print(json.load(sys.stdin)["prefix"])')
topic=${prefix}orders
prints "$topic" ncloud-datastream topics create "$topic" --partitions 3
prints CREATED ncloud-datastream topics wait "$topic"

seq 2000 >lines.txt
prints "2000/2000" at_terminal ncloud-datastream send --topic "$topic" lines.txt
prints "2,000 delivered, 0 " ncloud-datastream send --topic "$topic" lines.txt
prints "$topic" ncloud-datastream topics list

if rejected=$(ncloud-datastream topics create "Invalid Name" 2>&1); then
    echo "an invalid name was accepted: $rejected" >&2
    exit 1
fi
[[ $rejected == *InvalidName* && $(wc -l <<<"$rejected") -le 3 ]] ||
    { echo "the error for an invalid name: $rejected" >&2; exit 1; }

prints "" ncloud-datastream topics delete "$topic" --yes
[[ $(ncloud-datastream topics list --output json) != *"$topic"* ]]
