// SPDX-License-Identifier: Apache-2.0

/// What libxenlight runs for a disk: Debian's script wants bash and udev, which dom0 does not have.
///
/// It is called with `add` or `remove`, and with the backend's folder, relative to dom0's own, in
/// `XENBUS_PATH`. Source: docs/misc/block-scripts.txt in Xen's tree.
enum BlockScript {
  static let path = "etc/xen/scripts/block"

  static let text = """
    #!/bin/sh
    # Gives the backend of a disk its device: a block device as it is, a file through a loop device.
    get() { xenstore-read "$XENBUS_PATH/$1" 2>/dev/null; }
    fail() {
      xenstore-write "$XENBUS_PATH/hotplug-error" "$1" "$XENBUS_PATH/hotplug-status" error
      echo "block: $1" >&2
      exit 1
    }
    case "$1" in
    add)
      file=$(get params)
      [ -e "$file" ] || fail "$file does not exist"
      if [ -b "$file" ]; then
        device=$file
      else
        [ -e /dev/loop-control ] || modprobe loop
        option=; [ "$(get mode)" = r ] && option=-r
        # Between asking for a free device and taking it another may have been faster.
        for try in $(seq 20); do
          device=$(losetup -f) && losetup $option "$device" "$file" && break
          device=
        done
        [ -n "$device" ] || fail "$file gets no loop device"
      fi
      xenstore-write "$XENBUS_PATH/node" "$device" \
        "$XENBUS_PATH/physical-device" "$(stat -c %t:%T "$device")" \
        "$XENBUS_PATH/hotplug-status" connected
      ;;
    remove)
      device=$(get node)
      [ -b "$(get params)" ] || [ -z "$device" ] || losetup -d "$device"
      ;;
    esac

    """
}
