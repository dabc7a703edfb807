// SPDX-License-Identifier: Apache-2.0

/// The first program of dom0: a shell script that brings Xen's services up and then waits for work.
///
/// The template is saved while the script waits. What it does afterwards is paid on each restore.
struct Dom0Init {
  let release: XenRelease
  let xenstore: XenstoreDaemon
  /// Files of the kernel modules to load, in order.
  let modules: [String]

  /// What the script writes to the port when dom0 is complete; the port is the agent's afterwards.
  static let readyWord = "pvhkit-dom0-ready"

  /// What it writes instead when something is missing; the serial log has the reason.
  static let failedWord = "pvhkit-dom0-failed"

  /// What the serial log says, with the status, when the agent has ended.
  static let endedWords = "pvhkit: agent ended with status"

  /// Starts the line that starts the agent; the time follows, in seconds since 1970, and then the
  /// agent's arguments. After the line the port carries the agent's streams.
  static let startWord = "run"

  var script: String {
    """
    #!/bin/busybox sh
    busybox=/bin/busybox
    $busybox mount -t proc proc /proc
    $busybox --install -s /bin
    export PATH=/\(release.programFolder):/usr/sbin:/usr/bin:/bin HOME=/root
    mount -t sysfs sysfs /sys
    mount -t devtmpfs devtmpfs /dev
    # xenconsoled gives each guest a pseudo terminal.
    mkdir -p /dev/pts /dev/shm
    mount -t devpts devpts /dev/pts
    mount -t tmpfs tmpfs /tmp
    ln -s /proc/self/fd /dev/fd
    exec </dev/console >/dev/console 2>&1
    hostname pvh-lab
    # QEMU translates a program's code for the address where it runs. At the same address each time,
    # a program that runs again starts in half the time.
    echo 0 >/proc/sys/kernel/randomize_va_space

    for module in \(modules.joined(separator: " ")); do
      insmod /lib/modules/$module || echo "pvhkit: cannot load $module"
    done
    mount -t xenfs xenfs /proc/xen
    for port in /dev/vport*; do exec 3<>$port; done
    fail() { echo "pvhkit: $1"; echo \(Self.failedWord) >&3; exec sleep 1000000; }

    \(xenstore.startCommand) || fail "\(xenstore) does not start"
    for try in $(seq 100); do [ -S /run/xenstored/socket ] && break; usleep 20000; done
    xen-init-dom0 || fail "xen-init-dom0 failed"
    xenconsoled --pid-file=/run/xenconsoled.pid || fail "xenconsoled does not start"
    for try in $(seq 100); do [ -s /run/xenconsoled.pid ] && break; usleep 20000; done
    xl list >/dev/null || fail "xl list failed"
    # One large read costs QEMU little; many small ones cost dom0 a lot.
    echo 4096 >/sys/block/vda/queue/read_ahead_kb
    mount -t iso9660 -o ro,mode=0755 /dev/vda /agent || fail "no agent disk"

    # The waiting shell becomes the agent: nothing is left to fork after the restore.
    cd /root
    (
      exec <&3 >&3 3>&-
      echo \(Self.readyWord)
      read -r word seconds arguments
      # The clock stood still since the template was saved.
      date -u -s "@$seconds" >/dev/null &
      [ "$word" = \(Self.startWord) ] && exec /agent/agent $arguments
      echo "pvhkit: unexpected start line: $word" >&2
      exit 125
    )
    echo "\(Self.endedWords) $?"
    # The port closes when QEMU ends, which tells the other side.
    exec 3>&-
    poweroff -f

    """
  }
}
