// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HostSystem
import PVHImage
import SystemPackage
import XenABI
import XenLab

/// What guests weigh.
enum SizeFigures {
  /// The examples whose files must not exceed so many KiB.
  private static let limits = [("hello", 16.0), ("tasks", 96), ("clock", 128)]

  static func measure(_ products: Products) throws -> [Figure] {
    var figures: [Figure] = []
    for (name, limit) in limits {
      let image = try PVHImage(contentsOf: products.example(name))
      figures.append(
        Figure(
          name: "\(name): file", value: Double(image.fileSize), unit: "bytes",
          goal: .atMost(limit * 1024)))
    }
    let hello = try PVHImage(contentsOf: products.example("hello"))
    figures += [
      Figure(name: "hello: loaded", value: Double(hello.loadedSize), unit: "bytes"),
      Figure(
        name: "hello: memory it needs", value: Double(hello.smallestMemory() ?? 0), unit: "KiB"),
    ]
    return figures
  }
}

/// How long it takes to look at an image, whole process, next to readelf in the same run.
enum InspectFigures {
  private static let runs = 40
  private static let size = 10 << 20

  static func measure(_ products: Products) throws -> [Figure] {
    // hello with so much behind it that reading all of it would show.
    let image = products.checkout + "/.build/bench/10MiB.pvh"
    let hello = try Products.bytes(products.example("hello"))
    let rest = [UInt8](repeating: 0xa5, count: size - hello.count)
    try Data(hello + rest).write(to: URL(fileURLWithPath: image))
    let readelf = try ProgramPath.locate("readelf", package: "binutils")
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<runs {
      ours.append(try seconds { try run(FilePath(products.pvh), ["inspect", image]) })
      theirs.append(try seconds { try run(readelf, ["-lnW", image]) })
    }
    return [
      Figure(
        name: "pvh inspect, 10 MiB image", value: ours.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "readelf -lnW, the same image", value: theirs.median * 1000, unit: "ms", runs: runs),
      Figure(
        name: "pvh inspect / readelf", value: ours.median / theirs.median, unit: "×",
        goal: .atMost(1), runs: runs),
    ]
  }

  private static func run(_ program: FilePath, _ arguments: [String]) throws {
    var child = try ChildProcess(program, arguments, descriptors: .init())
    let status = child.wait()
    guard status == 0 else {
      throw BenchError.guestFailed("\(program) \(arguments) exited with \(status)")
    }
  }
}

/// Instructions and hypercalls from the entry point on, counted by the emulator.
enum InstructionFigures {
  static func measure(_ products: Products) throws -> [Figure] {
    let image = products.example("hello")
    let symbols = try products.symbols("hello")
    let extent = try Self.extent(of: image)
    let trace = try InstructionTrace(addresses: extent.addresses)
    let host = try BenchHost(products, tracing: trace)
    _ = try host.timings(of: try Products.bytes(image), memoryKiB: 4096)
    host.lab.stop()
    let counters = trace.programCounters()
    let start = try position(of: extent.entry, in: counters[...], "the entry point")
    let firstLine = try position(
      of: symbols.address("5HelloV3run"), in: counters[start...], "the first line")
    // The hypercall that tells dom0 of it is the next one after this.
    let telling = try position(
      of: symbols.address("ConsoleFrontendV4tell"), in: counters[firstLine...], "the first output")
    let hypercall = try symbols.address("xen_hypercall")
    func hypercalls(until end: Int) -> Double {
      Double(counters[start..<end].count { $0 == hypercall })
    }
    return [
      Figure(
        name: "instructions: entry → application", value: Double(firstLine - start), unit: "",
        goal: .atMost(20000)),
      Figure(
        name: "hypercalls: entry → application", value: hypercalls(until: firstLine), unit: ""),
      Figure(
        name: "hypercalls: entry → dom0 told of a console byte",
        value: hypercalls(until: telling) + 1, unit: "",
        goal: .atMost(4)),
    ]
  }

  /// The addresses that an image occupies, and where it begins.
  static func extent(of image: String) throws -> (entry: UInt64, addresses: Range<UInt64>) {
    let image = try PVHImage(contentsOf: image)
    guard let entry = image.entry?.address.rawValue, let extent = image.extent else {
      throw BenchError.badTrace("the PVH entry")
    }
    return (entry, extent.start.rawValue..<extent.end.rawValue)
  }

  private static func position(
    of address: UInt64, in counters: ArraySlice<UInt64>, _ name: String
  ) throws -> Int {
    guard let position = counters.firstIndex(of: address) else { throw BenchError.badTrace(name) }
    return position
  }
}

/// Addresses in a guest by name.
struct SymbolTable {
  private var lines: [(address: UInt64, name: Substring)] = []

  /// Reads lines of `ADDRESS TYPE NAME`, as `nm` writes them.
  init(contentsOf path: String) throws {
    for line in String(decoding: try Products.bytes(path), as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 3, let address = UInt64(fields[0], radix: 16) else { continue }
      lines.append((address, fields[2]))
    }
  }

  /// The one address whose name contains `part`.
  func address(_ part: String) throws -> UInt64 {
    guard let line = lines.first(where: { $0.name.contains(part) }) else {
      throw BenchError.noSymbol(part)
    }
    return line.address
  }

  /// All addresses of this name.
  func addresses(named name: String) -> Set<UInt64> {
    Set(lines.filter { $0.name == name }.map(\.address))
  }
}
