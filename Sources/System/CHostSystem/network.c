// SPDX-License-Identifier: Apache-2.0

#include "CHostSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int with_interface(const char *name, struct ifreq *request) {
  memset(request, 0, sizeof *request);
  if (strlen(name) >= sizeof request->ifr_name) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(request->ifr_name, name);
  return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int finish(int socket, int result) {
  int error = errno;
  close(socket);
  errno = error;
  return result < 0 ? -1 : 0;
}

int pvh_bring_up_interface(const char *name) {
  struct ifreq request;
  int socket = with_interface(name, &request);
  if (socket < 0) return -1;
  int result = ioctl(socket, SIOCGIFFLAGS, &request);
  if (result == 0) {
    request.ifr_flags |= IFF_UP;
    result = ioctl(socket, SIOCSIFFLAGS, &request);
  }
  return finish(socket, result);
}

int pvh_add_to_bridge(const char *bridge, const char *name) {
  struct ifreq request;
  int socket = with_interface(bridge, &request);
  if (socket < 0) return -1;
  request.ifr_ifindex = (int)if_nametoindex(name);
  int result = request.ifr_ifindex == 0 ? -1 : ioctl(socket, SIOCBRADDIF, &request);
  return finish(socket, result);
}

int pvh_hardware_address(const char *interface, uint32_t address, uint8_t *octets) {
  struct arpreq request;
  memset(&request, 0, sizeof request);
  if (strlen(interface) >= sizeof request.arp_dev) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(request.arp_dev, interface);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
  memcpy(&request.arp_pa, &name, sizeof name);
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  int result = ioctl(descriptor, SIOCGARP, &request);
  // An entry that is not complete has no address yet.
  if (result == 0 && !(request.arp_flags & ATF_COM)) {
    errno = ENXIO;
    result = -1;
  }
  if (result == 0) memcpy(octets, request.arp_ha.sa_data, 6);
  return finish(descriptor, result);
}
