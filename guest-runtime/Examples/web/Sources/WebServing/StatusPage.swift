// SPDX-License-Identifier: Apache-2.0

import ByteText

/// The page with the server's own figures.
enum StatusPage {
  private static let width = UInt64(ServerFigures.historyLength * 2)
  private static let height: UInt64 = 160

  static func text(
    of figures: ServerFigures, memory: (used: Int, capacity: Int), now: UInt64
  ) -> [UInt8] {
    var page: [UInt8] = []
    page.reserveCapacity(8192)
    page.append(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="refresh" content="5">
      <title>Status</title>
      <style>
      body { font-family: sans-serif; margin: 2em auto; max-width: 40em; color: #222; }
      th { text-align: left; padding-right: 2em; font-weight: normal; color: #555; }
      td { text-align: right; }
      svg { width: 100%; background: #f6f6f4; }
      </style>
      </head>
      <body>
      <h1>Status</h1>
      <table>

      """)
    let seconds = (now - figures.start) / 1000
    row("Up for", "s", seconds, to: &page)
    row("Requests", "", figures.requests, to: &page)
    row("Answers of 400 and above", "", figures.failures, to: &page)
    row("Bytes sent", "", figures.bytes, to: &page)
    row("Connections now", "", UInt64(figures.connections), to: &page)
    row("Connections allowed", "", UInt64(figures.connectionLimit), to: &page)
    row("Connections in all", "", figures.connectionsInAll, to: &page)
    row("Connections refused", "", figures.refusedConnections, to: &page)
    row("Memory in use", "KiB", UInt64(memory.used / 1024), to: &page)
    row("Memory in all", "KiB", UInt64(memory.capacity / 1024), to: &page)
    page.append("</table>\n<h2>Requests per second</h2>\n")
    var figures = figures
    plot(figures.lastSeconds(now: now), to: &page)
    page.append("</body>\n</html>\n")
    return page
  }

  private static func row(
    _ name: StaticString, _ unit: StaticString, _ value: UInt64, to page: inout [UInt8]
  ) {
    page.append("<tr><th>")
    page.append(name)
    page.append("</th><td>")
    page.append(decimal: value)
    page.append("</td><td>")
    page.append(unit)
    page.append("</td></tr>\n")
  }

  /// A picture of one value for each second; the scale ends at a round number.
  private static func plot(_ values: [UInt32], to page: inout [UInt8]) {
    let top = roundNumber(from: UInt64(values.max() ?? 0))
    page.append("<svg viewBox=\"0 0 ")
    page.append(decimal: width)
    page.append(32)
    page.append(decimal: height + 20)
    page.append("\" role=\"img\" aria-label=\"requests per second\">\n")
    page.append("<polyline fill=\"none\" stroke=\"#0a64a4\" stroke-width=\"1.5\" points=\"")
    for (place, value) in values.enumerated() {
      if place > 0 { page.append(32) }
      page.append(decimal: UInt64(place * 2))
      page.append(44)
      page.append(decimal: height - UInt64(value) * (height - 10) / top)
    }
    page.append(
      "\"/>\n<g font-family=\"sans-serif\" font-size=\"12\" fill=\"#555\">\n<text x=\"4\" y=\"14\">"
    )
    page.append(decimal: top)
    page.append("</text>\n<text x=\"4\" y=\"")
    page.append(decimal: height + 16)
    page.append("\">")
    page.append(decimal: UInt64(values.count + 1) / 60)
    page.append(" minutes ago</text>\n<text text-anchor=\"end\" x=\"")
    page.append(decimal: width - 4)
    page.append("\" y=\"")
    page.append(decimal: height + 16)
    page.append("\">now</text>\n</g>\n</svg>\n")
  }

  /// 1, 2 or 5 with zeros, not below a value.
  private static func roundNumber(from value: UInt64) -> UInt64 {
    var power: UInt64 = 1
    while true {
      for step: UInt64 in [1, 2, 5] where step * power >= value { return step * power }
      power *= 10
    }
  }
}
