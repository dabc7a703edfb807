// SPDX-License-Identifier: Apache-2.0

import GuestTCP
import WebServing

/// Serves the files of a tar archive, its module, on port 80; `/status` has its own figures. Ends on request.
@main
struct Web: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    guard let module = guest.modules.first else {
      throw GuestError("there is no site to serve: give a tar archive with --module site.tar")
    }
    let archive = try read(module.bytes)
    let visits = Visits(
      module.bytes, archive, guest.clock, guest.memory,
      // A connection has buffers; most of the memory is theirs.
      connectionLimit: max(8, min(1024, guest.memory.heap.freeBytes / 49_152)))
    let console = guest.console
    let network = try await guest.openNetwork()
    let listener = try network.listen(on: 80, backlog: 64)
    console.print("serving \(archive.files.count) files at http://\(network.address.text)/\n")
    let end = try await guest.lifecycle.untilAskedToEnd { () async throws(GuestError) in
      while true {
        let stream = try await listener.accept()
        Task { await visits.serve(stream) }
      }
    }
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }

  private func read(_ bytes: BootBytes) throws(GuestError) -> TarArchive {
    do throws(TarArchive.Failure) {
      return try TarArchive(bytes)
    } catch {
      throw GuestError(
        "the module is no tar archive that can be served: at \(error.offset) \(GuestText(stringLiteral: error.text))"
      )
    }
  }
}
