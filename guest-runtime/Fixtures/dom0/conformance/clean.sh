# SPDX-License-Identifier: Apache-2.0
#
# Removes what a suite has made: $2 begins the names of its domains, $3 is its folder, in which restore.sh puts back what
# was changed, if that is there. To be sourced.

remove_domains() {
  for domain in $(xl list 2>/dev/null | awk -v tag="$1-" 'index($1, tag) == 1 { print $1 }'); do
    command -v virsh && virsh -q -c "${VIRSH_DEFAULT_CONNECT_URI:-xen:///system}" undefine "$domain"
    xl destroy "$domain"
  done >/dev/null 2>&1
}
[ ! -f "$3/restore.sh" ] || sh "$3/restore.sh"
remove_domains "$2"
rm -rf "$3"
