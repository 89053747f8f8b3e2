#!/bin/sh
# npm run format: puts every file into its one form. Arguments are the files to format; without any, all are.
set -eu
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
. "$root/scripts/runtime.sh"
[ "$#" -gt 0 ] || set -- .
exec "$runtime" node_modules/@biomejs/biome/bin/biome check --write "$@"
