// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenBlock
import XenDevices

/// Requests that a disk refuses, or its backend.
@Suite struct BlockRefusalTests {
  @Test(arguments: [512, 1024, 2048, 4096])
  func rangesAreWholeSectorsOfTheDisk(size: Int) {
    let driver = BlockDriver.connected { $0.sectorSize = size }
    let (sector, whole) = (UInt64(size), UInt64(4 << 20))
    #expect(driver.finish(.write(pattern(size), at: sector)) == .done)
    #expect(driver.read(size, at: sector) == pattern(size))
    for (count, offset) in [(size / 2, 0), (size, sector / 2), (size + 1, 0), (size, 1)] {
      #expect(
        driver.finish(.read(count, at: offset))
          == .failed(.unaligned(offset: offset, count: UInt64(count), sectorSize: size)))
    }
    for offset in [whole, whole + sector, UInt64.max - sector + 1] {
      let end = BlockEnd.failed(.outside(offset: offset, count: sector, size: whole))
      #expect(driver.finish(.read(size, at: offset)) == end)
      #expect(driver.finish(.write(pattern(size), at: offset)) == end)
      #expect(driver.finish(.discard(sector, at: offset)) == end)
    }
    #expect(driver.finish(.read(0, at: whole)) == .done)
    #expect(driver.backend.log.count == 2 && driver.close() == [])
  }

  @Test func aDiskMayOnlyBeRead() {
    let driver = BlockDriver.connected { $0.says["info"] = "4" }
    #expect(driver.finish(.write(pattern(512), at: 0)) == .failed(.readOnly))
    #expect(driver.finish(.discard(512, at: 0)) == .failed(.readOnly))
    #expect(driver.finish(.flush()) == .done && driver.read(512, at: 0) != nil)
    #expect(driver.backend.log.map(\.operation) == [3, 0] && driver.close() == [])
  }

  @Test func withoutTheFeatureNothingIsDiscarded() {
    let driver = BlockDriver.connected { $0.says["feature-discard"] = .some(nil) }
    #expect(driver.finish(.discard(512, at: 0)) == .failed(.notSupported(.discard)))
    #expect(driver.backend.log.isEmpty && driver.close() == [])
  }

  /// The first piece that fails says where; what was not issued then is not issued.
  @Test func aLongRequestEndsWithItsFirstError() {
    let driver = BlockDriver.connected()
    driver.backend.status = { $0.unit == 256 ? -1 : 0 }
    #expect(driver.finish(.read(1 << 20, at: 0)) == failure(of: .read))
    driver.backend.status = { $0.unit >= 256 ? -1 : 0 }
    #expect(driver.finish(.write(pattern(3 << 20), at: 0)) == failure(of: .write))
    #expect(driver.read(512, at: 0) == Array(pattern(3 << 20).prefix(512)))
    #expect(driver.close() == [])
  }

  private func failure(of operation: BlockOperation) -> BlockEnd {
    .failed(.failed(operation, offset: 32 * 4096))
  }
}
