# SPDX-License-Identifier: Apache-2.0
#
# xl as a toolstack to test. To be sourced.

subject_title() { echo "xl of Xen $(xl info 2>/dev/null | awk '$1 == "xen_version" { print $3 }')"; }

subject_can() { case $1 in restart | coredump | most-vcpus | kill | extra | wait) true ;; *) false ;; esac; }

quoted() { printf %s "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }

# The configuration of what was wished.
xl_configuration() {
  cat <<END
name = "$name"
type = "pvh"
kernel = "$kernel"
memory = $memory
vcpus = $vcpus
maxvcpus = $most_vcpus
on_poweroff = "preserve"
on_reboot = "$after_reboot"
on_watchdog = "preserve"
on_crash = "$after_crash"
END
  [ -z "$cmdline" ] || echo "cmdline = \"$(quoted "$cmdline")\""
  [ -z "$module" ] || echo "ramdisk = \"$module\""
  [ -z "${xl_lines:-}" ] || echo "$xl_lines"
}

subject_create() {
  xl_configuration >"$work/$label.cfg"
  xl create -q -p "$work/$label.cfg"
}
subject_unpause() { xl unpause "$name"; }
subject_pause() { xl pause "$name"; }
subject_shutdown() { xl shutdown "$1"; }
subject_shutdown_and_wait() { xl shutdown -w "$1"; }
subject_destroy() { xl destroy "$name"; }
subject_ready() { true; }
