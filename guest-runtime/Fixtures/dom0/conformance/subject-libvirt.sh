# SPDX-License-Identifier: Apache-2.0
#
# libvirt's driver for Xen, by virsh, as a toolstack to test. To be sourced.

virsh_here() { virsh -q -c "${VIRSH_DEFAULT_CONNECT_URI:-xen:///system}" "$@"; }

subject_title() {
  echo "libvirt $(virsh_here version 2>/dev/null | awk '/^Using library/ { print $NF }'), Xen $(xl info 2>/dev/null | awk '$1 == "xen_version" { print $3 }')"
}

subject_can() { case $1 in restart | coredump | most-vcpus) true ;; *) false ;; esac; }

xml() { printf %s "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }

subject_create() {
  {
    cat <<END
<domain type='xen'>
  <name>$name</name>
  <memory unit='MiB'>$memory</memory>
  <vcpu current='$vcpus'>$most_vcpus</vcpu>
  <os>
    <type arch='x86_64' machine='xenpvh'>xenpvh</type>
    <kernel>$(xml "$kernel")</kernel>
END
    [ -z "$module" ] || echo "    <initrd>$(xml "$module")</initrd>"
    [ -z "$cmdline" ] || echo "    <cmdline>$(xml "$cmdline")</cmdline>"
    cat <<END
  </os>
  <on_poweroff>preserve</on_poweroff>
  <on_reboot>$after_reboot</on_reboot>
  <on_crash>$after_crash</on_crash>
  <devices>
    <console type='pty'/>
  </devices>
</domain>
END
  } >"$work/$label.xml"
  virsh_here define "$work/$label.xml" || return 1
  virsh_here start --paused "$name" || {
    virsh_here undefine "$name"
    return 1
  }
}
subject_unpause() { virsh_here resume "$name" >/dev/null; }
subject_pause() { virsh_here suspend "$name" >/dev/null; }
subject_shutdown() { virsh_here shutdown "$1"; }
subject_destroy() {
  virsh_here destroy "$name"
  virsh_here undefine "$name"
}
subject_ready() {
  virsh_here version >/dev/null 2>&1 || { echo "skipped: virsh reaches no libvirt with a driver for Xen here" >&2; return 1; }
}
