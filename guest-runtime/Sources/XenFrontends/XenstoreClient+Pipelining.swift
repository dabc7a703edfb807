// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

extension XenstoreClient {
  /// The values of nodes, nil for those that are not there: many requests under way at a time.
  ///
  /// - Throws: `XenstoreError`, for the first that fails.
  public mutating func values(
    of paths: [[UInt8]], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [[UInt8]?] {
    var values: [[UInt8]?] = []
    // Kept as what the client keeps: an array of another type costs every guest some 60 bytes.
    var underWay: [XenstoreExchange] = []
    var begun = 0
    do throws(XenstoreError) {
      while values.count < paths.count {
        // Half of the limit at a time, so that xenstored has some to do while the rest is sent.
        if underWay.count <= Self.requestLimit / 2 {
          while begun < paths.count, canBegin {
            let payload = XenstoreStrings.joined([paths[begun]])
            let request = try begin(.read, payload, in: transaction)
            underWay.append(XenstoreExchange(id: request.id, operation: .read))
            begun += 1
          }
          try step()
        }
        if underWay.isEmpty {
          // All places are taken by requests of others.
          try wait(Self.patience) { $0.canBegin }
        } else {
          values.append(try value(XenstoreRequest(id: underWay.removeFirst().id)))
        }
      }
    } catch {
      for exchange in underWay { abandon(XenstoreRequest(id: exchange.id)) }
      throw error
    }
    return values
  }

  /// Waits for the reply to a read; nil if there is no such node.
  private mutating func value(_ request: XenstoreRequest) throws(XenstoreError) -> [UInt8]? {
    do throws(XenstoreError) {
      return try finish(request)
    } catch {
      guard error == .refused(.notFound) else { throw error }
      return nil
    }
  }
}
