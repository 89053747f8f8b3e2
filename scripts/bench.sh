#!/bin/sh
# npm run bench: the benchmarks; arguments go to bench/run.ts.
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
. "$root/scripts/runtime.sh"
# shellcheck disable=SC2086 # the flags are words
exec "$runtime" $flags bench/run.ts "$@"
