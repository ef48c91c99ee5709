# shellcheck shell=bash
# Shared by demo.sh and test.sh: sentences for the reader, root rights, Debian packages. Sourced, never run by itself.
# Expects $root, the top folder of the checkout. Needs nothing but bash and the essential packages of Debian.
# Invariant: installing a package never starts its daemon, and leaves no file behind that keeps later ones from starting.

cache="${root:?is set by the script that reads this file}/.cache"
policy_file=/usr/sbin/policy-rc.d
policy_mark='# written by Simpost for the time of one apt-get install'
lists_fresh=
root_asked=

# Prints one sentence on standard error, so that what the program prints can still be piped on.
say() { printf '%s\n' "$*" >&2; }

# Like say, but silent in a build farm (CI=true): what was done, not what went wrong.
note() { [ "${CI:-}" = true ] || say "$@"; }

# fail SENTENCE [CURE]: prints both and ends with status 1.
fail() {
  say "$1"
  if [ $# -gt 1 ]; then say "Try: $2"; fi
  exit 1
}

# Makes sure of root rights, or ends with a sentence: once a run, on the screen, before anything that run_logged hides.
ask_root() {
  if [ "$(id -u)" -eq 0 ] || [ -n "$root_asked" ]; then return; fi
  command -v sudo >/dev/null 2>&1 ||
    fail "Something has to be installed, which only root can do, and there is no sudo here." "run this script as root"
  if ! sudo -n true 2>/dev/null; then
    say "Something has to be installed. sudo asks for your password, once."
    sudo -v || fail "sudo refused." "run this script as root, or as a user who may use sudo"
  fi
  root_asked=yes
}

# Runs a command as root. Call ask_root first where the output is hidden.
as_root() {
  ask_root
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# run_logged NAME COMMAND...: output goes to .cache/NAME.log, and to the reader only if the command fails; keeps the status.
run_logged() {
  local log="$cache/$1.log" status=0
  shift
  if ! mkdir -p "$cache" || ! : >"$log"; then
    fail "$cache cannot be written by $(id -un)." "give the folder back to yourself: sudo chown -R $(id -un) '$root'"
  fi
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 25 "$log" >&2
    say "(All of it is in $log)"
  fi
  return "$status"
}

# True if this Debian package is installed.
has_package() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The version that apt-get would install, without epoch; empty if it knows none.
apt_candidate() {
  command -v apt-cache >/dev/null 2>&1 || return 0
  LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \([0-9]*:\)\{0,1\}//p' | grep -v '^(none)$' || true
}

# Reads the package lists again, once a run, and only if they are older than a day: a stale list names files that are gone.
apt_refresh() {
  if [ -n "$lists_fresh" ]; then return; fi
  lists_fresh=yes
  if [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mtime -1 -print -quit 2>/dev/null)" ]; then return; fi
  ask_root
  note "Reading the package lists (apt-get update)."
  run_logged apt-update as_root apt-get update -q -o DPkg::Lock::Timeout=300 ||
    say "apt-get update failed; going on with the lists that are here."
}

# Asks invoke-rc.d and deb-systemd-invoke to start nothing (status 101), unless the machine has such a rule of its own.
hold_daemons() {
  if [ -e "$policy_file" ] && ! grep -qF "$policy_mark" "$policy_file"; then return; fi
  trap release_daemons EXIT
  as_root sh -c "printf '#!/bin/sh\n%s\nexit 101\n' '$policy_mark' >$policy_file && chmod 755 $policy_file"
}

# Takes our own rule away again.
release_daemons() {
  if grep -qsF "$policy_mark" "$policy_file"; then as_root rm -f "$policy_file"; fi
  trap - EXIT
}

# Installs Debian packages, nothing recommended with them and no daemon started.
apt_install() {
  command -v apt-get >/dev/null 2>&1 ||
    fail "This system has no apt-get; these Debian packages, or their like, are missing: $*" "install them by hand, then run this again"
  ask_root
  apt_refresh
  note "Installing with apt-get: $*"
  hold_daemons
  run_logged apt-install as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" ||
    fail "apt-get could not install: $*" "read the lines above; often 'sudo apt-get update' or a free disk helps"
  release_daemons
}
