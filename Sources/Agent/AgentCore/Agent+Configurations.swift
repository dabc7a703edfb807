// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

extension Agent {
  /// Says what an xl.cfg file asks for.
  func parse(_ text: [UInt8], file: String) {
    do throws(ToolstackError) {
      send(.description(DomainDescription(try XLConfiguration(parsing: text, file: file))))
    } catch {
      fail(.parse, error)
    }
  }
}

extension DomainDescription {
  /// The same in the protocol's words.
  init(_ configuration: XLConfiguration) {
    self.init()
    name = configuration.name
    image = configuration.kernel
    modules = configuration.ramdisk.map { [$0] }
    commandLine = configuration.commandLine
    memoryKiB = configuration.memoryKiB
    vcpuCount = configuration.vcpuCount
    timestampCounter = configuration.nativeTimestampCounter.map { $0 ? .native : .automatic }
    remarks = configuration.remarks
    // A guest's own wish to be rebooted is granted whatever the policy.
    restart =
      switch (configuration.onPowerOff, configuration.onCrash) {
      case (.restart, _): .always
      case (_, .restart): .onCrash
      case (nil, nil): nil
      default: .never
      }
  }
}
