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
    // None of the actions that are taken starts a domain again.
    let actions = [configuration.onPowerOff, configuration.onReboot, configuration.onCrash]
    restart = actions.allSatisfy { $0 == nil } ? nil : .never
  }
}
