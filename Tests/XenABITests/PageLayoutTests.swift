// SPDX-License-Identifier: Apache-2.0

import CXenHeaders
import Testing
import XenABI

/// Offsets in pages that a peer writes, against the installed headers.
@Suite struct PageLayouts {
  @Test func consolePageIsXens() {
    typealias Page = xencons_interface
    expect(ConsolePageLayout.input, Page.self, \.in, \.out)
    expect(ConsolePageLayout.output, Page.self, \.out, \.in_cons)
    #expect(ConsolePageLayout.inputConsumed == MemoryLayout<Page>.offset(of: \.in_cons))
    #expect(ConsolePageLayout.inputProduced == MemoryLayout<Page>.offset(of: \.in_prod))
    #expect(ConsolePageLayout.outputConsumed == MemoryLayout<Page>.offset(of: \.out_cons))
    #expect(ConsolePageLayout.outputProduced == MemoryLayout<Page>.offset(of: \.out_prod))
  }

  @Test func xenstorePageIsXens() {
    typealias Page = xenstore_domain_interface
    expect(XenstorePageLayout.requests, Page.self, \.req, \.rsp)
    expect(XenstorePageLayout.responses, Page.self, \.rsp, \.req_cons)
    #expect(XenstorePageLayout.requestsConsumed == MemoryLayout<Page>.offset(of: \.req_cons))
    #expect(XenstorePageLayout.requestsProduced == MemoryLayout<Page>.offset(of: \.req_prod))
    #expect(XenstorePageLayout.responsesConsumed == MemoryLayout<Page>.offset(of: \.rsp_cons))
    #expect(XenstorePageLayout.responsesProduced == MemoryLayout<Page>.offset(of: \.rsp_prod))
    #expect(XenstorePageLayout.serverFeatures == MemoryLayout<Page>.offset(of: \.server_features))
    #expect(XenstorePageLayout.connection == MemoryLayout<Page>.offset(of: \.connection))
    #expect(XenstorePageLayout.error == MemoryLayout<Page>.offset(of: \.error))
  }

  @Test func sharedInfoIsXens() {
    typealias Page = shared_info
    expect(SharedInfoLayout.pending, Page.self, \.evtchn_pending, \.evtchn_mask)
    expect(SharedInfoLayout.masked, Page.self, \.evtchn_mask, \.wc_version)
    #expect(SharedInfoLayout.wallClockVersion == MemoryLayout<Page>.offset(of: \.wc_version))
    #expect(SharedInfoLayout.wallClockSeconds == MemoryLayout<Page>.offset(of: \.wc_sec))
    #expect(SharedInfoLayout.wallClockNanoseconds == MemoryLayout<Page>.offset(of: \.wc_nsec))
    #expect(SharedInfoLayout.wallClockSecondsHigh == MemoryLayout<Page>.offset(of: \.wc_sec_hi))
    #expect(SharedInfoLayout.vcpuStride == MemoryLayout<vcpu_info>.stride)
    #expect(SharedInfoLayout.vcpuCount == Int(XEN_LEGACY_MAX_VCPUS))
  }

  @Test func vcpuInfoIsXens() {
    typealias Info = vcpu_info
    #expect(VCPUInfoLayout.upcallPending == MemoryLayout<Info>.offset(of: \.evtchn_upcall_pending))
    #expect(VCPUInfoLayout.pendingSelector == MemoryLayout<Info>.offset(of: \.evtchn_pending_sel))
    #expect(VCPUInfoLayout.time == MemoryLayout<Info>.offset(of: \.time))
    typealias Time = vcpu_time_info
    #expect(VCPUTimeLayout.version == MemoryLayout<Time>.offset(of: \.version))
    #expect(VCPUTimeLayout.timestamp == MemoryLayout<Time>.offset(of: \.tsc_timestamp))
    #expect(VCPUTimeLayout.systemTime == MemoryLayout<Time>.offset(of: \.system_time))
    #expect(VCPUTimeLayout.multiplier == MemoryLayout<Time>.offset(of: \.tsc_to_system_mul))
    #expect(VCPUTimeLayout.shift == MemoryLayout<Time>.offset(of: \.tsc_shift))
  }
}

/// The range begins at one field and ends where the next begins.
private func expect<Page>(
  _ range: Range<Int>, _ page: Page.Type, _ first: PartialKeyPath<Page>,
  _ next: PartialKeyPath<Page>
) {
  #expect(range.lowerBound == MemoryLayout<Page>.offset(of: first), "\(first)")
  #expect(range.upperBound == MemoryLayout<Page>.offset(of: next), "\(next)")
}
