// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// The kernel's device for pages that other domains grant. C name: `xengnttab_handle`.
final class GrantDevice {
  fileprivate let handle: OpaquePointer

  init() throws(ToolstackError) {
    guard let handle = xengnttab_open(nil, 0) else {
      throw ToolstackError(
        .xenUnavailable, call: "opening /dev/xen/gntdev",
        advice: "the control domain's kernel needs the module xen-gntdev")
    }
    self.handle = handle
  }

  deinit { xengnttab_close(handle) }
}

/// Pages of another domain, one after the other in our memory as long as this exists.
final class MappedGrants {
  /// What the kernel does when the pages are unmapped, be it because the process has died.
  struct AtEnd {
    /// Offset of a byte in the first page, which becomes 0.
    let clearedByte: Int
    /// A channel of ours that is notified then.
    let port: UInt32
  }

  /// The first byte.
  let address: UnsafeMutableRawPointer
  private let device: GrantDevice
  private let count: Int

  /// Maps pages for reading and writing.
  ///
  /// - Precondition: there is one at least; exactly one, if something is to be done at the end.
  init(
    _ references: [UInt32], of domain: Domain, _ device: GrantDevice, path: String,
    atEnd: AtEnd? = nil
  ) throws(ToolstackError) {
    let access = PROT_READ | PROT_WRITE
    var grants = references
    let mapped =
      if let atEnd {
        xengnttab_map_grant_ref_notify(
          device.handle, domain.id.rawValue, references[0], access, UInt32(atEnd.clearedByte),
          atEnd.port)
      } else {
        xengnttab_map_domain_grant_refs(
          device.handle, UInt32(grants.count), domain.id.rawValue, &grants, access)
      }
    guard let mapped else {
      let pages = references.count == 1 ? "grant \(references[0])" : "\(references.count) grants"
      throw ToolstackError(
        call: "mapping \(pages) of domain \(domain.id) for the vchan at \(path)",
        advice: "does its guest offer that vchan to the control domain, which is domain 0?")
    }
    address = mapped
    self.device = device
    count = references.count
  }

  deinit { xengnttab_unmap(device.handle, address, UInt32(count)) }
}

/// One event channel to another domain. C name: `xenevtchn_handle`.
final class EventChannelLink {
  /// Our end's number.
  let port: UInt32
  /// Readable after a notification.
  let descriptor: FileDescriptor
  private let handle: OpaquePointer

  /// Connects to a port that the domain offers to ours.
  init(to remote: UInt32, of domain: Domain, path: String) throws(ToolstackError) {
    guard let handle = xenevtchn_open(nil, 0) else {
      throw ToolstackError(
        .xenUnavailable, call: "opening /dev/xen/evtchn",
        advice: "the control domain's kernel needs the module xen-evtchn")
    }
    let bound = xenevtchn_bind_interdomain(handle, domain.id.rawValue, remote)
    guard bound >= 0 else {
      let error = ToolstackError(
        call:
          "connecting to event channel \(remote) of domain \(domain.id) for the vchan at \(path)",
        advice: "it has a client already, or is offered to another domain than this one")
      xenevtchn_close(handle)
      throw error
    }
    self.handle = handle
    port = UInt32(bound)
    descriptor = FileDescriptor(rawValue: xenevtchn_fd(handle))
    do throws(Errno) {
      try descriptor.setNonBlocking()
    } catch {
      xenevtchn_close(handle)
      throw ToolstackError(call: "making /dev/xen/evtchn non-blocking", code: error.rawValue)
    }
  }

  deinit { xenevtchn_close(handle) }

  /// Notifies the other end; one that is not there any more does not hear it.
  func notify() { xenevtchn_notify(handle, port) }

  /// Takes a notification, if one has come. The kernel keeps further ones back until then, so that there never
  /// are two.
  func takeEvents() {
    let pending = xenevtchn_pending(handle)
    if pending >= 0 { xenevtchn_unmask(handle, UInt32(pending)) }
  }
}
