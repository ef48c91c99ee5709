#!/usr/bin/env bash
# Runs every check and every test of Simpost: installs what they need, then `npm run check` and `npm test`.
# Works from any folder, as root or as a user with sudo, and again at any time: what is done already is skipped.
# Ends with status 1 if a check or a test failed. CI=true prints failures and the summary only.
# Invariant: no mail server of the machine is replaced, started, or left to start at the next boot.
set -euo pipefail

root="$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
# Debian keeps servers in sbin, which is not on the PATH of an ordinary user.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/node.sh
. "$root/scripts/node.sh"

# What the tests use beside Node.js: a program or a file that must be there, and the Debian package that brings it.
tools=(
  /usr/lib/dovecot/imap:dovecot-imapd
  /usr/lib/dovecot/lmtp:dovecot-lmtpd
  openssl:openssl
  socat:socat
  gammu:gammu
  picocom:picocom
  tshark:tshark
  swaks:swaks
  mutt:mutt
  notmuch:notmuch
  mu:maildir-utils
  curl:curl
  gcc:gcc
  /usr/include/stdio.h:libc6-dev
  python3:python3
  shellcheck:shellcheck
  systemd-analyze:systemd
)

ensure_tools() {
  local tool missing=()
  for tool in "${tools[@]}"; do
    [ -e "${tool%%:*}" ] || command -v "${tool%%:*}" >/dev/null 2>&1 || missing+=("${tool#*:}")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  apt_install "${missing[@]}"
  case " ${missing[*]} " in
    *" dovecot-imapd "*)
      # It came for the tests, which start their own with their own configuration.
      run_logged dovecot-off as_root update-rc.d dovecot disable || true
      ;;
  esac
}

# Exim as a program, not as the machine's mail server: an installed exim4 would push another mail server out, and would run.
# So it is only unpacked, with the libraries that are not here, and with libnss-wrapper, which shows it the account that its
# build asks for (test/support/exim-binary.ts). None of this needs root.
ensure_exim() {
  local home="$cache/exim" fresh="$cache/exim.new" package packages
  if [ -n "${SIMPOST_EXIM:-}" ] || [ -x "$home/usr/sbin/exim4" ]; then return; fi
  apt_refresh
  note "Unpacking exim4-daemon-light into .cache/exim, for the tests only."
  rm -rf "$fresh"
  mkdir -p "$fresh"
  packages=(exim4-daemon-light libnss-wrapper)
  for package in $(exim_libraries); do
    if ! has_package "$package" && [ -n "$(apt_candidate "$package")" ]; then packages+=("$package"); fi
  done
  cd "$fresh"
  run_logged exim-download apt-get download -q -o APT::Sandbox::User=root "${packages[@]}" ||
    fail "apt-get could not download Exim for the tests."
  for package in ./*.deb; do dpkg -x "$package" .; done
  cd "$root"
  if LD_LIBRARY_PATH="$(printf '%s:' "$fresh"/usr/lib/*-linux-gnu*)" ldd "$fresh/usr/sbin/exim4" | grep -F 'not found' >&2; then
    fail "Exim was unpacked, but not every library that it needs."
  fi
  mv "$fresh" "$home"
}

# The library packages that exim4-daemon-light needs, and those that they need.
exim_libraries() {
  local only=(--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances)
  # shellcheck disable=SC2046 # one word per package
  apt-cache depends --recurse "${only[@]}" \
    $(apt-cache depends "${only[@]}" exim4-daemon-light | sed -n 's/^ *|*Depends: \(lib.*\)/\1/p') | grep '^lib' | sort -u
}

# Runs a command with its output in .cache/NAME.log, and on the screen unless CI=true; keeps its status.
run_shown() {
  local log="$cache/$1.log" status=0
  shift
  if [ "${CI:-}" = true ]; then
    "$@" >"$log" 2>&1 </dev/null || status=$?
  else
    "$@" 2>&1 </dev/null | tee "$log" || status=$?
  fi
  return "$status"
}

# The closing lines of Node's test runner, of either reporter.
summary_lines() { grep -aE '^(ℹ|#) (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [0-9]' "$1" | tail -n 8 || true; }

# What the long tests counted: points killed, seeds run, messages sent, lost, doubled.
counts() { grep -aoE 'simpost-count: .*' "$1" | sed 's/^simpost-count: /  /' || true; }

failed=0
ensure_tools
ensure_node
ensure_modules
ensure_exim
ensure_bundle

note "Checking: format, lint, types, unused code, architecture (npm run check)."
if ! run_shown check npm run check; then
  failed=1
  if [ "${CI:-}" = true ]; then cat "$cache/check.log" >&2; fi
  say "npm run check failed."
fi

note "Auditing the dependencies (scripts/audit.mjs)."
if ! node scripts/audit.mjs; then
  failed=1
  say "The audit of the dependencies failed."
fi

note "Testing (npm test)."
export SIMPOST_TEST_BUNDLE="$root/dist/simpost.cjs"
if ! NODE_OPTIONS="${NODE_OPTIONS:-} --test-reporter=spec" run_shown tests npm test; then
  failed=1
  if [ "${CI:-}" = true ]; then
    # A file can fail without a failing test: by what it left behind, which only this line names.
    grep -a -A 12 'asynchronous activity' "$cache/tests.log" >&2 || true
    sed -n '/failing tests:/,$p' "$cache/tests.log" >&2
  fi
  say "npm test failed. All of its output is in $cache/tests.log"
fi

summary="$(summary_lines "$cache/tests.log")"
if [ -z "$summary" ]; then
  tail -n 50 "$cache/tests.log" >&2
  fail "Node's test runner did not get to its summary."
fi
counted="$(counts "$cache/tests.log")"
if [ -n "$counted" ]; then
  say "Counted:"
  say "$counted"
fi
say "Total time: $SECONDS s."
printf '%s\n' "$summary"
exit "$failed"
