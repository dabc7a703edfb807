// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

/// Event channels under real Xen, delivered in every way there is. libxl gives a domain the ports up
/// to 1023 unless `event_channels` says otherwise.
@Suite(.lab) struct EventDelivery {
  @Test(arguments: ["local-apic", "callback", ""])
  func eventsWakeTheGuestAndStormsStarveNobody(delivery: String) throws {
    let result = try run("events", "--cmdline", delivery)
    #expect(
      result.text.hasPrefix(
        """
        five sleeps: as long as asked
        an upcall awake: registers are left
        five sleeps: as long as asked
        an early event: 1, then 0
        second handler: refused
        first handler: 1
        next handler: 11
        storm: 1000, calm: 1000
        after it: silence

        """), "\(result.text)")
    #expect(result.text.hasSuffix("channels; the highest port is 1023\n"), "\(result.text)")
    #expect(result.status == 0)
  }
}
