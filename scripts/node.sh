# shellcheck shell=bash
# Shared by demo.sh and test.sh: a fitting Node.js, the npm packages of package-lock.json, the bundle in dist/.
# Sourced after lib.sh; changes to $root. Works there and leaves everything it makes in $root: node_modules/, dist/, .cache/.
# Invariant: the registry, proxy and certificates are those of the user's own npmrc; nothing here sets or prints them.

cd "${root:?is set by the script that reads this file}" || exit 1
modules="$root/node_modules"
# npm and tsc of today would leave compiled code in /tmp.
export NODE_DISABLE_COMPILE_CACHE=1

# better-sqlite3 12 knows these. Compiled with the headers of 24.19 or later (node::ObjectWrap with cleanup hooks, nodejs/node issue
# 65446) it aborts in garbage collection: measured with 24.21.0.
node_least=20.19
node_below=24.19
# What is fetched where Debian's own Node is too old: a release with long support whose binding is ready-made.
node_line=22
npm_line=11

# True if a version such as "20.19.2" or "20.19.2+dfsg-1" is one that fits.
version_fits() {
  [ "$(printf '%s\n' "$node_least" "$1" | sort -V | head -n 1)" = "$node_least" ] &&
    [ "$(printf '%s\n' "$node_below" "$1" | sort -V | head -n 1)" != "$node_below" ]
}

# True if this file is a Node.js that runs here and fits.
node_fits() {
  local version
  [ -x "$1" ] && version="$("$1" -p process.versions.node 2>/dev/null)" && version_fits "$version"
}

# Puts the first Node.js that fits at the front of PATH; false if there is none.
find_node() {
  local candidate
  for candidate in "$(command -v node || true)" "${cache:?is set by lib.sh}/node/bin/node" /usr/local/bin/node /usr/bin/node; do
    if node_fits "$candidate"; then
      if [ "$candidate" != "$(command -v node || true)" ]; then PATH="$(dirname "$candidate"):$PATH"; fi
      return 0
    fi
  done
  return 1
}

# Finds or installs Node.js and npm. First what is here, then Debian's package if it is new enough, else .cache/node.
ensure_node() {
  local npm_found
  if ! find_node; then
    if command -v apt-get >/dev/null 2>&1; then apt_refresh; fi
    if version_fits "$(apt_candidate nodejs)"; then
      if [ -n "$(apt_candidate npm)" ]; then apt_install nodejs npm; else apt_install nodejs; fi
      PATH="/usr/bin:$PATH"
    else
      fetch_node
    fi
    hash -r
  fi
  # Asked once: npm takes seconds on a Raspberry Pi to say its version.
  npm_found="$(npm --version 2>/dev/null || true)"
  if [ -z "$npm_found" ]; then
    if version_fits "$(apt_candidate nodejs)"; then apt_install npm; else fetch_node; fi
    hash -r
    npm_found="$(npm --version 2>/dev/null || true)"
  fi
  export PATH
  if [ -z "$npm_found" ] || ! find_node; then
    fail "There is still no Node.js between $node_least and $node_below with npm." "install Node.js 22 from nodejs.org, then run this again"
  fi
  note "Using Node.js $(node -p process.version) ($(command -v node)) and npm $npm_found."
}

# The name of this machine in the names of Node's builds. The package architecture counts, not the kernel's: Raspberry Pi OS has
# 32-bit programs on a 64-bit kernel.
node_platform() {
  case "$(dpkg --print-architecture 2>/dev/null || uname -m)" in
    amd64 | x86_64) echo linux-x64 ;;
    arm64 | aarch64) echo linux-arm64 ;;
    armhf | armv7l) if [ "$(uname -m)" = armv6l ]; then echo none; else echo linux-armv7l; fi ;;
    *) echo none ;;
  esac
}

# Puts Node.js and npm into .cache/node, for this checkout only: from npm packages, else as an archive from nodejs.org.
fetch_node() {
  local platform fresh="$cache/node.new"
  platform="$(node_platform)"
  [ "$platform" != none ] ||
    fail "There is no Node.js $node_line build for this processor ($(uname -m))." "use Debian 13 or a newer Raspberry Pi OS, whose own nodejs package fits"
  rm -rf "$fresh"
  mkdir -p "$fresh/bin"
  note "No Node.js here is between $node_least and $node_below. Putting Node.js $node_line into .cache/node, for this folder only."
  fetch_node_with_npm "$platform" "$fresh" || fetch_node_archive "$platform" "$fresh"
  node_fits "$fresh/bin/node" ||
    fail "The Node.js that was fetched does not run here." "install Node.js 22 by hand, then run this again"
  rm -rf "$cache/node"
  mv "$fresh" "$cache/node"
  PATH="$cache/node/bin:$PATH"
  hash -r
}

# The packages node-linux-* hold the binary and its headers. They follow the releases for x64 and arm64 only.
fetch_node_with_npm() {
  case "$1" in linux-x64 | linux-arm64) ;; *) return 1 ;; esac
  if ! npm --version >/dev/null 2>&1; then
    [ -n "$(apt_candidate npm)" ] || return 1
    apt_install npm
    hash -r
  fi
  run_logged fetch-node npm install --prefix "$2" --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
    "node-$1@$node_line" "npm@$npm_line" || return 1
  ln -s "../node_modules/node-$1/bin/node" "$2/bin/node"
  ln -s ../node_modules/npm/bin/npm-cli.js "$2/bin/npm"
  ln -s "node_modules/node-$1/include" "$2/include"
}

# The archive from nodejs.org, checked against the sums that are published beside it. It holds npm as well.
fetch_node_archive() {
  local base="https://nodejs.org/dist/latest-v$node_line.x" name
  command -v curl >/dev/null 2>&1 || apt_install curl ca-certificates
  note "Fetching the archive from nodejs.org."
  curl -fsSL --retry 3 "$base/SHASUMS256.txt" -o "$2/sums" ||
    fail "nodejs.org cannot be reached." "install Node.js 22 by hand, then run this again"
  name="$(sed -n "s/^[0-9a-f]\{64\}  \(node-v[0-9.]*-$1\.tar\.gz\)$/\1/p" "$2/sums")"
  [ -n "$name" ] || fail "nodejs.org has no Node.js $node_line for $1." "use a newer Debian, whose own nodejs package fits"
  curl -fsSL --retry 3 "$base/$name" -o "$2/$name" || fail "$name could not be fetched from nodejs.org."
  (cd "$2" && grep -F "  $name" sums | sha256sum -c --status -) || fail "$name does not match its published sum."
  tar -xzf "$2/$name" -C "$2" --strip-components=1
  rm -f "$2/$name" "$2/sums"
}

# True if both native packages load here and SQLite opens a database. In a process of its own: a wrong binding may crash.
natives_work() {
  node -e '
    require("@serialport/bindings-cpp")
    const Database = require("better-sqlite3")
    process.exit(new Database(":memory:").prepare("select 1 as one").get().one === 1 ? 0 : 1)' >/dev/null 2>&1
}

# Runs npm ci if node_modules was made from another package-lock.json, or for another Node.js; then sees to the native packages.
ensure_modules() {
  local stamp="$modules/.simpost-stamp" wanted
  wanted="$(sha256sum <"$root/package-lock.json" | cut -d ' ' -f 1) $(node -p '[process.version, process.arch].join(" ")')"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    note "Installing the npm packages of package-lock.json (npm ci)."
    # Without scripts: one missing compiler would undo the whole installation. The one script that matters runs below.
    run_logged npm-ci npm ci --ignore-scripts --no-audit --no-fund --loglevel=error ||
      fail "npm ci failed." "read the lines above; behind a proxy or mirror, npm has to know it (npm config)"
    printf '%s\n' "$wanted" >"$stamp"
  fi
  ensure_natives
}

# The SQLite binding: ready-made if its makers' site can be reached, else compiled here.
ensure_natives() {
  if natives_work; then return; fi
  if npm exec --loglevel=error -c 'cd node_modules/better-sqlite3 && prebuild-install' >"$cache/prebuild.log" 2>&1 &&
    natives_work; then return; fi
  local missing=() prefix link=
  command -v make >/dev/null 2>&1 || missing+=(make)
  command -v g++ >/dev/null 2>&1 || missing+=(g++)
  command -v python3 >/dev/null 2>&1 || missing+=(python3)
  if [ ${#missing[@]} -gt 0 ]; then apt_install "${missing[@]}"; fi
  prefix="$(headers_prefix)"
  if [ -n "$prefix" ]; then
    # By way of a link: the compiler's command line comes apart at a space in this path.
    link="$(mktemp -d)"
    ln -s "$prefix" "$link/node"
    export npm_package_config_node_gyp_nodedir="$link/node" npm_config_nodedir="$link/node"
  fi
  note "Compiling the SQLite binding: two minutes on a PC, ten or more on a Raspberry Pi."
  run_logged sqlite-build npm rebuild --ignore-scripts=false --loglevel=error better-sqlite3 @serialport/bindings-cpp ||
    fail "The SQLite binding could not be compiled." "read the lines above"
  unset npm_package_config_node_gyp_nodedir npm_config_nodedir
  if [ -n "$link" ]; then rm -r "$link"; fi
  natives_work || fail "The SQLite binding was compiled, but does not open a database." "remove node_modules and run this again"
}

# The folder whose include/node holds the headers of the very Node.js that runs; empty: node-gyp has to fetch them.
headers_prefix() {
  # shellcheck disable=SC2016 # the dollar signs are JavaScript's
  node -e '
    const fs = require("node:fs"), path = require("node:path")
    for (const prefix of [path.dirname(path.dirname(fs.realpathSync(process.execPath))), "/usr"]) {
      let text = ""
      try { text = fs.readFileSync(path.join(prefix, "include/node/node_version.h"), "utf8") } catch { continue }
      const number = (name) => new RegExp(`^#define NODE_${name}_VERSION (\\d+)$`, "m").exec(text)?.[1]
      if ([number("MAJOR"), number("MINOR"), number("PATCH")].join(".") !== process.versions.node) continue
      process.stdout.write(prefix)
      break
    }'
}

# Makes dist/ again if anything that goes into it is newer.
ensure_bundle() {
  local bundle="$root/dist/simpost.cjs" newer
  if [ -e "$bundle" ]; then
    newer="$(find src package.json package-lock.json scripts/build.mjs -newer "$bundle" -print -quit)"
    if [ -z "$newer" ]; then return; fi
  fi
  note "Building dist/simpost.cjs."
  run_logged build node "$root/scripts/build.mjs" || fail "The build failed." "read the lines above"
}
