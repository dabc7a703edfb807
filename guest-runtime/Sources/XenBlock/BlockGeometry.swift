// SPDX-License-Identifier: Apache-2.0

import ByteText
public import XenDevices
import XenstoreWire

/// What a backend says of its disk.
public struct BlockGeometry: Equatable, Sendable {
  /// Bytes in the unit of the protocol, whatever the disk's own sectors have.
  public static var unit: UInt64 { 512 }

  /// Units of 512 bytes on the disk. C name: `sectors`.
  public private(set) var unitCount: UInt64
  /// Bytes of a sector: offsets and lengths are multiples of it. C name: `sector-size`.
  public private(set) var sectorSize: Int
  /// C name: `VDISK_READONLY` in `info`.
  public private(set) var isReadOnly: Bool
  /// C name: `VDISK_REMOVABLE` in `info`.
  public private(set) var isRemovable: Bool
  /// Whether there is something to flush. C name: `feature-flush-cache`.
  public private(set) var flushes: Bool
  /// Whether sectors can be discarded. C name: `feature-discard`.
  public private(set) var discards: Bool
  /// Pages of a request that names them in a page of its own; 0 if there are no such requests.
  /// C name: `feature-max-indirect-segments`.
  public private(set) var indirectPages: Int

  /// Bytes on the disk.
  public var size: UInt64 { unitCount * Self.unit }

  /// The nodes that say it, in the order of `init`.
  public static var nodes: [[UInt8]] {
    [
      [UInt8](text: "sectors"), [UInt8](text: "sector-size"), [UInt8](text: "info"),
      [UInt8](text: "feature-flush-cache"), [UInt8](text: "feature-discard"),
      [UInt8](text: "feature-max-indirect-segments"),
    ]
  }

  /// Pages of a direct request. C name: `BLKIF_MAX_SEGMENTS_PER_REQUEST`.
  static var directPages: Int { 11 }
  /// More pages in one request bring nothing; Linux has the same limit.
  private static var indirectLimit: UInt64 { 32 }

  /// The geometry that the nodes' values say.
  ///
  /// - Throws: `BlockError.unusable` with the first value that makes no sense.
  public init(_ values: [[UInt8]?]) throws(BlockError) {
    func number(_ place: Int, _ standard: UInt64?) throws(BlockError) -> UInt64 {
      guard let value = values[place] else {
        if let standard { return standard }
        throw .unusable(node: Self.nodes[place], value: [])
      }
      guard let number = value.decimalValue else {
        throw .unusable(node: Self.nodes[place], value: value)
      }
      return number
    }
    unitCount = try number(0, nil)
    guard unitCount <= UInt64(Int64.max) / Self.unit else {
      throw .unusable(node: Self.nodes[0], value: values[0] ?? [])
    }
    let size = try number(1, Self.unit)
    guard size >= 512, size <= 4096, size & (size - 1) == 0 else {
      throw .unusable(node: Self.nodes[1], value: values[1] ?? [])
    }
    sectorSize = Int(size)
    let info = try number(2, 0)
    (isRemovable, isReadOnly) = (info & 2 != 0, info & 4 != 0)
    flushes = try number(3, 0) != 0
    discards = try number(4, 0) != 0
    indirectPages = Int(min(try number(5, 0), Self.indirectLimit))
    if indirectPages <= Self.directPages { indirectPages = 0 }
  }

  /// The most pages in one request.
  var pagesPerRequest: Int { max(Self.directPages, indirectPages) }

  /// The backend does not flush after all.
  mutating func forgetFlushing() { flushes = false }

  /// The backend does not discard after all.
  mutating func forgetDiscarding() { discards = false }
}

/// Why a disk, or a request to it, failed.
public enum BlockError: Error, Equatable, Sendable {
  /// A node of the backend has a value that makes no sense; empty if there is no such node.
  case unusable(node: [UInt8], value: [UInt8])
  /// The backend could not do what was asked at an offset in bytes.
  case failed(BlockOperation, offset: UInt64)
  /// The backend does not do this.
  case notSupported(BlockOperation)
  /// The disk can only be read.
  case readOnly
  /// An offset or a length is not a multiple of the sector size.
  case unaligned(offset: UInt64, count: UInt64, sectorSize: Int)
  /// The range ends behind the end of the disk.
  case outside(offset: UInt64, count: UInt64, size: UInt64)
  /// There is no such disk any more.
  case detached
  /// The disk was closed.
  case closed
  /// The backend broke the protocol, in this way; the disk works no more.
  case broken(BlockFault)
  /// There is no page for data.
  case noPage(DevicePageError)
  /// xenstored stopped serving this domain.
  case noXenstore
}

/// How a backend broke the protocol.
public enum BlockFault: Error, Equatable, Sendable {
  /// The ring's indices are impossible.
  case indices
  /// A response to a request that is not under way.
  case unknownResponse
  /// A response to another operation than what was asked.
  case wrongOperation
  /// It did not let go of pages after it had closed.
  case heldPages
}

/// What is asked of a disk. C names: `BLKIF_OP_*`.
public enum BlockOperation: UInt8, Equatable, Sendable {
  case read = 0
  case write = 1
  /// What was written before is on the disk. C name: `BLKIF_OP_FLUSH_DISKCACHE`.
  case flush = 3
  /// What is there may be forgotten.
  case discard = 5
}
