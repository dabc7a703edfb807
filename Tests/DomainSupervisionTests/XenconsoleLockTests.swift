// SPDX-License-Identifier: Apache-2.0

import DomainSupervision
import Glibc
import SystemPackage
import Testing

@Suite struct ConsoleLoanTests {
  @Test func isTakenWhileSomebodyHoldsTheLock() {
    let folder = "/dev/shm"
    let number = Int(getpid())
    let path = "\(folder)/xenconsole.\(number)"
    defer { unlink(path) }
    let loan = XenconsoleLock(domainID: number, folder: FilePath(folder))
    #expect(!loan.isTaken)
    let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
    // A file that was left behind says nothing.
    #expect(!loan.isTaken)
    #expect(flock(descriptor, LOCK_EX) == 0)
    #expect(loan.isTaken)
    close(descriptor)
    #expect(!loan.isTaken)
  }
}
