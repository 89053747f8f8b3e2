#!/bin/sh
# npm test: set-up, then everything that can be wrong before a test runs, then the tests.
# Arguments go to vitest: npm test -- test/wire
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
. "$root/scripts/runtime.sh"

sh scripts/check.sh
# shellcheck disable=SC2086 # the flags are words
exec "$runtime" $flags node_modules/vitest/vitest.mjs run "$@"
