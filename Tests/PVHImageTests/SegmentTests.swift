// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing
import XenABI

/// Rules about segments that more than one field or more than one finding decides.
@Suite struct SegmentTests {
  @Test func refusesAFileWithoutSegments() throws {
    let image = try ELFWriter.wide.with { $0.segments = [] }.read()
    #expect(image.extent == nil)
    #expect(image.smallestMemory() == nil)
    #expect(image.validateBoot().map(\.rule) == [.noPVHNote, .noLoadableSegment])
  }

  @Test func refusesASingleSegmentOfSizeZero() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.segments.removeLast()
      writer.segments[1].fileSize = 0
      writer.segments[1].memorySize = 0
    }.read()
    #expect(image.validateBoot().map(\.rule) == [.entryOutsideImage, .noLoadableSegment])
  }

  @Test func doesNotCountASegmentWithoutFlags() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.segments.append(
        TestSegment(flags: 0, offset: 0, address: 0xff_0000, fileSize: 0, memorySize: 0x1000))
    }.read()
    #expect(image.extent?.end.rawValue == 0x10_4000)
    #expect(image.segments.count == 2)
  }

  @Test func letsASegmentWithoutFlagsAndSizePass() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.segments.append(
        TestSegment(flags: 0, offset: 0, address: 0, fileSize: 0, memorySize: 0))
    }.read()
    #expect(image.problems().isEmpty)
  }

  @Test func countsAnEmptySegmentAtZeroLikeXen() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.segments.append(
        TestSegment(flags: 4, offset: 0, address: 0, fileSize: 0, memorySize: 0))
    }.read()
    #expect(image.extent?.start.rawValue == 0)
    #expect(image.validateBoot().isEmpty)
  }

  @Test func letsSegmentsTouch() throws {
    let image = try ELFWriter.wide.read()
    #expect(image.segments[0].physicalEnd == image.segments[1].physicalAddress)
    #expect(image.problems().isEmpty)
  }

  @Test func acceptsAHighVirtualAddress() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.segments[1].virtualAddress = 0xffff_ffff_8010_0000
      writer.segments[2].virtualAddress = 0xffff_ffff_8010_1000
    }.read()
    #expect(image.problems().isEmpty)
  }

  @Test func fillsMemoryUpToTheRangeThatXenKeeps() throws {
    let image = try ELFWriter.wide.with { $0.segments[2].address = 0xfbff_d000 }.read()
    #expect(image.problems().isEmpty)
  }

  @Test func refusesAFileBeyondOneGiB() throws {
    let file = ScratchFile(ELFWriter.wide.write().bytes)
    file.extend(to: 1 << 30)
    #expect(try file.image().problems().isEmpty)
    file.extend(to: 1 << 30 + 1)
    #expect(try file.image().problems().map(\.rule) == [.fileTooLarge])
  }

  @Test func listsWhatPreventsBootingFirst() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.segments[1].flags = 7
      writer.segments[2].memorySize = 1
      writer.type = 3
    }.read()
    #expect(
      image.problems().map(\.rule) == [.segmentFileSize, .wrongType, .writableExecutableSegment])
    #expect(image.validateBoot().map(\.rule) == [.segmentFileSize])
  }
}
