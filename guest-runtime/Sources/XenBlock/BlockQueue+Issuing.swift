// SPDX-License-Identifier: Apache-2.0

import XenDevices
import XenRings

/// How requests get into the ring.
extension BlockQueue {
  /// Writes requests into the ring, as long as there is room, and pages for their data.
  mutating func issue() {
    guard let geometry else { return }
    while let ring, ring.room > 0, let next = nextPiece(geometry) {
      let most = UInt64(geometry.pagesPerRequest) * 4096
      switch places(for: next.request, min(next.range.upperBound - next.range.lowerBound, most)) {
      case .enough(let count):
        launch(
          Piece(request: next.request, range: next.range.lowerBound..<next.range.lowerBound + count)
        )
      case .none(let error):
        fail(next, error)
      case .later: return
      }
    }
  }

  /// What is to be issued next, as a whole; nil if there is nothing. Requests that make no sense end here.
  private mutating func nextPiece(_ geometry: BlockGeometry) -> Piece? {
    while let piece = returned.first {
      // The disk may be another one than when it was asked.
      let fault = piece.request.error ?? piece.request.fault(geometry)
      let isVoid = piece.request.operation == .flush && !geometry.flushes
      guard fault != nil || isVoid else { return piece }
      returned.removeFirst()
      endCount += 1
      piece.request.endPiece(fault)
    }
    while let request = pending.first {
      if request.issued == 0, request.error == nil { request.error = request.fault(geometry) }
      let isVoid =
        request.operation == .flush ? !geometry.flushes && request.error == nil : request.count == 0
      guard request.error != nil || isVoid || request.isAbandoned else {
        return Piece(request: request, range: request.issued..<request.count)
      }
      pending.removeFirst()
      endCount += 1
      request.finishIfDone()
    }
    return nil
  }

  private enum Places {
    /// There are pages for so many bytes.
    case enough(UInt64)
    /// There will be when something is answered.
    case later
    case none(DevicePageError)
  }

  private mutating func places(for request: BlockRequest, _ count: UInt64) -> Places {
    guard BlockWire.carriesData(request.operation) else {
      return .enough(request.count)
    }
    let pages = Int((count + 4095) / 4096)
    let wanted = pages + (pages > BlockGeometry.directPages ? 1 : 0)
    let available = pool?.prepare(wanted) ?? 0
    if available == wanted { return .enough(count) }
    guard outstanding == 0 else { return .later }
    guard available > 0 else { return .none(pool?.error ?? .noMemory) }
    return .enough(min(count, UInt64(min(available, BlockGeometry.directPages)) * 4096))
  }

  private mutating func fail(_ piece: Piece, _ error: DevicePageError) {
    endCount += 1
    if returned.isEmpty {
      piece.request.error = .noPage(error)
      pending.removeFirst()
      piece.request.finishIfDone()
    } else {
      returned.removeFirst()
      piece.request.endPiece(.noPage(error))
    }
  }

  /// Writes one request for the beginning of what is next.
  private mutating func launch(_ piece: Piece) {
    guard let place = freeFlights.popLast(), let slot = ring?.nextRequest() else { return }
    advanceSource(past: piece)
    serial += 1
    var flight = Flight(piece: piece, id: serial << 8 | UInt64(place))
    switch piece.request.operation {
    case .read, .write: fill(slot, &flight)
    case .flush: BlockWire.writeFlush(to: slot, id: flight.id, handle: handle)
    case .discard:
      BlockWire.writeDiscard(
        to: slot, id: flight.id, handle: handle, unit: piece.firstUnit,
        count: piece.request.count / BlockGeometry.unit)
    }
    flights[place] = flight
  }

  private mutating func advanceSource(past piece: Piece) {
    let request = piece.request
    guard let first = returned.first else {
      request.pieceCount += 1
      request.issued = piece.range.upperBound
      if request.issued == request.count { pending.removeFirst() }
      return
    }
    if first.range.upperBound == piece.range.upperBound {
      returned.removeFirst()
    } else {
      request.pieceCount += 1
      returned[0] = Piece(request: request, range: piece.range.upperBound..<first.range.upperBound)
    }
  }

  /// Writes a request that carries data, with the pages that hold it.
  private mutating func fill(_ slot: RingSlot, _ flight: inout Flight) {
    let request = flight.piece.request
    let count = Int((flight.piece.range.upperBound - flight.piece.range.lowerBound + 4095) / 4096)
    var list: GivenPage?
    if count > BlockGeometry.directPages {
      list = takePage(&flight)
      flight.listCount = 1
    }
    BlockWire.writeTransfer(
      to: slot, request.operation, id: flight.id, handle: handle, unit: flight.piece.firstUnit,
      pageCount: count, list: list?.reference)
    var start = Int(flight.piece.range.lowerBound)
    let end = Int(flight.piece.range.upperBound)
    for number in 0..<count {
      guard let page = takePage(&flight) else { return }
      let stop = min(start + 4096, end)
      if request.operation == .write { unsafe request.copy(start..<stop, to: page.address) }
      let segment = BlockWire.segment(page.reference, lastUnit: (stop - start) / 512 - 1)
      if let list {
        unsafe list.address.storeBytes(of: segment, toByteOffset: number * 8, as: UInt64.self)
      } else {
        slot.store(segment, at: BlockWire.segments + number * 8)
      }
      start = stop
    }
  }

  /// Takes a page for a request. It is taken from the pool in its place: a copy of the pool would be one of all that is
  /// free.
  private mutating func takePage(_ flight: inout Flight) -> GivenPage? {
    guard let number = pool?.take() else { return nil }
    flight.pages[flight.pageCount] = number
    flight.pageCount += 1
    return pool?[number]
  }
}

extension BlockQueue.Piece {
  /// Where it begins on the disk, in units of 512 bytes.
  fileprivate var firstUnit: UInt64 { (request.offset + range.lowerBound) / BlockGeometry.unit }
}
