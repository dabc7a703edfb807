// SPDX-License-Identifier: Apache-2.0

import XenLab

/// What runs on the far side of ssh before the agent does: it looks whether an agent can work there,
/// takes the agent's file from its standard input unless it has it, and becomes the agent.
///
/// It says one line at a time, each after `pvhkit:`, on its standard output.
enum RemoteAgentScript {
  static let mark = "pvhkit:"

  /// A command for the login shell, whatever that is; the script itself has no single quote.
  static func command(for agent: AgentFile) -> String {
    "exec sh -c '\(text)' pvh-agent \(agent.sum) \(agent.size)"
  }

  private static let text = """
    say() { printf "\(mark)%s %s\\n" "$1" "$(printf "%s" "$2" | tr "\\n" " ")"; }
    give_up() { say "$1" "$2"; exit 1; }
    [ "$(uname -m)" = x86_64 ] || give_up machine "$(uname -m)"
    [ "$(id -u)" = 0 ] || give_up user "$(id -un)"
    grep -qs control_d /proc/xen/capabilities || give_up noxen "$(uname -n)"
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/pvhkit
    agent=$folder/agent-$1
    if [ ! -x "$agent" ]; then
      umask 077
      new=$agent.new.$$
      words=$(mkdir -p "$folder" 2>&1 && { : >"$new"; } 2>&1) || give_up folder "$folder: $words"
      say send
      words=$( { head -c "$2" >"$new"; } 2>&1)
      if [ "$(wc -c <"$new")" -ne "$2" ]; then
        rm -f "$new"
        left=$(df -Pk "$folder" | { read -r line; read -r name size used left rest; echo "$left"; })
        give_up incomplete "$folder ($left KiB free): $words"
      fi
      chmod 700 "$new" && mv "$new" "$agent" || give_up folder "$agent"
      for old in "$folder"/agent-*; do
        case $old in
          "$agent") ;;
          *.new.*) kill -0 "${old##*.}" 2>/dev/null || rm -f "$old" ;;
          *) rm -f "$old" ;;
        esac
      done
    fi
    words=$("$agent" check 2>&1 </dev/null) || give_up broken "$words"
    say ready
    exec "$agent"
    """
}
