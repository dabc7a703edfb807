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

    kernel=$(uname -r)
    for module in \(modules.joined(separator: " ")); do
      insmod /lib/modules/$kernel/$module || echo "pvhkit: cannot load $module"
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

/// An sshd in dom0, to be started per connection with its conversation on its standard streams.
///
/// There is no network: a client reaches it through `ssh -o ProxyCommand="pvh lab exec NAME --
/// sshd-inetd"`. Whose key opens it is said in `/root/.ssh/authorized_keys`, which is empty at first.
enum Dom0SecureShell {
  /// Where the programs come from.
  static let packages = ["openssh-server", "openssh-client"]

  /// sshd starts itself once more, by its full path; the keys are made on the first connection.
  static let programs = ["usr/sbin/sshd", "usr/bin/ssh-keygen"]

  /// What sshd starts for each connection, from OpenSSH 9.8 on.
  static let newerPrograms = ["usr/lib/openssh/sshd-session", "usr/lib/openssh/sshd-auth"]

  /// sshd's unprivileged half runs as this user, and wants a folder that nobody can write to.
  static let user = "sshd:x:100:65534::/run/sshd:/bin/false\n"
  static let folders = ["etc/ssh", "run/sshd", "root/.ssh"]

  /// Path and content of the program that serves one connection.
  static let launcher = (
    path: "usr/sbin/sshd-inetd",
    text: """
    #!/bin/sh
    # Two first connections at once: one makes the key, the other waits for it.
    key=/etc/ssh/ssh_host_ed25519_key
    chmod 700 /root /root/.ssh
    if mkdir /run/sshd.key 2>/dev/null; then
      ssh-keygen -q -t ed25519 -N '' -C pvh-lab -f $key.new </dev/null >&2 && mv $key.new.pub $key.pub && mv $key.new $key
    fi
    for try in $(seq 100); do [ -f $key ] && break; usleep 50000; done
    exec /usr/sbin/sshd -i

    """
  )

  /// Keys only; programs of Xen are found as in every other shell of dom0.
  static func settings(_ release: XenRelease) -> (path: String, text: String) {
    (
      "etc/ssh/sshd_config",
      """
      HostKey /etc/ssh/ssh_host_ed25519_key
      PermitRootLogin prohibit-password
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      UsePAM no
      PrintMotd no
      SetEnv PATH=/\(release.programFolder):/usr/sbin:/usr/bin:/bin

      """
    )
  }

  /// All that shapes the image, for comparing with an earlier one.
  static func contents(_ release: XenRelease) -> [String] {
    packages + programs + newerPrograms + folders + [
      user, launcher.path, launcher.text, settings(release).text,
    ]
  }
}
