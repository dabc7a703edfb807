// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// Kernels that were not made by `pvh build`.
@Suite(.lab) struct ForeignKernels {
  @Test func anAssemblyKernelBootsAfterNoteAdd() throws {
    let kernel = try ForeignKernel(ForeignKernel.powerOff)
    let lab = try LabConversation()
    let request = RunRequest(name: "kernel", memoryKiB: 4096, timeLimitMilliseconds: 300_000)
    let error = #expect(throws: AgentError.self) {
      try lab.client.run(request, kernel: Array(Data(contentsOf: URL(filePath: kernel.path))))
    }
    #expect("\(error, default: "")".contains("xc_dom"))

    let result = try PVHCommand("note", "add", kernel.path, "--entry", "_start").finish()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.hasPrefix("\(kernel.path): starts at 0x101"))
    #expect(result.text.hasSuffix(" (_start)\n"))
    let run = try lab.client.run(
      request, kernel: Array(Data(contentsOf: URL(filePath: kernel.path))))
    #expect(run.outcome == .exited(0))
  }

  @Test(arguments: [nil, ForeignKernel.highHalf])
  func a64BitKernelBootsAfterBuildFrom(script: String?) throws {
    let kernel = try ForeignKernel(ForeignKernel.kernelInC, isC: true, script: script)
    let image = kernel.path + ".pvh"
    let result = try PVHCommand(
      "build", "--from", kernel.path, "--entry64", "kmain", "--output", image
    ).finish()
    #expect(result.status == 0, "\(result.errors)")
    let lab = try LabConversation()
    let run = try lab.client.run(
      RunRequest(name: "kernel", memoryKiB: 4096, timeLimitMilliseconds: 300_000),
      kernel: Array(Data(contentsOf: URL(filePath: image))))
    #expect(run.outcome == .exited(0))
  }
}
