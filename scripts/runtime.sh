# Read by ./ptpchat and scripts/test.sh, with $root set: leaves the Node to use in $runtime and its options in $flags.
# It costs a few milliseconds when all is set up; otherwise scripts/setup.mjs does what is missing.
#
# node_modules/.ptpchat-setup    SHA-256 of the package-lock.json that was installed
# node_modules/.ptpchat-runtime  the system's node, what `ls` said of it, the Node to use, its options: a line each

# The first node on the PATH that is not a project's own: npm puts those of node_modules before all others.
system_node() (
  IFS=:
  for folder in $PATH; do
    case $folder in */node_modules/.bin) continue ;; esac
    if [ -f "$folder/node" ] && [ -x "$folder/node" ]; then
      echo "$folder/node"
      return
    fi
  done
)

hash_of_lock() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$root/package-lock.json"
  else
    shasum -a 256 "$root/package-lock.json"
  fi 2>/dev/null
}

# True when everything is installed and the Node chosen then is still the one to use.
is_set_up() {
  [ -r "$root/node_modules/.ptpchat-setup" ] && [ -r "$root/node_modules/.ptpchat-runtime" ] || return 1
  read -r stamp <"$root/node_modules/.ptpchat-setup" || return 1
  hash=$(hash_of_lock)
  [ "$stamp" = "${hash%% *}" ] || return 1
  { read -r was_system && read -r was_listed && read -r runtime && read -r flags; } <"$root/node_modules/.ptpchat-runtime" || return 1
  [ "$was_system" = "$system" ] && [ "$was_listed" = "$listed" ] && [ -x "$runtime" ]
}

# Runs the set-up so that a signal to this shell ends it too.
set_up() {
  installer=$system
  if [ -z "$installer" ]; then
    for installer in "$root"/node_modules/node-*/bin/node; do break; done
    [ -x "$installer" ] || {
      echo "ptpchat: there is no Node.js here. Install Node.js 18 or newer with npm (https://nodejs.org), then start again." >&2
      return 1
    }
  fi
  "$installer" "$root/scripts/setup.mjs" "$system" "$listed" </dev/null &
  setup=$!
  trap 'kill "$setup" 2>/dev/null; exit 130' INT
  trap 'kill "$setup" 2>/dev/null; exit 143' TERM HUP
  wait "$setup"
  code=$?
  trap - INT TERM HUP
  return "$code"
}

system=$(system_node)
listed=
if [ -n "$system" ]; then
  # shellcheck disable=SC2012 # compared as a whole, never read
  listed=$(LC_ALL=C ls -lLi "$system")
fi
is_set_up || {
  set_up || exit 1
  is_set_up || {
    echo "ptpchat: the set-up does not hold. Remove the directory $root/node_modules and start again." >&2
    exit 1
  }
}
