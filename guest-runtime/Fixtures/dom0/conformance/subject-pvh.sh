# SPDX-License-Identifier: Apache-2.0
#
# pvh in this control domain as a toolstack to test. To be sourced. PVH names the program, PVH_LOADER what builds
# its domains: xenguest or libxl.

subject_title() { echo "pvh $("${PVH:-pvh}" --version | awk '{ print $2 }'), loader ${PVH_LOADER:-xenguest}"; }

subject_can() { case $1 in kill | modules-of-any-size) true ;; *) false ;; esac; }

subject_create() {
  set -- --name "$name" --memory "$memory" --vcpus "$vcpus" --loader "${PVH_LOADER:-xenguest}" --paused
  [ -z "$cmdline" ] || set -- "$@" --cmdline "$cmdline"
  [ -z "$module" ] || set -- "$@" --module "$module"
  "${PVH:-pvh}" create "$kernel" "$@"
}
subject_unpause() { "${PVH:-pvh}" unpause "$name"; }
subject_pause() { "${PVH:-pvh}" pause "$name"; }
subject_shutdown() { "${PVH:-pvh}" shutdown "$1"; }
subject_destroy() { "${PVH:-pvh}" destroy "$name"; }
subject_ready() {
  "${PVH:-pvh}" --version >/dev/null 2>&1 || { echo "skipped: there is no program ${PVH:-pvh} here; PVH names it" >&2; return 1; }
}
