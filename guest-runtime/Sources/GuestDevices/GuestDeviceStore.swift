// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
package import XenDevices
import XenFrontends
package import XenstoreWire

/// The drivers' `DeviceStore`: the domain's xenstore client, without waiting.
///
/// What is asked rarely and from many places is never inlined, here and in `XenbusFrontend`: that is a fifteenth of a
/// small image with a disk.
package struct GuestDeviceStore: DeviceStore {
  package private(set) var hasMore = false

  package init() {}

  package var isWorking: Bool {
    (try? GuestXenstore.withClient { $0.failure == nil }) ?? false
  }

  /// A request that was not even sent is answered by the failure of the connection.
  package enum Ticket {
    case sent(XenstoreRequestID)
    case failed
  }

  @inline(never) package mutating func begin(_ request: NodeRequest) -> Ticket? {
    let ticket: Ticket?? = try? GuestXenstore.withClient { client in
      guard client.canBegin else { return nil }
      do throws(XenstoreError) {
        return .sent(try client.begin(request))
      } catch {
        return .failed
      }
    }
    return ticket ?? .failed
  }

  @inline(never) package mutating func takeReply(to ticket: Ticket) -> NodeReply? {
    guard case .sent(let request) = ticket else { return .failed }
    var hasMore = false
    let reply: NodeReply?? = try? GuestXenstore.withClient { client in
      do throws(XenstoreError) {
        hasMore = try client.step()
        return try client.takeReply(to: request).map { .done($0) }
      } catch {
        if case .refused = error { return .refused }
        return .failed
      }
    }
    self.hasMore = hasMore
    return reply ?? .failed
  }

  @inline(never) package mutating func abandon(_ ticket: Ticket) {
    guard case .sent(let request) = ticket else { return }
    try? GuestXenstore.withClient { $0.abandon(request) }
  }

  @inline(never) package mutating func takeEvent(token: [UInt8]) -> Bool {
    var hasMore = false
    let event: XenstoreWatchEvent?? = try? GuestXenstore.withClient { client in
      hasMore = (try? client.step()) ?? false
      return client.takeEvent(token: token)
    }
    self.hasMore = hasMore
    return (event ?? nil) != nil
  }
}

extension XenstoreClient {
  fileprivate mutating func begin(
    _ request: NodeRequest
  ) throws(XenstoreError) -> XenstoreRequestID {
    switch request {
    case .read(let path): try begin(.read, XenstoreStrings.joined([path]))
    case .write(let value, let path): try begin(.write, XenstoreStrings.joined([path]) + value)
    case .watch(let path, let token): try beginWatch(path, token: token)
    case .unwatch(let path, let token): try beginUnwatch(path, token: token)
    }
  }
}
