#!/bin/sh
# npm run check: the types and the arrows between the rooms, what must not compile, lint and format.
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
. "$root/scripts/runtime.sh"

tsc=node_modules/typescript/bin/tsc
echo "types: tsc -b" >&2
"$runtime" "$tsc" -b
echo "types: bench" >&2
"$runtime" "$tsc" -p bench
echo "types: test, scripts" >&2
"$runtime" "$tsc" -p test
echo "what must not compile: test/compile-fail" >&2
# shellcheck disable=SC2086 # the flags are words
"$runtime" $flags test/compile-fail/check.ts
echo "lint and format: biome check" >&2
"$runtime" node_modules/@biomejs/biome/bin/biome check --error-on-warnings .
