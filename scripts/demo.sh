#!/usr/bin/env bash
# Shows the whole exchange on a simulated modem and mailbox: prepares what is missing, then runs `simpost demo`.
# Works from any folder, as root or as a user with sudo, and again at any time: what is done already is skipped.
# All arguments go to the program, for example: scripts/demo.sh --exit
set -euo pipefail

root="$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
start="$PWD"
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/node.sh
. "$root/scripts/node.sh"

ensure_node
ensure_modules
ensure_bundle
cd "$start"
exec node "$root/dist/simpost.cjs" demo "$@"
