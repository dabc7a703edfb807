// SPDX-License-Identifier: Apache-2.0

/// Something asked of a disk, and what became of it.
///
/// A long one travels in pieces, of which several are under way at a time.
public final class BlockRequest {
  public let operation: BlockOperation
  /// Where it begins, in bytes.
  public let offset: UInt64
  /// How many bytes it is about.
  public let count: UInt64
  /// What is to be written, or was read.
  private var bytes: [UInt8]
  /// What became of it; nil as long as that is open.
  public internal(set) var outcome: Result<Void, BlockError>?

  /// Bytes for which requests were written into the ring.
  var issued: UInt64 = 0
  /// Pieces that are under way, or wait for being issued again.
  var pieceCount = 0
  /// The first error of a piece.
  var error: BlockError?
  /// Nobody waits for it any more: nothing of it is issued again.
  var isAbandoned = false

  private init(_ operation: BlockOperation, _ offset: UInt64, _ count: UInt64, _ bytes: [UInt8]) {
    self.operation = operation
    self.offset = offset
    self.count = count
    self.bytes = bytes
  }

  /// Reads bytes.
  public static func read(_ count: Int, at offset: UInt64) -> BlockRequest {
    // SAFETY: nobody sees the bytes before all of them were copied from the disk.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { $1 = count }
    return BlockRequest(.read, offset, UInt64(count), bytes)
  }

  /// Writes bytes.
  public static func write(_ bytes: [UInt8], at offset: UInt64) -> BlockRequest {
    BlockRequest(.write, offset, UInt64(bytes.count), bytes)
  }

  /// Makes durable what was written by requests that are done.
  public static func flush() -> BlockRequest { BlockRequest(.flush, 0, 0, []) }

  /// Lets the disk forget a range.
  public static func discard(_ count: UInt64, at offset: UInt64) -> BlockRequest {
    BlockRequest(.discard, offset, count, [])
  }

  /// What was read; it can be taken once.
  public func takeBytes() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  /// Whether there is nothing to issue any more.
  var isIssued: Bool { issued == count || error != nil || isAbandoned }

  /// Copies a piece to a page.
  ///
  /// - Precondition: the page has room for it.
  @unsafe func copy(_ range: Range<Int>, to page: UnsafeMutableRawPointer) {
    precondition(range.upperBound <= bytes.count && range.count <= 4096)
    unsafe bytes.withUnsafeBytes {
      guard let start = $0.baseAddress else { return }
      unsafe page.copyMemory(from: start + range.lowerBound, byteCount: range.count)
    }
  }

  /// Copies a piece from a page.
  @unsafe func copy(from page: UnsafeMutableRawPointer, to range: Range<Int>) {
    precondition(range.upperBound <= bytes.count && range.count <= 4096)
    unsafe bytes.withUnsafeMutableBytes {
      guard let start = $0.baseAddress else { return }
      unsafe (start + range.lowerBound).copyMemory(from: page, byteCount: range.count)
    }
  }

  /// Takes note of a piece that has ended; the request is done when it was the last.
  func endPiece(_ failure: BlockError?) {
    pieceCount -= 1
    if error == nil { error = failure }
    finishIfDone()
  }

  /// Ends the request if nothing of it is under way or still to be issued.
  func finishIfDone() {
    guard outcome == nil, pieceCount == 0, isIssued else { return }
    outcome = error.map { .failure($0) } ?? .success(())
  }

  /// What is wrong with it on a disk like this; nil if nothing is.
  func fault(_ disk: BlockGeometry) -> BlockError? {
    let sector = UInt64(disk.sectorSize)
    guard offset % sector == 0, count % sector == 0 else {
      return .unaligned(offset: offset, count: count, sectorSize: disk.sectorSize)
    }
    guard offset <= disk.size, count <= disk.size - offset else {
      return .outside(offset: offset, count: count, size: disk.size)
    }
    if disk.isReadOnly, operation == .write || operation == .discard { return .readOnly }
    return operation == .discard && !disk.discards ? .notSupported(.discard) : nil
  }
}
