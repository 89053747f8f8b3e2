#!/bin/sh
# npm run soak: floods at a node with sessions, figures printed; arguments go to bench/run-soak.ts.
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
. "$root/scripts/runtime.sh"
# shellcheck disable=SC2086 # the flags are words
exec "$runtime" $flags bench/run-soak.ts "$@"
