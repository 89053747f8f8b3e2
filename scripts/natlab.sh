#!/bin/sh
# npm run natlab: real nodes behind every pair of the laboratory's NATs; arguments go to test/natlab/run-matrix.ts.
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
. "$root/scripts/runtime.sh"
# shellcheck disable=SC2086 # the flags are words
exec "$runtime" $flags test/natlab/run-matrix.ts "$@"
