// SPDX-License-Identifier: Apache-2.0

/// An sshd in dom0, to be started per connection with its conversation on its standard streams.
///
/// There is no network: a client reaches it through `ssh -o ProxyCommand="pvh lab exec NAME --
/// sshd-inetd"`. Whose key opens it is said in `/root/.ssh/authorized_keys`, which is empty at first.
enum Dom0SecureShell {
  /// Where the programs come from.
  static let packages = ["openssh-server", "openssh-client"]

  /// sshd starts itself once more, by its full path; the keys are made on the first connection.
  static let programs = ["usr/sbin/sshd", "usr/bin/ssh-keygen"]

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
    packages + programs + folders + [user, launcher.path, launcher.text, settings(release).text]
  }
}
