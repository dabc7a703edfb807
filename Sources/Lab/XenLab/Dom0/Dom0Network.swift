// SPDX-License-Identifier: Apache-2.0

/// dom0's end of a network of guests: a bridge, addresses and names, all of which come up with the first
/// interface, so that labs without a network start as fast as before.
enum Dom0Network {
  /// Where the programs come from.
  static let packages = ["dnsmasq-base"]
  static let programs = ["usr/sbin/dnsmasq"]
  /// Modules of dom0's kernel; what they depend on comes along.
  static let modules = ["bridge", "xen_netback"]
  static let folders = ["etc/xen/scripts", "var/lib/misc"]

  /// The network of IPv6 that guests are told of: one of those that anybody may use. Source: RFC 4193.
  static let ipv6Network = "fd00:7076:6800::"

  /// Names that guests can ask for: dom0's own, of which `dom0-v6` has no IPv4 address, beside those that DHCP clients
  /// give themselves.
  static let hosts = (
    path: "etc/hosts",
    text: """
    127.0.0.1 localhost
    10.0.0.1 pvh-lab dom0
    \(ipv6Network)1 pvh-lab dom0 dom0-v6

    """
  )

  /// Path and content of the program that brings the network up; the toolstack runs it when a bridge is
  /// wanted that is not there.
  static let starter = (
    path: "etc/xen/scripts/pvhkit-network",
    text: """
    #!/bin/sh
    # Makes the bridge xenbr0, 10.0.0.1/24 and \(ipv6Network)1/64, and gives guests in it addresses and names.
    [ "${1:-xenbr0}" = xenbr0 ] || exit 1
    state=/run/pvhkit-network
    if ! mkdir $state 2>/dev/null; then
      # Two first interfaces at once: one makes the bridge, the other waits for it.
      for try in $(seq 200); do
        [ -e $state/up ] && exit 0
        [ -d $state ] || exit 1
        usleep 50000
      done
      exit 1
    fi
    fail() { rmdir $state; exit 1; }
    modprobe bridge && modprobe xen-netback && brctl addbr xenbr0 || fail
    ip link set lo up
    # Its own address: otherwise it takes that of a guest's interface, and another when that goes.
    ip link set xenbr0 address 00:16:3e:00:00:01
    ip addr add 10.0.0.1/24 broadcast 10.0.0.255 dev xenbr0
    # Nobody else has these, and they are there before the first guest is: no looking for others that have them, and
    # no address of Linux's making, which comes later.
    echo 0 >/proc/sys/net/ipv6/conf/xenbr0/accept_dad
    echo 1 >/proc/sys/net/ipv6/conf/xenbr0/addr_gen_mode
    ip addr add fe80::1/64 dev xenbr0
    ip addr add \(ipv6Network)1/64 dev xenbr0
    ip link set xenbr0 up
    # Below 10.0.0.100 are addresses for guests that are told theirs. The server does not try by ping whether
    # an address is free, which takes it seconds.
    dnsmasq --conf-file=/dev/null --user=root --group=root --pid-file=/run/dnsmasq.pid \\
      --interface=xenbr0 --bind-interfaces --no-resolv --domain=lab --expand-hosts --local=/lab/ \\
      --dhcp-range=10.0.0.100,10.0.0.254,255.255.255.0,1h --dhcp-authoritative --no-ping \\
      --enable-ra --dhcp-range=\(ipv6Network),ra-only,64,1h \\
      --dhcp-leasefile=/run/dnsmasq.leases --log-facility=/var/log/dnsmasq </dev/null &
    touch $state/up

    """
  )

  /// What libxenlight runs for an interface: Debian's script wants bash and udev, which dom0 does not have.
  ///
  /// It is called with `online` or `offline`, the interface's name in `vif`, and the backend's folder,
  /// relative to dom0's own, in `XENBUS_PATH`. Source: docs/misc/xl-network-configuration in Xen's tree.
  static let script = (
    path: "etc/xen/scripts/vif-bridge",
    text: """
    #!/bin/sh
    # Puts dom0's end of an interface into its bridge.
    fail() {
      xenstore-write "$XENBUS_PATH/hotplug-error" "$1" "$XENBUS_PATH/hotplug-status" error
      echo "vif-bridge: $1" >&2
      exit 1
    }
    bridge=$(xenstore-read "$XENBUS_PATH/bridge" 2>/dev/null)
    bridge=${bridge:-xenbr0}
    case "$1" in
    online|add)
      [ -d "/sys/class/net/$bridge" ] || /\(starter.path) "$bridge"
      [ -d "/sys/class/net/$bridge/bridge" ] || fail "there is no bridge $bridge"
      echo 1 >"/proc/sys/net/ipv6/conf/$vif/disable_ipv6"
      brctl addif "$bridge" "$vif" || fail "$vif does not get into $bridge"
      ip link set "$vif" up || fail "$vif does not come up"
      xenstore-write "$XENBUS_PATH/hotplug-status" connected
      ;;
    offline|remove)
      brctl delif "$bridge" "$vif" 2>/dev/null
      ip link set "$vif" down 2>/dev/null
      ;;
    esac
    exit 0

    """
  )

  /// All that shapes the image, for comparing with an earlier one.
  static let contents =
    packages + programs + modules + folders + [
      hosts.path, hosts.text, starter.path, starter.text, script.path, script.text,
    ]

  static func addFiles(to archive: inout CpioArchive) {
    archive.addFile(hosts.path, Array(hosts.text.utf8))
    for program in [starter, script] {
      archive.addFile(program.path, Array(program.text.utf8), mode: 0o755)
    }
  }
}
