# SPDX-License-Identifier: Apache-2.0
#
# What the other scripts share: where things are, how to say what is going on, what must be there.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A title for a step that may take a while, with the minutes and seconds since the start.
step() { printf '\n==> %02d:%02d %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2; }

# Ends the script with a message that says what to do.
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Installs the Debian packages that are missing: libraries to build with, QEMU for the lab, and the
# arguments.
install_packages() {
  command -v swift >/dev/null ||
    fail "swift is not in PATH; install a Swift 6.3 toolchain (swift.org) and put it there"
  local missing=() package
  for package in libelf-dev liblz4-dev liblzma-dev libxen-dev libzstd-dev musl-dev pkg-config \
    qemu-system-x86 xz-utils zlib1g-dev "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  step "installing Debian packages: ${missing[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "these Debian packages are missing, and only root can install them: ${missing[*]}"
    root=(sudo)
  fi
  "${root[@]}" apt-get update -q >&2
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
}

# Builds pvh and its agent; sets $pvh.
build_pvh() {
  step "building pvh"
  # With its own Swift runtime, so that it can be copied to a control domain without Swift; looking
  # for libraries beside itself, where others might put some, is not for a program that root runs.
  local product
  for product in pvh pvh-agent; do
    swift build -c release --static-swift-stdlib --disable-local-rpath --product "$product" >&2
  done
  pvh=$PWD/.build/release/pvh
}

# Builds the guests of packages, one after the other in one place, so that the runtime is compiled once.
build_guests() {
  local package
  for package in "$@"; do
    "$pvh" build --package-path "$package" --scratch-path .build/packages/xen-pvh >&2
  done
}

# Fetches Debian packages into a folder of the cache, without installing them; those that are there
# already stay. The lists of packages of a lab are used.
fetch_packages() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/pvhkit folder lists package
  folder=$cache/$1
  lists=$(compgen -G "$cache/packages/xen-*/apt.conf" | head -n 1)
  shift
  mkdir -p "$folder"
  for package in "$@"; do
    compgen -G "$folder/${package}_*.deb" >/dev/null && continue
    (cd "$folder" && APT_CONFIG=$lists apt-get download -q "$package" >&2) ||
      fail "the Debian package $package cannot be downloaded; try again with a network: apt-get update"
  done
}

# Fetches sources of Debian packages, as their authors published them, into a folder of the cache for each,
# from where this machine gets its packages; those that are there already stay.
fetch_sources() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/pvhkit/sources package
  local apt=$cache/.apt options
  options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$apt/lists" -o APT::Sandbox::User=root)
  for package in "$@"; do
    [ -d "$cache/$package" ] && continue
    mkdir -p "$apt/lists/partial"
    if [ ! -f "$apt/sources.list" ]; then
      apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)' \
        'Created-By: Packages' >"$apt/sources.list"
      apt-get "${options[@]}" update -q >&2 || { rm "$apt/sources.list"; return 1; }
    fi
    (cd "$apt" && rm -f "${package}"_*.orig.tar.* &&
      apt-get "${options[@]}" source -q --download-only "$package" >&2 &&
      mkdir "$package.new" && tar -C "$package.new" --strip-components=1 -xf "${package}"_*.orig.tar.?z* &&
      mv "$package.new" "$cache/$package") ||
      fail "the source of the Debian package $package cannot be downloaded; try again with a network"
  done
}

# Makes the lab, unless there is one. Arguments go to pvh lab prepare.
prepare_lab() {
  step "preparing the lab${1:+ ($*)}"
  "$pvh" lab prepare "$@"
}
