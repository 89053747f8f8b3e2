#!/bin/sh
# npm run crash: kills real daemons round by round and looks at what they kept; arguments go to test/crash/run.ts.
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
. "$root/scripts/runtime.sh"
# shellcheck disable=SC2086 # the flags are words
exec "$runtime" $flags test/crash/run.ts "$@"
